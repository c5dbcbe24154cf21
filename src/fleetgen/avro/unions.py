"""What Java tells the branches of a union apart by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from fleetgen.avro import names
from fleetgen.avro.findings import Findings, called
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
)


def refuse_twins(branches: Sequence[Type | None], at: Place, findings: Findings, owner: str) -> None:
    """`at` is the union's place; a broken branch is None and like no other."""
    seen: set[str] = set()
    for index, branch in enumerate(branches):
        if branch is None:
            continue
        key = _key(branch)
        if key in seen:
            place = Place(at.path, f"{at.pointer}/{index}")
            message = f"{owner}: the union has two branches of type {called(key)}"
            help = "keep one: readers could not tell them apart. Logical types and item types make no difference"
            findings.error("FG131", place, message, help)
        seen.add(key)


def _key(type: Type) -> str:
    match type:
        case PrimitiveType():
            return type.kind.value
        case LogicalType() | DecimalType():
            return _key(type.base)
        case ArrayType():
            return "array"
        case MapType():
            return "map"
        case RecordType() | RecursiveType():
            return type.fullname
        case FixedType() | EnumType():
            return names.join(type.name, type.namespace)
        case UnionType():
            raise AssertionError("a union inside a union is refused before")
        case _:
            assert_never(type)
