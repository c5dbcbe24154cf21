"""The format avro: record values as a container file, what of them ClickHouse's reader keeps, and what is refused.

A file holds only what its schema allows, so what can be wrong is what the schema does not say: a date or a time out of
range, text that is no uuid. Inside unions the reader takes nothing else, and there is nothing to refuse.
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
    Logical,
    LogicalType,
    MapType,
    PrimitiveType,
    RecordType,
    Type,
    UnionType,
    branch_name,
    unwrap,
)
from fleetgen.pipeline import Stream
from fleetgen.proof.hostile import Fault, Path
from fleetgen.strategies.values import TICKS

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def file(stream: Stream, values: Sequence[Mapping[str, Any]], start: datetime) -> bytes:
    """All values in one file of the stream's schema, numbered, each sent a millisecond after the one before."""
    ours = meta(stream)
    first = round((start - _EPOCH).total_seconds() * 1000)
    more = [
        {"name": ours.offset, "type": "long"},
        {"name": ours.timestamp, "type": {"type": "long", "logicalType": "timestamp-millis"}},
    ]
    rows = ({**value, ours.offset: n, ours.timestamp: first + n} for n, value in enumerate(values))
    written = io.BytesIO()
    container.write(stream, rows, written, more)
    return written.getvalue()


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
    inner, _ = unwrap(type)
    match inner, value:
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


# A nanosecond more does not fit the number that it travels as.
_BOUNDED: Final = TICKS.keys() - {Logical.TIMESTAMP_NANOS, Logical.LOCAL_TIMESTAMP_NANOS}
