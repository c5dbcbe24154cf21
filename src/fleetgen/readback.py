"""A row of a store as the record value that it was made from: the inverse of the mapping, written apart from it."""

from __future__ import annotations

import math
import struct
import uuid
from collections.abc import Callable, Hashable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, assert_never

from fleetgen.messages import Enclosing, decode_within, enclose, loads
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

_NULL: Final = PrimitiveType(Primitive.NULL)
_DURATION: Final = ("months", "days", "millis")


def read(record: RecordType, row: Mapping[str, Any]) -> dict[str, Any]:
    """The record value of a row as `rowbinary.rows` gives it (columns that fleetgen added are not looked at).

    Raises KeyError for a column that is not there, ValueError for columns that no record value can have led to.
    """
    inside = enclose(record, {})
    return {field.name: _value(field.type, field.name, row, inside) for field in record.fields}


def columns(record: RecordType) -> list[str]:
    """The store's columns for the fields of a record, in order."""
    return [name for field in record.fields for name in _columns(field.type, field.name)]


def _join(prefix: str, name: str) -> str:
    return f"{prefix}_{name}" if prefix else name


def _composite(type: Type) -> bool:
    """Whether null needs a flag of its own: the columns of these cannot say it."""
    duration = isinstance(type, LogicalType) and type.kind is Logical.DURATION
    return duration or isinstance(type, ArrayType | MapType | RecordType)


def _optional(type: Type) -> Type:
    return UnionType((_NULL, type))


def _columns(type: Type, name: str) -> list[str]:
    """`name` is empty for an element of an array or a map."""
    inner, optional = unwrap(type)
    flag = [_join(name, "is_set")] if optional and _composite(inner) else []
    match inner:
        case RecordType():
            return flag + [part for f in inner.fields for part in _columns(f.type, _join(name, f.name))]
        case UnionType():
            branches = [(branch, _join(name, branch_name(branch))) for branch in inner.branches]
            return [part for branch, prefix in branches for part in _columns(_optional(branch), prefix)]
        case LogicalType(kind=Logical.DURATION):
            return flag + [_join(name, part) for part in _DURATION]
        case _:
            return [*flag, name or "value"]


def _value(type: Type, name: str, row: Mapping[str, Any], enclosing: Enclosing) -> Any:
    inner, optional = unwrap(type)
    if optional and _composite(inner) and not row[_join(name, "is_set")]:
        return None
    match inner:
        case RecordType():
            inside = enclose(inner, enclosing)
            return {field.name: _value(field.type, _join(name, field.name), row, inside) for field in inner.fields}
        case UnionType():
            return _branch(inner, optional, name, row, enclosing)
        case LogicalType(kind=Logical.DURATION):
            return struct.pack("<III", *(row[_join(name, part)] for part in _DURATION))
        case ArrayType():
            return [_element(inner.items, item, enclosing) for item in row[name or "value"]]
        case MapType():
            return {key: _element(inner.values, item, enclosing) for key, item in row[name or "value"].items()}
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            stored = row[name or "value"]
            return None if stored is None else _scalar(inner, stored, enclosing)
        case _:
            assert_never(inner)


def _element(type: Type, item: Any, enclosing: Enclosing) -> Any:
    """An element of one column is bare, one of several is the Tuple of them."""
    names: Sequence[str] = _columns(type, "")
    return _value(type, "", {names[0]: item} if len(names) == 1 else item, enclosing)


def _branch(type: UnionType, optional: bool, name: str, row: Mapping[str, Any], enclosing: Enclosing) -> Any:
    found = []
    for branch in type.branches:
        value = _value(_optional(branch), _join(name, branch_name(branch)), row, enclosing)
        if value is not None:
            found.append((branch_name(branch), value))
    if len(found) > 1 or not (found or optional):
        raise ValueError(f"{name}: {len(found)} branches of the union are set")
    return found[0] if found else None


def _text(stored: bytes) -> str:
    return stored.decode()


def _same(stored: Any) -> Any:
    return stored


_PRIMITIVES: Final[Mapping[Primitive, Callable[[Any], Any]]] = {
    kind: _text if kind is Primitive.STRING else _same for kind in Primitive
}


def _scalar(
    type: PrimitiveType | LogicalType | DecimalType | FixedType | EnumType | RecursiveType,
    stored: Any,
    enclosing: Enclosing,
) -> Any:
    match type:
        case PrimitiveType():
            return _PRIMITIVES[type.kind](stored)
        case LogicalType(kind=Logical.UUID, base=FixedType()):
            return uuid.UUID(stored).bytes if isinstance(stored, str) else stored
        case EnumType():
            return _text(stored)
        case RecursiveType():
            return decode_within(enclosing[type.fullname], loads(stored), enclosing)
        case LogicalType() | DecimalType() | FixedType():
            return stored
        case _:
            assert_never(type)


def exact(value: Any) -> Hashable:
    """A form of a value that is equal only where the value is the same: NaN is NaN, -0.0 is not 0.0, 1 is not true."""
    match value:
        case float():
            return "float", "nan" if math.isnan(value) else struct.pack("<d", value)
        case dict():
            return "dict", frozenset((key, exact(item)) for key, item in value.items())
        case list() | tuple():
            return value.__class__.__name__, tuple(map(exact, value))
        case Decimal():
            return "decimal", value.as_tuple()
        case _:
            return value.__class__.__name__, value
