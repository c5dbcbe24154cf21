"""How a stream's messages look to a Kafka table: Connect's AvroConverter does not register the schema that it is given.

Outside of unions the landing's types take both. A union has to be in the form that the writer registered, so there
the landing reads what our own source connector writes, if the stream has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from fleetgen.mapping import avro, wire
from fleetgen.mapping.format import Dialect
from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    FixedType,
    LogicalType,
    MapType,
    PrimitiveType,
    RecordType,
    RecursiveType,
    Type,
    UnionType,
    unwrap,
)
from fleetgen.pipeline import Stream


def dialect(stream: Stream) -> Dialect:
    return avro.REGISTERED if is_registered(stream) else avro.PULLED


def differing(type: Type) -> UnionType | None:
    """The first union inside the type that AvroConverter registers in another form than the schema has it."""
    return next((each for each in unions(type) if _wires(each, avro.PULLED) != _wires(each, avro.REGISTERED)), None)


def meeting(type: Type) -> UnionType | None:
    """The first union inside the type of which AvroConverter would register two branches alike: it fails."""
    return next((each for each in unions(type) if _is_twice(_wires(each, avro.REGISTERED))), None)


def is_registered(stream: Stream) -> bool:
    """Whether a Kafka table reads the unions of a stream in the format avro as AvroConverter registers them."""
    return stream.source.kind == "datagen" and meeting(stream.record) is None


def _wires(union: UnionType, dialect: Dialect) -> list[str]:
    return [wired for _, wired in wire.branches(union, dialect)]


def _is_twice(wires: list[str]) -> bool:
    return len(set(wires)) < len(wires)


def unions(type: Type) -> Iterator[UnionType]:
    """Every union of two or more branches inside a type."""
    inner, _ = unwrap(type)
    match inner:
        case UnionType():
            yield inner
            for branch in inner.branches:
                yield from unions(branch)
        case RecordType():
            for field in inner.fields:
                yield from unions(field.type)
        case ArrayType():
            yield from unions(inner.items)
        case MapType():
            yield from unions(inner.values)
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            return
        case _:
            assert_never(inner)
