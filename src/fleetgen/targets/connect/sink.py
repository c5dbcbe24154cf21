"""What does not survive the ClickHouse sink.

Without a schema, JsonConverter reads a number into 64 bits. With one, the sink writes each value as the column has it,
and Connect's 32 bits are none of a landing's columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, assert_never

from fleetgen.errors import Finding, Severity
from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    Field,
    FixedType,
    LogicalType,
    MapType,
    Primitive,
    PrimitiveType,
    RecordType,
    RecursiveType,
    Type,
    UnionType,
    unwrap,
)
from fleetgen.pipeline import Format, Stream

DIGITS: Final = 15
"""A decimal of at most so many digits comes back from a double as it was."""


def warnings(stream: Stream) -> Iterator[Finding]:
    match stream.format:
        case Format.JSON:
            yield from _rounded(stream)
        case Format.AVRO:
            yield from _narrow(stream)


def widened(stream: Stream) -> list[str]:
    """The fields that have 32 bits in Connect and 64 in the landing, at the top, where a transform can widen them."""
    if stream.format is Format.JSON:
        return []
    return [field.name for field in stream.record.fields if _is_int(unwrap(field.type)[0])]


def _rounded(stream: Stream) -> Iterator[Finding]:
    for path, field, type in _leaves(stream.record):
        if isinstance(type, DecimalType) and type.precision > DIGITS:
            what = f"is a decimal of more than {DIGITS} digits, which Connect's sink reads as a double"
            help = 'use ingest = "kafka" or "push", which keep every digit'
            yield Finding("FG429", Severity.WARNING, f"{stream.name}.{path} {what}", help, field.at)


def _narrow(stream: Stream) -> Iterator[Finding]:
    """What is inside a union is not asked: the whole of it may be refused."""
    unions: list[str] = []
    for path, field, type in _leaves(stream.record):
        if any(path == union or path.startswith((f"{union}.", f"{union}[", f"{union}{{")) for union in unions):
            continue
        if isinstance(type, UnionType):
            unions.append(path)
            what = "is a union, which Connect's sink has as a record of its branches"
        elif _is_int(type) and path != field.name:
            what = "is an int of 32 bits in Connect and of 64 in the landing"
        else:
            continue
        message = f"{stream.name}.{path} {what}: the sink may refuse its messages"
        yield Finding("FG462", Severity.WARNING, message, 'use ingest = "kafka", or format = "json"', field.at)


def _is_int(type: Type) -> bool:
    if isinstance(type, LogicalType):
        return _is_int(type.base)
    return isinstance(type, PrimitiveType) and type.kind is Primitive.INT


def _leaves(record: RecordType, prefix: str = "") -> Iterator[tuple[str, Field, Type]]:
    """Every type without parts, and every union before its branches: its dotted path, the field around it, itself."""
    for field in record.fields:
        for path, type in _inside(field.type, f"{prefix}{field.name}"):
            yield path, field, type


def _inside(type: Type, path: str) -> Iterator[tuple[str, Type]]:
    inner, _ = unwrap(type)
    match inner:
        case ArrayType():
            yield from _inside(inner.items, f"{path}[]")
        case MapType():
            yield from _inside(inner.values, f"{path}{{}}")
        case UnionType():
            yield path, inner
            for branch in inner.branches:
                yield from _inside(branch, path)
        case RecordType():
            yield from ((inside, leaf) for inside, _, leaf in _leaves(inner, f"{path}."))
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            yield path, inner
        case _:
            assert_never(inner)
