"""The whole pipeline on an embedded engine of its own: from schemas to a report, nothing of the project touched."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from fleetgen.commands import services
from fleetgen.commands.apply import converge
from fleetgen.commands.generate import Generated, generate
from fleetgen.commands.sample import save
from fleetgen.commands.simulate import Progress, send
from fleetgen.errors import Finding
from fleetgen.files import STATE, Disk, state
from fleetgen.frozen import frozen
from fleetgen.mapping import store, views
from fleetgen.pipeline import GroupedView, JoinedView, Pipeline, Role, Stream, View
from fleetgen.project import Project
from fleetgen.quoting import ch_ident, ch_string
from fleetgen.report import AnswerFacts, ChartFacts, Facts, FieldFacts, StreamFacts, render
from fleetgen.targets.clickhouse.engine import Engine, embedded, refuse_in_use
from fleetgen.targets.docs.fields import entries
from fleetgen.targets.docs.types import avro
from fleetgen.templating import Templates

_SHOWN = 10
"""Rows of an answer."""


@frozen
class Shown:
    """What the demo has to show; `files` are those generated, `findings` those of rendering."""

    streams: tuple[StreamFacts, ...]
    answers: tuple[AnswerFacts, ...]
    report: Path
    files: Mapping[str, str]
    findings: tuple[Finding, ...]


def demo(
    project: Project, root: Path, report: Path | None, *, rows: int, seed: int, end_ms: int, progress: Progress
) -> Shown:
    """Generate in memory, create everything on a new engine below .fleetgen/, send samples, ask, draw."""
    templates = Templates(Disk(root).read)
    generated = generate(project, templates)
    files = services.clickhouse_files(generated.files, "embedded", "push")
    folder = home(root)
    refuse_in_use(folder)
    shutil.rmtree(folder, ignore_errors=True)
    with embedded(folder) as engine:
        converge(services.over(engine, files))
        facts = _play(project, engine, generated, rows=rows, seed=seed, end_ms=end_ms, progress=progress)
    target = report or root / STATE / "report.html"
    page = render(facts, templates).encode()

    def write(file: BinaryIO) -> None:
        file.write(page)

    save(target, write)
    shown = report or Path(STATE) / "report.html"
    return Shown(facts.streams, facts.answers, shown, generated.files, generated.findings)


def home(root: Path) -> Path:
    """Of the demo's engine."""
    return state(root) / "demo"


def _play(
    project: Project, engine: Engine, generated: Generated, *, rows: int, seed: int, end_ms: int, progress: Progress
) -> Facts:
    pipeline = services.expressible(project.pipeline, generated.files)
    for stream in pipeline.streams:
        # A dimension's merges drop old rows: without them count() is what the strict view wrote.
        engine.run(f"SYSTEM STOP MERGES {_table(pipeline, stream.name)}")
    sent = send(
        pipeline, engine, rows=rows, seed=seed, end_ms=end_ms, progress=progress, settings={"optimize_on_insert": 0}
    )
    streams = tuple(_stream(pipeline, engine, stream, sent[stream.name]) for stream in pipeline.streams)
    charts = [
        ChartFacts(c, tuple((x, y) for x, y in engine.rows(views.chart_query(pipeline, c)))) for c in pipeline.charts
    ]
    answers = [_answer(pipeline, engine, view) for view in pipeline.views if not isinstance(view, JoinedView)]
    origin = f"{rows:,} sample messages of each stream, seed {seed}"
    return Facts(
        pipeline.database, f"ClickHouse {engine.version}, embedded", streams, tuple(charts), tuple(answers), origin
    )


def _stream(pipeline: Pipeline, engine: Engine, stream: Stream, sent: int) -> StreamFacts:
    table = _table(pipeline, stream.name)
    dead = _table(pipeline, "dead_letters")
    return StreamFacts(
        stream.name,
        stream.topic,
        stream.role.value,
        sent,
        engine.number(f"SELECT count() FROM {table}"),
        engine.number(f"SELECT count() FROM {dead} WHERE topic = {ch_string(stream.topic)}"),
        engine.number(f"SELECT count() FROM {table} FINAL") if stream.role is Role.DIMENSION else None,
        stream.key,
        stream.record.doc,
        _fields(stream),
    )


def _fields(stream: Stream) -> tuple[FieldFacts, ...]:
    types = {entry.place.key: avro(entry.field.type) for entry in entries(stream.record)}
    columns = [column for column in store.columns(stream) if column.path]
    return tuple(FieldFacts(each.path, types.get(each.path, ""), each.type, each.doc) for each in columns)


def _answer(pipeline: Pipeline, engine: Engine, view: View) -> AnswerFacts:
    table = _table(pipeline, view.name)
    columns = tuple(column.name for column in views.columns(pipeline, view.name))
    rows = engine.rows(f"SELECT * FROM {table} ORDER BY {_first(view, columns)} LIMIT {_SHOWN}")
    total = engine.number(f"SELECT count() FROM {table}")
    return AnswerFacts(view.name, _title(view), columns, tuple(tuple(row) for row in rows), total)


def _first(view: View, columns: tuple[str, ...]) -> str:
    """The largest first where there is something to compare, then by every column that can be sorted."""
    if isinstance(view, GroupedView):
        metrics = [f"{ch_ident(name)} DESC" for name in view.metrics]
        return ", ".join([*metrics, *(ch_ident(name) for name in view.group)])
    return ", ".join(ch_ident(name) for name in columns[:1])


def _title(view: View) -> str:
    return view.name.replace("_", " ").capitalize()


def _table(pipeline: Pipeline, name: str) -> str:
    return f"{ch_ident(pipeline.database)}.{ch_ident(name)}"


def counts(stream: StreamFacts) -> Mapping[str, int]:
    """What became of a stream's messages; `kept` for a dimension: the newest row of each key."""
    figures = {"sent": stream.sent, "stored": stream.stored, "refused": stream.refused}
    return figures if stream.kept is None else {**figures, "kept": stream.kept}
