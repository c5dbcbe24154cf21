"""Is it alive from end to end: one line each, with its figure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fleetgen.commands import flow, growth, resuming, services
from fleetgen.commands.services import Services
from fleetgen.errors import FleetgenError
from fleetgen.pipeline import Pipeline
from fleetgen.project import Project
from fleetgen.targets.service import Line


def smoke(project: Project, root: Path, profile_name: str, environ: Mapping[str, str]) -> tuple[Line, ...]:
    """Raises FleetgenError for an embedded engine that nothing was applied to."""
    profile = services.profile(project, profile_name)
    if profile.clickhouse is not None and profile.clickhouse.platform == "embedded":
        _refuse_absent(root, profile.clickhouse.path, profile_name)
    with services.opened(project, root, profile, environ) as found:
        resuming.resume(found)
        return look(project.pipeline, found)


def look(pipeline: Pipeline, found: Services) -> tuple[Line, ...]:
    """Every service in turn, and what passes from one to the next: that first, since it waits until it has passed."""
    growing = growth.look(pipeline, found)
    passing = [*growing, *flow.look(found.pipeline or pipeline, found)]
    lines = [line for name, live in found.lives.items() for line in live.look(pipeline, found.files[name])]
    return (*lines, *passing)


def _refuse_absent(root: Path, path: str, profile: str) -> None:
    if not (root / path).is_dir():
        raise FleetgenError(
            f"FG708 error: profile {profile!r} has not been applied: there is no {path}\n  help: run `fleetgen apply`"
        )
