"""What travels, and whether it converts: the wire type and the condition of each Avro type."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, repeat
from typing import Final, assert_never

from fleetgen.mapping.format import FORMATS, NOTHING, element, tuple_type
from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
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
from fleetgen.pipeline import Format
from fleetgen.quoting import ch_string

ALWAYS: Final = "1"
"""The condition of what cannot fail: an optional string."""


def wire(type: Type, format: Format) -> str:
    """The landing's type."""
    inner, _ = unwrap(type)
    match inner:
        case RecordType():
            return tuple_type((field.name, wire(field.type, format)) for field in inner.fields)
        case UnionType():
            return tuple_type((branch_name(branch), wire(branch, format)) for branch in inner.branches)
        case ArrayType():
            return FORMATS[format].array(wire(inner.items, format))
        case MapType():
            return FORMATS[format].map_(wire(inner.values, format))
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            return FORMATS[format].scalar(inner)
        case _:
            assert_never(inner)


def accept(type: Type, x: str, format: Format, depth: int = 0) -> str:
    """Whether `x` converts exactly: 1 or 0, never NULL. `depth` counts the lambdas around it."""
    inner, optional = unwrap(type)
    match inner:
        case RecordType():
            condition = _all([f"isNotNull({x})", *_accept_parts(inner, x, format, depth)])
        case UnionType():
            condition = _accept_union(inner, x, format, depth)
        case ArrayType() | MapType():
            condition = _accept_container(inner, x, format, depth)
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            condition = FORMATS[format].accept(inner, x)
        case _:
            assert_never(inner)
    return _or_null(x, condition) if optional else condition


def reason(fields: Iterable[tuple[str, str]]) -> str:
    """The names of all fields whose condition fails, from (name, condition)."""
    tests = [f"if({condition}, '', {ch_string(name)})" for name, condition in fields if condition != ALWAYS]
    inside = _lines(tests)
    return f"arrayStringConcat(arrayFilter(r -> r != '', [{inside}]), ', ')" if tests else "''"


def raw(fields: Iterable[tuple[str, str]]) -> str:
    """The message as JSON again, from (name, expression). Never NULL: that would fail the whole insert."""
    members = [
        f"{ch_string(opening + chr(34) + name + chr(34) + ': ')}, ifNull(toJSONString({x}), 'null')"
        for opening, (name, x) in zip(chain("{", repeat(", ")), fields, strict=False)
    ]
    inside = _lines([*members, "'}'"])
    return f"concat({inside})" if members else "'{}'"


def _accept_parts(record: RecordType, x: str, format: Format, depth: int) -> list[str]:
    if not record.fields:
        return [f"isNull({element(x, NOTHING)})"]
    return [accept(field.type, element(x, field.name), format, depth) for field in record.fields]


def _accept_union(union: UnionType, x: str, format: Format, depth: int) -> str:
    branches = [(branch, element(x, branch_name(branch))) for branch in union.branches]
    one = " + ".join(f"isNotNull({part})" for _, part in branches)
    each = [_or_null(part, accept(branch, part, format, depth)) for branch, part in branches]
    return _all([f"isNotNull({x})", f"{one} = 1", *each])


def _accept_container(type: ArrayType | MapType, x: str, format: Format, depth: int) -> str:
    member, values, items = elements(type, x, format)
    each = f"arrayAll(e{depth} -> {accept(items, f'e{depth}', format, depth + 1)}, {values})"
    conditions = [FORMATS[format].is_container(x), each]
    if isinstance(type, MapType):
        keys = f"mapKeys({member})"
        conditions.append(f"length(arrayDistinct({keys})) = length({keys})")
    return _all(conditions)


def elements(type: ArrayType | MapType, x: str, format: Format) -> tuple[str, str, Type]:
    """The array or map in x, the array of its elements, and their type."""
    if isinstance(type, ArrayType):
        member = FORMATS[format].member(x, f"Array({wire(type.items, format)})")
        return member, member, type.items
    member = FORMATS[format].member(x, f"Map(String, {wire(type.values, format)})")
    return member, f"mapValues({member})", type.values


def _or_null(x: str, condition: str) -> str:
    return ALWAYS if condition == f"isNotNull({x})" else f"(isNull({x}) OR {condition})"


def _all(conditions: list[str]) -> str:
    return f"({' AND '.join(condition for condition in conditions if condition != ALWAYS)})"


def _lines(parts: list[str]) -> str:
    """One to a line, inside a column of a SELECT."""
    return "".join(f"\n        {part}," for part in parts).removesuffix(",") + "\n    "
