"""What generated/clickhouse says against what ClickHouse holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fleetgen import filling, plan, sql
from fleetgen.pipeline import Pipeline
from fleetgen.plan import Action, Alteration, Change, Phase, Policy, Resource, Risk, Step
from fleetgen.profile import Profile
from fleetgen.quoting import ch_ident, ch_string
from fleetgen.targets.clickhouse import engine as connection
from fleetgen.targets.clickhouse import smoke
from fleetgen.targets.clickhouse.engine import Engine, EngineError
from fleetgen.targets.clickhouse.objects import Object, objects
from fleetgen.targets.service import Line

_QUALIFIED: Final = re.compile(r"`((?:[^`\\]|\\.)+)`\s*\.\s*`((?:[^`\\]|\\.)+)`")
# Null is a word of SQL too: newer servers print it in backticks.
_PASSES_ON: Final = re.compile(r"\bENGINE = `?(Null|Kafka)\b")


class ClickHouse:
    """One server or embedded engine. `values` are what the references of the files stand for."""

    def __init__(self, engine: Engine, values: Mapping[str, str]) -> None:
        self.engine = engine
        self._values = values
        self._statements: dict[str, str] = {}

    def desired(self, files: Mapping[str, str]) -> list[Resource]:
        """The resources of the files, as the engine itself prints them once they are made in scratch databases.

        Text is never compared: the engine writes defaults out, renames types and folds expressions.
        """
        wanted = objects(files)
        known = {_full(each): _key(each) for each in wanted}
        self._statements = {_full(each): each.statement for each in wanted}
        specs = self._scratched(wanted)
        return plan.order(_resource(each, specs.get(_full(each), ""), known) for each in wanted)

    def _scratched(self, wanted: Sequence[Object]) -> dict[str, str]:
        names = [each.database for each in wanted if each.kind == "database"]
        scratch = {name: f"_fleetgen_scratch_{number}" for number, name in enumerate(names)}
        known = {_full(each): _key(each) for each in wanted}
        by_key = {_key(each): each for each in wanted}
        try:
            for resource in plan.order(_resource(each, "", known) for each in wanted):
                statement = self._filled(by_key[resource.key].statement)
                _try(self.engine, resource, _moved(statement, scratch))
            return {
                f"{name}.{table}": spec
                for name, copy in scratch.items()
                for table, spec in _specs(self.engine, copy, name).items()
            }
        finally:
            for copy in scratch.values():
                self.engine.run(f"DROP DATABASE IF EXISTS {ch_ident(copy)} SYNC")

    def read(self, desired: Sequence[Resource]) -> list[Resource]:
        """Those desired resources that are there."""
        live: dict[str, str] = {}
        for name in [resource.name for resource in desired if resource.kind == "database"]:
            if self.engine.number(f"SELECT count() FROM system.databases WHERE name = {ch_string(name)}"):
                live[name] = ""
                specs = _specs(self.engine, name, name)
                live.update({f"{name}.{table}": spec for table, spec in specs.items()})
        return [
            Resource(each.target, each.kind, each.name, _facts(live[each.name]), each.after)
            for each in desired
            if each.name in live
        ]

    def compare(self, desired: Sequence[Resource], live: Sequence[Resource], policy: Policy) -> list[Change]:
        return plan.diff(desired, live, policy, self._alter, lambda each: not _keeps(each))

    def _alter(self, desired: Resource | None, live: Resource | None) -> Alteration:
        assert desired is not None
        create = Step(_phase(desired), (self._statements[desired.name],))
        if live is None:
            return Alteration(Action.CREATE, "missing", (create,))
        if _keeps(desired):
            way_out = "move the data away and drop the table, or go back to the schema that it was made from"
            return Alteration(Action.REPLACE, "exists, but differs, and holds data", (), Risk.REFUSED, way_out)
        database, _, name = desired.name.partition(".")
        kind = "TABLE" if desired.kind == "table" else "VIEW"
        drop = Step(_phase(desired), (f"DROP {kind} IF EXISTS {ch_ident(database)}.{ch_ident(name)} SYNC",))
        return Alteration(Action.REPLACE, "exists, but differs", (drop, create))

    def notes(self) -> tuple[str, ...]:
        return ()

    def run(self, step: Step) -> None:
        self.engine.run(self._filled(step.text))

    def look(self, pipeline: Pipeline, files: Mapping[str, str]) -> list[Line]:
        return smoke.look(pipeline, self.engine, objects(files))

    def _filled(self, statement: str) -> str:
        return filling.clickhouse(statement, self._values.__getitem__)


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
        with connection.embedded(root / service.path) as found:
            yield found
    else:
        with connection.server(*(values[f"clickhouse.{part}"] for part in ("url", "user", "password"))) as found:
            yield found


def _keeps(resource: Resource) -> bool:
    """Whether rows live in it."""
    stored = resource.kind == "table" and not _PASSES_ON.search(resource.facts["statement"])
    return stored or resource.kind == "database"


def _phase(resource: Resource) -> Phase:
    if resource.kind == "view":
        return Phase.VIEWS
    pulled = resource.name.endswith(("_kafka", "_kafka_store", "_kafka_rejects"))
    pushed = resource.name.endswith(("_push", "_push_store", "_push_rejects"))
    return Phase.RESUME if pulled else Phase.LANDINGS if pushed else Phase.STORES


def _try(engine: Engine, resource: Resource, statement: str) -> None:
    """Raises EngineError that names what could not be made."""
    try:
        engine.run(statement)
    except EngineError as error:
        reason = str(error).removeprefix("FG701 error: ClickHouse: ")
        raise EngineError(
            f"FG701 error: ClickHouse refuses the {resource.kind} {resource.name}: {reason}\n"
            "  help: `fleetgen check --compile` names the generated file and its template",
            error.code,
        ) from error


def _full(each: Object) -> str:
    return f"{each.database}.{each.name}" if each.name else each.database


def _moved(statement: str, databases: Mapping[str, str]) -> str:
    for name, copy in databases.items():
        statement = sql.qualify(statement, name, copy)
    return statement


def _specs(engine: Engine, database: str, name: str) -> dict[str, str]:
    """The canonical statements of a database's objects, as if it bore `name`."""
    query = f"SELECT name, create_table_query FROM system.tables WHERE database = {ch_string(database)}"
    return {table: sql.qualify(text, database, name) for table, text in engine.rows(query)}


def _resource(each: Object, spec: str, known: Mapping[str, str]) -> Resource:
    """With its canonical form, and the keys of what it rests on."""
    after = [known[each.database]] if each.name and each.database in known else []
    for database, table in _QUALIFIED.findall(each.statement):
        reference = f"{database}.{table}"
        if reference in known and reference != _full(each):
            after.append(known[reference])
    return Resource("clickhouse", each.kind, _full(each), _facts(spec), tuple(dict.fromkeys(after)))


def _facts(spec: str) -> dict[str, str]:
    return {"statement": spec}


def _key(each: Object) -> str:
    return f"clickhouse {each.kind} {_full(each)}"
