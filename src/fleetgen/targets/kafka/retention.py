"""Which settings of a topic make the brokers delete messages that they keep now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_ENDLESS: Final = -1
_DEFAULTS: Final = {"retention.ms": str(7 * 24 * 3600 * 1000), "retention.bytes": "-1", "cleanup.policy": "delete"}
"""Kafka's own: a broker does not tell its own for a topic that has another value."""


def losses(settings: Mapping[str, str | None], before: Mapping[str, str]) -> list[str]:
    """What goes, for each setting that keeps less than before; None lets one go back to the default."""
    found = []
    for key, value in settings.items():
        if key in _DEFAULTS:
            old, new = before.get(key, _DEFAULTS[key]), _DEFAULTS[key] if value is None else value
            found += _policy(old, new) if key == "cleanup.policy" else _smaller(key, old, new)
    return found


def _policy(old: str, new: str) -> list[str]:
    added = set(new.split(",")) - set(old.split(","))
    told = {"compact": "all but the newest message of each key goes", "delete": "messages beyond the retention go"}
    return [told[policy] for policy in sorted(added) if policy in told]


def _smaller(key: str, old: str, new: str) -> list[str]:
    """-1 keeps for ever."""
    if not (_is_number(old) and _is_number(new)) or int(new) == _ENDLESS:
        return []
    if int(old) != _ENDLESS and int(new) >= int(old):
        return []
    return [f"messages older than {new} ms go" if key == "retention.ms" else f"messages beyond {new} bytes go"]


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal()
