"""What Datagen reads of an annotation, by type; and how messages call a type."""

from __future__ import annotations

from typing import Final

from fleetgen.datagen import bounds, dialect
from fleetgen.model import (
    ArrayType,
    DecimalType,
    LogicalType,
    MapType,
    Primitive,
    PrimitiveType,
    Type,
    UnionType,
)

_NUMBER: Final = ("iteration", "options", "range")
_TEXT: Final = ("iteration", "length", "options", "prefix", "regex", "suffix")
KEYS: Final = {
    Primitive.NULL: (),
    Primitive.BOOLEAN: ("iteration", "odds", "options"),
    Primitive.INT: _NUMBER,
    Primitive.LONG: _NUMBER,
    Primitive.FLOAT: _NUMBER,
    Primitive.DOUBLE: _NUMBER,
    Primitive.BYTES: ("length", "options"),
    Primitive.STRING: _TEXT,
}


def keys(type: Type) -> tuple[str, ...]:
    match type:
        case PrimitiveType():
            return KEYS[type.kind]
        case LogicalType(base=PrimitiveType() as under):
            return KEYS[under.kind]
        case DecimalType():
            return ("options", "range")
        case ArrayType():
            return ("length", "options")
        case MapType():
            return ("keys", "length", "options")
        case UnionType():
            return dialect.KEYS
        case _:
            return ("options",)


def base(type: Type) -> Primitive | None:
    under = type.base if isinstance(type, LogicalType) else type
    return under.kind if isinstance(under, PrimitiveType) else None


def name(type: Type) -> str:
    match type:
        case PrimitiveType() | LogicalType():
            return type.kind.value
        case DecimalType():
            return f"decimal({type.precision}, {type.scale})"
        case ArrayType():
            return "an array"
        case MapType():
            return "a map"
        case UnionType():
            return "a union"
        case _:
            return getattr(type, "name", "the type")


def integral(type: Type) -> tuple[int, int] | None:
    """The limits of int, long and what is dates and times over them."""
    return bounds.whole(type) if isinstance(type, PrimitiveType | LogicalType) else None


def real(type: Type) -> bool:
    return isinstance(type, PrimitiveType) and type.kind in (Primitive.FLOAT, Primitive.DOUBLE)
