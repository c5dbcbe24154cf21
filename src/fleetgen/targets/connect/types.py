"""Avro -> what Connect's AvroData makes of it, and with it JsonConverter's JSON."""

from __future__ import annotations

from typing import assert_never

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

_PRIMITIVES = {
    Primitive.NULL: "null",
    Primitive.BOOLEAN: "BOOLEAN",
    Primitive.INT: "INT32",
    Primitive.LONG: "INT64",
    Primitive.FLOAT: "FLOAT32",
    Primitive.DOUBLE: "FLOAT64",
    Primitive.BYTES: "BYTES",
    Primitive.STRING: "STRING",
}

# The only logical types that Connect has; the others travel as their base type.
_LOGICAL = {Logical.DATE: "Date", Logical.TIME_MILLIS: "Time", Logical.TIMESTAMP_MILLIS: "Timestamp"}


def connect_type(type: Type) -> str:
    """The Connect schema's type, parts in angle brackets, `optional` in front where null is allowed."""
    inner, optional = unwrap(type)
    return f"optional {_plain(inner)}" if optional else _plain(inner)


def _plain(type: Type) -> str:
    match type:
        case PrimitiveType():
            return _PRIMITIVES[type.kind]
        case LogicalType():
            return _LOGICAL.get(type.kind) or _plain(type.base)
        case DecimalType():
            return f"Decimal({type.precision}, {type.scale})"
        case FixedType():
            return "BYTES"
        case EnumType():
            return "STRING"
        case ArrayType():
            return f"ARRAY<{connect_type(type.items)}>"
        case MapType():
            return f"MAP<STRING, {connect_type(type.values)}>"
        case UnionType():
            parts = (f"{branch_name(branch)} optional {_plain(branch)}" for branch in type.branches)
            return f"STRUCT<{', '.join(parts)}>"
        case RecordType():
            parts = (f"{field.name} {connect_type(field.type)}" for field in type.fields)
            return f"STRUCT<{', '.join(parts)}>"
        case RecursiveType():
            return type.fullname
        case _:
            assert_never(type)


def by_path(record: RecordType, prefix: str = "") -> dict[str, str]:
    """Each field, also those of records inside, by its dotted path."""
    types: dict[str, str] = {}
    for field in record.fields:
        path = f"{prefix}{field.name}"
        types[path] = connect_type(field.type)
        inner = unwrap(field.type)[0]
        if isinstance(inner, RecordType):
            types |= by_path(inner, f"{path}.")
    return types
