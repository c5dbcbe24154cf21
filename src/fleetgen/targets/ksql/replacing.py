"""How ksqlDB gets from what is there to what is wanted: it adds columns to a source, and replaces nothing in place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any, Final

from fleetgen.frozen import frozen
from fleetgen.plan import Action, Alteration, Phase, Policy, Resource, Risk, Step
from fleetgen.targets.ksql import described
from fleetgen.targets.ksql.names import printed
from fleetgen.targets.ksql.objects import PARTITIONS, Object

_COLUMN: Final = "column "


@frozen
class Situation:
    """What `read` found. `told`: by name what DESCRIBE tells; `topics`: their numbers of partitions.

    `counted`: whether the profile leaves topics to ksqlDB, or has a Kafka that changes them first.
    """

    wanted: Mapping[str, Object]
    told: Mapping[str, Mapping[str, Any]]
    topics: Mapping[str, int]
    counted: bool

    def readers(self, name: str) -> set[str]:
        return described.readers(self.told[name]) if name in self.told else set()

    def above(self, name: str) -> list[str]:
        """Everything that is made from it, the furthest first, as far as it is known."""
        graph = {each: self.readers(each) for each in self._reached(name)}
        return [each for each in TopologicalSorter(graph).static_order() if each != name]

    def _reached(self, name: str) -> set[str]:
        found, ahead = {name}, [name]
        while ahead:
            new = self.readers(ahead.pop()) - found
            found |= new
            ahead += sorted(new)
        return found

    def partitions(self, name: str) -> int:
        """Of a stream's or table's topic, once Kafka's own changes are made; 0 if nobody knows."""
        wanted = self.wanted.get(name)
        if wanted is None:
            return int(self.told[name]["partitions"]) if name in self.told else 0
        if wanted.is_query:
            return self.topics.get(wanted.topic) or self.partitions(wanted.reads[0])
        declared = max((each.partitions for each in self.wanted.values() if each.topic == wanted.topic), default=0)
        live = self.topics.get(wanted.topic, 0)
        return (live or declared) if self.counted else (declared or live)


def phase(wanted: Object) -> Phase:
    if wanted.kind == "connector":
        return Phase.SOURCES
    return Phase.QUERIES if wanted.is_query else Phase.STREAMS


def created(found: Situation, wanted: Object) -> Alteration:
    """What is missing, unless the server is known to refuse it."""
    step = Step(phase(wanted), wanted.calls)
    if problem := next(_misfits(found, wanted), None):
        reason, way_out = problem
        return Alteration(Action.CREATE, f"missing, and {reason}", (), Risk.REFUSED, way_out)
    return Alteration(Action.CREATE, "missing", (step,))


def _misfits(found: Situation, wanted: Object) -> Iterator[tuple[str, str]]:
    """What a server answers with an error once it is asked, each with the way out."""
    live = found.topics.get(wanted.topic)
    if wanted.is_query:
        counts = {name: found.partitions(name) for name in wanted.reads if found.partitions(name)}
        if len(set(counts.values())) > 1:
            told = ", ".join(f"{name} {count}" for name, count in counts.items())
            yield (
                f"what it joins has different numbers of partitions: {told}",
                "give the topics the same number of partitions, in the configuration and in Kafka",
            )
        expected = counts.get(wanted.reads[0], 0)
        if live is not None and expected and live != expected:
            yield (
                f"its topic {wanted.topic} has {live} partitions where {expected} are needed",
                f"delete the topic {wanted.topic}, or give the view another ksql-name",
            )
    elif found.counted and live is not None and wanted.partitions not in (0, live):
        yield (
            f"its topic {wanted.topic} has {live} partitions, not {wanted.partitions}",
            f"set partitions = {live} for the stream, or change the topic in Kafka",
        )


def altered(found: Situation, wanted: Object, live: Resource, policy: Policy) -> Alteration:
    """What is there and differs, or rests on what is replaced."""
    changed = {fact for fact in {*wanted.facts, *live.facts} if wanted.facts.get(fact) != live.facts.get(fact)}
    if PARTITIONS in changed:
        reason = f"its topic {live.facts['topic']} has {live.facts[PARTITIONS]} partitions"
        way_out = f"set partitions = {live.facts[PARTITIONS]} for the stream, or change the topic in Kafka"
        return Alteration(Action.UPDATE, reason, (), Risk.REFUSED, way_out)
    added = [fact for fact in wanted.facts if fact in changed]
    if changed and is_gain(wanted, live, changed):
        steps = tuple(_add(wanted, fact.removeprefix(_COLUMN)) for fact in added)
        names = ", ".join(fact.removeprefix(_COLUMN) for fact in added)
        return Alteration(Action.UPDATE, f"gains {names}", steps)
    return _replaced(found, wanted, live, policy, _why(wanted, changed))


def is_gain(wanted: Object, live: Resource, changed: Iterable[str]) -> bool:
    """Whether all that changes is that a source has more columns, which the server can do in place."""
    return not wanted.is_query and all(
        fact.startswith(_COLUMN) and fact not in live.facts and not wanted.facts[fact].endswith(" KEY")
        for fact in changed
    )


def _add(wanted: Object, column: str) -> Step:
    """One column a statement: it reads the same by every version's grammar."""
    definition = f"{column} {wanted.facts[_COLUMN + column]}"
    return Step(phase(wanted), (f"ALTER {wanted.kind.upper()} {printed(wanted.name)} ADD COLUMN {definition};",))


def _why(wanted: Object, changed: set[str]) -> str:
    if not changed:
        return "rests on what is made again"
    what = "a query" if wanted.is_query else "a source, but for new columns"
    return f"differs in {', '.join(sorted(changed))}, and ksqlDB does not change {what}, in place"


def _replaced(found: Situation, wanted: Object, live: Resource, policy: Policy, reason: str) -> Alteration:
    above = found.above(wanted.name)
    if foreign := [name for name in above if name not in found.wanted]:
        way_out = f"drop by hand what is made from it and is not of generated/: {', '.join(foreign)}"
        return Alteration(Action.REPLACE, reason, (), Risk.REFUSED, way_out)
    drops = tuple(_drop(found, name, phase(wanted)) for name in (*above, wanted.name))
    if not policy.allow_destructive:
        by_hand = " ".join(step.text for step in drops)
        way_out = (
            f"drop it by hand ({by_hand}) and apply again, or let apply do both with --allow-destructive. Topics stay; "
            "a query that is made again writes all of its rows once more, behind those that its topic has"
        )
        return Alteration(Action.REPLACE, reason, (), Risk.REFUSED, way_out)
    return Alteration(Action.REPLACE, reason, (*drops, Step(phase(wanted), wanted.calls)), Risk.DESTRUCTIVE)


def _drop(found: Situation, name: str, phase: Phase) -> Step:
    return Step(phase, (f"DROP {found.told[name]['type']} IF EXISTS {printed(name)};",))
