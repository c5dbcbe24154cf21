"""Whether a default fits its type: Java's rules, and ranges, symbols and sizes, of which Java is careless."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias, assert_never

from fleetgen.avro.findings import show
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
    RecursiveType,
    Type,
    UnionType,
)
from fleetgen.positions import escape

_BITS: Final = {Primitive.INT: 31, Primitive.LONG: 63}


class Misfit(NamedTuple):
    """`pointer` is relative to the default."""

    pointer: str
    message: str


_Part: TypeAlias = tuple[Type, Json, str]


def check(type: Type, default: Json, records: Mapping[str, RecordType]) -> Misfit | None:
    """The first part of a default that does not fit. A union's default is one of its first branch.

    `records` are those that recursion refers to.
    """
    parts: list[_Part] = [(type, default, "")]
    while parts:
        wanted, value, pointer = parts.pop()
        if isinstance(wanted, RecursiveType):
            wanted = records[wanted.fullname]
        message = _fault(wanted, value)
        if message:
            return Misfit(pointer, message)
        parts.extend(reversed(list(_inside(wanted, value, pointer))))
    return None


def _inside(type: Type, value: Json, pointer: str) -> Iterator[_Part]:
    """The parts of a value that fits so far. A record's missing field has a default, checked where it stands."""
    match type:
        case UnionType():
            yield type.branches[0], value, pointer
        case ArrayType():
            yield from ((type.items, item, f"{pointer}/{index}") for index, item in enumerate(value))
        case MapType():
            yield from ((type.values, item, f"{pointer}/{escape(key)}") for key, item in value.items())
        case RecordType():
            for field in type.fields:
                if field.name in value:
                    yield field.type, value[field.name], f"{pointer}/{field.name}"
        case _:
            pass


def _fault(type: Type, value: Json) -> str | None:
    match type:
        case PrimitiveType():
            return _primitive(type.kind, value)
        case LogicalType() | DecimalType():
            return _fault(type.base, value)
        case FixedType():
            return _bytes(value) or _size(type, value)
        case EnumType():
            return None if value in type.symbols else f"{show(value)} is no symbol of enum {type.name}"
        case ArrayType():
            return None if isinstance(value, list) else f"{show(value)} is not an array"
        case MapType():
            return None if isinstance(value, dict) else f"{show(value)} is not an object, as a map needs"
        case RecordType():
            return _record(type, value)
        case UnionType() | RecursiveType():
            return None
        case _:
            assert_never(type)


def _primitive(kind: Primitive, value: Json) -> str | None:
    match kind:
        case Primitive.NULL:
            fits = value is None
        case Primitive.BOOLEAN:
            fits = isinstance(value, bool)
        case Primitive.INT | Primitive.LONG:
            whole = isinstance(value, int) and not isinstance(value, bool)
            fits = whole and -(2 ** _BITS[kind]) <= value < 2 ** _BITS[kind]
        case Primitive.FLOAT | Primitive.DOUBLE:
            fits = _is_double(value)
        case Primitive.STRING:
            fits = isinstance(value, str)
        case Primitive.BYTES:
            return _bytes(value)
        case _:
            assert_never(kind)
    article = {Primitive.NULL: "", Primitive.INT: "an "}.get(kind, "a ")
    return None if fits else f"{show(value)} is not {article}{kind.value}"


def _is_double(value: Json) -> bool:
    try:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and float(value) == float(value)
    except OverflowError:
        return False


def _bytes(value: Json) -> str | None:
    if not isinstance(value, str):
        return f"{show(value)} is not text, as which bytes are written"
    if any(char > "\xff" for char in value):
        return f"{show(value)} holds characters beyond U+00FF: each stands for one byte"
    return None


def _size(type: FixedType, value: str) -> str | None:
    return None if len(value) == type.size else f"{len(value)} bytes do not fill fixed {type.name} of {type.size}"


def _record(type: RecordType, value: Json) -> str | None:
    if not isinstance(value, dict):
        return f"{show(value)} is not an object, as record {type.name} needs"
    missing = [field.name for field in type.fields if field.name not in value and field.default is None]
    return f"field {missing[0]} of {type.name} is missing and has no default of its own" if missing else None
