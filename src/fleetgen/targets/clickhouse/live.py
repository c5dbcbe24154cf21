"""What generated/clickhouse says against what ClickHouse holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from fleetgen import plan, sql
from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen
from fleetgen.plan import Action, Change, Resource
from fleetgen.quoting import ch_ident, ch_string
from fleetgen.targets.clickhouse.engine import Engine, EngineError

_CREATE: Final = re.compile(
    r"CREATE (?P<kind>DATABASE|TABLE|MATERIALIZED VIEW|VIEW) (?:IF NOT EXISTS )?"
    r"(?P<names>`(?:[^`\\]|\\.)+`(?:\.`(?:[^`\\]|\\.)+`)?)"
)
_QUALIFIED: Final = re.compile(r"`((?:[^`\\]|\\.)+)`\s*\.\s*`((?:[^`\\]|\\.)+)`")
# Null is a word of SQL too: newer servers print it in backticks.
_PASSES_ON: Final = re.compile(r"\bENGINE = `?(Null|Kafka)\b")
_NAME: Final = re.compile(r"`((?:[^`\\]|\\.)+)`")


@frozen
class Object:
    """A statement of a generated file and the database object that it creates; a database has no name within one."""

    kind: str
    database: str
    name: str
    statement: str


def objects(files: Mapping[str, str]) -> list[Object]:
    """What the statements of generated files create, in their order.

    Raises FleetgenError for a statement that is none of ours: somebody's template added what cannot be compared.
    """
    found = []
    for path, text in files.items():
        for statement in sql.statements(text):
            match = _CREATE.match(" ".join(statement.split()))
            if match is None:
                raise FleetgenError(
                    f"generated/{path}: FG703 error: cannot manage the statement {statement.splitlines()[0]!r}\n"
                    "  help: apply it by hand, and keep it out of the generated files"
                )
            names = [re.sub(r"\\(.)", r"\1", name) for name in _NAME.findall(match["names"])]
            found.append(Object(match["kind"].lower(), names[0], names[1] if len(names) > 1 else "", statement))
    return found


def desired(files: Mapping[str, str], engine: Engine) -> list[Resource]:
    """The resources of the files, as the engine itself prints them once they are made in scratch databases.

    Text is never compared: the engine writes defaults out, renames types and folds expressions.
    """
    wanted = objects(files)
    known = {_full(each) for each in wanted}
    resources = plan.order(_resource(each, known) for each in wanted)
    names = [resource.name for resource in resources if resource.kind == "database"]
    scratch = {name: f"_fleetgen_scratch_{number}" for number, name in enumerate(names)}
    try:
        for resource in resources:
            _try(engine, resource, _moved(resource.statement, scratch))
        specs = {
            f"{name}.{table}": spec
            for name, copy in scratch.items()
            for table, spec in _specs(engine, copy, name).items()
        }
    finally:
        for copy in scratch.values():
            engine.run(f"DROP DATABASE IF EXISTS {ch_ident(copy)} SYNC")
    return [_specified(resource, specs.get(resource.name, "")) for resource in resources]


def read(engine: Engine, resources: list[Resource]) -> dict[str, str]:
    """The specs of those desired resources that are there."""
    databases = [resource.name for resource in resources if resource.kind == "database"]
    live: dict[str, str] = {}
    for name in databases:
        if engine.number(f"SELECT count() FROM system.databases WHERE name = {ch_string(name)}"):
            live[name] = ""
            specs = _specs(engine, name, name)
            live.update({f"{name}.{table}": spec for table, spec in specs.items()})
    wanted = {resource.name for resource in resources}
    return {name: spec for name, spec in live.items() if name in wanted}


def apply(engine: Engine, change: Change) -> None:
    """Carry one change out."""
    if change.action is Action.REPLACE:
        database, _, table = change.resource.name.partition(".")
        kind = "TABLE" if change.resource.kind == "table" else "VIEW"
        engine.run(f"DROP {kind} IF EXISTS {ch_ident(database)}.{ch_ident(table)} SYNC")
    engine.run(change.resource.statement)


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


def _resource(each: Object, known: set[str]) -> Resource:
    name = _full(each)
    after = [each.database] if each.name else []
    for database, table in _QUALIFIED.findall(each.statement):
        reference = f"{database}.{table}"
        if reference in known and reference != name:
            after.append(reference)
    return Resource("clickhouse", each.kind, name, "", each.statement, tuple(dict.fromkeys(after)))


def _specified(resource: Resource, spec: str) -> Resource:
    """With its canonical form, which also tells whether rows live in it."""
    stored = resource.kind == "table" and not _PASSES_ON.search(spec)
    return replace(resource, spec=spec, keeps_data=stored or resource.kind == "database")
