"""The services of a profile, opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from fleetgen.errors import FleetgenError
from fleetgen.files import OUTPUT, Disk, state
from fleetgen.pipeline import Pipeline
from fleetgen.project import Profile, Project, resolve
from fleetgen.targets.clickhouse import engine
from fleetgen.targets.clickhouse.engine import Engine

_PLACES = ("database.sql", "tables", "landing", "views")
_LATER = ("kafka", "connect", "ksql", "preset")


def select(project: Project, name: str) -> Profile:
    """The profile of that name, if all that it names can be applied.

    Raises FleetgenError for an unknown one, and for services that are rendered but not applied.
    """
    profile = project.profile(name)
    named = [service for service in _LATER if getattr(profile, service) is not None]
    if profile.clickhouse is not None and profile.clickhouse.platform == "cluster":
        named.append("a ClickHouse cluster")
    if named or profile.ingest != "push":
        reasons = [*named, *([f"ingest = {profile.ingest!r}"] if profile.ingest != "push" else [])]
        raise FleetgenError(
            f"FG705 error: profile {name!r} names {', '.join(reasons)}, which is rendered but cannot be applied\n"
            "  help: apply those files by hand, or use a profile with only clickhouse and ingest = 'push'"
        )
    return profile


@contextmanager
def clickhouse(profile: Profile, root: Path, environ: Mapping[str, str]) -> Iterator[Engine]:
    """The ClickHouse of a profile: the embedded engine below the project, or a server."""
    service = profile.clickhouse
    if service is None:
        raise FleetgenError(
            f"FG706 error: profile {profile.name!r} names no clickhouse\n"
            f"  help: add clickhouse = {{ platform = .. }} to [profiles.{profile.name}]"
        )
    if service.platform == "embedded":
        state(root)
        with engine.embedded(root / service.path) as opened:
            yield opened
    else:
        url, user, password = (resolve(text, environ) for text in (service.url, service.user, service.password))
        with engine.server(url, user, password) as opened:
            yield opened


def clickhouse_files(texts: Mapping[str, str], platform: str, ingest: str) -> dict[str, str]:
    """Of generated files those that a profile applies to ClickHouse: one platform, one landing."""
    folder = f"clickhouse/{platform}/"
    ours = {path: text for path, text in texts.items() if path.startswith(folder)}
    other = {path for path in ours if path.startswith(f"{folder}landing-")}
    other -= {path for path in other if path.startswith(f"{folder}landing-{ingest}/")}
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
