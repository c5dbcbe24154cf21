"""What travels, and whether it converts: the wire type and the condition of each Avro type."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, repeat
from typing import Final, assert_never

from fleetgen.mapping.format import Dialect, Named, inside
from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    Field,
    FixedType,
    LogicalType,
    MapType,
    PrimitiveType,
    RecordType,
    RecursiveType,
    Type,
    UnionType,
    branch_name,
    unwrap,
)
from fleetgen.quoting import ch_element, ch_ident, ch_string

ALWAYS: Final = "1"
"""The condition of what cannot fail: an optional string."""


def wire(type: Type, dialect: Dialect) -> str:
    """The landing's type."""
    inner, optional = unwrap(type)
    plain = _plain(inner, dialect)
    return dialect.optional(plain) if optional else plain


def _plain(type: Type, dialect: Dialect) -> str:
    match type:
        case RecordType():
            return dialect.record((field.name, wire(field.type, dialect)) for field in type.fields)
        case UnionType():
            return dialect.union(branches(type, dialect))
        case ArrayType():
            return dialect.array(wire(type.items, dialect))
        case MapType():
            return dialect.map_(wire(type.values, dialect))
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            return dialect.scalar(type)
        case _:
            assert_never(type)


def branches(union: UnionType, dialect: Dialect) -> list[Named]:
    """The name and the wire type of each branch."""
    return [(branch_name(branch), wire(branch, inside(dialect))) for branch in union.branches]


def value(field: Field, alias: str, dialect: Dialect) -> str:
    """The expression of a top-level field over a landing's row."""
    return dialect.given(field, f"{alias}.{ch_ident(field.name)}", wire(field.type, dialect))


def accept(type: Type, x: str, dialect: Dialect, depth: int = 0) -> str:
    """Whether `x` converts exactly: 1 or 0, never NULL. `depth` counts the lambdas around it."""
    inner, optional = unwrap(type)
    match inner:
        case RecordType():
            condition = _all([f"isNotNull({x})", *_accept_parts(inner, x, dialect, depth)])
        case UnionType():
            condition = _accept_union(inner, x, dialect, depth)
        case ArrayType() | MapType():
            condition = _accept_container(inner, x, dialect, depth)
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            condition = dialect.accept(inner, x)
        case _:
            assert_never(inner)
    return _or_null(x, condition) if optional else condition


def reason(fields: Iterable[tuple[str, str]]) -> str:
    """The names of all fields whose condition fails, from (name, condition)."""
    tests = [f"if({condition}, '', {ch_string(name)})" for name, condition in fields if condition != ALWAYS]
    inside = _lines(tests)
    return f"arrayStringConcat(arrayFilter(r -> r != '', [{inside}]), ', ')" if tests else "''"


def raw(fields: Iterable[tuple[str, str]], dialect: Dialect) -> str:
    """The message as JSON again, from (name, expression). Never NULL: that would fail the whole insert."""
    members = [
        f"{ch_string(opening + chr(34) + name + chr(34) + ': ')}, {dialect.text(x)}"
        for opening, (name, x) in zip(chain("{", repeat(", ")), fields, strict=False)
    ]
    inside = _lines([*members, "'}'"])
    return f"concat({inside})" if members else "'{}'"


def _accept_parts(record: RecordType, x: str, dialect: Dialect, depth: int) -> list[str]:
    if not record.fields:
        return [dialect.is_empty(x)]
    return [accept(field.type, ch_element(x, field.name), dialect, depth) for field in record.fields]


def _accept_union(union: UnionType, x: str, dialect: Dialect, depth: int) -> str:
    named = branches(union, dialect)
    each = []
    for branch, (name, wired) in zip(union.branches, named, strict=True):
        part = dialect.branch(x, name, wired)
        each.append(_or_null(part, accept(branch, part, inside(dialect), depth)))
    return _all([f"isNotNull({x})", dialect.is_one(x, named), *each])


def _accept_container(type: ArrayType | MapType, x: str, dialect: Dialect, depth: int) -> str:
    member, values, items = elements(type, x, dialect)
    each = accept(items, f"e{depth}", dialect, depth + 1)
    conditions = [dialect.is_container(x)]
    if each != ALWAYS:
        conditions.append(f"arrayAll(e{depth} -> {each}, {values})")
    if isinstance(type, MapType):
        keys = f"mapKeys({member})"
        conditions.append(f"length(arrayDistinct({keys})) = length({keys})")
    return _all(conditions)


def elements(type: ArrayType | MapType, x: str, dialect: Dialect) -> tuple[str, str, Type]:
    """The array or map in x, the array of its elements, and their type."""
    if isinstance(type, ArrayType):
        member = dialect.member(x, f"Array({wire(type.items, dialect)})")
        return member, member, type.items
    member = dialect.member(x, f"Map(String, {wire(type.values, dialect)})")
    return member, f"mapValues({member})", type.values


def _or_null(x: str, condition: str) -> str:
    return ALWAYS if condition in (ALWAYS, f"isNotNull({x})") else f"(isNull({x}) OR {condition})"


def _all(conditions: list[str]) -> str:
    needed = [condition for condition in conditions if condition != ALWAYS]
    return f"({' AND '.join(needed)})" if needed else ALWAYS


def _lines(parts: list[str]) -> str:
    """One to a line, inside a column of a SELECT."""
    return "".join(f"\n        {part}," for part in parts).removesuffix(",") + "\n    "
