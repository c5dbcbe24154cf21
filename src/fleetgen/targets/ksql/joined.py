"""A joined view as a STREAM that ksqlDB fills: the columns of the view, under their own names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from fleetgen.frozen import frozen
from fleetgen.mapping import store
from fleetgen.mapping.key import message_key
from fleetgen.model import Field
from fleetgen.pipeline import JoinedView, Pipeline, Role, Stream
from fleetgen.quoting import ksql_quoted
from fleetgen.targets.ksql.flatten import LONG, Column, columns
from fleetgen.targets.ksql.names import PSEUDO, spell
from fleetgen.targets.ksql.sources import key_format
from fleetgen.targets.ksql.types import Inexpressible, ksql_type


class Unjoinable(Exception):
    """Why ksqlDB cannot have the view. The message completes "VIEW ..."."""


@frozen
class Query:
    """The parts of a CREATE STREAM .. AS SELECT, as ksqlDB text. `columns`: those of the view."""

    items: tuple[str, ...]
    base: str
    joins: tuple[str, ...]
    key_format: str
    columns: tuple[Column, ...]

    @property
    def shouting(self) -> tuple[str, ...]:
        """The columns with upper-case names inside."""
        return tuple(column.name for column in self.columns if column.shouts)


def query(pipeline: Pipeline, view: JoinedView, sources: Mapping[str, str], tables: Mapping[str, str]) -> Query:
    """The query of a view. `sources` and `tables`: stream -> its STREAM, and the TABLE of its newest rows.

    Raises Unjoinable.
    """
    base = _base(pipeline, view, sources)
    joined = [_joined(pipeline, join.stream, base, tables) for join in view.joins]
    key = _key(base, joined)
    selected = _selected(view, base, joined, key)
    own_key = _member(base, "s", key.name)
    return Query(
        items=(f"{own_key} AS {_key_name(key, selected)}", *(_item(column, own_key) for column in selected)),
        base=sources[base.name],
        joins=tuple(
            f"LEFT JOIN {tables[stream.name]} j{n} ON {own_key} = {_member(stream, f'j{n}', key.name)}"
            for n, stream in enumerate(joined, 1)
        ),
        key_format=key_format(key),
        columns=tuple(selected),
    )


def _base(pipeline: Pipeline, view: JoinedView, sources: Mapping[str, str]) -> Stream:
    base = pipeline.stream(view.base)
    if base is None:
        raise Unjoinable(f"starts from {view.base!r}, which is no stream")
    if base.name not in sources:
        raise Unjoinable(f"starts from {base.name!r}, which ksqlDB does not have")
    if base.role is Role.DIMENSION:
        raise Unjoinable(f"starts from the dimension {base.name!r}, which is a TABLE there")
    return base


def _joined(pipeline: Pipeline, name: str, base: Stream, tables: Mapping[str, str]) -> Stream:
    stream = pipeline.stream(name)
    if stream is None or name not in tables:
        raise Unjoinable(f"looks up {name!r}, of which ksqlDB has no TABLE with a key")
    if stream.partitions != base.partitions:
        raise Unjoinable(
            f"joins topics of {base.partitions} and {stream.partitions} partitions ({base.name!r} and {name!r})"
        )
    return stream


def _key(base: Stream, joined: list[Stream]) -> Field:
    """The base's field that every look-up is by."""
    keys = {key.name: key for stream in joined if (key := message_key(stream)) is not None}
    if len(keys) != 1:
        raise Unjoinable(f"looks up by different fields ({', '.join(sorted(keys))})")
    ((name, theirs),) = keys.items()
    ours = next((field for field in base.record.fields if field.name == name), None)
    if ours is None:
        raise Unjoinable(f"looks up by {name!r}, which {base.name!r} does not have")
    if ksql_type(ours.type) != ksql_type(theirs.type):
        raise Unjoinable(f"compares a {ksql_type(ours.type)} with a {ksql_type(theirs.type)} in {name!r}")
    return ours


def _selected(view: JoinedView, base: Stream, joined: list[Stream], key: Field) -> list[Column]:
    """The view's columns: all of the base, of each look-up all but the key, then the time of the base's message."""
    time = store.meta(base).timestamp
    try:
        found = [*columns(base, "s")]
        for n, stream in enumerate(joined, 1):
            looked_up = [column for column in columns(stream, f"j{n}") if column.field != key.name]
            found += [replace(column, optional=True) for column in looked_up]
    except Inexpressible as error:
        raise Unjoinable(f"has a field that {error.message}") from error
    found.append(Column(time, "s.ROWTIME", "", LONG))
    renamed = [replace(column, name=view.rename.get(column.name, column.name)) for column in found]
    for name, count in Counter(column.name for column in renamed).items():
        if count > 1:
            raise Unjoinable(f"has {count} columns of the name {name!r}")
        if name in PSEUDO or "`" in name or not name:
            raise Unjoinable(f"has a column of the name {name!r}, which ksqlDB refuses")
    return renamed


def _item(column: Column, own_key: str) -> str:
    """The key is kept out of the message's value, unless it is copied there."""
    expression = f"AS_VALUE({own_key})" if column.expression == own_key else column.expression
    return f"{expression} AS {ksql_quoted(column.name)}"


def _key_name(key: Field, selected: list[Column]) -> str:
    """The key's own column: it must be selected, and must not take the name that its copy has."""
    return ksql_quoted(store.free(f"{key.name}_key".upper(), {column.name for column in selected}))


def _member(stream: Stream, alias: str, field: str) -> str:
    return f"{alias}.{spell(field.name for field in stream.record.fields)[field]}"
