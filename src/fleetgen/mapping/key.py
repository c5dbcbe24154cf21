"""The key of a message: Datagen and its like write one field of the record as text, and nothing else."""

from __future__ import annotations

from typing import assert_never

from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    Field,
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
    unwrap,
)
from fleetgen.pipeline import Stream

_PLAIN = frozenset({Primitive.INT, Primitive.LONG, Primitive.FLOAT, Primitive.DOUBLE, Primitive.STRING})
# Connect turns these into java.util.Date, whose text is "Fri Jan 01 00:00:00 UTC 2021".
_DATES = frozenset({Logical.DATE, Logical.TIME_MILLIS, Logical.TIMESTAMP_MILLIS})


def message_key(stream: Stream) -> Field | None:
    """The field whose text is the message's key; None if the stream has no key or text cannot tell it."""
    if len(stream.key) != 1:
        return None
    field = next((field for field in stream.record.fields if field.name == stream.key[0]), None)
    return field if field is not None and is_text(unwrap(field.type)[0]) else None


def always_keyed(stream: Stream) -> bool:
    """Whether every message bears a key: a compacted topic refuses one without."""
    field = message_key(stream)
    return field is not None and not unwrap(field.type)[1]


def is_text(type: Type) -> bool:
    """Whether StringConverter writes a value of the type (without null) so that it can be read back."""
    match type:
        case PrimitiveType():
            return type.kind in _PLAIN
        case LogicalType():
            return type.kind not in _DATES and is_text(type.base)
        case EnumType():
            return True
        case DecimalType() | FixedType() | ArrayType() | MapType() | UnionType() | RecordType() | RecursiveType():
            return False
        case _:
            assert_never(type)
