"""How each kind of thing becomes what is desired: the steps, their phases and what they risk."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from fleetgen import sql
from fleetgen.plan import Action, Alteration, Phase, Resource, Risk, Step
from fleetgen.quoting import ch_ident, ch_string
from fleetgen.targets.clickhouse import alter
from fleetgen.targets.clickhouse.alter import Alter, Count
from fleetgen.targets.clickhouse.facts import Thing
from fleetgen.targets.clickhouse.landings import Landing, is_half_made, stopping
from fleetgen.targets.clickhouse.objects import Object

_MOVE: Final = "move it out of the way, or go back to the schema that it was made from"
_MISSING: Final = "missing"
_WAS: Final = re.compile(r"^\s*(`(?:[^`\\]|\\.)+`) .* -- was (`[^`]+`(?:, `[^`]+`)*)$", re.MULTILINE)
_WAS_TABLE: Final = re.compile(r"^\( -- was (`[^`]+`(?:, `[^`]+`)*)$", re.MULTILINE)
_VIEW: Final = re.compile(r"CREATE VIEW IF NOT EXISTS\b")


def former(statement: str) -> dict[str, list[str]]:
    """The names that the columns of a CREATE TABLE had before, as its comments say: `a` Int32, -- was `b`."""
    return {sql.names(name)[0]: sql.names(olds) for name, olds in _WAS.findall(statement)}


def former_tables(made: Object) -> list[str]:
    """The full names that a table had before, as the comment behind its first parenthesis says."""
    return [f"{made.database}.{old}" for olds in _WAS_TABLE.findall(made.statement) for old in sql.names(olds)]


def renamed(made: Object, old: str, rows: int) -> Alteration:
    name = f"{made.database}.{made.name}"
    way_out = (
        f"stop what writes into {old}, then RENAME TABLE {quoted(old)} TO {quoted(name)}, and plan again; "
        "to begin with an empty table, take the alias out of the schema"
    )
    reason = f"its record was called otherwise, and {old} has its {rows} rows"
    return Alteration(Action.CREATE, reason, (), Risk.REFUSED, way_out)


def create(made: Object) -> Alteration:
    phases = {"view": Phase.VIEWS, "materialized view": Phase.LANDINGS}
    return Alteration(Action.CREATE, _MISSING, (Step(phases.get(made.kind, Phase.STORES), (made.statement,)),))


def remove(kind: str, name: str, live: Thing, views: Sequence[str]) -> Alteration:
    """`views` are those over a landing: it goes first, so that it takes nothing that they do not see."""
    reason = "nothing generated makes it any more"
    if live.is_passing:
        drops = stopping(quoted(name), live)
        drops += [Step(Phase.REMOVE, (f"DROP VIEW IF EXISTS {quoted(view)} SYNC",)) for view in views]
        return Alteration(Action.DELETE, reason, tuple(drops))
    word = "TABLE" if kind == "table" else "VIEW"
    step = Step(Phase.REMOVE, (f"DROP {word} IF EXISTS {quoted(name)} SYNC",))
    held = f"{reason}; {live.rows} rows go with it" if live.rows else reason
    return Alteration(Action.DELETE, held, (step,), Risk.DESTRUCTIVE if live.rows else Risk.SAFE)


def landing(of: Landing, desired: Resource, live: Resource, there: Thing) -> Alteration:
    if is_half_made(there):
        return Alteration(Action.CREATE, "half made: an apply was interrupted", of.steps(there, of.views))
    if not there.is_passing:
        return refused(f"its engine is {there.engine}, and is to be {of.made.engine}")
    differing = [fact for fact in {**desired.facts, **live.facts} if desired.facts.get(fact) != live.facts.get(fact)]
    if all(fact == "comment" or fact.endswith(" comment") for fact in differing):
        return _commented(of, desired, live)
    return Alteration(Action.REPLACE, _told(differing, live), of.steps(there, _changed(of, differing)))


def table(made: Object, desired: Thing, live: Thing, count: Count) -> Alteration:
    if live.kind != "table":
        return refused(f"there is a {live.kind} of its name")
    alters = alter.alterations(desired, live, former(made.statement), count)
    risk = alter.worst(alters)
    ranks = list(Risk)
    told = sorted(alters, key=lambda each: -ranks.index(each.risk))  # the worst first
    if risk is Risk.REFUSED:
        return refused("; ".join(dict.fromkeys(each.reason for each in alters if each.risk is risk)))
    reason = "; ".join(dict.fromkeys(each.reason for each in told))
    name = f"{made.database}.{made.name}"
    return Alteration(Action.UPDATE, reason, tuple(_step(name, each) for each in alters), risk)


def view(made: Object, desired: Resource, live: Resource, there: Thing) -> Alteration:
    """A view holds nothing, so it is made anew; one that writes goes on writing meanwhile."""
    name = f"{made.database}.{made.name}"
    if there.kind != made.kind:
        return refused(f"there is a {there.kind} of its name")
    differing = [fact for fact in {**desired.facts, **live.facts} if desired.facts.get(fact) != live.facts.get(fact)]
    if differing == ["comment"]:
        return Alteration(
            Action.UPDATE, "the comment", (_comment(name, desired.facts.get("comment", ""), Phase.VIEWS),)
        )
    reason = _told(differing, live)
    if made.kind == "view":
        text = _VIEW.sub("CREATE OR REPLACE VIEW", made.statement, count=1)
        return Alteration(Action.REPLACE, reason, (Step(Phase.VIEWS, (text,)),))
    if "to" not in differing and desired.facts.get("to"):
        text = f"ALTER TABLE {quoted(name)} MODIFY QUERY {desired.facts['select']}"
        steps = [Step(Phase.LANDINGS, (text,))]
        steps += [_comment(name, desired.facts["comment"], Phase.LANDINGS)] if "comment" in differing else []
        return Alteration(Action.UPDATE, reason, tuple(steps))
    drop = Step(Phase.LANDINGS, (f"DROP VIEW IF EXISTS {quoted(name)} SYNC",))
    return Alteration(Action.REPLACE, reason, (drop, Step(Phase.LANDINGS, (made.statement,))), Risk.DESTRUCTIVE)


def refused(reason: str) -> Alteration:
    return Alteration(Action.REPLACE, reason, (), Risk.REFUSED, f"{alter.REBUILD}; or {_MOVE}")


def is_structural(fact: str) -> bool:
    """Whether what is written into a table could go astray while this changes."""
    return fact.startswith("column ") and fact.endswith(" type")


def quoted(name: str) -> str:
    database, _, table = name.partition(".")
    return f"{ch_ident(database)}.{ch_ident(table)}"


def _changed(of: Landing, differing: Sequence[str]) -> list[Object]:
    """The views to make anew: all of them where the columns that they read change."""
    heads = {f"view {each.database}.{each.name} ": each for each in of.views}
    if any(is_structural(fact) for fact in differing):
        return list(of.views)
    return [each for head, each in heads.items() if any(fact.startswith(head) for fact in differing)]


def _told(differing: Sequence[str], live: Resource) -> str:
    names = ", ".join(differing[:3]) + (f" and {len(differing) - 3} more" if len(differing) > 3 else "")
    gone = sorted({fact.split(" ")[1] for fact in differing if fact.startswith("view ")})
    missing = [name for name in gone if not any(fact.startswith(f"view {name} ") for fact in live.facts)]
    return f"its view {missing[0]} is missing" if missing else f"exists, but differs: {names}"


def _commented(of: Landing, desired: Resource, live: Resource) -> Alteration:
    names = {"comment": f"{of.table.database}.{of.table.name}"}
    names |= {f"view {each.database}.{each.name} comment": f"{each.database}.{each.name}" for each in of.views}
    facts: Mapping[str, str] = desired.facts
    steps = [
        _comment(name, facts.get(fact, ""), Phase.LANDINGS)
        for fact, name in names.items()
        if facts.get(fact) != live.facts.get(fact)
    ]
    return Alteration(Action.UPDATE, "the comment", tuple(steps))


def _comment(name: str, comment: str, phase: Phase) -> Step:
    return Step(phase, (f"ALTER TABLE {quoted(name)} MODIFY COMMENT {ch_string(comment)}",))


def _step(name: str, each: Alter) -> Step:
    return Step(Phase.STORES, (f"ALTER TABLE {quoted(name)} {each.statement}",))
