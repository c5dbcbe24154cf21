"""The store's type of each scalar, whatever the wire's format, and how well it compresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias, assert_never

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
)

Scalar: TypeAlias = PrimitiveType | LogicalType | DecimalType | FixedType | EnumType | RecursiveType
"""A type that is one column. A duration is not: it is stored as three."""

Composite: TypeAlias = ArrayType | MapType | UnionType | RecordType

PRIMITIVES: Final[Mapping[Primitive, str]] = {
    Primitive.NULL: "Nullable(UInt8)",
    Primitive.BOOLEAN: "Bool",
    Primitive.INT: "Int32",
    Primitive.LONG: "Int64",
    Primitive.FLOAT: "Float32",
    Primitive.DOUBLE: "Float64",
    Primitive.BYTES: "String",
    Primitive.STRING: "String",
}

LOGICALS: Final[Mapping[Logical, str]] = {
    Logical.DATE: "Date32",
    Logical.TIME_MILLIS: "Int32",
    Logical.TIME_MICROS: "Int64",
    Logical.TIMESTAMP_MILLIS: "DateTime64(3, 'UTC')",
    Logical.TIMESTAMP_MICROS: "DateTime64(6, 'UTC')",
    Logical.TIMESTAMP_NANOS: "DateTime64(9, 'UTC')",
    Logical.LOCAL_TIMESTAMP_MILLIS: "DateTime64(3, 'UTC')",
    Logical.LOCAL_TIMESTAMP_MICROS: "DateTime64(6, 'UTC')",
    Logical.LOCAL_TIMESTAMP_NANOS: "DateTime64(9, 'UTC')",
    Logical.UUID: "UUID",
    Logical.DURATION: "UInt32",
}

MOST_OPTIONS: Final = 10_000
"""Up to so many distinct values a dictionary is smaller and faster than the strings: measured."""


_FIXED: Final = r"FixedString\((\d+)\)"
_LONGEST_FIXED: Final = 256


def is_duration(type: Type) -> bool:
    return isinstance(type, LogicalType) and type.kind is Logical.DURATION


def store(type: Scalar, *, flat: bool = False) -> str:
    """The type of a column. Only a flat column is worth a dictionary for its declared options."""
    match type:
        case PrimitiveType():
            few = flat and type.kind is Primitive.STRING and _has_few_options(type)
            return "LowCardinality(String)" if few else PRIMITIVES[type.kind]
        case LogicalType():
            return LOGICALS[type.kind]
        case DecimalType():
            return f"Decimal({type.precision}, {type.scale})"
        case FixedType():
            return f"FixedString({type.size})"
        case EnumType():
            return "LowCardinality(String)"
        case RecursiveType():
            return "String"
        case _:
            assert_never(type)


def settings(types: Iterable[str]) -> tuple[str, ...]:
    """What CREATE TABLE needs for columns of these types: a FixedString of more than 256 bytes is refused without."""
    every = " ".join(types)
    sizes = map(int, re.findall(_FIXED, every)) if "FixedString" in every else ()
    return ("allow_suspicious_fixed_string_types = 1",) if any(size > _LONGEST_FIXED for size in sizes) else ()


def codec(type: Type, stored: str) -> str:
    """Measured on 10 million rows: T64 for ranges, Delta for what grows, ZSTD alone for the rest."""
    bare = stored.removeprefix("Nullable(")
    if stored.startswith("LowCardinality(") or bare.startswith(("Bool", "UInt8")):
        return ""
    integral = bare.startswith(("Int", "UInt"))
    grows = integral and isinstance(type.args, dict) and "iteration" in type.args
    if grows or bare.startswith("Date"):
        return "Delta, ZSTD(1)"
    return "T64, ZSTD(1)" if integral else "ZSTD(1)"


def _has_few_options(type: Type) -> bool:
    options = type.args.get("options") if isinstance(type.args, dict) else None
    return isinstance(options, list) and 0 < len(options) <= MOST_OPTIONS
