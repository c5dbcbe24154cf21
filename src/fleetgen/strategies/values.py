"""Values of a record: everything that its schema allows and a store can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from fleetgen.frozen import frozen
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

_ITEMS: Final = 4
_DEPTH: Final = 2
"""How often a record may hold itself; deeper, only the ends of the recursion are drawn."""


@frozen
class Scope:
    """The records around a place, by full name, and how many times each may still recur; `narrow`: as annotated."""

    records: Mapping[str, tuple[RecordType, int]]
    narrow: bool

    def inside(self, record: RecordType, left: int) -> Scope:
        return Scope({**self.records, record.fullname: (record, left)}, self.narrow)

    @property
    def enclosing(self) -> dict[str, RecordType]:
        return {name: record for name, (record, _) in self.records.items()}


def records(record: RecordType, *, annotated: bool = False) -> SearchStrategy[dict[str, Any]]:
    """Values of a record, over the full range of each type.

    Integers to their edges, floats with NaN, infinities, -0.0 and denormals, text with NUL and beyond U+FFFF but no
    lone surrogates, decimals to the last digit, dates and timestamps from year 1 to 9999 (nanoseconds: all of 64 bit),
    times within a day. The strategy is empty where a record holds itself without an end.

    With `annotated` only what the annotations allow: ranges, options, lengths, regular expressions, prefixes, suffixes,
    keys, the values of iterations. Odds are no bound. What has no annotation keeps its full range.
    """
    return _record(record, Scope({}, annotated).inside(record, _DEPTH))


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
    return integers(-most, most).map(lambda unscaled: decimal(unscaled, scale))


def decimal(unscaled: int, scale: int) -> Decimal:
    return Decimal((int(unscaled < 0), tuple(map(int, str(abs(unscaled)))), -scale))


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


def _primitive(type: PrimitiveType, _: Scope) -> SearchStrategy[Any]:
    return _PRIMITIVES[type.kind]()


def _logical(type: LogicalType, _: Scope) -> SearchStrategy[Any]:
    if type.kind is Logical.UUID:
        return _uuid(type.base)
    return _bytes(12) if type.kind is Logical.DURATION else integers(*TICKS[type.kind])


def _decimal(type: DecimalType, _: Scope) -> SearchStrategy[Decimal]:
    return decimals(type.precision, type.scale)


def _fixed(type: FixedType, _: Scope) -> SearchStrategy[bytes]:
    return _bytes(type.size)


def _enum(type: EnumType, _: Scope) -> SearchStrategy[str]:
    return st.sampled_from(type.symbols)


def _array(type: ArrayType, scope: Scope) -> SearchStrategy[list[Any]]:
    items = _values(type.items, scope)
    return st.builds(list) if items.is_empty else st.lists(items, max_size=_ITEMS)


def _map(type: MapType, scope: Scope) -> SearchStrategy[dict[str, Any]]:
    values = _values(type.values, scope)
    return st.builds(dict) if values.is_empty else st.dictionaries(text(), values, max_size=_ITEMS)


def _union(type: UnionType, scope: Scope, inherited: Json = None) -> SearchStrategy[Any]:
    """The branches that are not null: `_values` adds None."""
    named = ((branch_name(branch), _values(branch, scope, inherited)) for branch in type.branches)
    return st.one_of([st.tuples(st.just(name), values) for name, values in named])


def _record(type: RecordType, scope: Scope) -> SearchStrategy[dict[str, Any]]:
    inside = scope if type.fullname in scope.records else scope.inside(type, _DEPTH)
    return st.fixed_dictionaries({field.name: _values(field.type, inside, field.args) for field in type.fields})


def _recursive(type: RecursiveType, scope: Scope) -> SearchStrategy[dict[str, Any]]:
    record, left = scope.records[type.fullname]
    return st.nothing() if left == 0 else _record(record, scope.inside(record, left - 1))


_STRATEGIES: Final[Mapping[type[Type], Callable[[Any, Scope], SearchStrategy[Any]]]] = {
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


def _values(type: Type, scope: Scope, inherited: Json = None) -> SearchStrategy[Any]:
    """`inherited`: the annotation of the field or the union around the type, which counts where it has none."""
    inner, optional = unwrap(type)
    if scope.narrow:
        outer = inherited if type.args is None else type.args
        values = _narrow(inner, scope, outer if inner.args is None else inner.args)
    else:
        values = _STRATEGIES[inner.__class__](inner, scope)
    return st.none() | values if optional else values


def _narrow(type: Type, scope: Scope, args: Json) -> SearchStrategy[Any]:
    """Within the annotation `args`."""
    from fleetgen.datagen import dialect
    from fleetgen.strategies import annotated

    note = dialect.parse(args, type.at)[0]
    narrowed = annotated.value(type, note, scope.enclosing)
    if narrowed is not None:
        return narrowed
    match type:
        case ArrayType():
            return _sized_array(type, scope, *annotated.size(type, note))
        case MapType():
            return _sized_map(type, scope, annotated.size(type, note), *annotated.keys(note.keys))
        case UnionType():
            return _union(type, scope, args)
        case _:
            return _STRATEGIES[type.__class__](type, scope)


def _sized_array(type: ArrayType, scope: Scope, low: int, high: int) -> SearchStrategy[list[Any]]:
    items = _values(type.items, scope)
    return st.builds(list) if items.is_empty else st.lists(items, min_size=low, max_size=high)


def _sized_map(
    type: MapType, scope: Scope, size: tuple[int, int], keys: SearchStrategy[str] | None, enough: int | None
) -> SearchStrategy[dict[str, Any]]:
    """`enough` keys do where there may be no more different ones: equal ones fall together."""
    values = _values(type.values, scope)
    if values.is_empty:
        return st.builds(dict)
    low = size[0] if enough is None else min(size[0], enough)
    return st.dictionaries(text() if keys is None else keys, values, min_size=low, max_size=size[1])
