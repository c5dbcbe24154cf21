"""Values of a record: everything that its schema allows and a store can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

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

_DEPTH: Final = 2
"""How often a record may hold itself; deeper, only the ends of the recursion are drawn."""

Enclosing = Mapping[str, tuple[RecordType, int]]
"""The records around a place, by full name, and how many times each may still recur."""


def records(record: RecordType) -> SearchStrategy[dict[str, Any]]:
    """Values of a record, over the full range of each type.

    Integers to their edges, floats with NaN, infinities, -0.0 and denormals, text with NUL and beyond U+FFFF but no
    lone surrogates, decimals to the last digit, dates and timestamps from year 1 to 9999 (nanoseconds: all of 64 bit),
    times within a day. The strategy is empty where a record holds itself without an end.
    """
    return _record(record, {record.fullname: (record, _DEPTH)})


def integers(low: int, high: int) -> SearchStrategy[int]:
    """Whole numbers of [low, high], the edges among them more often than chance has it."""
    return st.integers(low, high) | st.sampled_from((low, high))


def text() -> SearchStrategy[str]:
    """Any text but lone surrogates, which no UTF-8 holds."""
    hostile = ("", "\0", "a\0b", "\U0001d4b3", "\ufeff", "null", "NaN", "'\"`\\", "{{ x }}", "\r\n")
    return st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(hostile)


def decimals(precision: int, scale: int) -> SearchStrategy[Decimal]:
    """Numbers of at most `precision` digits, `scale` of them behind the point."""
    most = 10**precision - 1

    def build(unscaled: int) -> Decimal:
        return Decimal((int(unscaled < 0), tuple(map(int, str(abs(unscaled)))), -scale))

    return integers(-most, most).map(build)


def _uuid(base: PrimitiveType | FixedType) -> SearchStrategy[Any]:
    return st.uuids().map(str) if isinstance(base, PrimitiveType) else _bytes(16)


def _bytes(size: int) -> SearchStrategy[bytes]:
    edges = (bytes(size), b"\xff" * size)
    return st.binary(min_size=size, max_size=size) | st.sampled_from(edges)


_PRIMITIVES: Final[Mapping[Primitive, Callable[[], SearchStrategy[Any]]]] = {
    Primitive.NULL: st.none,
    Primitive.BOOLEAN: st.booleans,
    Primitive.INT: lambda: integers(-(2**31), 2**31 - 1),
    Primitive.LONG: lambda: integers(-(2**63), 2**63 - 1),
    Primitive.FLOAT: lambda: st.floats(width=32) | st.sampled_from((-0.0, 2.0**-149)),
    Primitive.DOUBLE: lambda: st.floats() | st.sampled_from((-0.0, 5e-324)),
    Primitive.BYTES: lambda: st.binary(max_size=20),
    Primitive.STRING: text,
}

_DAY: Final = 86_400_000
_YEAR_1, _YEAR_9999 = -62_135_596_800_000, 253_402_300_799_999

TICKS: Final[Mapping[Logical, tuple[int, int]]] = {
    Logical.DATE: (-719_162, 2_932_896),
    Logical.TIME_MILLIS: (0, _DAY - 1),
    Logical.TIME_MICROS: (0, _DAY * 1000 - 1),
    Logical.TIMESTAMP_MILLIS: (_YEAR_1, _YEAR_9999),
    Logical.TIMESTAMP_MICROS: (_YEAR_1 * 1000, _YEAR_9999 * 1000 + 999),
    Logical.TIMESTAMP_NANOS: (-(2**63), 2**63 - 1),
    Logical.LOCAL_TIMESTAMP_MILLIS: (_YEAR_1, _YEAR_9999),
    Logical.LOCAL_TIMESTAMP_MICROS: (_YEAR_1 * 1000, _YEAR_9999 * 1000 + 999),
    Logical.LOCAL_TIMESTAMP_NANOS: (-(2**63), 2**63 - 1),
}
"""The least and the greatest number of each logical type that a store holds and a client can show."""


def _primitive(type: PrimitiveType, _: Enclosing) -> SearchStrategy[Any]:
    return _PRIMITIVES[type.kind]()


def _logical(type: LogicalType, _: Enclosing) -> SearchStrategy[Any]:
    if type.kind is Logical.UUID:
        return _uuid(type.base)
    return _bytes(12) if type.kind is Logical.DURATION else integers(*TICKS[type.kind])


def _decimal(type: DecimalType, _: Enclosing) -> SearchStrategy[Decimal]:
    return decimals(type.precision, type.scale)


def _fixed(type: FixedType, _: Enclosing) -> SearchStrategy[bytes]:
    return _bytes(type.size)


def _enum(type: EnumType, _: Enclosing) -> SearchStrategy[str]:
    return st.sampled_from(type.symbols)


def _array(type: ArrayType, enclosing: Enclosing) -> SearchStrategy[list[Any]]:
    items = _values(type.items, enclosing)
    return st.builds(list) if items.is_empty else st.lists(items, max_size=4)


def _map(type: MapType, enclosing: Enclosing) -> SearchStrategy[dict[str, Any]]:
    values = _values(type.values, enclosing)
    return st.builds(dict) if values.is_empty else st.dictionaries(text(), values, max_size=4)


def _union(type: UnionType, enclosing: Enclosing) -> SearchStrategy[Any]:
    """The branches that are not null: `_values` adds None."""
    return st.one_of([st.tuples(st.just(branch_name(b)), _values(b, enclosing)) for b in type.branches])


def _record(type: RecordType, enclosing: Enclosing) -> SearchStrategy[dict[str, Any]]:
    inside = {type.fullname: (type, _DEPTH), **enclosing}
    return st.fixed_dictionaries({field.name: _values(field.type, inside) for field in type.fields})


def _recursive(type: RecursiveType, enclosing: Enclosing) -> SearchStrategy[dict[str, Any]]:
    record, left = enclosing[type.fullname]
    if left == 0:
        return st.nothing()
    return _record(record, {**enclosing, type.fullname: (record, left - 1)})


_STRATEGIES: Final[Mapping[type[Type], Callable[[Any, Enclosing], SearchStrategy[Any]]]] = {
    PrimitiveType: _primitive,
    LogicalType: _logical,
    DecimalType: _decimal,
    FixedType: _fixed,
    EnumType: _enum,
    ArrayType: _array,
    MapType: _map,
    UnionType: _union,
    RecordType: _record,
    RecursiveType: _recursive,
}


def _values(type: Type, enclosing: Enclosing) -> SearchStrategy[Any]:
    inner, optional = unwrap(type)
    values = _STRATEGIES[inner.__class__](inner, enclosing)
    return st.none() | values if optional else values
