"""A stream's fields as the columns of its store, each with the expression that takes it from the stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

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


@dataclass(frozen=True, slots=True)
class Column:
    """`field` is the top-level field. `shouts`: the names inside its values come out in upper case."""

    name: str
    expression: str
    field: str
    shouts: bool = False


def columns(stream: Stream, alias: str) -> Iterator[Column]:
    """The columns in the store's order, without those that fleetgen adds. Raises Inexpressible for a duration."""
    names = spell(field.name for field in stream.record.fields)
    for field in stream.record.fields:
        yield from _value(field.type, field.name, f"{alias}.{names[field.name]}", field.name)


def _value(type: Type, name: str, expression: str, field: str) -> Iterator[Column]:
    inner, optional = unwrap(type)
    match inner:
        case RecordType():
            yield from _flag(optional, name, expression, field)
            yield from _members([(part.name, part.type) for part in inner.fields], name, expression, field)
        case UnionType():
            yield from _members(
                [(branch_name(part), _optional(part)) for part in inner.branches], name, expression, field
            )
        case ArrayType() | MapType():
            yield from _flag(optional, name, expression, field)
            yield Column(name, expression, field, shouts=_names_inside(inner))
        case LogicalType() if inner.kind is Logical.DURATION:
            raise Inexpressible(
                "FG437", "is a duration, whose parts ksqlDB cannot take out of the bytes", "leave it out"
            )
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            yield Column(name, expression, field)
        case _:
            assert_never(inner)


def _members(members: list[tuple[str, Type]], name: str, expression: str, field: str) -> Iterator[Column]:
    names = spell(member for member, _ in members)
    for member, type in members:
        yield from _value(type, f"{name}_{member}", f"{expression}->{names[member]}", field)


def _flag(optional: bool, name: str, expression: str, field: str) -> Iterator[Column]:
    """A record, array or map that may be null: null is kept apart from empty."""
    if optional:
        yield Column(f"{name}_is_set", f"({expression} IS NOT NULL)", field)


def _optional(branch: Type) -> Type:
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
            assert_never(inner)
