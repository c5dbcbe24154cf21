"""Avro types in words: as a schema has them, and as they look in a JSON message."""

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
    is_null,
    unwrap,
)

_JSON = {
    Primitive.NULL: "null",
    Primitive.BOOLEAN: "boolean",
    Primitive.INT: "integer",
    Primitive.LONG: "integer",
    Primitive.FLOAT: "number",
    Primitive.DOUBLE: "number",
    Primitive.BYTES: "base64 string",
    Primitive.STRING: "string",
}

# Connect knows these units; the other logical types travel as their base.
_TICKS = {Logical.DATE: "integer, days", Logical.TIME_MILLIS: "integer, ms", Logical.TIMESTAMP_MILLIS: "integer, ms"}


def avro(type: Type) -> str:
    """The type in one line: `array<string>`, `union<null, int>`, `timestamp-millis (long)`."""
    match type:
        case PrimitiveType():
            return type.kind.value
        case LogicalType():
            return f"{type.kind.value} ({avro(type.base)})"
        case DecimalType():
            return f"decimal({type.precision}, {type.scale}) ({avro(type.base)})"
        case FixedType():
            return f"fixed {type.name}({type.size})"
        case EnumType():
            return f"enum {type.name}"
        case ArrayType():
            return f"array<{avro(type.items)}>"
        case MapType():
            return f"map<{avro(type.values)}>"
        case UnionType():
            return f"union<{', '.join(avro(branch) for branch in type.branches)}>"
        case RecordType():
            return f"record {type.name}"
        case RecursiveType():
            return f"record {branch_name(type)} (recursive)"
        case _:
            assert_never(type)


def json(type: Type) -> str:
    """What stands in a message of the format json."""
    inner, optional = unwrap(type)
    return f"{_json(inner)} or null" if optional else _json(inner)


def _json(type: Type) -> str:
    match type:
        case PrimitiveType():
            return _JSON[type.kind]
        case LogicalType():
            return _TICKS.get(type.kind) or _json(type.base)
        case DecimalType():
            return "number"
        case FixedType():
            return "base64 string"
        case EnumType():
            return "string, a symbol"
        case ArrayType():
            return f"array of {json(type.items)}"
        case MapType():
            return f"object of {json(type.values)}"
        case UnionType():
            return f"object with one of {', '.join(branch_name(branch) for branch in type.branches)}"
        case RecordType() | RecursiveType():
            return "object"
        case _:
            assert_never(type)


def binary(type: Type, *, registered: bool) -> str:
    """What stands in a message of the format avro; `registered`: written by Connect's AvroConverter."""
    match type:
        case UnionType():
            branches = [binary(branch, registered=registered) for branch in type.branches]
            return branches[0] if len(branches) == 1 else f"union of {', '.join(branches)}"
        case LogicalType():
            base = binary(type.base, registered=registered)
            return base if registered and type.kind not in _TICKS else f"{base} ({type.kind.value})"
        case DecimalType():
            return f"{binary(type.base, registered=registered)} (decimal({type.precision}, {type.scale}))"
        case EnumType():
            return "string, a symbol" if registered else "enum"
        case ArrayType():
            return f"array of {binary(type.items, registered=registered)}"
        case MapType():
            return f"map of {binary(type.values, registered=registered)}"
        case FixedType():
            return f"fixed of {type.size}"
        case RecordType() | RecursiveType():
            return "record"
        case PrimitiveType():
            return type.kind.value
        case _:
            assert_never(type)


def is_nullable(type: Type) -> bool:
    return is_null(type) or unwrap(type)[1]
