"""A chart as Superset draws it (params) and as its API answers it (query_context)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, TypeAlias

from fleetgen.frozen import frozen
from fleetgen.pipeline import Chart
from fleetgen.quoting import to_json
from fleetgen.targets.preset import ids
from fleetgen.targets.preset.datasets import Dataset, saved

Settings: TypeAlias = dict[str, Any]

ALL_DAYS: Final = 10_000
# cal_heatmap refuses an open range, and "Last quarter" would end with yesterday: what has just begun to flow would be
# missing.
CALENDAR_RANGE: Final = 'DATEADD(DATETIME("now"), -3, month) : now'


@frozen
class ChartFile:
    name: str
    uuid: str
    kind: str
    dataset: str
    viz_type: str
    params: Settings
    query_context: str


def chart_file(chart: Chart, dataset: Dataset, database: str) -> ChartFile:
    """The chart, whose dimension, metric and time were checked against the dataset before."""
    names = {column.name for column in dataset.columns}
    metric = saved(chart.metric, names).name
    time = dataset.time_name(chart.time)
    match chart.kind:
        case "time-bar":
            params, asked = _time_bar(metric, time, label("Day", {*names, metric}))
        case "bar":
            params, asked = _bar(chart, dataset, metric, time)
        case "calendar":
            params, asked = _calendar(metric, time)
        case other:
            raise AssertionError(f"no such kind of chart: {other}")
    return ChartFile(
        name=chart.name,
        uuid=ids.asset("chart", database, chart.name),
        kind=chart.kind,
        dataset=dataset.uuid,
        viz_type=params["viz_type"],
        params=params,
        query_context=context(params, asked),
    )


def label(text: str, taken: Collection[str]) -> str:
    """A label that is no column's name: ClickHouse would filter by the day instead of by the time."""
    while text in taken:
        text += "_"
    return text


def _time_bar(metric: str, time: str, label: str) -> tuple[Settings, Settings]:
    axis = {"expressionType": "SQL", "sqlExpression": time, "label": label}
    params = {
        "viz_type": "echarts_timeseries_bar",
        "x_axis": axis,
        "time_grain_sqla": "P1D",
        "metrics": [metric],
        "groupby": [],
        "adhoc_filters": open_range(time),
        "row_limit": ALL_DAYS,
        "show_legend": False,
        "rich_tooltip": True,
    }
    pivot = {
        "index": [label],
        "columns": [],
        "aggregates": {metric: {"operator": "mean"}},
        "drop_missing_columns": False,
    }
    asked = query(metric, ALL_DAYS) | {
        "filters": open_filter(time),
        "extras": {"time_grain_sqla": "P1D", "having": "", "where": ""},
        "columns": [{"timeGrain": "P1D", "columnType": "BASE_AXIS", **axis}],
        "post_processing": [{"operation": "pivot", "options": pivot}, {"operation": "flatten"}],
    }
    return params, asked


def _bar(chart: Chart, dataset: Dataset, metric: str, time: str) -> tuple[Settings, Settings]:
    has_time = dataset.column(time) is not None
    params = {
        "viz_type": "echarts_timeseries_bar",
        "x_axis": chart.dimension,
        "xAxisForceCategorical": True,  # else a number's axis is continuous and cannot be sorted by the metric
        "metrics": [metric],
        "groupby": [],
        "adhoc_filters": open_range(time) if has_time else [],
        "order_desc": True,
        "row_limit": chart.limit,
        "x_axis_sort": metric,
        "x_axis_sort_asc": False,
        "orientation": "vertical",
        "show_legend": False,
        "show_value": True,
    }
    asked = query(metric, chart.limit) | {
        "filters": open_filter(time) if has_time else [],
        "columns": [chart.dimension],
    }
    return params, asked


def _calendar(metric: str, time: str) -> tuple[Settings, Settings]:
    params = {
        "viz_type": "cal_heatmap",
        "granularity_sqla": time,
        "time_range": CALENDAR_RANGE,
        "domain_granularity": "month",
        "subdomain_granularity": "day",
        "metrics": [metric],
        "adhoc_filters": [],
        "cell_size": 16,
        "cell_padding": 2,
        "cell_radius": 0,
        "steps": 10,
        "linear_color_scheme": "schemeYlOrBr",
        "y_axis_format": "SMART_NUMBER",
        "x_axis_time_format": "smart_date",
        "show_legend": True,
        "show_values": False,
        "show_metric_name": True,
    }
    asked = query(metric, ALL_DAYS) | {
        "extras": {"time_grain_sqla": "P1D", "having": "", "where": ""},
        "orderby": [],
        "granularity": time,
        "time_range": CALENDAR_RANGE,
        "is_timeseries": True,
    }
    return params, asked


def open_range(time: str) -> list[Settings]:
    """The handle that a dashboard's time filter takes hold of."""
    simple = {"clause": "WHERE", "operator": "TEMPORAL_RANGE", "comparator": "No filter", "expressionType": "SIMPLE"}
    return [{**simple, "subject": time}]


def open_filter(time: str) -> list[Settings]:
    return [{"col": time, "op": "TEMPORAL_RANGE", "val": "No filter"}]


def query(metric: str, limit: int) -> Settings:
    return {
        "filters": [],
        "extras": {"having": "", "where": ""},
        "applied_time_extras": {},
        "columns": [],
        "metrics": [metric],
        "orderby": [[metric, False]],
        "annotation_layers": [],
        "row_limit": limit,
        "series_columns": [],
        "series_limit": 0,
        "order_desc": True,
        "url_params": {},
        "custom_params": {},
        "custom_form_data": {},
        "post_processing": [],
    }


def context(params: Settings, asked: Settings) -> str:
    """JSON as text. The importer puts its own id in the place of datasource 0."""
    return to_json(
        {
            "datasource": {"id": 0, "type": "table"},
            "force": False,
            "queries": [asked],
            "form_data": params,
            "result_format": "json",
            "result_type": "full",
        }
    )
