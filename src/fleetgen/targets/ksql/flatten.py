"""A stream's fields as the columns of its store, each with the expression that takes it from the stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, assert_never

from fleetgen.frozen import frozen
from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    FixedType,
    Logical,
    LogicalType,
    MapType,
    Primitive,
    PrimitiveType,
    RecordType,
    RecursiveType,
    Type,
    UnionType,
    branch_name,
    unwrap,
)
from fleetgen.pipeline import Stream
from fleetgen.targets.ksql.names import spell
from fleetgen.targets.ksql.types import Inexpressible

BOOLEAN: Final = PrimitiveType(Primitive.BOOLEAN)
LONG: Final = PrimitiveType(Primitive.LONG)


@frozen
class Column:
    """`field` is the top-level field, `type` the value's without null. `optional`: it may be null.

    `shouts`: the names inside its values come out in upper case.
    """

    name: str
    expression: str
    field: str
    type: Type
    optional: bool = False
    shouts: bool = False


def columns(stream: Stream, alias: str) -> Iterator[Column]:
    """The columns in the store's order, without those that fleetgen adds. Raises Inexpressible for a duration."""
    names = spell(field.name for field in stream.record.fields)
    for field in stream.record.fields:
        start = Column(field.name, f"{alias}.{names[field.name]}", field.name, field.type)
        yield from _value(start)


def _value(column: Column) -> Iterator[Column]:
    """What becomes of a field, or of a part of one, whose type is still as the schema has it."""
    inner, nullable = unwrap(column.type)
    optional = column.optional or nullable
    column = replace(column, type=inner, optional=optional)
    match inner:
        case RecordType():
            yield from _flag(nullable, column)
            yield from _members(column, [(part.name, part.type) for part in inner.fields])
        case UnionType():
            yield from _members(column, [(branch_name(part), _optional(part)) for part in inner.branches])
        case ArrayType() | MapType():
            yield from _flag(nullable, column)
            yield replace(column, shouts=_names_inside(inner))
        case LogicalType() if inner.kind is Logical.DURATION:
            raise Inexpressible(
                "FG437", "is a duration, whose parts ksqlDB cannot take out of the bytes", "leave it out"
            )
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            yield column
        case _:
            assert_never(inner)


def _members(column: Column, members: list[tuple[str, Type]]) -> Iterator[Column]:
    names = spell(member for member, _ in members)
    for member, type in members:
        expression = f"{column.expression}->{names[member]}"
        yield from _value(replace(column, name=f"{column.name}_{member}", expression=expression, type=type))


def _flag(nullable: bool, column: Column) -> Iterator[Column]:
    """A record, array or map that may be null: null is kept apart from empty."""
    if nullable:
        expression = f"({column.expression} IS NOT NULL)"
        yield Column(f"{column.name}_is_set", expression, column.field, BOOLEAN)


def _optional(branch: Type) -> Type:
    """One branch at a time is set; the others are null."""
    return UnionType((PrimitiveType(Primitive.NULL), branch))


def _names_inside(type: Type) -> bool:
    """Whether values of the type hold a STRUCT: its names have been folded to upper case."""
    inner, _ = unwrap(type)
    match inner:
        case ArrayType():
            return _names_inside(inner.items)
        case MapType():
            return _names_inside(inner.values)
        case RecordType() | UnionType():
            return True
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            return False
        case _:
            assert_never(type)
