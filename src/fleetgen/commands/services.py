"""The services of a profile, opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from fleetgen.commands.selection import select
from fleetgen.errors import FleetgenError
from fleetgen.files import OUTPUT, Disk, state
from fleetgen.frozen import frozen
from fleetgen.pipeline import Pipeline
from fleetgen.project import Profile, Project, profile_values
from fleetgen.redaction import redact, secrets
from fleetgen.targets import TARGETS
from fleetgen.targets.clickhouse.engine import Engine
from fleetgen.targets.service import Live, Opening

if TYPE_CHECKING:
    from fleetgen.targets.kafka.live import Kafka
    from fleetgen.targets.kafka.registry import Registry

APPLIED: Final = ("kafka", "clickhouse", "connect", "ksql", "preset")
"""The targets that have a module `live`."""
_PLACES: Final = ("database.sql", "tables", "landing", "views")


@frozen
class Services:
    """`files` are by target those of generated/ that the profile applies. `secrets` are never shown."""

    profile: Profile
    lives: Mapping[str, Live]
    files: Mapping[str, Mapping[str, str]]
    secrets: tuple[str, ...]
    pipeline: Pipeline | None = None


def profile(project: Project, name: str) -> Profile:
    """The profile of that name, if all that it names can be applied.

    Raises FleetgenError for an unknown one, and for services that are rendered but not applied.
    """
    found = project.profile(name)
    named = [target for target in TARGETS if target not in APPLIED and getattr(found, target, None) is not None]
    if found.clickhouse is not None and found.clickhouse.platform == "cluster":
        named.append("a ClickHouse cluster")
    if named:
        raise FleetgenError(
            f"FG705 error: profile {name!r} names {', '.join(named)}, which is rendered but cannot be applied\n"
            "  help: apply those files by hand, or use a profile without them"
        )
    return found


@contextmanager
def opened(project: Project, root: Path, profile: Profile, environ: Mapping[str, str]) -> Iterator[Services]:
    """Every service that the profile names, in the order of the targets. What goes wrong is told without secrets.

    Raises FleetgenError for one that does not answer, and if there is none.
    """
    named = [target for target in TARGETS if target in APPLIED and getattr(profile, target) is not None]
    if not named:
        raise FleetgenError(
            f"FG706 error: profile {profile.name!r} names no service\n"
            f"  help: add clickhouse = {{ platform = .. }} to [profiles.{profile.name}]"
        )
    values = profile_values(profile, environ)
    files = select(reviewed(root), profile, project.pipeline)
    by_target = {name: {path: text for path, text in files.items() if path.startswith(f"{name}/")} for name in named}
    known = secrets(values)
    with _redacted(known), ExitStack() as stack:
        lives = {
            name: stack.enter_context(_live(name).opened(profile, values, _place(profile, root))) for name in named
        }
        pipeline = expressible(project.pipeline, by_target["clickhouse"]) if "clickhouse" in named else project.pipeline
        yield Services(profile, lives, by_target, known, pipeline)


@contextmanager
def clickhouse(profile: Profile, root: Path, environ: Mapping[str, str]) -> Iterator[Engine]:
    """The ClickHouse of a profile: the embedded engine below the project, or a server."""
    from fleetgen.targets.clickhouse import live

    if profile.clickhouse is None:
        raise FleetgenError(
            f"FG706 error: profile {profile.name!r} names no clickhouse\n"
            f"  help: add clickhouse = {{ platform = .. }} to [profiles.{profile.name}]"
        )
    values = profile_values(profile, environ)
    with _redacted(secrets(values)), live.engine(profile, values, _place(profile, root)) as engine:
        yield engine


@contextmanager
def kafka(profile: Profile, root: Path, environ: Mapping[str, str]) -> Iterator[Kafka]:
    """The Kafka of a profile."""
    from fleetgen.targets.kafka import live

    values = profile_values(profile, environ)
    with _redacted(secrets(values)), live.opened(profile, values, root) as found:
        yield found


@contextmanager
def registry(profile: Profile, environ: Mapping[str, str]) -> Iterator[Registry]:
    """The schema registry of a profile."""
    from fleetgen.targets.kafka import registry

    if profile.kafka is None or profile.kafka.registry is None:
        raise FleetgenError(
            f"FG706 error: profile {profile.name!r} names no schema registry\n"
            f'  help: add kafka = {{ bootstrap = "..", registry = {{ url = ".." }} }} to [profiles.{profile.name}]'
        )
    values = profile_values(profile, environ)
    with _redacted(secrets(values)):
        yield registry.opened(values)


def over(engine: Engine, files: Mapping[str, str]) -> Services:
    """An engine that is open already, as the only service."""
    from fleetgen.targets.clickhouse import live

    return Services(Profile("engine"), {"clickhouse": live.ClickHouse(engine, {})}, {"clickhouse": files}, ())


def clickhouse_files(texts: Mapping[str, str], platform: str, ingest: str) -> dict[str, str]:
    """Of generated files those that a profile applies to ClickHouse: one platform, one landing."""
    folder = f"clickhouse/{platform}/"
    ours = {path: text for path, text in texts.items() if path.startswith(folder)}
    landing = "landing-kafka" if ingest == "kafka" else "landing-push"
    other = {path for path in ours if path.startswith(f"{folder}landing-") and not path.startswith(folder + landing)}
    ordered = sorted(ours.keys() - other, key=lambda path: (_PLACES.index(path.split("/")[2].split("-")[0]), path))
    return {path: ours[path] for path in ordered}


def reviewed(root: Path) -> dict[str, str]:
    """The texts under generated/, by path below it."""
    disk = Disk(root)
    return {path.removeprefix(f"{OUTPUT}/"): (disk.read(path) or b"").decode() for path in disk.walk(OUTPUT)}


def expressible(pipeline: Pipeline, texts: Mapping[str, str]) -> Pipeline:
    """The part of the pipeline that ClickHouse has: a finding said why something was left out."""
    made = {path.rpartition("/")[2].removesuffix(".sql") for path in texts if path.startswith("clickhouse/")}
    return replace(
        pipeline,
        streams=tuple(stream for stream in pipeline.streams if stream.name in made),
        views=tuple(view for view in pipeline.views if view.name in made),
        charts=tuple(chart for chart in pipeline.charts if chart.view in made),
    )


def _live(target: str) -> Opening:
    return cast(Opening, import_module(f"fleetgen.targets.{target}.live"))


def _place(profile: Profile, root: Path) -> Path:
    if profile.clickhouse is not None and profile.clickhouse.platform == "embedded":
        state(root)
    return root


@contextmanager
def _redacted(secrets: tuple[str, ...]) -> Iterator[None]:
    try:
        yield
    except FleetgenError as error:
        error.args = tuple(redact(each, secrets) if isinstance(each, str) else each for each in error.args)
        raise
