"""The names of a stream's tables, fixed for ever: people and dashboards rely on them."""

from __future__ import annotations

from typing import Final

from fleetgen.pipeline import Stream

DEAD_LETTERS: Final = "dead_letters"


def push(stream: Stream) -> str:
    return f"{stream.name}_push"


def kafka(stream: Stream) -> str:
    return f"{stream.name}_kafka"


def store_view(landing: str) -> str:
    return f"{landing}_store"


def rejects_view(landing: str) -> str:
    return f"{landing}_rejects"


def of(stream: Stream) -> tuple[str, ...]:
    """Every table and view of the stream."""
    landings = (push(stream), kafka(stream))
    return (stream.name, *landings, *(view(each) for each in landings for view in (store_view, rejects_view)))
