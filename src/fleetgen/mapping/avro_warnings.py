"""What a stream in format avro loses on the way into ClickHouse, although it is held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from fleetgen.errors import Finding, Severity
from fleetgen.mapping import avro_limits, pulled
from fleetgen.mapping.avro_default import is_partial
from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    Field,
    FixedType,
    LogicalType,
    MapType,
    PrimitiveType,
    RecordType,
    RecursiveType,
    Type,
    UnionType,
)
from fleetgen.pipeline import Stream


def warnings(stream: Stream) -> Iterator[Finding]:
    for field in stream.record.fields:
        if avro_limits.emptied(field.type):
            yield _emptied(stream, field)
        if pulled.is_registered(stream) and pulled.differing(field.type) is not None:
            yield _differing(stream, field)
    for path, each in _fields(stream.record):
        if each.default is not None and is_partial(each.type, each.default.value):
            yield _partial(f"{stream.name}.{path}", each)


def _emptied(stream: Stream, field: Field) -> Finding:
    message = f"{stream.name}.{field.name}: ClickHouse's Avro reader makes an empty array or map of null"
    help = 'do without null there, or use format = "json", which keeps the two apart'
    return Finding("FG416", Severity.WARNING, message, help, field.at)


def _differing(stream: Stream, field: Field) -> Finding:
    message = (
        f"{stream.name}.{field.name}: the Kafka landing reads its union as Connect's AvroConverter registers it, "
        "and nothing else"
    )
    help = (
        'set source = { kind = "none" } if the producers register the schema itself; '
        "the push landing takes files that have the schema itself"
    )
    return Finding("FG417", Severity.WARNING, message, help, field.at)


def _partial(path: str, field: Field) -> Finding:
    message = f"{path}: its default leaves out a field, and ClickHouse reads no message whose schema has such a default"
    return Finding("FG418", Severity.WARNING, message, "write every field of the record into the default", field.at)


def _fields(record: RecordType, prefix: str = "") -> Iterator[tuple[str, Field]]:
    """Those of the record and of all records inside, by dotted path."""
    for field in record.fields:
        path = f"{prefix}{field.name}"
        yield path, field
        for inner in _records(field.type):
            yield from _fields(inner, f"{path}.")


def _records(type: Type) -> Iterator[RecordType]:
    """The outermost records of a type."""
    match type:
        case RecordType():
            yield type
        case ArrayType():
            yield from _records(type.items)
        case MapType():
            yield from _records(type.values)
        case UnionType():
            for branch in type.branches:
                yield from _records(branch)
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            return
        case _:
            assert_never(type)
