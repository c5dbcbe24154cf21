"""Which tables and charts Superset can have, and a finding for each that it cannot."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from fleetgen.errors import Finding, Place, Severity
from fleetgen.pipeline import Chart, Pipeline, View
from fleetgen.targets.preset.datasets import COLUMN_NAME, TABLE_NAME, Dataset, saved


def absent(pipeline: Pipeline, held: Pipeline) -> Iterator[Finding]:
    """Views that ClickHouse cannot hold have no dataset either. Of a stream its own finding says all there is."""
    for view in pipeline.views:
        if held.view(view.name) is None:
            yield _absent(view)


def fits(dataset: Dataset, findings: list[Finding]) -> bool:
    """Whether Superset's own database, on Postgres or MySQL, holds the names of this dataset."""
    too_long = [column.name for column in dataset.columns if len(column.name) > COLUMN_NAME]
    if len(dataset.name) > TABLE_NAME:
        findings.append(_too_long(f"the table name {dataset.name!r}", TABLE_NAME, dataset.at))
    elif too_long:
        findings.append(_too_long(f"the column name {too_long[0]!r}", COLUMN_NAME, dataset.at))
    else:
        return True
    return False


def charts(
    pipeline: Pipeline, datasets: dict[str, Dataset], findings: list[Finding]
) -> Iterator[tuple[Chart, Dataset]]:
    """The charts that can be drawn, each with its dataset."""
    names: set[str] = set()
    for chart in pipeline.charts:
        dataset = datasets.get(chart.view)
        finding = _absent_chart(chart) if dataset is None else _fault(chart, dataset, names)
        names.add(chart.name)
        if finding is not None:
            findings.append(finding)
        elif dataset is not None:
            yield chart, dataset


def _fault(chart: Chart, dataset: Dataset, names: Collection[str]) -> Finding | None:
    metric = saved(chart.metric, {column.name for column in dataset.columns}).name
    if chart.name in names:
        message = f"two charts are called {chart.name!r}: Superset would have one"
        return Finding("FG443", Severity.ERROR, message, "give each chart a name of its own", chart.at)
    if len(chart.name) > TABLE_NAME:
        return _too_long(f"the chart name {chart.name!r}", TABLE_NAME, chart.at)
    if len(metric) > COLUMN_NAME:
        return _too_long(f"the metric {metric!r}", COLUMN_NAME, chart.at)
    return _absent_column(chart, dataset) or _untimely(chart, dataset)


def _absent_column(chart: Chart, dataset: Dataset) -> Finding | None:
    asked = [*chart.metric.columns, *([chart.dimension or ""] if chart.kind == "bar" else [])]
    for name in asked:
        if dataset.column(name) is None:
            message = f"chart {chart.name!r} asks for {name!r}, which {dataset.name!r} does not have"
            help = f"it has {', '.join(column.name for column in dataset.columns)}"
            return Finding("FG442", Severity.ERROR, message, help, chart.at)
    return None


def _untimely(chart: Chart, dataset: Dataset) -> Finding | None:
    """A chart per day needs a date or a time."""
    if chart.kind == "bar":
        return None
    column = dataset.column(dataset.time_name(chart.time))
    if column is not None and column.temporal:
        return None
    reason = f"{column.name!r} is {column.type}, no date or time" if column else f"there is no {chart.time!r}"
    times = ", ".join(column.name for column in dataset.columns if column.temporal)
    help = f'set its "time" to one of {times}' if times else "a bar needs no time"
    message = f"chart {chart.name!r} counts days of {dataset.name!r}, where {reason}"
    return Finding("FG442", Severity.ERROR, message, help, chart.at)


def _absent(view: View) -> Finding:
    message = f"the view {view.name} has no table in ClickHouse: it has no dataset"
    return Finding("FG440", Severity.WARNING, message, "mend what the finding about ClickHouse says", view.at)


def _absent_chart(chart: Chart) -> Finding:
    message = f"the chart {chart.name!r} is left out: {chart.view} has no dataset"
    return Finding("FG440", Severity.WARNING, message, f"see the finding about {chart.view}", chart.at)


def _too_long(what: str, bound: int, place: Place) -> Finding:
    message = f"{what} is longer than the {bound} characters that Superset keeps: left out"
    return Finding("FG441", Severity.WARNING, message, "shorten the name", place)
