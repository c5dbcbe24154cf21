"""The names that a store's columns had while a field bore one of its aliases: what Avro says of a renamed field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import assert_never

from fleetgen.mapping.column import Column
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


def marked(columns: tuple[Column, ...], record: RecordType, names: Callable[[RecordType], list[str]]) -> list[Column]:
    """The columns of the record, each with its former names; `names` are those of a record's columns, in their order.

    One rename at a time: a record and a field in it that are renamed at once are two changes, one after the other.
    """
    now = {column.name for column in columns}
    found: list[list[str]] = [[] for _ in columns]
    for before in _records(record):
        for known, former in zip(found, names(before), strict=True):
            if former not in now and former not in known:
                known.append(former)
    return [replace(each, former=tuple(known)) if known else each for each, known in zip(columns, found, strict=True)]


def streams(record: RecordType) -> tuple[str, ...]:
    """The names that a record's stream had: the last parts of its aliases."""
    names = (alias.rpartition(".")[2] for alias in record.aliases)
    return tuple(dict.fromkeys(name for name in names if name != record.name))


def _records(record: RecordType) -> Iterator[RecordType]:
    """The record with one field called by one of its aliases, at any depth of records."""
    for number, field in enumerate(record.fields):
        for former in _fields(field):
            yield replace(record, fields=(*record.fields[:number], former, *record.fields[number + 1 :]))


def _fields(field: Field) -> Iterator[Field]:
    yield from (replace(field, name=alias) for alias in field.aliases)
    yield from (replace(field, type=before) for before in _types(field.type))


def _types(type: Type) -> Iterator[Type]:
    """What is inside an array or a map is one column: its parts are not columns that could be renamed."""
    match type:
        case RecordType():
            yield from _records(type)
        case UnionType():
            for number, branch in enumerate(type.branches):
                for before in _types(branch):
                    yield replace(type, branches=(*type.branches[:number], before, *type.branches[number + 1 :]))
        case (
            PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | ArrayType() | MapType()
            | RecursiveType()
        ):  # fmt: skip
            return
        case _:
            assert_never(type)
