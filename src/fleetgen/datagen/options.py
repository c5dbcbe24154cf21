"""Options as values of their type, as they are meant: 1 fits a double, "12.50" a decimal, defaults fill a record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, assert_never

from fleetgen.datagen import bounds
from fleetgen.datagen.dialect import kind, number
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
)

UUID: Final = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
Enclosing = Mapping[str, RecordType]


class Unfit(Exception):
    """This JSON value is none of the type; the text says why."""


def fit(type: Type, value: Json, enclosing: Enclosing) -> Any:
    """The value in the shape that records have. Raises Unfit."""
    match type:
        case PrimitiveType():
            return _primitive(type, value)
        case LogicalType():
            return _logical(type, value)
        case DecimalType():
            return _decimal(type, value)
        case FixedType():
            return _fixed(type.size, value)
        case EnumType():
            return value if value in type.symbols else _refuse(value, f"a symbol of {type.name}")
        case ArrayType():
            items = value if isinstance(value, list) else _refuse(value, "an array")
            return [fit(type.items, item, enclosing) for item in items]
        case MapType():
            members = value if isinstance(value, dict) else _refuse(value, "an object")
            return {key: fit(type.values, member, enclosing) for key, member in members.items()}
        case UnionType():
            return _union(type, value, enclosing)
        case RecordType():
            return _record(type, value, {**enclosing, type.fullname: type})
        case RecursiveType():
            return fit(enclosing[type.fullname], value, enclosing)
        case _:
            assert_never(type)


def _refuse(value: Json, wanted: str) -> Any:
    raise Unfit(
        f"{value!r} is {kind(value)}, not {wanted}" if not isinstance(value, str) else f"{value!r} is not {wanted}"
    )


def _primitive(type: PrimitiveType, value: Json) -> Any:
    match type.kind:
        case Primitive.NULL:
            return None if value is None else _refuse(value, "null")
        case Primitive.BOOLEAN:
            return value if isinstance(value, bool) else _refuse(value, "a boolean")
        case Primitive.INT | Primitive.LONG:
            return _integer(value, bounds.PRIMITIVE[type.kind], f"of {type.kind.value}")
        case Primitive.FLOAT | Primitive.DOUBLE:
            fits = number(value) and abs(value) <= bounds.real(type.kind)
            return float(value) if fits else _refuse(value, f"a number that {type.kind.value} holds")
        case Primitive.BYTES:
            return value.encode(errors="replace") if isinstance(value, str) else _refuse(value, "text")
        case Primitive.STRING:
            return _string(value)
        case _:
            assert_never(type.kind)


def _string(value: Json) -> str:
    if isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value):
        return value
    return str(_refuse(value, "text that UTF-8 can hold"))


def _integer(value: Json, limits: tuple[int, int], of: str) -> int:
    if number(value) and int(value) == value and limits[0] <= value <= limits[1]:
        return int(value)
    raise Unfit(f"{value!r} is not an integer {of} ({limits[0]} to {limits[1]})")


def _logical(type: LogicalType, value: Json) -> Any:
    if type.kind in bounds.LOGICAL:
        return _integer(value, bounds.LOGICAL[type.kind], f"of {type.kind.value}")
    if type.kind is Logical.DURATION:
        return _fixed(12, value)
    if not isinstance(value, str) or not re.fullmatch(UUID, value):
        raise Unfit(f"{value!r} is not a uuid in lower case with hyphens")
    return bytes.fromhex(value.replace("-", "")) if isinstance(type.base, FixedType) else value


def _decimal(type: DecimalType, value: Json) -> Any:
    from decimal import Context, Decimal, InvalidOperation

    if not number(value) and not isinstance(value, str):
        _refuse(value, "a number")
    try:
        given = Decimal(value if isinstance(value, str) else repr(value))
        result = Context(prec=type.precision).quantize(given, Decimal(1).scaleb(-type.scale))
    except InvalidOperation:
        return _refuse(value, f"a decimal of {type.precision} digits")
    return result if result == given else _refuse(value, f"a decimal of scale {type.scale}")


def _fixed(size: int, value: Json) -> bytes:
    """Text stands for its UTF-8 bytes, as in the connector; where only Latin-1 gives the size, as in a default."""
    if isinstance(value, str):
        for encoding in ("utf-8", "latin-1"):
            data = value.encode(encoding, errors="replace")
            if len(data) == size:
                return data
    raise Unfit(f"{value!r} is not text of {size} bytes")


def _record(type: RecordType, value: Json, enclosing: Enclosing) -> dict[str, Any]:
    members = value if isinstance(value, dict) else _refuse(value, "an object")
    result: dict[str, Any] = {}
    for field in type.fields:
        if field.name in members:
            result[field.name] = fit(field.type, members[field.name], enclosing)
        elif field.default is not None:
            result[field.name] = fit(field.type, field.default.value, enclosing)
        else:
            raise Unfit(f"an option has no {field.name!r}, and the field has no default")
    return result


def _union(type: UnionType, value: Json, enclosing: Enclosing) -> Any:
    several = sum(not is_null(branch) for branch in type.branches) > 1
    for branch in type.branches:
        try:
            result = fit(branch, value, enclosing)
        except Unfit:
            continue
        return (branch_name(branch), result) if several and result is not None else result
    return _refuse(value, "a value of any branch")
