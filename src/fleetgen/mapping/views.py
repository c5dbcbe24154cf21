"""Views and charts as ClickHouse queries, and the columns that they give."""

from __future__ import annotations

from fleetgen.mapping.store import Column
from fleetgen.pipeline import Chart, Pipeline, View


def columns(pipeline: Pipeline, name: str) -> tuple[Column, ...]:
    """The columns of the store or view of that name."""
    raise NotImplementedError


def select(pipeline: Pipeline, view: View) -> str:
    """The SELECT of a view, tables qualified by the database."""
    raise NotImplementedError


def chart_query(pipeline: Pipeline, chart: Chart) -> str:
    """The query of a chart for the report: columns `x` (day or dimension) and `y` (the metric)."""
    raise NotImplementedError
