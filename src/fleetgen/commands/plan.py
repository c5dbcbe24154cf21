"""Desired against live, over every service of a profile."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from fleetgen import plan as planning
from fleetgen.commands import resuming, services, switching
from fleetgen.commands.check import refuse_unchecked
from fleetgen.commands.services import Services
from fleetgen.files import MANIFEST, OUTPUT, Disk
from fleetgen.frozen import frozen
from fleetgen.plan import CAUTIOUS, Plan, Policy, Resource
from fleetgen.project import Project


@frozen
class Planned:
    """`generated` is the digest of generated/, which says what the plan was made from."""

    plan: Plan
    profile: str
    generated: str
    secrets: tuple[str, ...]


def plan(
    project: Project, root: Path, profile_name: str, environ: Mapping[str, str], policy: Policy = CAUTIOUS
) -> Planned:
    """What apply would do. Raises Blocked if `check` would fail, FleetgenError if a service cannot be read."""
    profile = services.profile(project, profile_name)
    refuse_unchecked(project, Disk(root))
    with services.opened(project, root, profile, environ) as found:
        resuming.resume(found)
        made = survey(found, desire(found), policy)
    return Planned(made, profile.name, digest(root), found.secrets)


def desire(found: Services) -> list[Resource]:
    """What the files of all services make. Nothing that is there is changed by asking."""
    return [resource for name, live in found.lives.items() for resource in live.desired(found.files[name])]


def survey(found: Services, desired: Sequence[Resource], policy: Policy) -> Plan:
    """Read every service, and compare."""
    there: list[Resource] = []
    changes = []
    notes: list[str] = []
    for name, live in found.lives.items():
        ours = [resource for resource in desired if resource.target == name]
        read = live.read(ours)
        if "clickhouse" in found.lives:
            read = proved(read, ours, there)
        there += read
        changes += live.compare(ours, read, policy)
        notes += live.notes()
    changes += switching.changes(found, changes)
    return planning.join(desired, there, changes, notes)


def proved(read: Sequence[Resource], desired: Sequence[Resource], there: Sequence[Resource]) -> list[Resource]:
    """Without the source connectors that may be another project's: they have no mark, and namespaces are shared.

    One that nothing desires is ours while the store of its stream, which has our mark, is `there`: it goes before that.
    """
    wanted = {resource.key for resource in desired}
    stores = {each.name.rpartition(".")[2] for each in there if each.target == "clickhouse" and each.owned}

    def is_proved(found: Resource) -> bool:
        stream, _, kind = found.name.rpartition("-")
        return found.kind != "connector" or kind != "source" or found.key in wanted or stream in stores

    return [found for found in read if is_proved(found)]


def digest(root: Path) -> str:
    """Of the manifest, which has the digest of every other file."""
    return hashlib.sha256(Disk(root).read(f"{OUTPUT}/{MANIFEST}") or b"").hexdigest()
