"""Make the profile's services be what generated/ says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fleetgen import plan
from fleetgen.commands import services, smoke
from fleetgen.commands.check import refuse_unchecked
from fleetgen.errors import Blocked
from fleetgen.files import Disk
from fleetgen.frozen import frozen
from fleetgen.plan import Change
from fleetgen.project import Project
from fleetgen.targets.clickhouse import live
from fleetgen.targets.clickhouse.engine import Engine


@frozen
class Applied:
    changes: tuple[Change, ...]
    smoke: tuple[smoke.Line, ...]


def apply(project: Project, root: Path, profile_name: str, environ: Mapping[str, str]) -> Applied:
    """Converge, then look whether it is alive.

    Raises Blocked if `check` would fail, or if a table that holds data would have to change.
    """
    profile = services.select(project, profile_name)
    refuse_unchecked(project, Disk(root))
    with services.clickhouse(profile, root, environ) as engine:
        assert profile.clickhouse is not None
        files = services.clickhouse_files(services.reviewed(root), profile.clickhouse.platform, profile.ingest)
        changes = converge(engine, files)
        return Applied(changes, smoke.look(project, engine, files))


def converge(engine: Engine, files: Mapping[str, str]) -> tuple[Change, ...]:
    """Carry out what differs; nothing at all if a part of it is blocked."""
    resources = live.desired(files, engine)
    planned = plan.diff(resources, live.read(engine, resources))
    if planned.blocked:
        names = "\n".join(f"FG707 error: {each.resource.name} {each.reason}" for each in planned.blocked)
        raise Blocked(
            f"{names}\n  help: nothing was changed; move the data away and drop the table, or go back to the schema "
            "that it was made from (an embedded engine is thrown away by removing its folder below .fleetgen/)"
        )
    for change in planned.changes:
        live.apply(engine, change)
    return planned.changes
