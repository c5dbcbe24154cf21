"""Is it alive from end to end: one line each, with its figure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fleetgen.commands import services
from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen
from fleetgen.mapping import views
from fleetgen.pipeline import Chart
from fleetgen.project import Project
from fleetgen.quoting import ch_ident, ch_string
from fleetgen.targets.clickhouse import live
from fleetgen.targets.clickhouse.engine import Engine, EngineError

_EMPTY = "no data yet"


@frozen
class Line:
    """`ok` is False for a gap: a missing object, a failed query, a chart that is empty although its store is not."""

    what: str
    ok: bool
    figure: str


def smoke(project: Project, root: Path, profile_name: str, environ: Mapping[str, str]) -> tuple[Line, ...]:
    profile = services.select(project, profile_name)
    if profile.clickhouse is not None and profile.clickhouse.platform == "embedded":
        _refuse_absent(root, profile.clickhouse.path, profile_name)
    with services.clickhouse(profile, root, environ) as engine:
        assert profile.clickhouse is not None
        files = services.clickhouse_files(services.reviewed(root), profile.clickhouse.platform, profile.ingest)
        return look(project, engine, files)


def look(project: Project, engine: Engine, files: Mapping[str, str]) -> tuple[Line, ...]:
    """Every object that the files make, what the stores hold, and every chart's query."""
    lines = [Line("clickhouse", True, engine.version)]
    wanted = [each for each in live.objects(files) if each.name]
    present = _present(engine, {each.database for each in wanted})
    for each in wanted:
        found = (each.database, each.name) in present
        figure = _rows(engine, each) if found and _counted(each) else "there"
        lines.append(Line(f"{each.kind} {each.database}.{each.name}", found, figure if found else "missing"))
    tables = {name for _, name in present}
    charts = [chart for chart in project.pipeline.charts if chart.view in {each.name for each in wanted}]
    return (*lines, *(_chart(project, engine, chart) for chart in charts if chart.view in tables))


def _refuse_absent(root: Path, path: str, profile: str) -> None:
    if not (root / path).is_dir():
        raise FleetgenError(
            f"FG708 error: profile {profile!r} has not been applied: there is no {path}\n  help: run `fleetgen apply`"
        )


def _present(engine: Engine, databases: set[str]) -> set[tuple[str, str]]:
    names = ", ".join(ch_string(name) for name in sorted(databases)) or "''"
    return {(d, n) for d, n in engine.rows(f"SELECT database, name FROM system.tables WHERE database IN ({names})")}


def _counted(each: live.Object) -> bool:
    return each.kind == "table" and "ENGINE = Null" not in each.statement and "ENGINE = Kafka" not in each.statement


def _rows(engine: Engine, each: live.Object) -> str:
    rows = engine.number(f"SELECT count() FROM {ch_ident(each.database)}.{ch_ident(each.name)}")
    if each.name == "dead_letters":
        return f"{rows} refused"
    return f"{rows} rows" if rows else _EMPTY


def _chart(project: Project, engine: Engine, chart: Chart) -> Line:
    """A chart is a gap if its query fails, or gives nothing although what it is drawn from has rows."""
    what = f"chart {chart.name}"
    try:
        rows = len(engine.rows(views.chart_query(project.pipeline, chart)))
        base = engine.number(
            f"SELECT count() FROM {ch_ident(project.pipeline.database)}.{ch_ident(_store(project, chart.view))}"
        )
    except EngineError as error:
        return Line(what, False, str(error))
    if rows:
        return Line(what, True, f"{rows} points")
    return Line(what, not base, "empty, although its store is not" if base else _EMPTY)


def _store(project: Project, name: str) -> str:
    """The stream that a view comes from in the end."""
    view = project.pipeline.view(name)
    return name if view is None else _store(project, view.base)
