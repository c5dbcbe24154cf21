"""What a store's column holds where a row does not say: an old row of a new field reads the default that Avro says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, assert_never

from fleetgen.mapping import types
from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    Field,
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
from fleetgen.quoting import ch_string

_TICKS: Final = {"millis": "Milli", "micros": "Micro", "nanos": "Nano"}
_IMPLICIT: Final = ("0", "''", "false", "0.0")
"""What ClickHouse itself puts into a column that is not Nullable."""


def columns(field: Field) -> dict[str, str]:
    """The SQL of each column's default, by the column's name; without those that need none."""
    return {} if field.default is None else dict(_columns(field.type, field.default.value, field.name, False))


def _columns(type: Type, value: Json, name: str, optional: bool) -> Iterator[tuple[str, str]]:
    """`optional`: what encloses it may be null. A default of a union is one of its first branch."""
    inner, own = unwrap(type)
    if own and value is None:
        return
    nullable = optional or own
    match inner:
        case RecordType():
            yield from _set(name, own)
            for field in inner.fields:
                yield from _member(field, value, f"{name}_{field.name}", nullable)
        case UnionType():
            branch = inner.branches[0]
            of = f"{name}_{branch_name(branch)}"
            yield from _set(of, isinstance(branch, RecordType | ArrayType | MapType) or types.is_duration(branch))
            yield from _columns(branch, value, of, True)
        case ArrayType() | MapType():
            yield from _set(name, own)
            yield from _container(inner, value, name)
        case LogicalType() if types.is_duration(inner):
            yield from _set(name, own)
            yield from _duration(value, name)
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            text = _scalar(inner, value)
            if text and (nullable or text not in _IMPLICIT):
                yield name, text
        case _:
            assert_never(inner)


def _set(name: str, optional: bool) -> Iterator[tuple[str, str]]:
    if optional:
        yield f"{name}_is_set", "true"


def _member(field: Field, value: Json, name: str, optional: bool) -> Iterator[tuple[str, str]]:
    if field.name in value:
        yield from _columns(field.type, value[field.name], name, optional)
    elif field.default is not None:
        yield from _columns(field.type, field.default.value, name, optional)


def _container(type: ArrayType | MapType, value: Json, name: str) -> Iterator[tuple[str, str]]:
    """Of plain elements; a default with records in it is not given, and old rows read an empty one."""
    items = type.items if isinstance(type, ArrayType) else type.values
    if not value or isinstance(items, RecordType | UnionType | ArrayType | MapType) or types.is_duration(items):
        return
    if isinstance(type, ArrayType):
        yield name, f"[{', '.join(_scalar(items, item) for item in value)}]"
    else:
        yield name, f"map({', '.join(f'{ch_string(key)}, {_scalar(items, item)}' for key, item in value.items())})"


def _duration(value: Json, name: str) -> Iterator[tuple[str, str]]:
    data = value.encode("latin-1")
    for start, part in ((0, "months"), (4, "days"), (8, "millis")):
        yield f"{name}_{part}", str(int.from_bytes(data[start : start + 4], "little"))


def _scalar(type: types.Scalar | UnionType, value: Json) -> str:
    """Empty where there is nothing to say."""
    match type:
        case PrimitiveType():
            return _primitive(type.kind, value)
        case LogicalType():
            return _logical(type, value)
        case DecimalType():
            return _decimal(int.from_bytes(value.encode("latin-1"), "big", signed=True), type.scale)
        case FixedType():
            return f"unhex('{value.encode('latin-1').hex()}')"
        case EnumType():
            return ch_string(value)
        case RecursiveType() | UnionType():
            return ""
        case _:
            assert_never(type)


def _primitive(kind: Primitive, value: Json) -> str:
    match kind:
        case Primitive.NULL:
            return ""
        case Primitive.BOOLEAN:
            return "true" if value else "false"
        case Primitive.INT | Primitive.LONG:
            return str(int(value))
        case Primitive.FLOAT | Primitive.DOUBLE:
            return repr(float(value))
        case Primitive.BYTES:
            return f"unhex('{value.encode('latin-1').hex()}')" if value else "''"
        case Primitive.STRING:
            return ch_string(value)
        case _:
            assert_never(kind)


def _logical(type: LogicalType, value: Json) -> str:
    if type.kind is Logical.UUID:
        return ch_string(value if isinstance(type.base, PrimitiveType) else _uuid(value))
    if type.kind is Logical.DATE:
        return f"addDays(toDate32('1970-01-01'), {value})"
    if type.kind in (Logical.TIME_MILLIS, Logical.TIME_MICROS):
        return str(value)
    return f"fromUnixTimestamp64{_TICKS[type.kind.value.rpartition('-')[2]]}({value}, 'UTC')"


def _uuid(value: str) -> str:
    digits = value.encode("latin-1").hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _decimal(unscaled: int, scale: int) -> str:
    from decimal import Decimal  # 2 ms

    return ch_string(format(Decimal((int(unscaled < 0), tuple(map(int, str(abs(unscaled)))), -scale)), "f"))
