"""A landing with its strict views, as one thing: it never takes a message while one of its views is missing.

A landing holds no rows, so it is changed by making it anew. A push landing is closed meanwhile: it has a column that
refuses every insert, and the sender tries again. A Kafka table is away meanwhile: its messages wait in the topic. It is
made last, when a placeholder of its name has got both views: they are bound to the name, so it starts with both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from fleetgen import sql
from fleetgen.frozen import frozen
from fleetgen.plan import Phase, Step
from fleetgen.quoting import CH_MARK, ch_ident, ch_string
from fleetgen.targets.clickhouse import scratch
from fleetgen.targets.clickhouse.facts import CLOSED, Thing
from fleetgen.targets.clickhouse.objects import Object

PAUSED: Final = "paused by fleetgen while its tables change: send it again"
_CLOSED: Final = f"{ch_ident(CLOSED)} UInt8 MATERIALIZED throwIf(1, {ch_string(PAUSED)})"
PLACEHOLDER: Final = f"Stands in for a Kafka table while its views are made {CH_MARK}"


@frozen
class Landing:
    """`table` makes it, `views` its strict views; `made` is what the engine says of the table."""

    table: Object
    views: tuple[Object, ...]
    made: Thing

    @property
    def name(self) -> str:
        return _quoted(self.table.database, self.table.name)

    def steps(self, there: Thing | None, changed: Sequence[Object]) -> tuple[Step, ...]:
        """Make it anew. `there` is what stands under its name, `changed` are the views to make anew."""
        stop: list[Step] = []
        is_pulled = self.made.engine == "Kafka"
        drop = f"DROP TABLE IF EXISTS {self.name} SYNC"
        if there is not None and not self._is_stopped(there):
            stop += stopping(self.name, there)
        if not is_pulled and (there is None or stop):
            stop.append(Step(Phase.PAUSE if stop else Phase.LANDINGS, (closed(self.table.statement),)))
        if is_pulled:
            stand_in = scratch.placeholder(self.made, self.table.database, PLACEHOLDER)
            views = [stand_in, *_made_anew(changed), drop] if changed else []
            return (*stop, *(Step(Phase.RESUME, (each,)) for each in [*views, self.table.statement]))
        go_on = [*_made_anew(changed), f"ALTER TABLE {self.name} DROP COLUMN IF EXISTS {ch_ident(CLOSED)}"]
        return (*stop, *(Step(Phase.LANDINGS, (each,)) for each in go_on))

    def _is_stopped(self, there: Thing) -> bool:
        """Whether an interrupted apply left it as this one would: closed or replaced, with the desired columns."""
        known = [name for name in there.columns if name in self.made.columns]
        same = all(there.facts.get(f"column {n} type") == self.made.facts[f"column {n} type"] for n in known)
        return is_half_made(there) and same and len(known) == len(self.made.columns)


def stopping(name: str, there: Thing) -> list[Step]:
    """Away with it. `name` is quoted. A push landing is closed before: inserts that have begun still find it."""
    closing = [f"ALTER TABLE {name} ADD COLUMN IF NOT EXISTS {_CLOSED}"] if there.engine == "Null" else []
    return [Step(Phase.PAUSE, (each,)) for each in (*closing, f"DROP TABLE IF EXISTS {name} SYNC")]


def is_closing(step: Step) -> bool:
    """Whether inserts that began before the step have to be waited for."""
    return step.phase is Phase.PAUSE and step.text.endswith(_CLOSED)


def is_half_made(landing: Thing) -> bool:
    """Whether an apply was interrupted while it made it."""
    return CLOSED in landing.columns or landing.comment == PLACEHOLDER


def closed(statement: str) -> str:
    """The statement that makes a landing, with the column that refuses every insert. Its name is in backticks."""
    head, _, rest = sql.cut(statement, "(")
    return f"{head}(\n    {_CLOSED},{rest}"


def grouped(things: Mapping[str, Thing]) -> dict[str, list[str]]:
    """The full names of the materialized views over each landing; those of landings that are gone too, under "" .

    `things` are by full name.
    """
    passing = {name for name, thing in things.items() if thing.is_passing}
    found: dict[str, list[str]] = {name: [] for name in sorted(passing)}
    for name, thing in things.items():
        if thing.kind == "materialized view":
            source = next((each for each in map(".".join, sql.qualified(thing.select)) if each in passing), None)
            if source is not None:
                found[source].append(name)
    return found


def merged(landing: Thing, views: Mapping[str, Thing]) -> Thing:
    """The landing with what is to be known of its views."""
    facts = dict(landing.facts)
    for name, view in sorted(views.items()):
        known = {key: text for key, text in view.facts.items() if key in ("to", "select", "comment", "columns")}
        facts |= {f"view {name} {key}": text for key, text in known.items()}
    return replace(landing, facts=facts)


def _made_anew(views: Sequence[Object]) -> list[str]:
    return [text for each in views for text in (f"DROP VIEW IF EXISTS {_quoted(each.database, each.name)} SYNC",
                                                each.statement)]  # fmt: skip


def _quoted(database: str, name: str) -> str:
    return f"{ch_ident(database)}.{ch_ident(name)}"
