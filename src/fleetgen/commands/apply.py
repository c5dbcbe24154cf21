"""Make the profile's services be what generated/ says."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from fleetgen import planfile
from fleetgen.commands import resuming, services, smoke, switching
from fleetgen.commands.check import refuse_unchecked
from fleetgen.commands.plan import desire, digest, survey
from fleetgen.commands.services import Services
from fleetgen.errors import Blocked, FleetgenError
from fleetgen.files import Disk
from fleetgen.frozen import frozen
from fleetgen.pipeline import Pipeline
from fleetgen.plan import CAUTIOUS, Change, Plan, Policy, Step
from fleetgen.planfile import Saved
from fleetgen.project import Project
from fleetgen.redaction import redact
from fleetgen.targets.service import Line, Lockable

Approve: TypeAlias = Callable[[Plan], None]
"""Asked once, with changes at hand; raises Blocked to refuse."""

Progress: TypeAlias = Callable[[Change, Step], None]


@frozen
class Applied:
    changes: tuple[Change, ...]
    smoke: tuple[Line, ...]


def apply(
    project: Project,
    root: Path,
    profile_name: str,
    environ: Mapping[str, str],
    *,
    policy: Policy,
    saved: Saved | None = None,
    approve: Approve,
    progress: Progress,
) -> Applied:
    """Converge, then look whether it is alive. With `saved` do what was reviewed, and nothing else.

    Raises Blocked if `check` would fail, if a change is blocked, or if live or generated/ moved since the review.
    """
    profile = services.profile(project, profile_name)
    refuse_unchecked(project, Disk(root))
    if saved is not None and saved.generated != digest(root):
        raise Blocked(
            "FG761 error: generated/ is not what the plan was made from\n  help: make the plan again, and review it"
        )
    with services.opened(project, root, profile, environ) as found:
        resuming.resume(found)
        changes = converge(found, policy, saved, approve, progress)
        return Applied(changes, looked(project.pipeline, found, changes))


def looked(pipeline: Pipeline, found: Services, changes: tuple[Change, ...]) -> tuple[Line, ...]:
    """Smoke. Raises FleetgenError that says so if all was applied and only the look failed."""
    try:
        return smoke.look(pipeline, found)
    except FleetgenError as error:
        if changes:
            error.args = (f"{error}\n  all changes were applied before that; `fleetgen smoke` looks again",)
        raise


def _agree(plan: Plan) -> None:
    """Nobody has to be asked."""


def _quietly(change: Change, step: Step) -> None:
    """Nobody is told."""


def converge(
    found: Services,
    policy: Policy = CAUTIOUS,
    saved: Saved | None = None,
    approve: Approve = _agree,
    progress: Progress = _quietly,
) -> tuple[Change, ...]:
    """Carry out what differs; nothing at all if a part of it is blocked. The changes as reviewed: the lock makes the
    database if need be, and what is told is the whole."""
    desired = desire(found)
    reviewed = survey(found, desired, policy)
    if not reviewed.changes:
        return ()
    _refuse(reviewed, saved)
    approve(reviewed)
    with _held(found):
        now = survey(found, desired, policy)
        _refuse(now, saved or planfile.Saved(found.profile.name, "", policy, planfile.by_key(reviewed)))
        _run(found, now, progress)
    return reviewed.changes


def _refuse(plan: Plan, saved: Saved | None) -> None:
    if plan.blocked:
        lines = [f"FG707 error: {each.key}: {each.reason}\n  help: {each.blocked}" for each in plan.blocked]
        raise Blocked("\n".join([*lines, "nothing was changed"]))
    moved = [] if saved is None else planfile.moved(saved, plan)
    if moved:
        raise Blocked(
            f"FG761 error: live is not what the plan was made for: {', '.join(moved)}\n"
            "  help: nothing was changed; make the plan again, and review it"
        )


def _run(found: Services, plan: Plan, progress: Progress) -> None:
    """Raises FleetgenError that says how far it came."""
    steps = list(plan.steps())
    for number, (change, step) in enumerate(steps):
        try:
            switching.run(found, change, step)
        except FleetgenError as error:
            done = f"stopped at {change.key}, {number} of {len(steps)} steps done; apply again to go on"
            error.args = (redact(f"{error}\n  {done}", found.secrets),)
            raise
        progress(change, step)


@contextmanager
def _held(found: Services) -> Iterator[None]:
    """No other apply at the same time: ClickHouse keeps the lock, or Kafka. An embedded engine needs none.

    It is open in one process at a time, and a lock in it would outlive a process that was killed.
    """
    engine = found.profile.clickhouse
    embedded = engine is not None and engine.platform == "embedded"
    first = ("kafka",) if embedded else ("clickhouse", "kafka")
    names = [name for name in (*first, *found.lives) if name in found.lives and not (embedded and name == "clickhouse")]
    lives = [found.lives[name] for name in names]
    keeper = next((live for live in lives if isinstance(live, Lockable)), None)
    if keeper is None:
        yield
        return
    with keeper.held(f"{getpass.getuser()}@{socket.gethostname()} (process {os.getpid()})"):
        yield
