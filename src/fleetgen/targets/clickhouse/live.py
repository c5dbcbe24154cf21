"""What generated/clickhouse says against what ClickHouse holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from fleetgen import filling, plan, sql
from fleetgen.pipeline import Pipeline
from fleetgen.plan import Action, Alteration, Change, Policy, Resource, Risk, Step
from fleetgen.profile import Profile
from fleetgen.quoting import ch_ident
from fleetgen.targets.clickhouse import canon, changes, facts, landings, lock, pulling, scratch, smoke, waiting
from fleetgen.targets.clickhouse import engine as connection
from fleetgen.targets.clickhouse.engine import Engine
from fleetgen.targets.clickhouse.facts import Thing
from fleetgen.targets.clickhouse.landings import Landing
from fleetgen.targets.clickhouse.objects import Object, objects
from fleetgen.targets.service import Line


class ClickHouse:
    """One server or embedded engine. `values` are what the references of the files stand for.

    A landing and its strict views are one resource, of the kind table.
    """

    def __init__(self, engine: Engine, values: Mapping[str, str]) -> None:
        self.engine = engine
        self._values = values
        self._objects: dict[str, Object] = {}
        self._landings: dict[str, Landing] = {}
        self._made: dict[str, Thing] = {}
        self._live: dict[str, Thing] = {}
        self._over: dict[str, list[str]] = {}
        self._notes: tuple[str, ...] = ()
        self._lease: lock.Lease | None = None

    def desired(self, files: Mapping[str, str]) -> list[Resource]:
        """The resources of the files, as the engine itself tells of them once they are made in scratch databases."""
        wanted = objects(files)
        self._objects = {scratch.full(each): each for each in wanted}
        self._made = scratch.make(self.engine, wanted, self._values)
        over = landings.grouped(self._made)
        self._landings = {
            name: Landing(self._objects[name], tuple(self._objects[view] for view in views), self._made[name])
            for name, views in over.items()
        }
        self._made, inside = _merged(self._made, over)
        return plan.order(self._resource(each) for each in wanted if scratch.full(each) not in inside)

    def _resource(self, each: Object) -> Resource:
        name = scratch.full(each)
        known = self._made[name].facts if each.name else {}
        return Resource("clickhouse", each.kind, name, known, tuple(self._after(name)))

    def _after(self, name: str) -> Iterator[str]:
        """The keys of what it rests on: its database, and whatever it or its views name."""
        found: dict[str, None] = {}
        inside = self._views()
        parts = self._landings[name].views if name in self._landings else ()
        for each in (self._objects[name], *parts):
            for other in (each.database, *map(".".join, sql.qualified(each.statement))):
                if other in self._objects and other != name and other not in inside:
                    found[f"clickhouse {self._objects[other].kind} {other}"] = None
        yield from found

    def read(self, desired: Sequence[Resource]) -> list[Resource]:
        """Those that are there, and what bears our mark in the databases of the desired ones."""
        databases = [resource.name for resource in desired if resource.kind == "database"]
        names = {name: name for name in databases}
        there = {row[0] for row in self.engine.rows("SELECT name FROM system.databases")}
        self._live = {
            f"{name}.{table}": thing
            for name in databases
            if name in there
            for table, thing in facts.read(self.engine, name, names).items()
            if not table.startswith(facts.OWN)
        }
        self._over = self._grouped()
        self._live, inside = _merged(self._live, self._over)
        by_name = {resource.name: resource for resource in desired}
        found = [resource for resource in desired if resource.kind == "database" and resource.name in there]
        for name, thing in self._live.items():
            wanted = by_name.get(name)
            if wanted is not None:
                known = {} if landings.is_half_made(thing) else thing.facts
                owned = thing.is_ours or not self._made[name].is_ours
                found.append(replace(wanted, facts=known, owned=owned))
            elif thing.is_ours and name not in inside | self._views():
                found.append(Resource("clickhouse", thing.kind, name, thing.facts))
        return found

    def _views(self) -> set[str]:
        """The desired views of landings: they are inside them, also where their landing is not there."""
        return {scratch.full(view) for of in self._landings.values() for view in of.views}

    def _grouped(self) -> dict[str, list[str]]:
        """The views over each landing: those that are desired there, and others of ours."""
        wanted = {scratch.full(view): name for name, of in self._landings.items() for view in of.views}
        over = {
            name: [view for view in views if view not in wanted and self._live[view].is_ours]
            for name, views in landings.grouped(self._live).items()
        }
        for view, name in wanted.items():
            if name in self._live and view in self._live:
                over.setdefault(name, []).append(view)
        return over

    def compare(self, desired: Sequence[Resource], live: Sequence[Resource], policy: Policy) -> list[Change]:
        """Live facts that mean the same in other words are no difference; landings stop while their tables change."""
        by_key = {resource.key: resource for resource in desired}
        notes: list[str] = []
        settled = []
        for there in live:
            wanted = by_key.get(there.key)
            if wanted is not None and there.facts:
                there = replace(there, facts=self._settled(wanted, there, policy, notes))
            settled.append(there)
        self._notes = tuple(notes)
        found = plan.diff(desired, settled, policy, self._alter)
        return self._paused([self._kept(self._switched(change)) for change in found], desired, settled, policy)

    def _settled(self, desired: Resource, live: Resource, policy: Policy, notes: list[str]) -> dict[str, str]:
        known = dict(live.facts)
        thing = self._live[live.name]
        extra = [] if policy.allow_destructive else _appended(self._made[live.name], thing, self._objects[live.name])
        if extra:
            notes.append(
                f"{live.name}: {', '.join(extra)}: added by hand or by the sink, not in the schema: left alone"
            )
            known = {
                key: text for key, text in known.items() if not key.startswith(tuple(f"column {n} " for n in extra))
            }
            kept = tuple(name for name in thing.columns if name not in extra)
            known["columns"] = ", ".join(kept)
            thing = replace(thing, columns=kept)
        found = canon.settle(self.engine, desired.facts, known)
        self._live[live.name] = replace(thing, facts=found)
        return found

    def _alter(self, desired: Resource | None, live: Resource | None) -> Alteration:
        if desired is None:
            assert live is not None
            return changes.remove(live.kind, live.name, self._live[live.name], self._over.get(live.name, ()))
        of, made = self._landings.get(desired.name), self._objects[desired.name]
        if live is None:
            if of is not None:
                return Alteration(Action.CREATE, "missing", of.steps(None, of.views))
            left = [old for old in changes.former_tables(made) if old in self._live and old not in self._made]
            return changes.renamed(made, left[0], self._live[left[0]].rows) if left else changes.create(made)
        there = self._live[live.name]
        if of is not None:
            return changes.landing(of, desired, live, there)
        if made.kind == "table":
            return changes.table(made, self._made[desired.name], there, lambda where: self._count(made, where))
        return changes.view(made, desired, live, there)

    def _count(self, table: Object, where: str) -> int:
        name = f"{ch_ident(table.database)}.{ch_ident(table.name)}"
        return self.engine.number(f"SELECT countIf({where}) FROM {name}")

    def _switched(self, change: Change) -> Change:
        """A landing that made room for another kind of landing of its store has nothing that could be lost."""
        if change.action is not Action.DELETE or change.name not in self._over:
            return change
        fed = {target for of in self._landings.values() for target in self._targets(of)}
        targets = {self._live[view].target for view in self._over[change.name]}
        if not targets or not targets <= fed:
            return change
        return replace(change, blocked="", reason="another landing takes its place")

    def _kept(self, change: Change) -> Change:
        """Refused if somebody's materialized view reads a column that goes: every insert into the table would fail."""
        if not _is_moving(change):
            return change
        gone = set(self._live[change.name].columns) - set(self._made[change.name].columns)
        for view, select in facts.readers(self.engine, change.name) if gone else ():
            named = sorted(gone.intersection(sql.names(select)))
            if named and view not in self._objects:
                reason = f"the materialized view {view} reads {named[0]}: without it every insert would fail"
                way_out = f"drop {view} before, and make it again over the new columns"
                return replace(change, risk=Risk.REFUSED, reason=reason, blocked=way_out, steps=())
        return change

    def _targets(self, of: Landing) -> set[str]:
        return {text for fact, text in self._made[scratch.full(of.table)].facts.items() if fact.endswith(" to")}

    def _paused(
        self, found: list[Change], desired: Sequence[Resource], live: Sequence[Resource], policy: Policy
    ) -> list[Change]:
        """With every landing stopped that writes into a table whose columns change."""
        moving = {
            change.name
            for change in found
            if change.steps
            and change.action is Action.UPDATE
            and any(changes.is_structural(d.fact) for d in change.differences)
        }
        by_name = {change.name: number for number, change in enumerate(found)}
        there = {resource.name: resource for resource in live}
        for resource in desired:
            of = self._landings.get(resource.name)
            if of is None or resource.name not in there or not moving & self._targets(of):
                continue
            number = by_name.get(resource.name)
            if number is None or found[number].action is Action.UPDATE:
                reason = f"stopped while {min(moving & self._targets(of))} changes"
                how = Alteration(Action.REPLACE, reason, of.steps(self._live[resource.name], of.views))
                change = plan.judge(resource, there[resource.name], how, policy)
                found = [*(each for each in found if each.name != resource.name), change]
        return found

    def notes(self) -> tuple[str, ...]:
        return self._notes

    def run(self, step: Step) -> None:
        """Take one step, and wait for what it started: rows that are rewritten, inserts that were under way."""
        if self._lease is not None:
            self._lease.check()
        statement = self._filled(step.text)
        names = sql.qualified(statement)
        database, name = names[0] if names else ("", "")
        if statement.startswith("ALTER TABLE"):
            self.engine.run(statement, {"mutations_sync": 0, "alter_sync": 1})
            waiting.rewritten(self.engine, database, name)
        else:
            scratch.run_kafka(self.engine, statement, database, name)
        if landings.is_closing(step):
            waiting.ended(self.engine, name)

    def look(self, pipeline: Pipeline, files: Mapping[str, str]) -> list[Line]:
        return smoke.look(pipeline, self.engine, objects(files))

    @contextmanager
    def held(self, owner: str) -> Iterator[None]:
        databases = [name for name, each in self._objects.items() if each.kind == "database"]
        with lock.held(self.engine, min(databases), owner) as self._lease:
            yield
            self._lease.check()

    def _filled(self, statement: str) -> str:
        return filling.clickhouse(statement, self._values.__getitem__)


def _merged(things: Mapping[str, Thing], over: Mapping[str, Sequence[str]]) -> tuple[dict[str, Thing], set[str]]:
    """The things, each landing with its views inside; and the names of those views, which are kept beside."""
    inside = {view for views in over.values() for view in views}
    found = dict(things)
    for name, views in over.items():
        found[name] = landings.merged(things[name], {view: things[view] for view in views})
    return found, inside


def _is_moving(change: Change) -> bool:
    """Whether what is written into a table could go astray while it changes."""
    differing = any(changes.is_structural(each.fact) for each in change.differences)
    return bool(change.steps) and change.action is Action.UPDATE and differing


def _appended(desired: Thing, live: Thing, made: Object) -> list[str]:
    """Columns behind our last one, where fleetgen itself never puts any."""
    known = {old for olds in changes.former(made.statement).values() for old in olds}
    ours = [number for number, name in enumerate(live.columns) if name in desired.columns]
    if live.is_passing or live.kind != "table" or not ours:
        return []
    return [name for name in live.columns[ours[-1] + 1 :] if name not in (*desired.columns, *known)]


@contextmanager
def opened(profile: Profile, values: Mapping[str, str], root: Path) -> Iterator[ClickHouse]:
    """The ClickHouse of a profile: the embedded engine below the project, or a server."""
    with engine(profile, values, root) as found:
        yield ClickHouse(found, values)


@contextmanager
def engine(profile: Profile, values: Mapping[str, str], root: Path) -> Iterator[Engine]:
    service = profile.clickhouse
    assert service is not None
    if service.platform == "embedded":
        config = pulling.config(root, root / service.path) if profile.ingest == "kafka" else None
        with connection.embedded(root / service.path, config) as found:
            yield found
    else:
        with connection.server(*(values[f"clickhouse.{part}"] for part in ("url", "user", "password"))) as found:
            yield found
