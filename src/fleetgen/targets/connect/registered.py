"""What Datagen cannot send in the format avro: the connector's AvroConverter would fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, assert_never

from fleetgen.errors import Place
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
from fleetgen.targets.connect.obstacle import Obstacle

_JSON: Final = 'or use format = "json"'


def unregistered(record: RecordType, prefix: str = "") -> Iterator[Obstacle]:
    for field in record.fields:
        yield from _inside(field.type, f"{prefix}{field.name}", field.at)


def _inside(type: Type, path: str, at: Place) -> Iterator[Obstacle]:
    inner, _ = unwrap(type)
    match inner:
        case DecimalType():
            if isinstance(inner.base, FixedType):
                message = "is a decimal in a fixed, which Datagen writes too short for Avro"
                yield Obstacle("FG427", path, message, f"let the decimal be bytes, {_JSON}", at)
        case UnionType():
            texts = [branch_name(branch) for branch in inner.branches if _is_text(branch)]
            if len(texts) > 1:
                message = f"has the branches {' and '.join(texts)}, which AvroConverter both registers as string"
                yield Obstacle("FG427", path, message, f"leave one of them out, {_JSON}", at)
            for branch in inner.branches:
                yield from _inside(branch, path, at)
        case ArrayType():
            yield from _inside(inner.items, f"{path}[]", at)
        case MapType():
            yield from _inside(inner.values, f"{path}{{}}", at)
        case RecordType():
            yield from unregistered(inner, f"{path}.")
        case PrimitiveType() | LogicalType() | FixedType() | EnumType() | RecursiveType():
            return
        case _:
            assert_never(inner)


def _is_text(type: Type) -> bool:
    return isinstance(type, EnumType) or branch_name(type) == "string"
