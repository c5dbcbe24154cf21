"""What must become of a record value that a loose writer sends: stored as this, refused for these fields, or nothing.

Written from what is promised. A null array or map is an empty one: ClickHouse's reader says so itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

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
    Type,
    UnionType,
    branch_name,
    is_null,
    unwrap,
)
from fleetgen.strategies.values import TICKS

Path = tuple[str | int, ...]
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Bad(Exception):
    """This part does not convert."""


@dataclass(frozen=True)
class Node:
    """A place in a value, and what is due there."""

    path: Path
    type: Type
    in_union: bool


def judge(record: RecordType, value: Mapping[str, Any]) -> dict[str, Any] | tuple[str, ...]:
    """The stored value, or the fields at fault."""
    stored, faults = {}, []
    for field in record.fields:
        try:
            stored[field.name] = kept(field.type, value[field.name])
        except Bad:
            faults.append(field.name)
    return tuple(faults) or stored


def kept(type: Type, value: Any) -> Any:
    """What is stored of a value. Raises Bad."""
    inner, optional = unwrap(type)
    match inner:
        case ArrayType():
            return [kept(inner.items, item) for item in value or ()]
        case MapType():
            return _entries(inner, value or {})
        case _ if value is None:
            _need(optional or is_null(inner))
            return None
        case RecordType():
            return {field.name: kept(field.type, value[field.name]) for field in inner.fields}
        case UnionType():
            name, held = value
            return name, kept(_branch(inner, name), held)
        case _:
            return _scalar(inner, value)


def _entries(type: MapType, value: Any) -> dict[str, Any]:
    pairs = list(value.items()) if isinstance(value, dict) else value
    _need(len({key for key, _ in pairs}) == len(pairs))
    return {key: kept(type.values, item) for key, item in pairs}


def _scalar(type: Type, value: Any) -> Any:
    match type:
        case PrimitiveType(kind=Primitive.INT):
            _need(-(2**31) <= value < 2**31)
        case EnumType():
            _need(value in type.symbols)
        case DecimalType():
            _need(len(value.as_tuple().digits) <= type.precision)
        case LogicalType(kind=Logical.UUID, base=PrimitiveType()):
            _need(_UUID.fullmatch(value))
            return value.lower()
        case LogicalType() if type.kind in TICKS:
            low, high = TICKS[type.kind]
            _need(low <= value <= high)
        case _:
            pass
    return value


def _need(condition: object) -> None:
    if not condition:
        raise Bad


def _branch(union: UnionType, name: str) -> Type:
    return next(branch for branch in union.branches if branch_name(branch) == name)


def nodes(record: RecordType, value: Mapping[str, Any]) -> list[Node]:
    """All places of a valid value but the value itself."""
    return [node for field in record.fields for node in _below(field.type, value[field.name], (field.name,), False)]


def _below(type: Type, value: Any, path: Path, in_union: bool) -> Iterator[Node]:
    yield Node(path, type, in_union)
    inner, _ = unwrap(type)
    match inner, value:
        case ArrayType(), list():
            for number, item in enumerate(value):
                yield from _below(inner.items, item, (*path, number), in_union)
        case MapType(), dict():
            for key, item in value.items():
                yield from _below(inner.values, item, (*path, key), in_union)
        case RecordType(), dict():
            for field in inner.fields:
                yield from _below(field.type, value[field.name], (*path, field.name), in_union)
        case UnionType(), (str(name), _):
            yield from _below(_branch(inner, name), value[1], (*path, 1), True)
        case _:
            return


_NOT_UUIDS: Final = ("", "0f8fad5bd9cb469fa16570867728950e", "{0f8fad5b-d9cb-469f-a165-70867728950e}", "NaN", "\0")
_WIDTHS: Final = ((9, 2**31), (18, 2**63), (38, 2**127), (76, 2**255))


def spoilings(node: Node) -> list[Any]:
    """What a loose writer could send in a place, though some of it happens to be right."""
    inner, _ = unwrap(node.type)
    found: list[Any] = [] if node.in_union or is_null(inner) else [None]
    match inner:
        case PrimitiveType(kind=Primitive.INT) if not node.in_union:
            found += [2**31, -(2**31) - 1, 2**63 - 1, -(2**63), 2**32]
        case EnumType() if not node.in_union:
            found += ["", "nope", inner.symbols[0].swapcase(), inner.symbols[-1]]
        case DecimalType():
            found += _digits(inner)
        case LogicalType(kind=Logical.UUID, base=PrimitiveType()) if not node.in_union:
            found += [*_NOT_UUIDS, "0F8FAD5B-D9CB-469F-A165-70867728950E"]
        case LogicalType() if inner.kind in TICKS:
            low, high = TICKS[inner.kind]
            # Of a date in a union the reader itself refuses what lies behind the year 9999, and the insert with it.
            beyond = [] if node.in_union and inner.kind is Logical.DATE else [high + 1]
            found += [number for number in (low - 1, low, high, *beyond) if -(2**63) <= number < 2**63]
        case MapType():
            found += _twice(inner)
        case _:
            pass
    return found


def _digits(type: DecimalType) -> list[Any]:
    """A digit more than the precision has, up to what ClickHouse's width and a fixed can hold."""
    most = next(limit for digits, limit in _WIDTHS if type.precision <= digits) - 1
    if isinstance(type.base, FixedType):
        most = min(most, 2 ** (8 * type.base.size - 1) - 1)
    numbers = {number for number in (10**type.precision - 1, 10**type.precision, most) if number <= most}
    signed = [sign for number in sorted(numbers) for sign in (number, -number)] + [-most - 1]
    return [Decimal((int(n < 0), tuple(map(int, str(abs(n)))), -type.scale)) for n in signed]


def _twice(type: MapType) -> list[Any]:
    inner, optional = unwrap(type.values)
    return [[("k", None), ("k", None)]] if optional or is_null(inner) else []


def put(value: Any, path: Path, token: Any) -> Any:
    """A copy of the value with `token` at `path`."""
    if not path:
        return token
    step, rest = path[0], path[1:]
    match value:
        case dict():
            return {**value, step: put(value[step], rest, token)}
        case list():
            return [put(item, rest, token) if number == step else item for number, item in enumerate(value)]
        case (name, inner):
            return name, put(inner, rest, token)
        case _:
            raise AssertionError(value)
