"""A grouped view as a TABLE that ksqlDB keeps up to date: a row a group, under the view's own names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from fleetgen.frozen import frozen
from fleetgen.mapping import store
from fleetgen.mapping.key import message_key
from fleetgen.pipeline import GroupedView, Having, Metric, Pipeline, Role, Stream
from fleetgen.quoting import ksql_quoted
from fleetgen.targets.ksql import flatten, joined
from fleetgen.targets.ksql.aggregates import aggregate, is_zero_without_values
from fleetgen.targets.ksql.flatten import LONG, Column
from fleetgen.targets.ksql.names import PSEUDO
from fleetgen.targets.ksql.types import Inexpressible, ksql_type

_TEXTUAL: Final = {"VARCHAR": "KAFKA", "INT": "DELIMITED", "BIGINT": "DELIMITED", "DOUBLE": "DELIMITED"}
"""How a single key is written: as the text that Datagen's keys are. Several keys, or another type, are JSON."""


class Ungroupable(Exception):
    """Why ksqlDB cannot have the view. The message completes "VIEW ..."."""


@frozen
class Query:
    """The parts of a CREATE TABLE .. AS SELECT, as ksqlDB text. `notes`: where it tells less than ClickHouse does."""

    items: tuple[str, ...]
    group: tuple[str, ...]
    having: str
    key_format: str
    notes: tuple[str, ...]


@frozen
class _Base:
    """What is grouped. `table`: it holds the newest row a key, and takes back what it replaces."""

    columns: Mapping[str, Column]
    table: bool = False


def query(
    pipeline: Pipeline, view: GroupedView, sources: Mapping[str, str], views: Mapping[str, joined.Query]
) -> Query:
    """The query of a view. `sources`: the streams that ksqlDB has, `views`: its joined views.

    Raises Ungroupable.
    """
    base = _base(pipeline, view, sources, views)
    keys = tuple(_key(base, column) for column in view.group)
    try:
        counted = {each: _aggregate(base, metric) for each, metric in view.metrics.items()}
    except Inexpressible as error:
        raise Ungroupable(error.message) from error
    _check_names([*view.group, *counted])
    pairs = [*((key.expression, key.name) for key in keys), *((text, each) for each, text in counted.items())]
    return Query(
        items=tuple(f"{text} AS {ksql_quoted(each)}" for text, each in pairs),
        group=tuple(key.expression for key in keys),
        having=_having(view.having, counted) if view.having else "",
        key_format=_TEXTUAL.get(ksql_type(keys[0].type), "JSON") if len(keys) == 1 else "JSON",
        notes=tuple(_notes(view, base, keys)),
    )


def _base(
    pipeline: Pipeline, view: GroupedView, sources: Mapping[str, str], views: Mapping[str, joined.Query]
) -> _Base:
    stream = pipeline.stream(view.base)
    if stream is not None and view.base in sources:
        return _of_stream(stream)
    if view.base not in views:
        raise Ungroupable(f"starts from {view.base!r}, which ksqlDB does not have as a STREAM")
    columns = (replace(column, expression=f"s.{ksql_quoted(column.name)}") for column in views[view.base].columns)
    return _Base({column.name: column for column in columns})


def _of_stream(stream: Stream) -> _Base:
    table = stream.role is Role.DIMENSION
    if table and message_key(stream) is None:
        raise Ungroupable(f"starts from the dimension {stream.name!r}, of which ksqlDB has every message")
    try:
        columns = {column.name: column for column in flatten.columns(stream, "s")}
    except Inexpressible as error:
        raise Ungroupable(f"starts from {stream.name!r}, which has a field that {error.message}") from error
    time = Column(store.meta(stream).timestamp, "s.ROWTIME", "", LONG)
    return _Base({time.name: time, **columns}, table)


def _key(base: _Base, name: str) -> Column:
    column = base.columns[name]
    if ksql_type(column.type).startswith(("ARRAY<", "MAP<", "STRUCT<")):
        raise Ungroupable(f"groups by {name!r}, which is no single value")
    return column


def _aggregate(base: _Base, metric: Metric) -> str:
    return aggregate(metric, _arguments(base, metric), table=base.table)


def _arguments(base: _Base, metric: Metric) -> tuple[Column, ...]:
    return tuple(base.columns[column] for column in metric.columns)


def _check_names(names: list[str]) -> None:
    for name in names:
        if name in PSEUDO or "`" in name or not name:
            raise Ungroupable(f"has a column of the name {name!r}, which ksqlDB refuses")


def _having(having: Having, counted: Mapping[str, str]) -> str:
    value = having.value
    number = str(value) if isinstance(value, int) else f"{value:.15f}".rstrip("0").removesuffix(".")
    return f"{counted[having.metric]} {having.operator} {number}"


def _notes(view: GroupedView, base: _Base, keys: tuple[Column, ...]) -> Iterator[str]:
    """ksqlDB has no key of NULL: such a row is in no group, where ClickHouse has a group for it."""
    if optional := [key.name for key in keys if key.optional]:
        yield f"Rows without {' or '.join(optional)} are in no group here; in ClickHouse they are a group of NULL."
    zero = [each for each, metric in view.metrics.items() if is_zero_without_values(metric, _arguments(base, metric))]
    if zero:
        yield f"Of a group without any value this is 0, and NULL in ClickHouse: {', '.join(zero)}."
