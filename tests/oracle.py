"""What must become of a JSON message: stored as this value, refused for these fields, or the insert fails.

Written from what is promised, not from the SQL that keeps it. Scalars are judged by their text: that is how they
travel, so "12" is 12 and true is "true" where a string is due.
"""

from __future__ import annotations

import base64
import json
import math
import re
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias, assert_never

from fleetgen.messages import dumps
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


@dataclass(frozen=True)
class Stored:
    """Recursive parts are the text that they came as."""

    value: dict[str, Any]


@dataclass(frozen=True)
class Refused:
    """Into dead letters, the fields at fault named."""

    fields: tuple[str, ...]


@dataclass(frozen=True)
class Failed:
    """The whole insert fails and stores nothing."""


Verdict: TypeAlias = Stored | Refused | Failed


class _Bad(Exception):
    """This part does not convert."""


class _Fatal(_Bad):
    """This part does not parse: within an array or a map that is no worse than bad, elsewhere the insert fails."""


def judge(record: RecordType, message: Json) -> Verdict:
    if not isinstance(message, dict) or message.keys() - {field.name for field in record.fields}:
        return Failed()
    value, bad, fatal = {}, [], False
    for field in record.fields:
        try:
            value[field.name] = _value(field.type, message.get(field.name))
        except _Bad as error:
            bad.append(field.name)
            fatal = fatal or isinstance(error, _Fatal)
    if fatal:
        return Failed()
    return Refused(tuple(bad)) if bad else Stored(value)


def _value(type: Type, node: Json) -> Any:
    """A missing member is judged as null."""
    inner, optional = unwrap(type)
    if node is None:
        if optional or inner == PrimitiveType(Primitive.NULL):
            return None
        raise _Bad
    match inner:
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType():
            return _scalar(inner, _text(node))
        case RecursiveType():
            return _object(_text(node))
        case ArrayType():
            return _inside(lambda: [_value(inner.items, item) for item in _shape(node, list)])
        case MapType():
            return _inside(lambda: _entries(inner, _shape(node, dict)))
        case RecordType():
            return _record(inner, node)
        case UnionType():
            return _union(inner, node)
        case _:
            assert_never(inner)


def _shape(node: Json, shape: type[Any]) -> Any:
    if not isinstance(node, shape):
        raise _Bad
    return node


def _inside(convert: Callable[[], Any]) -> Any:
    try:
        return convert()
    except _Fatal:
        raise _Bad from None


def _entries(type: MapType, node: dict[str, Json]) -> dict[str, Any]:
    """A dict of `Twice` keys has one key twice."""
    if len({str(key) for key in node}) < len(node):
        raise _Bad
    return {key: _value(type.values, item) for key, item in node.items()}


class Twice(str):
    """A key that a dict takes again although it is the same text."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def _members(node: Json, names: Iterable[str]) -> dict[str, Json]:
    if not isinstance(node, dict) or node.keys() - set(names):
        raise _Fatal
    return node


def _all(parts: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Every part, so that a fatal one is found behind a bad one."""
    values, errors = {}, []
    for name, part in parts.items():
        try:
            values[name] = part()
        except _Bad as error:
            errors.append(error)
    if errors:
        raise min(errors, key=lambda bad: not isinstance(bad, _Fatal))
    return values


def _record(type: RecordType, node: Json) -> dict[str, Any]:
    members = _members(node, (field.name for field in type.fields))
    return _all({f.name: lambda f=f: _value(f.type, members.get(f.name)) for f in type.fields})  # type: ignore[misc]


def _union(type: UnionType, node: Json) -> tuple[str, Any]:
    members = _members(node, map(branch_name, type.branches))
    found = {branch_name(b): b for b in type.branches if members.get(branch_name(b)) is not None}
    values = _all({name: lambda n=name, b=b: _value(b, members[n]) for name, b in found.items()})  # type: ignore[misc]
    if len(values) != 1:
        raise _Bad
    return values.popitem()


def _text(node: Json) -> str:
    return node if isinstance(node, str) else dumps(node)


def _object(text: str) -> str:
    """Any object, but for numbers in it that no double comes near."""
    try:
        shape = json.loads(text, parse_float=_finite)
    except ValueError:
        raise _Bad from None
    _need(isinstance(shape, dict))
    return text


def _finite(text: str) -> float:
    _need(math.isfinite(float(text)))
    return float(text)


def _scalar(type: PrimitiveType | LogicalType | DecimalType | FixedType | EnumType, text: str) -> Any:
    match type:
        case PrimitiveType():
            return _PRIMITIVES[type.kind](text)
        case DecimalType():
            return _decimal(text, type.precision, type.scale)
        case FixedType():
            return _bytes(text, type.size)
        case EnumType():
            return _one_of(text, type.symbols)
        case LogicalType(base=FixedType() as base):
            return _bytes(text, base.size)
        case LogicalType(kind=Logical.UUID):
            return _uuid(text)
        case LogicalType():
            return _integer(text, *_TICKS[type.kind])
        case _:
            assert_never(type)


def _need(condition: object) -> None:
    if not condition:
        raise _Bad


def _integer(text: str, low: int, high: int) -> int:
    _need(re.fullmatch(r"[+-]?[0-9]+", text) and low <= int(text) <= high)
    return int(text)


_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def _double(text: str) -> float:
    if text in ("NaN", "Infinity", "-Infinity"):
        return float(text)
    _need(_NUMBER.fullmatch(text) and math.isfinite(float(text)))
    return float(text)


def _float(text: str) -> float:
    try:
        return float(struct.unpack("<f", struct.pack("<f", _double(text)))[0])
    except OverflowError:
        raise _Bad from None


def _decimal(text: str, precision: int, scale: int) -> Decimal:
    """As many digits behind the point as the text has, but for zeros at their end."""
    _need(_NUMBER.fullmatch(text))
    sign, digits, exponent = Decimal(re.sub(r"(\.[0-9]*?)0+(?=[eE]|$)", r"\1", text)).as_tuple()
    assert isinstance(exponent, int)
    _need(-exponent <= scale and exponent < 1000)
    unscaled = int("".join(map(str, digits))) * 10 ** (exponent + scale)
    _need(unscaled < 10**precision)
    return Decimal((sign if unscaled else 0, tuple(map(int, str(unscaled))), -scale))


def _bytes(text: str, size: int | None = None) -> bytes:
    """Canonical base64 only: padded, of the standard alphabet, with no bits left over."""
    _need(re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", text) and len(text) % 4 == 0)
    value = base64.b64decode(text)
    _need(base64.b64encode(value).decode() == text and size in (None, len(value)))
    return value


def _one_of(text: str, symbols: tuple[str, ...]) -> str:
    _need(text in symbols)
    return text


def _uuid(text: str) -> str:
    _need(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text.lower()))
    return text.lower()


def _null(_: str) -> None:
    raise _Bad


_PRIMITIVES: Final[Mapping[Primitive, Callable[[str], Any]]] = {
    Primitive.NULL: _null,
    Primitive.BOOLEAN: lambda text: _one_of(text, ("true", "false")) == "true",
    Primitive.INT: lambda text: _integer(text, -(2**31), 2**31 - 1),
    Primitive.LONG: lambda text: _integer(text, -(2**63), 2**63 - 1),
    Primitive.FLOAT: _float,
    Primitive.DOUBLE: _double,
    Primitive.BYTES: _bytes,
    Primitive.STRING: str,
}

_MILLIS: Final = (-62_135_596_800_000, 253_402_300_799_999)
_MICROS: Final = (-62_135_596_800_000_000, 253_402_300_799_999_999)
_NANOS: Final = (-(2**63), 2**63 - 1)

_TICKS: Final[Mapping[Logical, tuple[int, int]]] = {
    Logical.DATE: (-719_162, 2_932_896),
    Logical.TIME_MILLIS: (0, 86_399_999),
    Logical.TIME_MICROS: (0, 86_399_999_999),
    Logical.TIMESTAMP_MILLIS: _MILLIS,
    Logical.TIMESTAMP_MICROS: _MICROS,
    Logical.TIMESTAMP_NANOS: _NANOS,
    Logical.LOCAL_TIMESTAMP_MILLIS: _MILLIS,
    Logical.LOCAL_TIMESTAMP_MICROS: _MICROS,
    Logical.LOCAL_TIMESTAMP_NANOS: _NANOS,
}
