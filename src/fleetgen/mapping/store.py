"""The store's columns: what people query, what charts and datasets are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Final

from fleetgen.frozen import frozen
from fleetgen.mapping import flatten, former, stored_default, wire
from fleetgen.mapping.column import Column
from fleetgen.mapping.format import Dialect, of
from fleetgen.model import EnumType, Field, RecordType
from fleetgen.pipeline import Stream, remembered

__all__ = ["Column", "Meta", "columns", "converted", "free", "key_columns", "meta", "payload", "push_columns"]

TIME: Final = "DateTime64(3, 'UTC')"
_NOW: Final = "now64(3, 'UTC')"


@frozen
class Meta:
    """The names of the columns that fleetgen adds to one stream's tables. `key` is in the push landing only."""

    topic: str
    partition: str
    offset: str
    key: str
    timestamp: str
    ingested_at: str


def free(name: str, taken: Iterable[str]) -> str:
    """The name with as many underscores in front as make it free."""
    while name in taken:
        name = f"_{name}"
    return name


def payload(stream: Stream) -> tuple[Column, ...]:
    """The flattened payload in field order, computed from a row of the push landing that is called q."""
    return converted(stream, "q", of(stream))


@remembered
def converted(stream: Stream, alias: str, dialect: Dialect) -> tuple[Column, ...]:
    """The same, computed from a landing's row that is called `alias`: names and types are those of every dialect."""
    return tuple(
        _as_key(column) if field.name in stream.key and not isinstance(field.type, EnumType) else column
        for field in stream.record.fields
        for column in _field_columns(field, alias, dialect)
    )


@remembered
def meta(stream: Stream) -> Meta:
    """A field keeps its name; ours is free in the store and in the landings."""
    taken = {column.name for column in payload(stream)} | {field.name for field in stream.record.fields}
    names = ("_topic", "_partition", "_offset", "_key", "_timestamp", "_ingested_at")
    return Meta(*(free(name, taken) for name in names))


@remembered
def columns(stream: Stream) -> tuple[Column, ...]:
    """The payload's columns in field order, then the five that fleetgen adds."""
    names = meta(stream)
    return (
        *former.marked(_defaulted(stream), stream.record, partial(_names, stream)),
        Column(names.topic, "LowCardinality(String)", doc="topic of the message"),
        Column(names.partition, "UInt32", doc="partition of the message", codec="T64, ZSTD(1)"),
        Column(names.offset, "UInt64", doc="offset of the message", codec="Delta, ZSTD(1)"),
        Column(names.timestamp, TIME, doc="time of the message", codec="Delta, ZSTD(1)"),
        Column(names.ingested_at, TIME, doc="time of arrival", codec="Delta, ZSTD(1)", default=_NOW),
    )


def _defaulted(stream: Stream) -> tuple[Column, ...]:
    """The payload's columns, those that an Avro default speaks of with it."""
    defaults: dict[str, str] = {}
    for field in stream.record.fields:
        defaults |= stored_default.columns(field)
    known = payload(stream)
    return tuple(replace(each, default=defaults.get(each.name, "")) for each in known) if defaults else known


def _names(stream: Stream, record: RecordType) -> list[str]:
    """Of the columns that the stream would have with this record."""
    dialect = of(stream)
    return [column.name for field in record.fields for column in _field_columns(field, "q", dialect)]


def push_columns(stream: Stream) -> tuple[Column, ...]:
    """What fleetgen adds to a push landing: all with defaults, so that anybody can insert plain messages."""
    names = meta(stream)
    return (
        Column(names.topic, "String", default="''"),
        Column(names.partition, "UInt32", default="0"),
        Column(names.offset, "UInt64", default="0"),
        Column(names.key, "String", default="''"),
        Column(names.timestamp, TIME, default=_NOW),
    )


def key_columns(stream: Stream) -> tuple[str, ...]:
    """The store columns of the stream's key, in the key's order."""
    return tuple(column.name for key in stream.key for column in payload(stream) if column.path == key)


def _field_columns(field: Field, alias: str, dialect: Dialect) -> tuple[Column, ...]:
    x = wire.value(field, alias, dialect)
    return flatten.columns(field.type, flatten.At(field.name, x, dialect, field.name, field.doc))


def _as_key(column: Column) -> Column:
    """A key keeps its plain type: whether another stream declares the same options must not matter to a join."""
    if column.type != "LowCardinality(String)":
        return column
    return replace(column, type="String", codec="ZSTD(1)")
