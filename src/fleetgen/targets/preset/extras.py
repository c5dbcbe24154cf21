"""What a dashboard has without being asked: what was refused, and where things are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from fleetgen.mapping import names, store
from fleetgen.model import NOWHERE
from fleetgen.pipeline import LatestView, Pipeline, Role, Stream, View
from fleetgen.quoting import ch_ident, ch_string
from fleetgen.targets.preset import ids, types
from fleetgen.targets.preset.charts import ChartFile, Settings, context, label, open_filter, open_range, query
from fleetgen.targets.preset.datasets import CONFIGURATION, COUNT, Dataset, DatasetColumn, saved

DEAD_LETTERS: Final = "Dead letters"
LOCATIONS: Final = "Latest locations"
_REFUSED: Final = 100
_THINGS: Final = 10_000
_TIME: Final = "message_time"
_LATITUDE: Final = re.compile(r"(.*?)(?:latitude|lat)", re.IGNORECASE)
_LONGITUDE: Final = re.compile(r"(.*?)(?:longitude|lon|lng|long)", re.IGNORECASE)
# As templates/clickhouse/database.sql.jinja makes the table; a test asks ClickHouse.
_COLUMNS: Final = (
    ("topic", "LowCardinality(String)", "topic of the message"),
    ("partition", "UInt32", "partition of the message"),
    ("offset", "UInt64", "offset of the message"),
    ("key", "String", "key of the message"),
    ("raw", "String", "the message, as JSON that can be sent again once mended"),
    ("error", "String", "the columns at fault, or why it could not be parsed"),
    (_TIME, "DateTime64(3, 'UTC')", "time of the message"),
    ("received_at", "DateTime64(3, 'UTC')", "time of arrival"),
)


def dead_letters(database: str) -> Dataset:
    """The dataset of what the strict views refuse."""
    columns = [DatasetColumn(name, type, doc, types.is_temporal(type), True) for name, type, doc in _COLUMNS]
    return Dataset(
        name=names.DEAD_LETTERS,
        uuid=ids.asset("dataset", database, names.DEAD_LETTERS),
        source=CONFIGURATION,
        description="Messages that the strict views refuse.",
        sql=None,
        time=_TIME,
        columns=tuple(columns),
        metrics=(saved(COUNT, ()),),
        at=NOWHERE,
    )


def charts(pipeline: Pipeline, datasets: Mapping[str, Dataset], taken: Collection[str]) -> Iterator[ChartFile]:
    """Those whose name no chart of the configuration has: whoever takes it has made something better."""
    if LOCATIONS not in taken:
        yield from _located(pipeline, datasets)
    if DEAD_LETTERS not in taken:
        yield _refused(datasets[names.DEAD_LETTERS], pipeline.database)


def _refused(dataset: Dataset, database: str) -> ChartFile:
    """What was refused for which reason, and how often, the most frequent first."""
    latest = {"expressionType": "SQL", "sqlExpression": f"max({_TIME})", "label": "latest"}
    metrics, groups = ["count", latest], ["topic", "error"]
    params = {
        "viz_type": "table",
        "query_mode": "aggregate",
        "groupby": groups,
        "metrics": metrics,
        "all_columns": [],
        "percent_metrics": [],
        "adhoc_filters": open_range(_TIME),
        "order_desc": True,
        "row_limit": _REFUSED,
        "server_pagination": False,
        "table_timestamp_format": "smart_date",
        "show_cell_bars": False,
    }
    asked = query("count", _REFUSED) | {"filters": open_filter(_TIME), "columns": groups, "metrics": metrics}
    return _file(DEAD_LETTERS, "table", dataset, database, params, asked)


def _located(pipeline: Pipeline, datasets: Mapping[str, Dataset]) -> Iterator[ChartFile]:
    """Of the first table that tells of things where they are; none where no column says so.

    A view of the newest rows has one a thing, and a dimension counts as such; of an event's rows the newest is taken.
    """
    for table in sorted((*pipeline.views, *pipeline.streams), key=_is_event):
        dataset, key = datasets.get(table.name), _thing(table)
        pair = _pair(dataset) if dataset is not None else None
        if dataset is not None and pair is not None and key and all(dataset.column(each) for each in key):
            yield _points(dataset, pipeline.database, key, pair, newest=_is_event(table))
            return


def _is_event(table: Stream | View) -> bool:
    return isinstance(table, Stream) and table.role is Role.EVENT


def _thing(table: Stream | View) -> tuple[str, ...]:
    """What says which thing a row is about; empty where nothing does."""
    match table:
        case LatestView():
            return table.key
        case Stream():
            return store.key_columns(table)
        case _:
            return ()


def _pair(dataset: Dataset) -> tuple[str, str] | None:
    """The columns of latitude and longitude that belong to each other: what stands before both words is the same."""
    numbers = [column.name for column in dataset.columns if types.is_numeric(column.type)]
    longitudes = {match[1]: name for name in numbers if (match := _LONGITUDE.fullmatch(name))}
    for name in numbers:
        match = _LATITUDE.fullmatch(name)
        if match is not None and match[1] in longitudes:
            return name, longitudes[match[1]]
    return None


def _points(dataset: Dataset, database: str, key: tuple[str, ...], pair: tuple[str, str], *, newest: bool) -> ChartFile:
    """Longitude against latitude: a map's tiles would come from elsewhere, and often for a token."""
    taken = {column.name for column in dataset.columns}
    latitude, longitude = (
        {"expressionType": "SQL", "sqlExpression": _place(column, dataset.time, newest), "label": label(text, taken)}
        for column, text in zip(pair, ("Latitude", "Longitude"), strict=True)
    )
    size = {"expressionType": "SQL", "sqlExpression": "count()", "label": label("Rows", taken)}
    series = {"expressionType": "SQL", "sqlExpression": ch_string(LOCATIONS), "label": label("Series", taken)}
    params = {
        "viz_type": "bubble_v2",
        "entity": _entity(key, taken),
        "series": series,
        "x": longitude,
        "y": latitude,
        "size": size,
        "adhoc_filters": open_range(dataset.time) if dataset.time else [],
        "order_desc": True,
        "row_limit": _THINGS,
        "max_bubble_size": "5",
        "opacity": 0.6,
        "show_legend": False,
        "x_axis_label": longitude["label"],
        "y_axis_label": latitude["label"],
        "x_axis_title_margin": 30,
        "y_axis_title_margin": 50,
        "xAxisFormat": ".1f",
        "y_axis_format": ".1f",
        "tooltipSizeFormat": "SMART_NUMBER",
        "truncateXAxis": True,
        "truncateYAxis": True,
        "x_axis_bounds": [None, None],
        "y_axis_bounds": [None, None],
    }
    asked = query("", _THINGS) | {
        "filters": open_filter(dataset.time) if dataset.time else [],
        "columns": [params["entity"], series],
        "metrics": [longitude, latitude, size],
        "orderby": [],
    }
    return _file(LOCATIONS, "points", dataset, database, params, asked)


def _place(column: str, time: str | None, newest: bool) -> str:
    """Of the rows of one thing."""
    return f"argMax({ch_ident(column)}, {ch_ident(time)})" if newest and time else f"max({ch_ident(column)})"


def _entity(key: tuple[str, ...], taken: Collection[str]) -> Any:
    if len(key) == 1:
        return key[0]
    parts = ", ' ', ".join(f"toString({ch_ident(column)})" for column in key)
    return {"expressionType": "SQL", "sqlExpression": f"concat({parts})", "label": label("Thing", taken)}


def _file(name: str, kind: str, dataset: Dataset, database: str, params: Settings, asked: Settings) -> ChartFile:
    return ChartFile(
        name, ids.asset("chart", database, name), kind, dataset.uuid, params["viz_type"], params, context(params, asked)
    )
