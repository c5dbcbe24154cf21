"""Play the connectors: samples of every stream into the profile's ingress."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fleetgen.commands import services
from fleetgen.pipeline import Pipeline, Stream
from fleetgen.project import Project
from fleetgen.quoting import ch_ident
from fleetgen.targets.clickhouse.engine import Engine

if TYPE_CHECKING:
    from fleetgen.datagen.sample import Batch

_BATCH = 50_000

Progress = Callable[[str, int], None]
"""Told the stream and how many of its rows are sent."""


def simulate(
    project: Project,
    root: Path,
    profile_name: str,
    environ: Mapping[str, str],
    *,
    rows: int,
    seed: int,
    end_ms: int,
    progress: Progress,
) -> dict[str, int]:
    """Send `rows` of each stream; returns how many of each were sent."""
    profile = services.select(project, profile_name)
    with services.clickhouse(profile, root, environ) as engine:
        pipeline = services.expressible(project.pipeline, services.reviewed(root))
        return send(pipeline, engine, rows=rows, seed=seed, end_ms=end_ms, progress=progress)


def send(
    pipeline: Pipeline,
    engine: Engine,
    *,
    rows: int,
    seed: int,
    end_ms: int,
    progress: Progress,
    settings: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """Into the push landings. Offsets go on where those of the topic end."""
    sent: dict[str, int] = {}
    for stream in pipeline.streams:
        landing = f"{ch_ident(pipeline.database)}.{ch_ident(f'{stream.name}_push')}"
        first = _next_offset(engine, pipeline.database, stream)
        for start, batch in _batches(stream, rows, seed, end_ms):
            engine.insert(landing, messages(stream, batch, first + start), settings)
            sent[stream.name] = min(start + _BATCH, rows)
            progress(stream.name, sent[stream.name])
    return sent


def _batches(stream: Stream, rows: int, seed: int, end_ms: int) -> Iterator[tuple[int, Batch]]:
    from fleetgen.datagen.sample import batch

    for start in range(0, rows, _BATCH):
        yield start, batch(stream, seed, end_ms, start, min(start + _BATCH, rows))


def messages(stream: Stream, batch: Batch, first: int) -> bytes:
    """The batch as rows of the push landing: each value's line, with the columns that a consumer adds in front."""
    raise NotImplementedError


def _next_offset(engine: Engine, database: str, stream: Stream) -> int:
    raise NotImplementedError
