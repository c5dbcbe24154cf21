"""What a query can be made over: a store or a view, its columns and its time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from fleetgen.frozen import frozen
from fleetgen.mapping import metrics, store
from fleetgen.mapping.column import Column, nullable
from fleetgen.pipeline import GroupedView, JoinedView, LatestView, Pipeline, Role, Stream, View, remembered
from fleetgen.quoting import ch_ident


@frozen
class Table:
    """`columns` ends with `time`, the message's, if it has one. `order` tells its rows' age; empty for a view.

    `source` is the qualified name; `final` follows it where only the newest row of a key counts.
    """

    source: str
    columns: tuple[Column, ...]
    time: str | None = None
    order: tuple[str, ...] = ()
    final: str = ""
    key: tuple[str, ...] = ()

    @property
    def payload(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.name != self.time)

    def alias(self, pipeline: Pipeline, others: Iterable[str] = (), name: str = "q") -> str:
        """A name for the table in a query that no column, and not the database, has."""
        return store.free(name, {column.name for column in self.columns} | {*others, *self.order, pipeline.database})


@remembered
def table(pipeline: Pipeline, name: str) -> Table:
    """The store or view of that name, without the columns of a store that tell where a message came from."""
    source = f"{ch_ident(pipeline.database)}.{ch_ident(name)}"
    stream, view = pipeline.stream(name), pipeline.view(name)
    if stream is not None:
        return _stored(stream, source)
    if view is None:
        raise LookupError(f"there is no stream or view {name!r}")
    return _viewed(pipeline, view, source)


def _stored(stream: Stream, source: str) -> Table:
    ours = store.meta(stream)
    time = Column(ours.timestamp, store.TIME, doc="time of the message")
    return Table(
        source,
        (*store.payload(stream), time),
        ours.timestamp,
        (ours.timestamp, ours.partition, ours.offset),
        " FINAL" if stream.role is Role.DIMENSION else "",
        store.key_columns(stream),
    )


def _viewed(pipeline: Pipeline, view: View, source: str) -> Table:
    base = table(pipeline, view.base)
    match view:
        case JoinedView():
            return _joined(pipeline, view, base, source)
        case GroupedView():
            types = {column.name: column.type for column in base.columns}
            groups = (next(column for column in base.columns if column.name == name) for name in view.group)
            counted = (
                Column(name, metrics.type_of(metric, types), doc=metrics.text(metric))
                for name, metric in view.metrics.items()
            )
            return Table(source, (*groups, *counted))
        case LatestView():
            return Table(source, base.columns, base.time)
        case _:
            assert_never(view)


def _joined(pipeline: Pipeline, view: JoinedView, base: Table, source: str) -> Table:
    columns = tuple(part.column for part in parts(pipeline, view))
    return Table(source, columns, columns[-1].name if base.time else None)


@frozen
class Part:
    """A column of a joined view: from the base (0) or from a join (1, 2, ..), its name there, and what it becomes."""

    table: int
    name: str
    column: Column


def parts(pipeline: Pipeline, view: JoinedView) -> list[Part]:
    """Base, then of each joined stream the columns that are not its key, then the base's time.

    Where a name comes twice, `rename` is about the last of them, and about the time only if no other bears the name.
    """
    base = table(pipeline, view.base)
    found = [Part(0, column.name, column) for column in base.payload]
    for number, join in enumerate(view.joins, 1):
        other = table(pipeline, join.stream)
        found += [
            Part(number, column.name, replace(column, type=nullable(column.type)))
            for column in other.payload
            if column.name not in other.key
        ]
    time = [Part(0, column.name, column) for column in base.columns if column.name == base.time]
    last = {part.name: number for number, part in enumerate([*time, *found])}
    ordered = [(last[part.name] == number, part) for number, part in enumerate([*time, *found])]
    renamed = [
        replace(part, column=replace(part.column, name=view.rename.get(part.name, part.name))) if is_last else part
        for is_last, part in ordered
    ]
    return [*renamed[len(time) :], *renamed[: len(time)]]
