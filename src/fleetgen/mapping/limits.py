"""What ClickHouse cannot hold of one schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, assert_never

from fleetgen.errors import Finding, Place, Severity
from fleetgen.mapping import flatten, store
from fleetgen.mapping.format import Dialect, of
from fleetgen.mapping.limit import Limit
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
from fleetgen.pipeline import Format, Stream, remembered

MOST_DIGITS: Final = 76
MOST_LEVELS: Final = 12
"""Nested records that ClickHouse plans in no time; each further level doubles it (20: 30 s an insert, measured)."""

# ClickHouse calls the null map of a Nullable tuple so: no element can.
RESERVED: Final = "null"


@remembered
def findings(stream: Stream) -> list[Finding]:
    """Why the stream is left out of ClickHouse; empty if it is not."""
    limits = [limit for field in stream.record.fields for limit in _limits(field.type)]
    if stream.format is Format.AVRO:
        from fleetgen.mapping import avro_limits

        limits += avro_limits.limits(stream.record)
    unheld = [_finding("FG410", stream, limit) for limit in limits]
    meeting = [_finding("FG411", stream, limit) for limit in _meeting(stream)]
    return [*unheld, *meeting]


def depth(type: Type) -> int:
    """How many tuples stand within each other on the wire."""
    inner, _ = unwrap(type)
    match inner:
        case RecordType():
            return 1 + max((depth(field.type) for field in inner.fields), default=0)
        case UnionType():
            return 1 + max(map(depth, inner.branches))
        case ArrayType():
            return depth(inner.items)
        case MapType():
            return depth(inner.values)
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            return 0
        case _:
            assert_never(inner)


def _finding(code: str, stream: Stream, limit: Limit) -> Finding:
    message = f"{stream.name} is left out of ClickHouse: {limit.message}"
    return Finding(code, Severity.WARNING, message, limit.help, limit.at)


def _limits(type: Type) -> Iterator[Limit]:
    inner, _ = unwrap(type)
    match inner:
        case DecimalType() if inner.precision > MOST_DIGITS:
            message = f"it has no decimal of {inner.precision} digits"
            yield Limit(inner.at, message, f"use a precision of at most {MOST_DIGITS}, or a string")
        case FixedType() if inner.size == 0:
            yield Limit(inner.at, "it has no fixed of size 0", "drop the field, or use bytes")
        case RecordType():
            yield from _record_limits(inner)
        case ArrayType():
            yield from _limits(inner.items)
        case MapType():
            yield from _limits(inner.values)
        case UnionType():
            for branch in inner.branches:
                yield from _limits(branch)
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            return
        case _:
            assert_never(inner)


def _record_limits(record: RecordType) -> Iterator[Limit]:
    for field in record.fields:
        if field.name == RESERVED:
            message = f"a field of a nested record cannot be called {RESERVED} there"
            yield Limit(field.at, message, "rename the field, and give it the old name as an alias")
        yield from _limits(field.type)


def _meeting(stream: Stream) -> Iterator[Limit]:
    """Names that meet once records are flat: f_a beside a record f with a. The later field is at fault."""
    seen: set[str] = set()
    columns: dict[str, list[str]] = {}
    for column in store.payload(stream):
        columns.setdefault(column.path.partition(".")[0], []).append(column.name)
    for field in stream.record.fields:
        names = columns.get(field.name, [])
        name = repeated(names) or next((name for name in names if name in seen), None)
        inside = list(_meeting_inside(field.type, of(stream)))
        if name is not None and not inside:
            yield _meet(field.at, f"two of its columns would be called {name}")
        seen.update(names)
        yield from inside


def _meeting_inside(type: Type, dialect: Dialect) -> Iterator[Limit]:
    """The same for the tuples inside arrays and maps, and for the branches of a union on the wire."""
    inner, _ = unwrap(type)
    match inner:
        case ArrayType() | MapType():
            items = inner.items if isinstance(inner, ArrayType) else inner.values
            inside = list(_meeting_inside(items, dialect))
            name = repeated(column.name for column in flatten.columns(items, flatten.At("", "", dialect)))
            if name is not None and not inside:
                yield _meet(inner.at, f"two parts of its elements would be called {name}")
            yield from inside
        case RecordType():
            for field in inner.fields:
                yield from _meeting_inside(field.type, dialect)
        case UnionType():
            if name := repeated(map(branch_name, inner.branches)):
                yield _meet(inner.at, f"two branches of its union would be called {name}")
            for branch in inner.branches:
                yield from _meeting_inside(branch, dialect)
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            return
        case _:
            assert_never(inner)


def _meet(at: Place, message: str) -> Limit:
    return Limit(at, message, "rename one of the two in the schema")


def repeated(names: Iterable[str]) -> str | None:
    """The first name that comes twice."""
    seen = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
