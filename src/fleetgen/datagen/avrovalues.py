"""Single values in Avro's binary encoding, in the shape that records have."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, assert_never

from fleetgen.datagen.columns import EXACT
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
    branch_name,
    is_null,
)


def write(type: Type, value: Any, enclosing: Mapping[str, RecordType]) -> bytes:
    match type:
        case PrimitiveType():
            return _primitive(type.kind, value)
        case LogicalType():
            return write(type.base, value, enclosing)
        case DecimalType():
            return decimal(type.base, int(value.scaleb(type.scale, EXACT)))
        case FixedType():
            return bytes(value)
        case EnumType():
            return varint(type.symbols.index(value))
        case ArrayType():
            return _block([write(type.items, item, enclosing) for item in value])
        case MapType():
            return _block([sized(key.encode()) + write(type.values, item, enclosing) for key, item in value.items()])
        case UnionType():
            return _union(type, value, enclosing)
        case RecordType():
            enclosing = {**enclosing, type.fullname: type}
            return b"".join(write(field.type, value[field.name], enclosing) for field in type.fields)
        case RecursiveType():
            return write(enclosing[type.fullname], value, enclosing)
        case _:
            assert_never(type)


def varint(value: int) -> bytes:
    """An integer of 64 bits: zigzag, then seven bits a byte, the lowest first."""
    rest, data = value << 1 ^ value >> 63, bytearray()
    while rest >> 7:
        data.append(rest & 127 | 128)
        rest >>= 7
    data.append(rest)
    return bytes(data)


def sized(data: bytes) -> bytes:
    """The bytes, their length in front."""
    return varint(len(data)) + data


def decimal(base: PrimitiveType | FixedType, unscaled: int) -> bytes:
    """Big end first: as many bytes as a fixed has, else the fewest that hold the number and its sign."""
    if isinstance(base, FixedType):
        return unscaled.to_bytes(base.size, "big", signed=True)
    least = (unscaled ^ unscaled >> unscaled.bit_length()).bit_length() // 8 + 1
    return sized(unscaled.to_bytes(least, "big", signed=True))


def _primitive(kind: Primitive, value: Any) -> bytes:
    match kind:
        case Primitive.NULL:
            return b""
        case Primitive.BOOLEAN:
            return bytes([value])
        case Primitive.INT | Primitive.LONG:
            return varint(value)
        case Primitive.FLOAT:
            return struct.pack("<f", value)
        case Primitive.DOUBLE:
            return struct.pack("<d", value)
        case Primitive.BYTES:
            return sized(value)
        case Primitive.STRING:
            return sized(value.encode())
        case _:
            assert_never(kind)


def _block(items: list[bytes]) -> bytes:
    """All items, and a count of none behind them, which is all where there are no items."""
    return b"".join([varint(len(items)), *items, varint(0)]) if items else varint(0)


def _union(type: UnionType, value: Any, enclosing: Mapping[str, RecordType]) -> bytes:
    """Values of two or more branches beside null say which one they are."""
    several = sum(not is_null(branch) for branch in type.branches) > 1
    name, inner = value if several and value is not None else (None, value)
    for number, branch in enumerate(type.branches):
        if is_null(branch) == (value is None) and name in (None, branch_name(branch)):
            return varint(number) + write(branch, inner, enclosing)
    raise AssertionError(f"no branch of the union is {name}")
