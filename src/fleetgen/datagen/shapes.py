"""How a type is drawn: one function per schema and seed is composed once, then draws any rows as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Final, assert_never

import numpy as np

from fleetgen.datagen import dialect, jsontext, options, scalars, texts
from fleetgen.datagen.columns import Branches, Column, Lists, Maps, Nulls, Records
from fleetgen.datagen.context import Clock, Context, Draw, elements
from fleetgen.datagen.dialect import Annotation
from fleetgen.datagen.hashing import Site, under
from fleetgen.datagen.mapkeys import Keys, keys_of
from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen
from fleetgen.model import (
    NOWHERE,
    ArrayType,
    DecimalType,
    EnumType,
    Field,
    FixedType,
    Json,
    Logical,
    LogicalType,
    MapType,
    Primitive,
    PrimitiveType,
    RecordType,
    RecursiveType,
    Type,
    UnionType,
    branch_name,
    is_null,
)

_DEPTH: Final = 2
"""How often a record may hold itself in a sample."""
_ITEMS: Final = (0, 4)


class Endless(Exception):
    """A record would hold itself once more than samples do."""


@frozen
class Scope:
    """The records around a place, and how often each holds itself already."""

    clock: Clock
    records: Mapping[str, RecordType] = field(default_factory=dict)
    depths: Mapping[str, int] = field(default_factory=dict)

    def inside(self, record: RecordType, depth: int) -> Scope:
        name = record.fullname
        return replace(self, records={**self.records, name: record}, depths={**self.depths, name: depth})


def compose(record: RecordType, sites: Mapping[str, Site], clock: Clock) -> Draw:
    """The rows of a record; `sites` says for each of its fields where the draws come from.

    Raises FleetgenError if no finite value of it exists.
    """
    try:
        return _record(record, sites, Scope(clock).inside(record, 0))
    except Endless as error:
        raise FleetgenError(f"{record.fullname}: no finite record exists: it must hold itself") from error


def _record(record: RecordType, sites: Mapping[str, Site], scope: Scope) -> Draw:
    draws = [_field(each, sites[each.name], scope) for each in record.fields]
    names = tuple(each.name for each in record.fields)
    return lambda context: Records(context.size, names, tuple(draw(context) for draw in draws))


def _field(each: Field, site: Site, scope: Scope) -> Draw:
    return draw_of(each.type, each.args, site, scope)


def draw_of(type: Type, inherited: Json, site: Site, scope: Scope) -> Draw:
    """`inherited` is the annotation of the field around the type: it counts where the type has none of its own."""
    args = inherited if type.args is None else type.args
    note = dialect.parse(args, NOWHERE)[0]
    held = [] if isinstance(type, UnionType) else _held(type, note, scope)
    if held:
        return texts.pick(jsontext.choices(type, held, dict(scope.records)), site)
    match type:
        case PrimitiveType():
            return _primitive(type, note, site, scope)
        case LogicalType():
            return _logical(type, note, site, scope)
        case DecimalType():
            return scalars.decimals(type, note, site)
        case FixedType():
            return texts.fixed(type.size, site)
        case EnumType():
            return texts.pick(jsontext.choices(type, type.symbols), site)
        case ArrayType():
            return _array(type, note, site, scope)
        case MapType():
            return _map(type, note, site, scope)
        case UnionType():
            return _union(type, args, site, scope, _meant(type, note, scope))
        case RecordType():
            sites = {each.name: site / each.name for each in type.fields}
            return _record(type, sites, scope.inside(type, 0))
        case RecursiveType():
            return _recursive(type, site, scope)
        case _:
            assert_never(type)


def _held(type: Type, note: Annotation, scope: Scope) -> list[Any]:
    """The options that are values of the type."""
    held = []
    for value in note.options.values if note.options else ():
        try:
            held.append(options.fit(type, value, scope.records))
        except options.Unfit:
            continue
    return held


def _primitive(type: PrimitiveType, note: Annotation, site: Site, scope: Scope) -> Draw:
    match type.kind:
        case Primitive.NULL:
            return lambda context: Nulls(context.size)
        case Primitive.BOOLEAN:
            return scalars.booleans(note, site)
        case Primitive.INT | Primitive.LONG:
            return scalars.integers(type, note, site, scope.clock)
        case Primitive.FLOAT | Primitive.DOUBLE:
            return scalars.reals(type.kind, note, site)
        case Primitive.BYTES:
            return texts.binaries(note, site)
        case Primitive.STRING:
            return texts.strings(note, site)
        case _:
            assert_never(type.kind)


def _logical(type: LogicalType, note: Annotation, site: Site, scope: Scope) -> Draw:
    match type.kind:
        case Logical.UUID:
            return texts.uuids(type.base, note, site)
        case Logical.DURATION:
            return texts.durations(site)
        case _:
            return scalars.integers(type, note, site, scope.clock)


def _array(type: ArrayType, note: Annotation, site: Site, scope: Scope) -> Draw:
    low, high = texts.span(note.length, _ITEMS)
    try:
        items = draw_of(type.items, None, site / "[]", scope)
    except Endless:
        low, high, items = 0, 0, Context.nothing
    lengths, expand = texts.lengths(low, high, site), elements(site, high)

    def draw(context: Context) -> Column:
        counts = lengths(context)
        return Lists(np.concatenate(([0], np.cumsum(counts))), items(expand(context, counts)))

    return draw


def _map(type: MapType, note: Annotation, site: Site, scope: Scope) -> Draw:
    low, high = texts.span(note.length, _ITEMS)
    try:
        items = draw_of(type.values, None, site / "{}", scope)
    except Endless:
        low, high, items = 0, 0, Context.nothing
    keys: Keys = keys_of(note.keys, low, high, site)

    def draw(context: Context) -> Column:
        counts, names, inner = keys(context)
        return Maps(np.concatenate(([0], np.cumsum(counts))), names, items(inner))

    return draw


def _meant(union: UnionType, note: Annotation, scope: Scope) -> list[int]:
    """The branches that the options of the field around a union leave: null, as Datagen draws it beside any options,
    and where one of the options is a value, or the branch says itself what it has."""
    numbers = range(len(union.branches))
    fits = [
        number
        for number, branch in enumerate(union.branches)
        if not is_null(branch) and (branch.args is not None or _held(branch, note, scope))
    ]
    return [number for number in numbers if number in fits or is_null(union.branches[number])] if fits else [*numbers]


def _union(type: UnionType, args: Json, site: Site, scope: Scope, meant: Sequence[int]) -> Draw:
    """Each of the branches that are meant as often as the others; those that would never end are left out."""
    draws: dict[int, Draw] = {}
    for number in meant:
        branch = type.branches[number]
        try:
            draws[number] = draw_of(branch, args, site / f"|{number}", scope)
        except Endless:
            continue
    if not draws:
        raise Endless
    names = tuple(None if is_null(branch) else branch_name(branch) for branch in type.branches)
    source, held = site.source("branch"), np.array(sorted(draws))

    def draw(context: Context) -> Column:
        index = held[under(source(context.ids), len(held)).view(np.int64)]
        children = (
            draws.get(number, Context.nothing)(context.take(np.flatnonzero(index == number)))
            for number in range(len(names))
        )
        return Branches(index, names, tuple(children))

    return draw


def _recursive(type: RecursiveType, site: Site, scope: Scope) -> Draw:
    depth = scope.depths[type.fullname] + 1
    if depth > _DEPTH:
        raise Endless
    record = scope.records[type.fullname]
    sites = {each.name: site / each.name for each in record.fields}
    return _record(record, sites, scope.inside(record, depth))
