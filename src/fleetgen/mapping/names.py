"""The names of a stream's tables, fixed for ever: people and dashboards rely on them."""

from __future__ import annotations

from typing import Final

from fleetgen.pipeline import Stream

DEAD_LETTERS: Final = "dead_letters"

# The platform whose tables are in parts, one a shard.
CLUSTER: Final = "cluster"


def push(stream: Stream) -> str:
    return f"{stream.name}_push"


def kafka(stream: Stream) -> str:
    return f"{stream.name}_kafka"


def local(table: str) -> str:
    """On a cluster the part of a table that one shard keeps; the table itself spreads over all of them."""
    return f"{table}_local"


def store_view(landing: str) -> str:
    return f"{landing}_store"


def rejects_view(landing: str) -> str:
    return f"{landing}_rejects"


def of(stream: Stream, *, spread: bool = False) -> tuple[str, ...]:
    """Every table and view of the stream; `spread`: also those that only a cluster has."""
    landings = (push(stream), kafka(stream))
    views = (view(each) for each in landings for view in (store_view, rejects_view))
    return (stream.name, *landings, *views, *([local(stream.name)] if spread else []))
