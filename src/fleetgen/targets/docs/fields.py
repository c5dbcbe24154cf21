"""The fields of a record, those inside it included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple, assert_never

from fleetgen.frozen import frozen
from fleetgen.model import (
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
    branch_name,
    is_null,
)


class Place(NamedTuple):
    """Where a value stands. `path` is for people: `items[].sku`, `tags{}`, `owner(Person).name`.

    `key` is the dotted path under which the other targets know it. `inside`: within an array or a map, where a value
    has no column of its own. `branch`: the start of the column names of a union's branch.
    """

    path: str
    key: str
    inside: bool = False
    branch: str = ""

    def field(self, name: str) -> Place:
        path, key = (f"{self.path}.{name}", f"{self.key}.{name}") if self.path else (name, name)
        return Place(path, key, self.inside, self.branch and f"{self.branch}_{name}")


class Entry(NamedTuple):
    place: Place
    field: Field


@frozen
class Coverage:
    """How many fields say what they mean."""

    documented: int
    fields: int

    @property
    def percent(self) -> int:
        """Rounded down: 100 means all of them. A record without fields lacks nothing."""
        return 100 * self.documented // self.fields if self.fields else 100


_TOP: Final = Place("", "")


def entries(record: RecordType, place: Place = _TOP) -> Iterator[Entry]:
    """Every field in the schema's order, each before those inside it."""
    for field in record.fields:
        here = place.field(field.name)
        yield Entry(here, field)
        for inner, type in _inside(here, field.type):
            if isinstance(type, RecordType):
                yield from entries(type, inner)


def annotated(entry: Entry) -> Iterator[tuple[Place, Json]]:
    """Each arg.properties of a field: on its type, else on the field itself, and on what its type holds."""
    for place, type in _inside(entry.place, entry.field.type):
        args = entry.field.args if type.args is None and place == entry.place else type.args
        if args is not None:
            yield place, args


def coverage(entries: Iterable[Entry]) -> Coverage:
    docs = [entry.field.doc.strip() for entry in entries]
    return Coverage(sum(1 for doc in docs if doc), len(docs))


def together(parts: Mapping[str, Coverage]) -> Coverage:
    return Coverage(sum(part.documented for part in parts.values()), sum(part.fields for part in parts.values()))


def _inside(place: Place, type: Type) -> Iterator[tuple[Place, Type]]:
    """The type and what it holds, down to records, whose fields are entries of their own."""
    match type:
        case UnionType():
            branches = [branch for branch in type.branches if not is_null(branch)]
            for branch in branches:
                yield from _inside(place if len(branches) == 1 else _branch(place, branch), branch)
        case ArrayType():
            yield place, type
            yield from _inside(Place(f"{place.path}[]", place.key, True), type.items)
        case MapType():
            yield place, type
            yield from _inside(Place(f"{place.path}{{}}", place.key, True), type.values)
        case (
            PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecordType() | RecursiveType()
        ):
            yield place, type
        case _:
            assert_never(type)


def _branch(place: Place, branch: Type) -> Place:
    name = branch_name(branch)
    start = place.branch or place.key.replace(".", "_")
    return Place(f"{place.path}({name})", place.key, place.inside, f"{start}_{name}")
