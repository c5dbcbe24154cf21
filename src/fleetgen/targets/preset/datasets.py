"""A store or a view as a Superset dataset: its columns, its time column and its saved metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, assert_never

from fleetgen.errors import Place
from fleetgen.frozen import frozen
from fleetgen.mapping import metrics, store
from fleetgen.mapping import table as queries
from fleetgen.mapping.store import Column
from fleetgen.pipeline import GroupedView, JoinedView, LatestView, Metric, Pipeline, Role, Stream, View
from fleetgen.quoting import ch_ident
from fleetgen.targets.preset import ids, types

MESSAGE_TIME: Final = "_timestamp"
COUNT: Final = Metric("count")
CONFIGURATION: Final = "the configuration"
# What Superset's own database holds: tables.table_name and table_columns.column_name, sql_metrics.metric_name.
TABLE_NAME, COLUMN_NAME = 250, 255


@frozen
class DatasetColumn:
    name: str
    type: str
    description: str | None
    temporal: bool
    scalar: bool
    ours: bool = False
    """Whether it is none of the schema's or the view's own: topic, partition, times."""


@frozen
class SavedMetric:
    name: str
    label: str
    expression: str


@frozen
class Dataset:
    """`source` is the schema's path, or what else the dataset comes from."""

    name: str
    uuid: str
    source: str
    description: str | None
    sql: str | None
    time: str | None
    columns: tuple[DatasetColumn, ...]
    metrics: tuple[SavedMetric, ...]
    at: Place

    @property
    def to_change(self) -> str:
        return CONFIGURATION if self.source == CONFIGURATION else "the schema"

    def column(self, name: str) -> DatasetColumn | None:
        return next((column for column in self.columns if column.name == name), None)

    def time_name(self, name: str) -> str:
        """`_timestamp` is the message's time whatever it is called here; any other name is a column's own."""
        return self.time if name == MESSAGE_TIME and self.time else name


def dataset(pipeline: Pipeline, table: Stream | View) -> Dataset:
    """The dataset of a table that ClickHouse has."""
    columns, time = _shape(pipeline, table)
    names = {column.name for column in columns}
    offered = (saved(metric, names) for metric in _metrics(pipeline, table, columns))
    return Dataset(
        name=table.name,
        uuid=ids.asset("dataset", pipeline.database, table.name),
        source=table.path if isinstance(table, Stream) else CONFIGURATION,
        description=_description(table),
        sql=_sql(pipeline.database, table),
        time=time,
        columns=tuple(_column(column) for column in columns),
        metrics=tuple({metric.name: metric for metric in offered}.values()),
        at=table.record.at if isinstance(table, Stream) else table.at,
    )


def saved(metric: Metric, columns: Iterable[str]) -> SavedMetric:
    """A metric under a name that no column has: ClickHouse would take the column's name for the metric's."""
    text = metrics.text(metric)
    if metric == COUNT:
        return SavedMetric("count" if "count" not in columns else text, text, "COUNT(*)")
    arguments = ", ".join(ch_ident(column) for column in metric.columns)
    return SavedMetric(text, text, f"{metric.function}({arguments})")


def _shape(pipeline: Pipeline, table: Stream | View) -> tuple[tuple[Column, ...], str | None]:
    """The columns, and which of them is the message's time."""
    if isinstance(table, Stream):
        return store.columns(table), store.meta(table).timestamp
    queried = queries.table(pipeline, table.name)
    return queried.columns, queried.time


def _metrics(pipeline: Pipeline, table: Stream | View, columns: Sequence[Column]) -> Iterator[Metric]:
    """The count, what charts ask of this table, and average and maximum of each number that is no key."""
    yield COUNT
    names = {column.name for column in columns}
    asked = (chart.metric for _, chart in pipeline.charts_of(table.name))
    yield from (metric for metric in asked if names.issuperset(metric.columns))
    keys = _keys(pipeline, table)
    for column in columns:
        ours = not column.path and not isinstance(table, GroupedView)
        if not ours and column.name not in keys and types.is_numeric(column.type):
            yield from (
                Metric(function, (column.name,))
                for function in ("avg", "max")
                if len(column.name) + len("avg()") <= COLUMN_NAME
            )


def _keys(pipeline: Pipeline, table: Stream | View) -> tuple[str, ...]:
    """The columns that say which thing a row is about: a number there has no average."""
    match table:
        case Stream():
            return store.key_columns(table)
        case LatestView():
            return table.key
        case GroupedView():
            return table.group
        case JoinedView():
            base = pipeline.stream(table.base) or pipeline.view(table.base)
            return _keys(pipeline, base) if base else ()
        case _:
            assert_never(table)


def _column(column: Column) -> DatasetColumn:
    return DatasetColumn(
        name=column.name,
        type=column.type,
        description=column.doc or None,
        temporal=types.is_temporal(column.type),
        scalar=types.is_scalar(column.type),
        ours=not column.path,
    )


def _sql(database: str, table: Stream | View) -> str | None:
    """A dimension keeps the newest row of a key, but only FINAL leaves out the others before they are merged."""
    if not isinstance(table, Stream) or table.role is not Role.DIMENSION:
        return None
    return f"SELECT * FROM {ch_ident(database)}.{ch_ident(table.name)} FINAL"


def _description(table: Stream | View) -> str | None:
    match table:
        case Stream():
            return table.record.doc or None
        case JoinedView():
            return f"Each row of {', joined with '.join([table.base, *(join.stream for join in table.joins)])}."
        case GroupedView():
            return f"{table.base} grouped by {', '.join(table.group)}."
        case LatestView():
            return f"The newest row of {table.base} for each {', '.join(table.key)}."
        case _:
            assert_never(table)
