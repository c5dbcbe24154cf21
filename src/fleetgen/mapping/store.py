"""The store's columns: what people query, what charts and datasets are made of."""

from __future__ import annotations

from dataclasses import dataclass

from fleetgen.pipeline import Stream


@dataclass(frozen=True, slots=True)
class Column:
    """`type` is ClickHouse's. `path` is the dotted path of the field, empty for the columns that fleetgen adds."""

    name: str
    type: str
    path: str = ""
    doc: str = ""


def columns(stream: Stream) -> tuple[Column, ...]:
    """The payload's columns in field order, then the five that fleetgen adds."""
    raise NotImplementedError
