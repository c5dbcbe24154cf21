"""Views and charts as ClickHouse queries, and the columns that they give."""

from __future__ import annotations

from typing import assert_never

from fleetgen.mapping import joins, metrics, store
from fleetgen.mapping.column import Column
from fleetgen.mapping.table import table
from fleetgen.pipeline import Chart, GroupedView, JoinedView, LatestView, Pipeline, View
from fleetgen.quoting import ch_ident

# The name that a chart gives the message's time, whatever the column is called.
_MESSAGE_TIME = "_timestamp"


def columns(pipeline: Pipeline, name: str) -> tuple[Column, ...]:
    """The columns of the store or view of that name."""
    stream = pipeline.stream(name)
    return store.columns(stream) if stream is not None else table(pipeline, name).columns


def select(pipeline: Pipeline, view: View, *, spread: bool = False) -> str:
    """The SELECT of a view, tables qualified by the database; `spread`: they are in parts on several shards."""
    match view:
        case JoinedView():
            return joins.select(pipeline, view, spread=spread)
        case GroupedView():
            return _grouped(pipeline, view)
        case LatestView():
            return _latest(pipeline, view)
        case _:
            assert_never(view)


def chart_query(pipeline: Pipeline, chart: Chart) -> str:
    """The query of a chart for the report: columns `x` (day or dimension) and `y` (the metric)."""
    base = table(pipeline, chart.view)
    alias = base.alias(pipeline)
    y = metrics.expression(chart.metric, alias)
    source = f"FROM {base.source} AS {alias}{base.final}"
    if chart.dimension is not None:
        x = f"{alias}.{ch_ident(chart.dimension)}"
        order = f"ORDER BY {y} DESC, {x}\nLIMIT {chart.limit}"
        return f"SELECT {x} AS x, {y} AS y\n{source}\nGROUP BY {x}\n{order}"
    time = base.time if chart.time == _MESSAGE_TIME and base.time else chart.time
    x = f"toDate32({alias}.{ch_ident(time)})"
    return f"SELECT {x} AS x, {y} AS y\n{source}\nWHERE isNotNull({alias}.{ch_ident(time)})\nGROUP BY {x}\nORDER BY {x}"


def _grouped(pipeline: Pipeline, view: GroupedView) -> str:
    base = table(pipeline, view.base)
    alias = base.alias(pipeline, view.metrics)
    group = [f"{alias}.{ch_ident(name)}" for name in view.group]
    parts = [f"{x} AS {ch_ident(name)}" for x, name in zip(group, view.group, strict=True)]
    parts += [f"{metrics.expression(metric, alias)} AS {ch_ident(name)}" for name, metric in view.metrics.items()]
    text = f"{_select(parts)}\nFROM {base.source} AS {alias}{base.final}\nGROUP BY {', '.join(group)}"
    if view.having is None:
        return text
    bound = metrics.expression(view.metrics[view.having.metric], alias)
    return f"{text}\nHAVING {bound} {view.having.operator} {view.having.value}"


def _latest(pipeline: Pipeline, view: LatestView) -> str:
    """The newest message of each key; of two with the same time, the one with the higher offset."""
    base = table(pipeline, view.base)
    alias = base.alias(pipeline)
    names = [column.name for column in table(pipeline, view.name).columns]
    newest = ", ".join(f"{alias}.{ch_ident(name)} DESC" for name in base.order)
    key = ", ".join(f"{alias}.{ch_ident(name)}" for name in view.key)
    return (
        f"{_select([f'{alias}.{ch_ident(name)} AS {ch_ident(name)}' for name in names])}\n"
        f"FROM {base.source} AS {alias}{base.final}\n"
        f"ORDER BY {newest}\nLIMIT 1 BY {key}"
    )


def _select(parts: list[str]) -> str:
    return "SELECT\n" + ",\n".join(f"    {part}" for part in parts)
