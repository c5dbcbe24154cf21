"""Avro's binary encoding, written from its specification alone: any value that a writer's schema can carry.

`loose` is the writer that knows fewer rules than the reader: null wherever null can be, long for int, text for an enum
or a uuid, any number of digits, a key of a map twice (a list of pairs). Inside a union ClickHouse takes a writer's
schema only if it is the reader's.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any, Final, assert_never

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
    is_null,
    unwrap,
)

_SYNC: Final = b"a sync marker is"


@dataclass(frozen=True)
class Codec:
    """A writer's schema, and how it writes a value."""

    schema: Json
    write: Callable[[Any], bytes]


def long(number: int) -> bytes:
    """Zigzag, seven bits a byte, the least first."""
    rest = (number << 1) ^ (number >> 63)
    encoded = bytearray()
    while rest > 0x7F:
        encoded.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*encoded, rest])


def octets(data: bytes) -> bytes:
    return long(len(data)) + data


def text(value: str) -> bytes:
    return octets(value.encode())


def container(codec: Codec, values: Iterable[Any]) -> bytes:
    """A file of one block, not compressed."""
    rows = [codec.write(value) for value in values]
    meta = long(2) + text("avro.schema") + text(json.dumps(codec.schema)) + text("avro.codec") + text("null") + long(0)
    body = b"".join(rows)
    return b"Obj\x01" + meta + _SYNC + long(len(rows)) + long(len(body)) + body + _SYNC


def loose(record: RecordType) -> Codec:
    """The writer of a record and of its number, in `_offset`."""
    names = _names()
    fields = [(field.name, _codec(field.type, names, False)) for field in record.fields]
    return _record("loose", [*fields, ("_offset", Codec("long", long))])


def _names() -> Iterator[str]:
    """Each named type gets a name of its own: the reader looks at fields, sizes and symbols only."""
    return (f"W{number}" for number in count())


def _codec(type: Type, names: Iterator[str], exact: bool) -> Codec:
    """`exact`: inside a union."""
    inner, optional = unwrap(type)
    plain = _plain(inner, names, exact)
    return _optional(plain) if (optional or not exact) and not is_null(inner) else plain


def _plain(type: Type, names: Iterator[str], exact: bool) -> Codec:
    match type:
        case PrimitiveType():
            return _PRIMITIVES["long" if type.kind is Primitive.INT and not exact else type.kind.value]
        case LogicalType():
            return _logical(type, names, exact)
        case DecimalType():
            return _decimal(type, names)
        case FixedType():
            return Codec({"type": "fixed", "name": next(names), "size": type.size}, bytes)
        case EnumType():
            return _enum(type, names) if exact else _PRIMITIVES["string"]
        case ArrayType():
            items = _codec(type.items, names, exact)
            return Codec({"type": "array", "items": items.schema}, lambda value: _blocks(map(items.write, value)))
        case MapType():
            return _map(_codec(type.values, names, exact))
        case RecordType():
            return _record(next(names), [(field.name, _codec(field.type, names, exact)) for field in type.fields])
        case UnionType():
            return _union({branch_name(branch): _codec(branch, names, True) for branch in type.branches})
        case RecursiveType():
            raise NotImplementedError
        case _:
            assert_never(type)


_PRIMITIVES: Final = {
    "null": Codec("null", lambda _: b""),
    "boolean": Codec("boolean", lambda value: bytes([value])),
    "int": Codec("int", long),
    "long": Codec("long", long),
    "float": Codec("float", lambda value: struct.pack("<f", value)),
    "double": Codec("double", lambda value: struct.pack("<d", value)),
    "bytes": Codec("bytes", octets),
    "string": Codec("string", text),
}


def _logical(type: LogicalType, names: Iterator[str], exact: bool) -> Codec:
    if isinstance(type.base, FixedType):
        base = {"type": "fixed", "name": next(names), "size": type.base.size}
        return Codec({**base, "logicalType": type.kind.value}, bytes)
    plain = _plain(type.base, names, exact)
    if type.kind is Logical.UUID and not exact:
        return plain
    return Codec({"type": plain.schema, "logicalType": type.kind.value}, plain.write) if exact else plain


def _decimal(type: DecimalType, names: Iterator[str]) -> Codec:
    scaled = {"logicalType": "decimal", "precision": type.precision, "scale": type.scale}
    if isinstance(type.base, FixedType):
        size = type.base.size
        schema = {"type": "fixed", "name": next(names), "size": size, **scaled}
        return Codec(schema, lambda value: _unscaled(value, type.scale).to_bytes(size, "big", signed=True))

    def write(value: Decimal) -> bytes:
        number = _unscaled(value, type.scale)
        return octets(number.to_bytes((number + (number < 0)).bit_length() // 8 + 1, "big", signed=True))

    return Codec({"type": "bytes", **scaled}, write)


def _unscaled(value: Decimal, scale: int) -> int:
    sign, digits, exponent = value.as_tuple()
    assert exponent == -scale
    return int("".join(map(str, digits))) * (-1 if sign else 1)


def _enum(type: EnumType, names: Iterator[str]) -> Codec:
    schema = {"type": "enum", "name": next(names), "symbols": list(type.symbols)}
    return Codec(schema, lambda value: long(type.symbols.index(value)))


def _map(values: Codec) -> Codec:
    def write(value: Any) -> bytes:
        pairs = value.items() if isinstance(value, dict) else value
        return _blocks(text(key) + values.write(item) for key, item in pairs)

    return Codec({"type": "map", "values": values.schema}, write)


def _blocks(items: Iterable[bytes]) -> bytes:
    held = list(items)
    return (long(len(held)) if held else b"") + b"".join(held) + long(0)


def _record(name: str, fields: list[tuple[str, Codec]]) -> Codec:
    schema = {"type": "record", "name": name, "fields": [{"name": n, "type": codec.schema} for n, codec in fields]}
    return Codec(schema, lambda value: b"".join(codec.write(value[n]) for n, codec in fields))


def _optional(plain: Codec) -> Codec:
    if isinstance(plain.schema, list):
        return plain if "null" in plain.schema else _nullable(plain)
    return Codec(["null", plain.schema], lambda value: long(0) if value is None else long(1) + plain.write(value))


def _nullable(union: Codec) -> Codec:
    """Null behind the branches, so that their numbers stay."""
    last = len(union.schema)
    return Codec([*union.schema, "null"], lambda value: long(last) if value is None else union.write(value))


def _union(branches: dict[str, Codec]) -> Codec:
    numbers = {name: number for number, name in enumerate(branches)}

    def write(value: tuple[str, Any]) -> bytes:
        name, inner = value
        return long(numbers[name]) + branches[name].write(inner)

    return Codec([codec.schema for codec in branches.values()], write)
