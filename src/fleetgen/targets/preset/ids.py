"""Superset finds its assets by uuid: the scheme is for ever, changing it duplicates people's charts."""

from __future__ import annotations


def asset(kind: str, database: str, name: str) -> str:
    """The uuid of a "database", "dataset", "chart" or "dashboard"."""
    import uuid  # 1 ms that only this target needs

    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"fleetgen:{kind}:{database}/{name}"))
