"""What a stream's page says, row by row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from operator import itemgetter
from typing import NamedTuple

from fleetgen.mapping import store, wire
from fleetgen.mapping.column import Column
from fleetgen.mapping.format import of
from fleetgen.model import Type
from fleetgen.pipeline import Chart, Format, GroupedView, JoinedView, LatestView, Pipeline, Stream, View, remembered
from fleetgen.targets.docs import fields, types
from fleetgen.targets.docs.elsewhere import Earlier
from fleetgen.targets.docs.fields import Entry
from fleetgen.targets.docs.rules import rules


class Row(NamedTuple):
    """One field through all layers; an empty text is a layer that does not have it."""

    path: str
    avro: str
    doc: str
    default: str
    nullable: str
    part: str
    wire: str
    landing: str
    columns: tuple[Column, ...]
    ksql: str
    dataset: str


@remembered
def entries(stream: Stream) -> tuple[Entry, ...]:
    return tuple(fields.entries(stream.record))


def rows(stream: Stream, earlier: Earlier) -> list[Row]:
    stored: dict[str, list[Column]] = {}
    for column in store.columns(stream) if earlier.has_stream("clickhouse", stream.name) else ():
        stored.setdefault(column.path, []).append(column)
    return [_row(stream, entry, stored, earlier) for entry in entries(stream)]


def added(stream: Stream, earlier: Earlier) -> list[Column]:
    """The store's columns that are no field."""
    if not earlier.has_stream("clickhouse", stream.name):
        return []
    return [column for column in store.columns(stream) if not column.path]


def values(stream: Stream) -> list[tuple[str, str, str]]:
    """(path, rule, summary) of each annotation."""
    return [
        (place.path, name, summary)
        for entry in entries(stream)
        for place, args in fields.annotated(entry)
        for name, summary in rules(args)
    ]


def readers(pipeline: Pipeline, stream: Stream) -> tuple[list[View], list[Chart]]:
    """The views that read the stream, through other views too, and the charts of any of them."""
    known = {stream.name}
    views = []
    for view in pipeline.views:
        if known.intersection(reads(view)):
            known.add(view.name)
            views.append(view)
    asked = [each for name in known for each in pipeline.charts_of(name)]
    return views, [chart for _, chart in sorted(asked, key=itemgetter(0))]


def reads(view: View) -> tuple[str, ...]:
    """The streams and views in a view's FROM."""
    match view:
        case JoinedView():
            return (view.base, *(join.stream for join in view.joins))
        case GroupedView() | LatestView():
            return (view.base,)


def _row(stream: Stream, entry: Entry, stored: Mapping[str, list[Column]], earlier: Earlier) -> Row:
    field, place = entry.field, entry.place
    return Row(
        path=place.path,
        avro=types.avro(field.type),
        doc=field.doc,
        default="" if field.default is None else json.dumps(field.default.value, ensure_ascii=False),
        nullable="yes" if types.is_nullable(field.type) else "no",
        part=_part(stream, place.path),
        wire=_wire(stream, field.type),
        landing="" if place.inside or not stored else wire.wire(field.type, of(stream)),
        columns=_columns(entry, stored),
        ksql=_type_in("ksql", stream, entry, earlier),
        dataset=_type_in("preset", stream, entry, earlier),
    )


def _wire(stream: Stream, type: Type) -> str:
    match stream.format:
        case Format.JSON:
            return types.json(type)
        case Format.AVRO:
            return types.binary(type, registered=stream.source.kind == "datagen")


def _type_in(target: str, stream: Stream, entry: Entry, earlier: Earlier) -> str:
    return "" if entry.place.inside else earlier.type_of(target, stream.name, entry.place.key)


def _columns(entry: Entry, stored: Mapping[str, list[Column]]) -> tuple[Column, ...]:
    """A union's branch has the columns that start with its name; a record has none but its flag."""
    place = entry.place
    if place.inside:
        return ()
    found = stored.get(place.key, ())
    return tuple(column for column in found if not place.branch or f"{column.name}_".startswith(f"{place.branch}_"))


def _part(stream: Stream, path: str) -> str:
    parts = [name for name, is_part in (("key", path in stream.key), ("time", path == stream.time)) if is_part]
    return ", ".join(parts)
