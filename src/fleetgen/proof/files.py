"""The format avro: record values as a container file, what of them ClickHouse's reader keeps, and what is refused.

A file of the stream's schema holds only what that allows, so what can be wrong is what it does not say: a date or a
time out of range, text that is no uuid. The rest is in the file of a loose writer. Inside unions the reader takes
nothing else, and there is nothing to refuse.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from fleetgen.datagen import container
from fleetgen.mapping.store import meta
from fleetgen.model import (
    ArrayType,
    EnumType,
    Json,
    Logical,
    LogicalType,
    MapType,
    Primitive,
    PrimitiveType,
    RecordType,
    Type,
    UnionType,
    branch_name,
    unwrap,
)
from fleetgen.pipeline import Stream
from fleetgen.proof import writers
from fleetgen.proof.hostile import Fault, Path
from fleetgen.strategies.values import TICKS

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def file(
    stream: Stream, values: Sequence[Mapping[str, Any]], start: datetime, numbers: Sequence[int] | None = None
) -> bytes:
    """All values in one file of the stream's schema, each sent as many milliseconds after `start` as its number says.

    Without `numbers` they are numbered from 0.
    """
    numbers = range(len(values)) if numbers is None else numbers
    written = io.BytesIO()
    container.write(stream, _rows(stream, values, start, numbers), written, _ours(stream))
    return written.getvalue()


def file_of_another(
    stream: Stream, values: Sequence[Mapping[str, Any]], start: datetime, numbers: Sequence[int],
    change: writers.Change | None = None,
) -> bytes:  # fmt: skip
    """The same by a loose writer, or by one with a change besides."""
    writer = writers.schema(stream.record, change)
    written = io.BytesIO()
    writer = {**writer, "fields": [*writer["fields"], *_ours(stream)]}
    container.write_as(writer, _rows(stream, values, start, numbers), written)
    return written.getvalue()


def _ours(stream: Stream) -> list[Json]:
    ours = meta(stream)
    return [
        {"name": ours.offset, "type": "long"},
        {"name": ours.timestamp, "type": {"type": "long", "logicalType": "timestamp-millis"}},
    ]


def _rows(
    stream: Stream, values: Sequence[Mapping[str, Any]], start: datetime, numbers: Sequence[int]
) -> Iterator[dict[str, Any]]:
    ours = meta(stream)
    first = round((start - _EPOCH).total_seconds() * 1000)
    for number, value in zip(numbers, values, strict=True):
        yield {**value, ours.offset: number, ours.timestamp: first + number}


def kept(type: Type, value: Any) -> Any:
    """What is left of a value: the reader makes an empty array or map of null, which a warning says."""
    inner, _ = unwrap(type)
    match inner:
        case ArrayType():
            return [kept(inner.items, item) for item in value or ()]
        case MapType():
            return {key: kept(inner.values, item) for key, item in (value or {}).items()}
        case RecordType() if value is not None:
            return {field.name: kept(field.type, value[field.name]) for field in inner.fields}
        case UnionType() if value is not None:
            branch = next(branch for branch in inner.branches if branch_name(branch) == value[0])
            return value[0], kept(branch, value[1])
        case _:
            return value


def faults(type: Type, value: Any, path: Path) -> Iterator[Fault]:
    """Of a field's part and of what is in it."""
    inner, optional = unwrap(type)
    if not optional and writers.is_nullable(inner):
        yield Fault(path, None, is_loose=True)
    match inner, value:
        case PrimitiveType(kind=Primitive.INT), _:
            yield from (Fault(path, number, is_loose=True) for number in _NO_INTS)
        case EnumType(), _:
            unknown = max(inner.symbols, key=len) + "_"
            yield from (Fault(path, text, is_loose=True) for text in ("", unknown))
        case LogicalType(kind=Logical.UUID, base=PrimitiveType()), _:
            yield from (Fault(path, text) for text in ("abc", "0f8fad5bd9cb469fa16570867728950e"))
        case LogicalType(), _ if inner.kind in _BOUNDED:
            low, high = TICKS[inner.kind]
            yield from (Fault(path, low - 1), Fault(path, high + 1))
        case ArrayType(), list():
            for at, item in enumerate(value):
                yield from faults(inner.items, item, (*path, at))
        case MapType(), dict():
            for key, item in value.items():
                yield from faults(inner.values, item, (*path, key))
        case RecordType(), dict():
            for field in inner.fields:
                yield from faults(field.type, value[field.name], (*path, field.name))
        case _:
            return


# Beyond 32 bits on either side, and what is 0 or -1 where the upper half is cut off.
_NO_INTS: Final = (2**31, -(2**31) - 1, 2**32, 2**63 - 1)

# A nanosecond more does not fit the number that it travels as.
_BOUNDED: Final = TICKS.keys() - {Logical.TIMESTAMP_NANOS, Logical.LOCAL_TIMESTAMP_NANOS}
