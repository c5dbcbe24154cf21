"""A landing and its two strict views: the columns, the conditions, and what goes where."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fleetgen.frozen import frozen
from fleetgen.mapping import names, store, types, wire
from fleetgen.mapping.column import Column
from fleetgen.mapping.format import Dialect, of
from fleetgen.pipeline import Format, Pipeline, Stream, remembered
from fleetgen.quoting import ch_ident

# What ClickHouse's Kafka engine knows about a message, under names that it does not let us choose.
VIRTUAL: Final = ("_topic", "_partition", "_offset", "_key", "_timestamp", "_timestamp_ms")
FAILURE: Final = ("_error", "_raw_message")

# A table needs a column, also for a record without fields.
NOTHING: Final = Column("_", "Nullable(String)")

MOST_FILTERS: Final = 100


@frozen
class Message:
    """What is known about a message beside its payload, as expressions over the landing."""

    topic: str
    partition: str
    offset: str
    key: str
    time: str
    parsed: str = ""
    raw: str = ""
    error: str = ""


@frozen
class Landing:
    """`stored` and `refused` are the columns of the two views, `conditions` hold for what is stored."""

    name: str
    alias: str
    dialect: Dialect
    database: str
    store_database: str
    store: str
    columns: tuple[Column, ...]
    conditions: tuple[str, ...]
    stored: tuple[Column, ...]
    refused: tuple[Column, ...]

    dead_letters: str = names.DEAD_LETTERS

    @property
    def condition(self) -> str:
        return "\n    AND ".join(self.conditions)

    @property
    def accepted(self) -> str:
        """Of a wide record one expression: ClickHouse makes a filter of each part of an AND, and merges them one by one
        in quadratic time (1000 fields: 27 s an insert)."""
        return self.condition if len(self.conditions) <= MOST_FILTERS else f"NOT (NOT ({self.condition}))"

    @property
    def view_settings(self) -> tuple[str, ...]:
        """Without the last the time to plan an insert doubles with each level of nested records."""
        return (*self.dialect.VIEW_SETTINGS, "optimize_functions_to_subcolumns = 0", *self._allowed)

    @property
    def table_settings(self) -> tuple[str, ...]:
        return (*self.dialect.TABLE_SETTINGS, *self._allowed)

    @property
    def _allowed(self) -> tuple[str, ...]:
        return types.settings(column.type for column in (*self.columns, *self.stored))

    @property
    def store_view(self) -> str:
        return names.store_view(self.name)

    @property
    def rejects_view(self) -> str:
        return names.rejects_view(self.name)


def push(pipeline: Pipeline, stream: Stream) -> Landing:
    """The landing that anybody inserts into."""
    alias = _alias(pipeline, stream)
    ours = store.meta(stream)
    known = (
        f"{alias}.{ch_ident(name)}" for name in (ours.topic, ours.partition, ours.offset, ours.key, ours.timestamp)
    )
    dialect = of(stream)
    columns = (*_payload(stream, dialect), *store.push_columns(stream))
    return _landing(pipeline, stream, names.push(stream), pipeline.database, alias, dialect, columns, Message(*known))


def kafka(pipeline: Pipeline, stream: Stream, database: str) -> Landing:
    """The landing that pulls; `database` holds it and its views."""
    alias = _alias(pipeline, stream)
    known = _virtual(alias)
    error, raw = (f"{alias}.{ch_ident(name)}" for name in FAILURE)
    dialect = _pulled(stream)
    message = replace(known, parsed=f"{error} = ''", raw=dialect.unread(raw), error=error)
    columns = _payload(stream, dialect) or (NOTHING,)
    return _landing(pipeline, stream, names.kafka(stream), database, alias, dialect, columns, message)


def _pulled(stream: Stream) -> Dialect:
    match stream.format:
        case Format.JSON:
            return of(stream)
        case Format.AVRO:
            from fleetgen.mapping import pulled

            return pulled.dialect(stream)


def _virtual(alias: str) -> Message:
    """The engine's own columns."""
    return Message(
        f"{alias}.`_topic`",
        f"toUInt32({alias}.`_partition`)",
        f"toUInt64({alias}.`_offset`)",
        f"{alias}.`_key`",
        f"ifNull({alias}.`_timestamp_ms`, now64(3, 'UTC'))",
    )


def _landing(
    pipeline: Pipeline,
    stream: Stream,
    name: str,
    database: str,
    alias: str,
    dialect: Dialect,
    columns: tuple[Column, ...],
    message: Message,
) -> Landing:
    accepted = _accepted(stream, alias, dialect)
    conditions = [message.parsed, *(condition for _, condition in accepted if condition != wire.ALWAYS)]
    return Landing(
        name,
        alias,
        dialect,
        database,
        pipeline.database,
        stream.name,
        columns,
        tuple(filter(None, conditions)) or (wire.ALWAYS,),
        (*store.converted(stream, alias, dialect), *_stored(stream, message)),
        _refused(stream, alias, dialect, message, accepted),
    )


@remembered
def _payload(stream: Stream, dialect: Dialect) -> tuple[Column, ...]:
    wires = ((field, wire.wire(field.type, dialect)) for field in stream.record.fields)
    return tuple(Column(field.name, wired, default=dialect.default(field, wired)) for field, wired in wires)


@remembered
def _accepted(stream: Stream, alias: str, dialect: Dialect) -> list[tuple[str, str]]:
    """Each field's name and its condition."""
    return [
        (field.name, wire.accept(field.type, wire.value(field, alias, dialect), dialect))
        for field in stream.record.fields
    ]


def _stored(stream: Stream, message: Message) -> tuple[Column, ...]:
    ours = store.meta(stream)
    return (
        Column(ours.topic, "", expression=message.topic),
        Column(ours.partition, "", expression=message.partition),
        Column(ours.offset, "", expression=message.offset),
        Column(ours.timestamp, "", expression=message.time),
    )


def _refused(
    stream: Stream, alias: str, dialect: Dialect, message: Message, accepted: list[tuple[str, str]]
) -> tuple[Column, ...]:
    raw = wire.raw(((field.name, f"{alias}.{ch_ident(field.name)}") for field in stream.record.fields), dialect)
    error = wire.reason(accepted)
    if message.parsed:
        raw = f"if({message.parsed}, {raw}, {message.raw})"
        error = f"if({message.parsed}, {error}, {message.error})"
    return (
        Column("topic", "", expression=message.topic),
        Column("partition", "", expression=message.partition),
        Column("offset", "", expression=message.offset),
        Column("key", "", expression=message.key),
        Column("raw", "", expression=raw),
        Column("error", "", expression=error),
        Column("message_time", "", expression=message.time),
    )


def _alias(pipeline: Pipeline, stream: Stream) -> str:
    """q, unless a column or the database is called so: `q.a` would be an element of that column."""
    columns = {column.name for column in store.columns(stream)} | {field.name for field in stream.record.fields}
    return store.free("q", columns | {pipeline.database})
