"""Desired against live: which changes make the services be what generated/ says. Pure, and in one total order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from enum import Enum, IntEnum
from typing import Final, TypeAlias

from fleetgen.frozen import frozen


class Phase(IntEnum):
    """When a step is taken: every step of one phase before any of the next, over all services."""

    PAUSE = 0  # sinks and strict views
    TOPICS = 1
    SUBJECTS = 2
    STORES = 3
    LANDINGS = 4  # what takes pushed messages, with its views
    STREAMS = 5
    SOURCES = 6
    RESUME = 7  # sinks, and what pulls from Kafka, with its views
    VIEWS = 8
    QUERIES = 9
    ASSETS = 10
    REMOVE = 11


@frozen
class Step:
    """One statement or call. `call` is literal, its references unresolved: shown, saved, and what its target runs."""

    phase: Phase
    call: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.call)


@frozen
class Resource:
    """One thing of a service, as desired or as it is.

    `facts` are what is compared: flat, canonical, never a secret. `after` holds the keys of what it rests on, in any
    service. `owned` is False for a live thing that could bear our mark and does not. `pause` are the steps, of the
    phases PAUSE and RESUME, that stop a thing which runs, and let it go on.
    """

    target: str
    kind: str
    name: str
    facts: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    owned: bool = True
    pause: tuple[Step, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.target} {self.kind} {self.name}"


class Action(Enum):
    CREATE = "+"
    UPDATE = "~"
    REPLACE = "-/+"
    DELETE = "-"


class Risk(Enum):
    SAFE = "safe"
    REWRITES = "rewrites data"
    DESTRUCTIVE = "destructive"
    REFUSED = "refused"


@frozen
class Policy:
    """What the user allows beyond what is safe."""

    prune: bool = False
    adopt: bool = False
    allow_destructive: bool = False


CAUTIOUS: Final = Policy()


@frozen
class Difference:
    """A fact that changes; None where there is none."""

    fact: str
    before: str | None
    after: str | None


@frozen
class Alteration:
    """How one thing becomes another. `way_out` says what to do where the risk is REFUSED."""

    action: Action
    reason: str
    steps: tuple[Step, ...]
    risk: Risk = Risk.SAFE
    way_out: str = ""


@frozen
class Change:
    """`blocked` is empty, or what has to be done before it can be carried out."""

    target: str
    kind: str
    name: str
    action: Action
    reason: str
    risk: Risk = Risk.SAFE
    blocked: str = ""
    differences: tuple[Difference, ...] = ()
    steps: tuple[Step, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.target} {self.kind} {self.name}"


@frozen
class Plan:
    """`notes` tell of what is there and is not managed, where people would wonder."""

    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def blocked(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.blocked)

    def steps(self) -> Iterator[tuple[Change, Step]]:
        """In the order in which they are taken."""
        pairs = [(change, step) for change in self.changes for step in change.steps]
        return iter(sorted(pairs, key=lambda pair: pair[1].phase))


Alter: TypeAlias = Callable[[Resource | None, Resource | None], Alteration]
"""From (desired, live) to how: live is None for what is missing, desired for what is to go."""


def diff(
    desired: Iterable[Resource],
    live: Iterable[Resource],
    policy: Policy,
    alter: Alter,
    bound: Callable[[Resource], bool] = lambda resource: False,
) -> list[Change]:
    """The changes of one service. A live thing that nothing desires is to go if it bears our mark.

    `bound` says of which things it holds that they are altered too where something that they rest on is replaced, as a
    view stays bound to the table that it was made over.
    """
    there = {resource.key: resource for resource in live}
    changes: list[Change] = []
    wanted: set[str] = set()
    replaced: set[str] = set()
    for resource in order(desired):
        wanted.add(resource.key)
        before = there.get(resource.key)
        follows = bound(resource) and not replaced.isdisjoint(resource.after)
        if before is None or before.facts != resource.facts or not before.owned or follows:
            changes.append(judge(resource, before, alter(resource, before), policy))
            replaced.update(change.key for change in changes[-1:] if change.action is Action.REPLACE)
    for key, resource in reversed(there.items()):
        if key not in wanted and resource.owned:
            changes.append(judge(None, resource, alter(None, resource), policy))
    return changes


def judge(desired: Resource | None, live: Resource | None, how: Alteration, policy: Policy) -> Change:
    """The change, and whether the policy lets it be."""
    resource = desired or live
    assert resource is not None
    return Change(
        resource.target, resource.kind, resource.name, how.action, how.reason, how.risk,
        _blocked(desired, live, how, policy), differences(desired, live), how.steps, resource.after,
    )  # fmt: skip


def _blocked(desired: Resource | None, live: Resource | None, how: Alteration, policy: Policy) -> str:
    if how.risk is Risk.REFUSED:
        return how.way_out or "change it by hand, or go back to what it was made from"
    if desired is None:
        return "" if policy.prune else "bring its schema back, or let it go with --prune"
    if live is not None and not live.owned and not policy.adopt:
        return "it does not bear the mark of fleetgen: take it over with --adopt"
    if how.risk is Risk.DESTRUCTIVE and not policy.allow_destructive:
        return "allow it with --allow-destructive"
    return ""


def differences(desired: Resource | None, live: Resource | None) -> tuple[Difference, ...]:
    after = desired.facts if desired else {}
    before = live.facts if live else {}
    facts = [*after, *(fact for fact in before if fact not in after)]
    return tuple(
        Difference(fact, before.get(fact), after.get(fact)) for fact in facts if before.get(fact) != after.get(fact)
    )


def join(
    desired: Sequence[Resource], live: Iterable[Resource], changes: Iterable[Change], notes: Iterable[str] = ()
) -> Plan:
    """The plan over all services: what runs is stopped while something changes that it rests on."""
    changed = {change.key: change for change in changes}
    running = {resource.key: resource for resource in live if resource.pause}
    below = _below(desired)
    for key, resource in running.items():
        resting = sorted(below.get(key, frozenset()) & changed.keys())
        if resting and any(changed[each].steps for each in resting):
            changed[key] = _paused(changed.get(key), resource, resting[0])
    position = {resource.key: number for number, resource in enumerate(order(desired))}
    return Plan(tuple(sorted(changed.values(), key=lambda change: _place(change, position))), tuple(notes))


def _paused(change: Change | None, live: Resource, resting: str) -> Change:
    """Stopped before and let go after its own steps."""
    stop = tuple(step for step in live.pause if step.phase is Phase.PAUSE)
    go_on = tuple(step for step in live.pause if step.phase is not Phase.PAUSE)
    if change is None:
        reason = f"paused while {resting} changes"
        return Change(live.target, live.kind, live.name, Action.UPDATE, reason, steps=stop + go_on, after=live.after)
    if change.action is Action.DELETE:
        return change
    return replace(change, steps=stop + change.steps + go_on)


def _below(desired: Iterable[Resource]) -> dict[str, frozenset[str]]:
    """What each rests on, and what that rests on, and so on."""
    below: dict[str, frozenset[str]] = {}
    for resource in order(desired):
        below[resource.key] = frozenset(resource.after).union(*(below.get(key, ()) for key in resource.after))
    return below


def _place(change: Change, position: Mapping[str, int]) -> tuple[int, int, str]:
    """By its last step, since what is stopped first and let go last belongs there; what has none comes by its rank."""
    phase = max((step.phase for step in change.steps), default=Phase.STORES)
    return phase, position.get(change.key, len(position)), change.key


def order(resources: Iterable[Resource]) -> list[Resource]:
    """Each resource after what it rests on, otherwise as given.

    Raises graphlib.CycleError if they rest on each other in a ring.
    """
    from graphlib import TopologicalSorter

    by_key = {resource.key: resource for resource in resources}
    sorter = TopologicalSorter({key: [a for a in r.after if a in by_key] for key, r in by_key.items()})
    position = {key: number for number, key in enumerate(by_key)}
    sorter.prepare()
    placed: list[Resource] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=position.__getitem__)
        placed.extend(by_key[key] for key in ready)
        sorter.done(*ready)
    return placed
