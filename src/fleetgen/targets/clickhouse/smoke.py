"""Is ClickHouse alive: every object, what the stores hold, and every chart's query."""

from __future__ import annotations

from collections.abc import Sequence

from fleetgen.mapping import views
from fleetgen.pipeline import Chart, Pipeline
from fleetgen.quoting import ch_ident, ch_string
from fleetgen.targets.clickhouse.engine import Engine, EngineError
from fleetgen.targets.clickhouse.facts import CLOSED
from fleetgen.targets.clickhouse.landings import PLACEHOLDER
from fleetgen.targets.clickhouse.objects import Object
from fleetgen.targets.service import Line

_EMPTY = "no data yet"


def look(pipeline: Pipeline, engine: Engine, objects: Sequence[Object]) -> list[Line]:
    """Each of `objects`, and the charts over them."""
    lines = [Line("clickhouse", True, engine.version)]
    wanted = [each for each in objects if each.name]
    present = _present(engine, {each.database for each in wanted})
    stopped = _stopped(engine)
    for each in wanted:
        what = f"{each.kind} {each.database}.{each.name}"
        found = (each.database, each.name) in present
        if (each.database, each.name) in stopped:
            lines.append(Line(what, False, "stopped by an apply that was interrupted: apply again"))
        else:
            figure = _rows(engine, each) if found and _counted(each) else "there"
            lines.append(Line(what, found, figure if found else "missing"))
    tables = {name for _, name in present}
    charts = [chart for chart in pipeline.charts if chart.view in {each.name for each in wanted}]
    return [*lines, *(_chart(pipeline, engine, chart) for chart in charts if chart.view in tables)]


def _present(engine: Engine, databases: set[str]) -> set[tuple[str, str]]:
    names = ", ".join(ch_string(name) for name in sorted(databases)) or "''"
    return {(d, n) for d, n in engine.rows(f"SELECT database, name FROM system.tables WHERE database IN ({names})")}


def _stopped(engine: Engine) -> set[tuple[str, str]]:
    """Landings that take nothing, because their views are being made."""
    closed = f"SELECT database, table FROM system.columns WHERE name = {ch_string(CLOSED)}"
    stand_ins = f"SELECT database, name FROM system.tables WHERE comment = {ch_string(PLACEHOLDER)}"
    return {(d, n) for d, n in engine.rows(f"{closed} UNION ALL {stand_ins}")}


def _counted(each: Object) -> bool:
    return each.kind == "table" and "ENGINE = Null" not in each.statement and "ENGINE = Kafka" not in each.statement


def _rows(engine: Engine, each: Object) -> str:
    rows = engine.number(f"SELECT count() FROM {ch_ident(each.database)}.{ch_ident(each.name)}")
    if each.name == "dead_letters":
        return f"{rows} refused"
    return f"{rows} rows" if rows else _EMPTY


def _chart(pipeline: Pipeline, engine: Engine, chart: Chart) -> Line:
    """A chart is a gap if its query fails, or gives nothing although what it is drawn from has rows."""
    what = f"chart {chart.name}"
    try:
        rows = len(engine.rows(views.chart_query(pipeline, chart)))
        base = engine.number(
            f"SELECT count() FROM {ch_ident(pipeline.database)}.{ch_ident(_store(pipeline, chart.view))}"
        )
    except EngineError as error:
        return Line(what, False, str(error))
    if rows:
        return Line(what, True, f"{rows} points")
    return Line(what, not base, "empty, although its store is not" if base else _EMPTY)


def _store(pipeline: Pipeline, name: str) -> str:
    """The stream that a view comes from in the end."""
    view = pipeline.view(name)
    return name if view is None else _store(pipeline, view.base)
