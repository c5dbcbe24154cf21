"""Play the connectors: samples of every stream into the profile's ingress."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fleetgen.commands import ingress, messages, services
from fleetgen.datagen import present
from fleetgen.errors import FleetgenError
from fleetgen.mapping import registered
from fleetgen.mapping.store import meta
from fleetgen.pipeline import Format, Pipeline, Stream
from fleetgen.project import Project
from fleetgen.quoting import ch_ident, ch_string
from fleetgen.targets.clickhouse.engine import Engine

if TYPE_CHECKING:
    from fleetgen.datagen.sample import Batch
    from fleetgen.targets.kafka.live import Kafka

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
    shift: bool = False,
) -> dict[str, int]:
    """Send `rows` of each stream; returns how many of each were sent. `shift` moves iterated times to the present."""
    profile = services.profile(project, profile_name)
    pipeline = project.pipeline
    if profile.clickhouse is not None:
        pipeline = services.expressible(pipeline, services.reviewed(root))
    if shift:
        moved = tuple(present.shift(stream, end_ms) for stream in pipeline.streams)
        pipeline = replace(pipeline, streams=moved)
    if profile.kafka is not None and (profile.ingest != "push" or profile.clickhouse is None):
        with services.kafka(profile, root, environ) as live:
            return produce(pipeline, live, rows=rows, seed=seed, end_ms=end_ms, progress=progress)
    with services.clickhouse(profile, root, environ) as engine:
        return send(pipeline, engine, rows=rows, seed=seed, end_ms=end_ms, progress=progress)


def produce(
    pipeline: Pipeline, live: Kafka, *, rows: int, seed: int, end_ms: int, progress: Progress
) -> dict[str, int]:
    """Into the topics. Raises FleetgenError for a topic or a schema that is missing, and for what is not taken."""
    from fleetgen.targets.kafka.producing import Sender

    live.topics.refuse_missing([stream.topic for stream in pipeline.streams])
    values = {stream.name: messages.value(stream, _id(live, stream)) for stream in pipeline.streams}
    sender = Sender(live.connection)
    sent: dict[str, int] = {}
    try:
        for stream in pipeline.streams:
            for start, batch in _batches(stream, rows, seed, end_ms):
                sender.send(stream.topic, messages.messages(batch, values[stream.name]))
                sent[stream.name] = min(start + _BATCH, rows)
                progress(stream.name, sent[stream.name])
    finally:
        sender.finish()
    return sent


def _id(live: Kafka, stream: Stream) -> int | None:
    """The number of the stream's schema in the registry; None for JSON, which has none."""
    if stream.format is Format.JSON:
        return None
    if live.subjects is None:
        raise FleetgenError(
            f"FG726 error: {stream.name} is in the format avro, and the profile names no schema registry\n"
            '  help: add registry = { url = ".." } to kafka'
        )
    return live.subjects.id(registered.subject(stream), registered.schema(stream))


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
            ingress.insert(engine, landing, stream, batch, first + start, settings)
            sent[stream.name] = min(start + _BATCH, rows)
            progress(stream.name, sent[stream.name])
    return sent


def _batches(stream: Stream, rows: int, seed: int, end_ms: int) -> Iterator[tuple[int, Batch]]:
    from fleetgen.datagen.sample import batch

    for start in range(0, rows, _BATCH):
        yield start, batch(stream, seed, end_ms, start, min(start + _BATCH, rows))


def _next_offset(engine: Engine, database: str, stream: Stream) -> int:
    """One more than the largest offset of the topic's messages, stored or refused."""
    names = meta(stream)
    store = f"{ch_ident(database)}.{ch_ident(stream.name)}"
    dead = f"{ch_ident(database)}.`dead_letters`"
    where = f"topic = {ch_string(stream.topic)}"
    stored = engine.number(f"SELECT if(count() = 0, 0, max({ch_ident(names.offset)}) + 1) FROM {store}")
    refused = engine.number(f"SELECT if(count() = 0, 0, max(offset) + 1) FROM {dead} WHERE {where}")
    return max(stored, refused)
