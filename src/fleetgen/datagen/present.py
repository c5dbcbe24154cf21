"""Iterated times moved to the present: an iteration begins where its author began, often years ago."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

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
    PrimitiveType,
    RecordType,
    RecursiveType,
    Type,
    UnionType,
    unwrap,
)
from fleetgen.pipeline import Stream

_DAYS: Final = 30 * 86_400_000

# How many of a type's ticks are a millisecond.
_TICKS: Final = {
    Logical.TIMESTAMP_MILLIS: 1,
    Logical.TIMESTAMP_MICROS: 1_000,
    Logical.TIMESTAMP_NANOS: 1_000_000,
    Logical.LOCAL_TIMESTAMP_MILLIS: 1,
    Logical.LOCAL_TIMESTAMP_MICROS: 1_000,
    Logical.LOCAL_TIMESTAMP_NANOS: 1_000_000,
}


def shift(stream: Stream, end_ms: int) -> Stream:
    """The stream with every iteration of a timestamp begun 30 days before `end_ms`; steps and spans stay."""
    return replace(stream, record=_record(stream.record, end_ms))


def _record(record: RecordType, end_ms: int) -> RecordType:
    return replace(record, fields=tuple(_field(field, end_ms) for field in record.fields))


def _field(field: Field, end_ms: int) -> Field:
    inner, _ = unwrap(field.type)
    return replace(field, type=_type(field.type, end_ms), args=_args(inner, field.args, end_ms))


def _type(type: Type, end_ms: int) -> Type:
    match type:
        case LogicalType():
            return replace(type, args=_args(type, type.args, end_ms))
        case ArrayType():
            return replace(type, items=_type(type.items, end_ms))
        case MapType():
            return replace(type, values=_type(type.values, end_ms))
        case UnionType():
            return replace(type, branches=tuple(_type(branch, end_ms) for branch in type.branches))
        case RecordType():
            return _record(type, end_ms)
        case PrimitiveType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            return type
        case _:
            assert_never(type)


def _args(type: Type, args: Json, end_ms: int) -> Json:
    """An iteration that starts at a whole number is moved; any other annotation is left as it is."""
    iteration = args.get("iteration") if isinstance(args, dict) else None
    if not isinstance(type, LogicalType) or type.kind not in _TICKS or not isinstance(iteration, dict):
        return args
    start = iteration.get("start")
    if not isinstance(start, int) or isinstance(start, bool):
        return args
    moved = (end_ms - _DAYS) * _TICKS[type.kind] - start
    places = {key: iteration[key] + moved for key in ("start", "restart", "initial") if _whole(iteration.get(key))}
    return {**args, "iteration": {**iteration, **places}}


def _whole(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
