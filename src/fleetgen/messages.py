"""A record value as the JSON message of Connect's JsonConverter (schemas off, decimals as numbers), and back."""

from __future__ import annotations

import base64
import binascii
import json
import math
import struct
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias, assert_never

from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    FixedType,
    Json,
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

Enclosing: TypeAlias = Mapping[str, RecordType]
"""The records around a place, by full name: where a RecursiveType leads."""


def encode(record: RecordType, value: Mapping[str, Any]) -> Json:
    """The message: dict, list, str, bool, None, and int, float and Decimal as the numbers that they are."""
    return _record(record, value, {})


def enclose(record: RecordType, enclosing: Enclosing) -> Enclosing:
    return {**enclosing, record.fullname: record}


def _record(record: RecordType, value: Mapping[str, Any], enclosing: Enclosing) -> Json:
    inside = enclose(record, enclosing)
    return {field.name: _encode(field.type, value[field.name], inside) for field in record.fields}


def _encode(type: Type, value: Any, enclosing: Enclosing) -> Json:
    inner, _ = unwrap(type)
    if value is None:
        return None
    match inner:
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType():
            return _scalar(inner, value)
        case ArrayType():
            return [_encode(inner.items, item, enclosing) for item in value]
        case MapType():
            return {key: _encode(inner.values, item, enclosing) for key, item in value.items()}
        case RecordType():
            return _record(inner, value, enclosing)
        case RecursiveType():
            return _record(enclosing[inner.fullname], value, enclosing)
        case UnionType():
            return _union(inner, value, enclosing)
        case _:
            assert_never(inner)


def _union(type: UnionType, value: tuple[str, Any], enclosing: Enclosing) -> Json:
    """Every branch is a member; all but the one that is set are null."""
    name, inner = value
    branches = {branch_name(branch): branch for branch in type.branches}
    return {other: _encode(branch, inner, enclosing) if other == name else None for other, branch in branches.items()}


def _scalar(type: PrimitiveType | LogicalType | DecimalType | FixedType | EnumType, value: Any) -> Json:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, float):
        return _float(type, value)
    return value


def _float(type: Type, value: float) -> Json:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    single = isinstance(type, PrimitiveType) and type.kind is Primitive.FLOAT
    return _shortest(value) if single else value


def _single(value: float) -> float:
    """The nearest 32-bit float; infinity where there is none."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def _shortest(value: float) -> float:
    """The number of fewest digits that reads as this 32-bit float: 0.1, where its exact value has 27 digits.

    Its neighbours have to read the same, else it may be halfway between two floats after its own rounding.
    """
    for digits in range(1, 10):
        short = float(f"{value:.{digits}g}")
        near = (math.nextafter(short, -math.inf), short, math.nextafter(short, math.inf))
        if all(_single(number) == value for number in near):
            return short
    return value


def dumps(message: Json) -> str:
    """The exact text of a message: decimals with all their digits, floats the shortest that reads the same.

    Raises ValueError for a float that JSON has no number for (`encode` makes text of those).
    """
    match message:
        case dict():
            return "{" + ",".join(f"{dumps(str(key))}:{dumps(item)}" for key, item in message.items()) + "}"
        case list():
            return "[" + ",".join(map(dumps, message)) + "]"
        case Decimal():
            return str(message)
        case _:
            return json.dumps(message, ensure_ascii=False, allow_nan=False)


def loads(text: str | bytes) -> Json:
    """A message's text as `dumps` took it: fractions as Decimal, so no digit is lost."""
    return json.loads(text, parse_float=Decimal)


def decode(record: RecordType, message: Json) -> dict[str, Any]:
    """The record value of a message; a missing member of it counts as null.

    Raises ValueError where the message does not have the record's shape.
    """
    return decode_within(record, message, {})


def decode_within(record: RecordType, message: Json, enclosing: Enclosing) -> dict[str, Any]:
    """`decode` of a part of a message, inside the records given."""
    if not isinstance(message, dict):
        raise ValueError(f"{record.fullname}: not an object")
    inside = enclose(record, enclosing)
    return {field.name: _decode(field.type, message.get(field.name), inside) for field in record.fields}


def _decode(type: Type, node: Json, enclosing: Enclosing) -> Any:
    inner, _ = unwrap(type)
    if node is None:
        return None
    match inner:
        case PrimitiveType():
            return _PRIMITIVES[inner.kind](node)
        case LogicalType():
            return _logical(inner, node)
        case DecimalType():
            return Decimal(node)
        case FixedType():
            return _bytes(node)
        case EnumType():
            return _text(node)
        case ArrayType():
            return [_decode(inner.items, item, enclosing) for item in _typed(node, list)]
        case MapType():
            return {key: _decode(inner.values, item, enclosing) for key, item in _typed(node, dict).items()}
        case RecordType():
            return decode_within(inner, node, enclosing)
        case RecursiveType():
            return decode_within(enclosing[inner.fullname], node, enclosing)
        case UnionType():
            return _branch(inner, _typed(node, dict), enclosing)
        case _:
            assert_never(inner)


def _branch(type: UnionType, node: dict[str, Json], enclosing: Enclosing) -> tuple[str, Any]:
    found = [branch for branch in type.branches if node.get(branch_name(branch)) is not None]
    if len(found) != 1:
        raise ValueError(f"{len(found)} branches of a union are set")
    name = branch_name(found[0])
    return name, _decode(found[0], node[name], enclosing)


def _logical(type: LogicalType, node: Json) -> Any:
    if isinstance(type.base, FixedType):
        return _bytes(node)
    return _text(node) if type.kind is Logical.UUID else _typed(node, int)


def _typed(node: Json, kind: type[Any]) -> Any:
    if not isinstance(node, kind) or (kind is int and isinstance(node, bool)):
        raise ValueError(f"{node!r} is not a {kind.__name__}")
    return node


def _text(node: Json) -> str:
    return str(_typed(node, str))


def _bytes(node: Json) -> bytes:
    try:
        return base64.b64decode(_text(node), validate=True)
    except binascii.Error as error:
        raise ValueError(f"{node!r} is not base64") from error


_PRIMITIVES: Final[Mapping[Primitive, Callable[[Json], Any]]] = {
    Primitive.NULL: lambda node: _typed(node, type(None)),
    Primitive.BOOLEAN: lambda node: _typed(node, bool),
    Primitive.INT: lambda node: _typed(node, int),
    Primitive.LONG: lambda node: _typed(node, int),
    Primitive.FLOAT: lambda node: _single(float(node)),
    Primitive.DOUBLE: float,
    Primitive.BYTES: _bytes,
    Primitive.STRING: _text,
}
