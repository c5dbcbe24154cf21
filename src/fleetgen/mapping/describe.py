"""Each field through the layers, for people: its path, how it travels, how it is stored."""

from __future__ import annotations

from collections.abc import Iterator

from fleetgen.mapping import store, wire
from fleetgen.mapping.format import of
from fleetgen.model import RecordType, unwrap
from fleetgen.pipeline import Stream


def wire_types(stream: Stream) -> dict[str, str]:
    """The landing's type of each field, by dotted path, nested records opened."""
    return dict(_wire(stream, stream.record, ""))


def store_types(stream: Stream) -> dict[str, str]:
    """The store's column of each field, by dotted path: its type, with the names where they are not the path's."""
    found: dict[str, list[store.Column]] = {}
    for column in store.payload(stream):
        found.setdefault(column.path, []).append(column)
    return {path: _text(path, columns) for path, columns in found.items()}


def _wire(stream: Stream, record: RecordType, prefix: str) -> Iterator[tuple[str, str]]:
    for field in record.fields:
        yield f"{prefix}{field.name}", wire.wire(field.type, of(stream))
        inner, _ = unwrap(field.type)
        if isinstance(inner, RecordType):
            yield from _wire(stream, inner, f"{prefix}{field.name}.")


def _text(path: str, columns: list[store.Column]) -> str:
    if len(columns) == 1 and columns[0].name == path.replace(".", "_"):
        return columns[0].type
    return ", ".join(f"{column.name} {column.type}" for column in columns)
