"""Messages with one thing wrong that a strict landing must refuse: never stored, and the field named."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias, assert_never

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
    is_null,
    unwrap,
)
from fleetgen.strategies.values import TICKS

Path: TypeAlias = tuple[str | int, ...]
MISSING: Final = object()
"""Instead of a value: the member is left out."""


@frozen
class Fault:
    """What stands at a place of a message that is right elsewhere. `is_loose`: only another writer's schema has it."""

    path: Path
    token: Any
    is_loose: bool = False

    @property
    def field(self) -> str:
        return str(self.path[0])


def faults(type: Type, node: Json, path: Path, *, member: bool = True, required: bool = True) -> Iterator[Fault]:
    """Of a field's part and of what is in it. `member`: it can be left out; `required`: what is around it needs it.

    A wrong shape of a record or a union is not among them: outside of arrays and maps ClickHouse refuses the insert.
    """
    inner, optional = unwrap(type)
    if required and not optional and not is_null(inner):
        yield Fault(path, None)
        if member:
            yield Fault(path, MISSING)
    for token in _wrong(inner):
        yield Fault(path, token)
    yield from _below(inner, node, path)


def spoil(message: dict[str, Json], fault: Fault) -> dict[str, Json]:
    """A copy with the fault in it."""
    return dict(_put(message, fault.path, fault.token))


def _put(node: Any, path: Path, token: Any) -> Any:
    if not path:
        return token
    first, rest = path[0], path[1:]
    changed: Any = dict(node) if isinstance(node, dict) else list(node)
    if token is MISSING and not rest:
        del changed[first]
    else:
        changed[first] = _put(node[first], rest, token)
    return changed


def _below(type: Type, node: Json, path: Path) -> Iterator[Fault]:
    match type, node:
        case ArrayType(), list():
            for at, item in enumerate(node):
                yield from faults(type.items, item, (*path, at), member=False)
        case MapType(), dict():
            for key, item in node.items():
                yield from faults(type.values, item, (*path, key), member=False)
        case RecordType(), dict():
            for field in type.fields:
                yield from faults(field.type, node[field.name], (*path, field.name))
        case UnionType(), dict():
            for branch in type.branches:
                name = branch_name(branch)
                if node[name] is not None:
                    yield from faults(branch, node[name], (*path, name), member=False, required=False)
        case _:
            return


def _wrong(type: Type) -> tuple[Json, ...]:
    """What is no value of the type, whatever the text that it travels as."""
    match type:
        case PrimitiveType():
            return _PRIMITIVES[type.kind]
        case LogicalType():
            return _logical(type)
        case DecimalType():
            return 10 ** (type.precision - type.scale), Decimal((0, (1,), -type.scale - 1)), "abc"
        case FixedType():
            return _sized(type.size)
        case EnumType():
            return 0, max(type.symbols, key=len) + "_"
        case ArrayType():
            return {"a": 1}, 1, "abc"
        case MapType():
            return [1], 1, "abc"
        case RecordType():
            return ()
        case UnionType():
            return _branches(type)
        case RecursiveType():
            return 1, "abc"
        case _:
            assert_never(type)


def _sized(size: int) -> tuple[Json, ...]:
    return base64.b64encode(bytes(size + 1)).decode(), "!"


def _logical(type: LogicalType) -> tuple[Json, ...]:
    if isinstance(type.base, FixedType):
        return _sized(type.base.size)
    if type.kind is Logical.UUID:
        return "abc", "0f8fad5bd9cb469fa16570867728950e"
    low, high = TICKS[type.kind]
    return low - 1, high + 1, Decimal("1.5"), "2024-01-31"


def _branches(type: UnionType) -> tuple[Json, ...]:
    """No branch at all, and two of them."""
    known = {name: _VALUES[name] for name in map(branch_name, type.branches) if name in _VALUES}
    return ({}, dict(list(known.items())[:2])) if len(known) > 1 else ({},)


_VALUES: Final[Mapping[str, Json]] = {
    "boolean": True, "int": 1, "long": 1, "float": 1.5, "double": 1.5, "string": "abc", "array": [], "map": {},
}  # fmt: skip
_NO_NUMBER: Final = (True, "", "abc")
_PRIMITIVES: Final[Mapping[Primitive, tuple[Json, ...]]] = {
    Primitive.NULL: (1, "abc"),
    Primitive.BOOLEAN: (2, "yes"),
    Primitive.INT: (2**31, -(2**31) - 1, Decimal("1.5"), *_NO_NUMBER),
    Primitive.LONG: (2**63, -(2**63) - 1, Decimal("1.5"), *_NO_NUMBER),
    Primitive.FLOAT: (Decimal("1E+39"), *_NO_NUMBER),
    Primitive.DOUBLE: (Decimal("1E+400"), *_NO_NUMBER),
    Primitive.BYTES: ("!",),
    Primitive.STRING: (),
}
