"""Which options Datagen refuses although they are values of the type: it converts far less than a reader does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, assert_never

from fleetgen.datagen.options import Enclosing
from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    FixedType,
    Json,
    LogicalType,
    MapType,
    Primitive,
    PrimitiveType,
    RecordType,
    Type,
    UnionType,
)

_INT_MAX: Final = 2**31 - 1


def refused(type: Type, value: Json, enclosing: Enclosing, inside: bool = False) -> str:
    """What of the value is refused; empty if nothing is. `inside` a record, array or map nothing is converted."""
    match type:
        case (PrimitiveType() as under) | LogicalType(base=PrimitiveType() as under):
            return _primitive(under, value, inside)
        case DecimalType():
            return f"{value!r} for a decimal" if isinstance(value, int | float) or inside else ""
        case ArrayType() if isinstance(value, list):
            return _first(refused(type.items, item, enclosing, True) for item in value)
        case MapType() if isinstance(value, dict):
            return _first(refused(type.values, item, enclosing, True) for item in value.values())
        case RecordType() if isinstance(value, dict):
            if inside:
                return "a record inside an option"
            fields = [field for field in type.fields if field.name in value]
            return _first(refused(field.type, value[field.name], enclosing, True) for field in fields)
        case FixedType() | EnumType():
            return f"{value!r} for {type.name} inside an option" if inside else ""
        case UnionType():
            return "null inside an option" if value is None and inside else ""
        case _:
            return ""


def _first(found: Iterable[str]) -> str:
    return next(filter(None, found), "")


def _primitive(type: PrimitiveType, value: Json, inside: bool) -> str:
    match type.kind:
        case Primitive.FLOAT | Primitive.DOUBLE:
            wrong = isinstance(value, int) or (inside and type.kind is Primitive.FLOAT)
        case Primitive.INT:
            wrong = isinstance(value, float)
        case Primitive.LONG:
            wrong = isinstance(value, float) or (inside and isinstance(value, int) and value <= _INT_MAX)
        case Primitive.BYTES | Primitive.NULL:
            wrong = inside
        case Primitive.STRING | Primitive.BOOLEAN:
            wrong = False
        case _:
            assert_never(type.kind)
    return f"{value!r} for {type.kind.value}{' inside an option' if inside else ''}" if wrong else ""
