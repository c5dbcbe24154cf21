"""What ClickHouse's Avro reader cannot read, and what it loses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, assert_never

from fleetgen.mapping import avro, wire
from fleetgen.mapping.limit import Limit
from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
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

_JSON: Final = 'or use format = "json" for this stream'
_WIDTHS: Final = ((9, 4), (18, 8), (38, 16), (76, 32))
"""Digits of a decimal, and the bytes that ClickHouse keeps them in."""


def limits(type: Type, *, in_union: bool = False) -> Iterator[Limit]:
    """Why no table can take such messages."""
    inner, _ = unwrap(type)
    match inner:
        case PrimitiveType():
            if in_union and inner.kind is Primitive.NULL:
                message = "its Avro reader takes no null that stands alone inside a branch of a union"
                yield Limit(inner.at, message, f"give it a type beside null, {_JSON}")
        case DecimalType():
            yield from _width(inner)
        case RecursiveType():
            message = f"its Avro reader cannot read {inner.fullname}, which holds itself"
            yield Limit(inner.at, message, f"flatten the recursion, {_JSON}")
        case RecordType():
            for field in inner.fields:
                yield from limits(field.type, in_union=in_union)
        case ArrayType():
            yield from limits(inner.items, in_union=in_union)
        case MapType():
            yield from limits(inner.values, in_union=in_union)
        case UnionType():
            yield from _twins(inner)
            for branch in inner.branches:
                yield from limits(branch, in_union=True)
        case LogicalType() | FixedType() | EnumType():
            return
        case _:
            assert_never(inner)


def emptied(type: Type) -> bool:
    """Whether a null in a value of the type becomes an empty array or map."""
    inner, optional = unwrap(type)
    match inner:
        case ArrayType():
            return optional or emptied(inner.items)
        case MapType():
            return optional or emptied(inner.values)
        case RecordType():
            return any(emptied(field.type) for field in inner.fields)
        case UnionType():
            return any(emptied(branch) for branch in inner.branches)
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            return False
        case _:
            assert_never(inner)


def _width(type: DecimalType) -> Iterator[Limit]:
    most = next((width for digits, width in _WIDTHS if type.precision <= digits), None)
    if isinstance(type.base, FixedType) and most is not None and type.base.size > most:
        message = f"its Avro reader takes a decimal of {type.precision} digits in at most {most} bytes"
        yield Limit(type.at, message, f"make the fixed {type.base.name} smaller or its precision larger, {_JSON}")


def _twins(union: UnionType) -> Iterator[Limit]:
    seen: set[str] = set()
    for name, wired in wire.branches(union, avro.PUSHED):
        if wired in seen:
            message = f"its Avro reader cannot tell the branch {name} from another of the type {_short(wired)}"
            yield Limit(union.at, message, f"make the branches different, {_JSON}")
            return
        seen.add(wired)


def _short(wired: str) -> str:
    return wired if len(wired) <= 60 else f"{wired[:57]}..."
