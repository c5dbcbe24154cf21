"""Prove on an engine in memory that records come back equal from what generated/ holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from fleetgen import sql
from fleetgen.commands import services
from fleetgen.errors import Finding, FleetgenError
from fleetgen.files import OUTPUT, state
from fleetgen.frozen import frozen
from fleetgen.mapping import expressible
from fleetgen.pipeline import Pipeline, Stream
from fleetgen.project import Project
from fleetgen.targets.clickhouse.engine import Engine, EngineError, embedded

if TYPE_CHECKING:
    from fleetgen.proof import Failure, Proof

_FOLDER: Final = "clickhouse/embedded"

Progress: TypeAlias = Callable[[str, int], None]
"""Told the stream and how many examples of it are done."""


@frozen
class Verified:
    """`proofs` by stream. `limits`: why ClickHouse does not have the others, and what it loses of those that it has."""

    proofs: Mapping[str, Proof]
    limits: tuple[Finding, ...]


def verify(
    project: Project, root: Path, names: Sequence[str], *, examples: int, seed: int, progress: Progress
) -> Verified:
    """Of the streams named, or of all. Runs the files of the platform embedded as they are on disk.

    Raises FleetgenError for an unknown stream, for files that are missing, and without the extra that draws records.
    """
    wanted = [project.stream(name) for name in names] or list(project.pipeline.streams)
    _need_hypothesis(root)
    held, findings = expressible.reduce(project.pipeline)
    streams = [stream for stream in wanted if stream in held.streams]
    texts = services.reviewed(root)
    _refuse_missing(streams, texts)
    proofs = {}
    with embedded() as engine:
        for stream in streams:
            proofs[stream.name] = _prove(engine, project.pipeline, stream, texts, examples, seed, progress)
    paths = {stream.path for stream in wanted}
    return Verified(proofs, tuple(each for each in findings if each.place.path in paths))


def _need_hypothesis(root: Path) -> None:
    """Where it keeps what it learns is below .fleetgen/, not a folder of its own beside schemas/."""
    try:
        configuration = import_module("hypothesis.configuration")
    except ImportError as error:
        raise FleetgenError(
            f"FG805 error: records are drawn by {error.name}, which is not installed\n"
            "  help: pip install 'fleetgen[local]'"
        ) from error
    configuration.set_hypothesis_home_dir(state(root) / "hypothesis")


def _files(stream: Stream) -> tuple[str, ...]:
    folders = ("tables", "landing-push")
    return (f"{_FOLDER}/database.sql", *(f"{_FOLDER}/{folder}/{stream.name}.sql" for folder in folders))


def _refuse_missing(streams: Iterable[Stream], texts: Mapping[str, str]) -> None:
    paths = dict.fromkeys(path for stream in streams for path in _files(stream) if path not in texts)
    if paths:
        lines = "\n".join(f"{OUTPUT}/{path}: FG709 error: is missing, and is to be proved" for path in paths)
        raise FleetgenError(f"{lines}\n  help: fleetgen render")


def _prove(
    engine: Engine,
    pipeline: Pipeline,
    stream: Stream,
    texts: Mapping[str, str],
    examples: int,
    seed: int,
    progress: Progress,
) -> Proof:
    from fleetgen.proof import Proof, prove
    from fleetgen.proof.bench import Bench, an_hour_ago

    for path in _files(stream):
        if (failure := _run(engine, path, texts[path])) is not None:
            return Proof(0, 0, 0, failure)
    bench = Bench(engine, pipeline.database, stream, an_hour_ago())
    return prove(bench, examples=examples, seed=seed, progress=lambda count: progress(stream.name, count))


def _run(engine: Engine, path: str, text: str) -> Failure | None:
    from fleetgen.proof import Failure, Layer

    for statement in sql.statements(text):
        try:
            engine.run(statement)
        except EngineError as error:
            return Failure(Layer.FILES, (), f"ClickHouse refuses {OUTPUT}/{path}: {error}")
    return None
