"""Desired against live: which changes make a service be what generated/ says. Pure, and in one total order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from fleetgen.frozen import frozen


@frozen
class Resource:
    """One thing that a service holds. `spec` is its canonical form: equal specs mean nothing to do.

    `after` names the resources of the same target that must be there before it; `keeps_data` says that replacing it
    would lose what is stored in it.
    """

    target: str
    kind: str
    name: str
    spec: str
    statement: str = ""
    after: tuple[str, ...] = ()
    keeps_data: bool = False


class Action(Enum):
    CREATE = "+"
    REPLACE = "-/+"
    BLOCKED = "!"


@frozen
class Change:
    action: Action
    resource: Resource
    reason: str


@frozen
class Plan:
    changes: tuple[Change, ...]

    @property
    def blocked(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action is Action.BLOCKED)


def diff(desired: Iterable[Resource], live: Mapping[str, str]) -> Plan:
    """The changes, each after what it rests on; `live` is name -> spec of the desired things that are there.

    What rests on a replaced thing is replaced too: a view stays bound to the table that it was made over.
    """
    changes: list[Change] = []
    replaced: set[str] = set()
    for resource in order(desired):
        change = _compare(resource, live.get(resource.name), replaced)
        if change is not None:
            changes.append(change)
        if change is not None and change.action is Action.REPLACE:
            replaced.add(resource.name)
    return Plan(tuple(changes))


def _compare(resource: Resource, spec: str | None, replaced: set[str]) -> Change | None:
    if spec is None:
        return Change(Action.CREATE, resource, "missing")
    below = sorted(replaced.intersection(resource.after))
    if spec == resource.spec and (not below or resource.keeps_data):
        return None
    if resource.keeps_data:
        return Change(Action.BLOCKED, resource, "exists, but differs, and holds data")
    return Change(Action.REPLACE, resource, f"rests on {below[0]}" if below else "exists, but differs")


def order(resources: Iterable[Resource]) -> list[Resource]:
    """Each resource after what it rests on, otherwise as given.

    Raises graphlib.CycleError if they rest on each other in a ring.
    """
    from graphlib import TopologicalSorter

    by_name = {resource.name: resource for resource in resources}
    sorter = TopologicalSorter({name: [a for a in r.after if a in by_name] for name, r in by_name.items()})
    position = {name: number for number, name in enumerate(by_name)}
    sorter.prepare()
    placed: list[Resource] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=position.__getitem__)
        placed.extend(by_name[name] for name in ready)
        sorter.done(*ready)
    return placed
