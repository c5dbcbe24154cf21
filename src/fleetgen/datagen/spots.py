"""Every place of a stream's record where an annotation stands or could stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from fleetgen.datagen import dialect
from fleetgen.datagen.dialect import Annotation, below
from fleetgen.errors import Finding, Place, Severity
from fleetgen.frozen import frozen
from fleetgen.model import (
    NOWHERE,
    ArrayType,
    DecimalType,
    EnumType,
    Field,
    FixedType,
    Json,
    LogicalType,
    MapType,
    PrimitiveType,
    RecordType,
    RecursiveType,
    Type,
    UnionType,
)


@frozen
class Spot:
    """A type and the annotation that counts for it, written at `at`.

    `field` is set where the type is a field's own; `inherited` where the annotation stands on the field around it;
    `within` names what is around it, inside the field, of which a record has any number of values.
    """

    type: Type
    args: Json
    at: Place
    field: Field | None
    inherited: bool
    branch: bool
    enclosing: Mapping[str, RecordType]
    note: Annotation
    broken: tuple[Finding, ...]
    within: str = ""

    def error(self, code: str, message: str, help: str, *members: str) -> Finding:
        return Finding(code, Severity.ERROR, message, help, below(self.at, *members))

    def warning(self, code: str, message: str, help: str, *members: str) -> Finding:
        return Finding(code, Severity.WARNING, message, help, below(self.at, *members))


@frozen
class _Around:
    """What is around a type: the records, and the annotation of its field."""

    enclosing: Mapping[str, RecordType]
    args: Json = None
    at: Place = NOWHERE
    field: Field | None = None
    branch: bool = False
    within: str = ""


def find(record: RecordType) -> Iterator[Spot]:
    """In the order of the schema. Below options nothing is looked at: they bypass it."""
    yield from _walk(record, _Around({}))


def _walk(type: Type, around: _Around) -> Iterator[Spot]:
    own = type.args is not None
    args = type.args if own else around.args
    at = below(type.at, "arg.properties") if own else around.at if around.args is not None else type.at
    note, broken = dialect.parse(args, at)
    inherited = not own and args is not None
    yield Spot(
        type, args, at, around.field, inherited, around.branch, around.enclosing, note, tuple(broken), around.within
    )
    if note.options is None:
        yield from _inside(type, around, args if inherited else None)


def _inside(type: Type, around: _Around, inherited: Json) -> Iterator[Spot]:
    match type:
        case ArrayType():
            yield from _walk(type.items, _Around(around.enclosing, within="an array"))
        case MapType():
            yield from _walk(type.values, _Around(around.enclosing, within="a map"))
        case UnionType():
            for branch in type.branches:
                inside = _Around(around.enclosing, inherited, around.at, branch=True, within="a union")
                yield from _walk(branch, inside)
        case RecordType():
            enclosing = {**around.enclosing, type.fullname: type}
            for each in type.fields:
                at = NOWHERE if each.args is None else below(each.at, "arg.properties")
                yield from _walk(each.type, _Around(enclosing, each.args, at, each, within=around.within))
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            return
        case _:
            assert_never(type)
