"""Charts: what is asked of a stream or view; without any, one of each stream's messages over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fleetgen.config.metrics import is_number, parse_metric
from fleetgen.config.reading import quote
from fleetgen.config.scope import Scope
from fleetgen.config.views import checked
from fleetgen.errors import Place
from fleetgen.mapping import expressible
from fleetgen.mapping.column import bare
from fleetgen.pipeline import Chart, Metric

_BAR: Final = "bar"
_MESSAGE_TIME: Final = "_timestamp"
_OTHERS: Final = {"dimension": True, "limit": True, "time": False}
"""The keys that only some kinds have: whether a bar has it. The other kinds have what a bar has not."""


def build(scope: Scope, entries: Sequence[Mapping[str, Any] | None]) -> tuple[Chart, ...]:
    """In the order declared. What is wrong is noted."""
    charts: list[Chart] = []
    for number, entry in enumerate(entries):
        pointer = f"/charts/{number}"
        if entry is None or not scope.reading.is_clean(pointer):
            continue
        if any(chart.name == entry["name"] for chart in charts):
            message = f"{quote(entry['name'])} is the name of a chart already"
            scope.reading.error("FG324", f"{pointer}/name", message, "rename one of the two")
        chart = _build(scope, pointer, entry)
        if chart is not None:
            charts.append(chart)
    return tuple(charts)


def default(scope: Scope) -> tuple[Chart, ...]:
    """Messages over time, for each stream that ClickHouse can hold."""
    charts = []
    held, _ = expressible.reduce(scope.pipeline)
    for stream in held.streams:
        time = scope.time_column(stream.name) if stream.name not in scope.uncertain else None
        if time is not None:
            name, at = f"{stream.name}: messages over time", Place(stream.path)
            charts.append(Chart(name, "time-bar", stream.name, Metric("count"), time=time, at=at))
    return tuple(charts)


def _build(scope: Scope, pointer: str, entry: Mapping[str, Any]) -> Chart | None:
    kind, view = entry["kind"], entry["view"]
    for key, of_bar in _OTHERS.items():
        if key in entry and of_bar != (kind == _BAR):
            message, help = f"a chart of the kind {kind!r} has no key {key!r}", f"leave {key} out, or name another kind"
            scope.reading.error("FG331", f"{pointer}/{key}", message, help, key=True)
    if kind == _BAR and "dimension" not in entry:
        message, help = "a bar chart lacks 'dimension'", "add dimension = the column with a bar for each value"
        scope.reading.error("FG305", pointer, message, help)
    if not scope.find(f"{pointer}/view", view):
        return None
    columns = scope.types(view)
    if "dimension" in entry and kind == _BAR:
        scope.require(f"{pointer}/dimension", entry["dimension"], view, columns)
    metric = checked(scope, f"{pointer}/metric", parse_metric(entry.get("metric", "count()"), columns))
    if metric is not None and not is_number(metric, columns):
        message, help = (
            f"{quote(entry['metric'])} is no number, and a chart draws one",
            "count, or name a column of numbers",
        )
        scope.reading.error("FG321", f"{pointer}/metric", message, help)
    time = None if kind == _BAR else _time(scope, pointer, entry, view)
    return Chart(
        name=entry["name"],
        kind=kind,
        view=view,
        metric=metric or Metric("count"),
        dimension=entry.get("dimension"),
        time=time or _MESSAGE_TIME,
        limit=entry.get("limit", 10),
        at=scope.reading.at(pointer),
    )


def _time(scope: Scope, pointer: str, entry: Mapping[str, Any], view: str) -> str | None:
    if "time" not in entry:
        found = scope.time_column(view)
        if found is None:
            message, help = f"{view} has no column with the message's time", 'name one of its columns: time = ".."'
            scope.reading.error("FG332", pointer, message, help)
        return found
    name: str = entry["time"]
    columns = scope.types(view)
    if scope.require(f"{pointer}/time", name, view, columns):
        type = bare(columns[name])
        if not type.startswith("Date"):
            message, help = f"{name} is {type}, which is no time", "name a column of dates or timestamps"
            scope.reading.error("FG332", f"{pointer}/time", message, help)
    return name
