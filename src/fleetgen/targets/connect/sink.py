"""What does not survive the ClickHouse sink: JsonConverter without schemas reads a number into 64 bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, assert_never

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
)

DIGITS: Final = 15
"""A decimal of at most so many digits comes back from a double as it was."""


def rounded(record: RecordType, prefix: str = "") -> Iterator[tuple[str, Field]]:
    """The fields, by dotted path, with decimals whose last digits may be lost on the way through a double."""
    for field in record.fields:
        for path in _inside(field.type, f"{prefix}{field.name}"):
            yield path, field


def _inside(type: Type, path: str) -> Iterator[str]:
    match type:
        case DecimalType():
            if type.precision > DIGITS:
                yield path
        case ArrayType():
            yield from _inside(type.items, f"{path}[]")
        case MapType():
            yield from _inside(type.values, f"{path}{{}}")
        case UnionType():
            for branch in type.branches:
                yield from _inside(branch, path)
        case RecordType():
            yield from (inner for inner, _ in rounded(type, f"{path}."))
        case PrimitiveType() | LogicalType() | FixedType() | EnumType() | RecursiveType():
            return
        case _:
            assert_never(type)
