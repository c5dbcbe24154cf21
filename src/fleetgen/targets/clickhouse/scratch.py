"""Generated statements tried in databases of their own, so that the engine itself says what they make."""

from __future__ import annotations

import secrets
import time
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from fleetgen import filling, plan, sql
from fleetgen.plan import Resource
from fleetgen.quoting import ch_ident, ch_string
from fleetgen.targets.clickhouse import facts
from fleetgen.targets.clickhouse.engine import Engine, EngineError
from fleetgen.targets.clickhouse.facts import Thing
from fleetgen.targets.clickhouse.objects import Object

_PREFIX: Final = f"{facts.OWN}scratch_"
_KEPT: Final = 900
"""Seconds after which a scratch database that somebody left behind may be dropped by anybody."""
_NOBODY: Final = "127.0.0.1:1"
"""An address that nobody answers at: what is tried takes no message from anybody."""
_SHUTDOWN_WAS_CALLED: Final = 49


def full(each: Object) -> str:
    return f"{each.database}.{each.name}" if each.name else each.database


def in_order(objects: Sequence[Object]) -> list[Object]:
    """Each after what it names."""
    known = {full(each): each for each in objects}

    def below(each: Object) -> tuple[str, ...]:
        named = (".".join(pair) for pair in sql.qualified(each.statement))
        found = [name for name in (each.database, *named) if name in known and name != full(each)]
        return tuple(f"  {name}" for name in dict.fromkeys(found))

    ordered = plan.order(Resource("", "", full(each), after=below(each)) for each in objects)
    return [known[each.name] for each in ordered]


def make(engine: Engine, objects: Sequence[Object], values: Mapping[str, str]) -> dict[str, Thing]:
    """What each statement makes, by its full name. `values` are what the references in them stand for.

    Raises EngineError naming what the engine refuses.
    """
    names = [each.database for each in objects if each.kind == "database"]
    tried: Mapping[str, str] = ChainMap({"kafka.bootstrap": _NOBODY}, values)  # type: ignore[arg-type]
    with _databases(engine, names) as copies:
        back = {copy: name for name, copy in copies.items()}
        pulled: dict[str, Thing] = {}
        for each in in_order(objects):
            statement = filling.clickhouse(_moved(each.statement, copies), tried.__getitem__)
            _try(engine, each, statement)
            if each.kind == "table" and "ENGINE = Kafka" in each.statement:
                pulled[full(each)] = _replaced(engine, each, copies[each.database])
        found = {
            f"{name}.{table}": thing
            for name, copy in copies.items()
            for table, thing in facts.read(engine, copy, back).items()
        }
    return found | {name: _addressed(thing, values) for name, thing in pulled.items()}


def placeholder(each: Thing, database: str, comment: str = "") -> str:
    """A table that stands in for a Kafka table while views are made over it: it gives and takes nothing."""
    own = [f"{ch_ident(name)} {each.facts[f'column {name} type']}" for name in each.columns]
    virtual = [f"{ch_ident(name)} {type}" for name, type in each.virtual if name not in each.columns]
    return (
        f"CREATE TABLE IF NOT EXISTS {ch_ident(database)}.{ch_ident(each.name)} ({', '.join([*own, *virtual])})\n"
        f"ENGINE = Null COMMENT {ch_string(comment)}\n"
        "SETTINGS allow_experimental_nullable_tuple_type = 1, allow_suspicious_variant_types = 1, "
        "allow_suspicious_fixed_string_types = 1"
    )


def run_kafka(engine: Engine, statement: str, database: str, name: str) -> None:
    """In the embedded engine creating a Kafka table always reports a shutdown, although the table is there."""
    try:
        engine.run(statement)
    except EngineError as error:
        where = f"database = {ch_string(database)} AND name = {ch_string(name)}"
        if error.code != _SHUTDOWN_WAS_CALLED or not engine.number(f"SELECT count() FROM system.tables WHERE {where}"):
            raise


@contextmanager
def _databases(engine: Engine, names: Sequence[str]) -> Iterator[dict[str, str]]:
    """A name that nobody else has for the copy of each database; what is there under it is gone afterwards."""
    _sweep(engine)
    token = secrets.token_hex(6)
    copies = {name: f"{_PREFIX}{token}_{number}" for number, name in enumerate(names)}
    try:
        yield copies
    finally:
        for copy in copies.values():
            engine.run(f"DROP DATABASE IF EXISTS {ch_ident(copy)} SYNC")


def _sweep(engine: Engine) -> None:
    """What a plan left that was killed. A database tells in its comment until when it is needed."""
    for name, comment in engine.rows(
        f"SELECT name, comment FROM system.databases WHERE startsWith(name, {ch_string(_PREFIX)})"
    ):
        if comment.isdigit() and int(comment) < time.time():
            engine.run(f"DROP DATABASE IF EXISTS {ch_ident(name)} SYNC")


def _moved(statement: str, copies: Mapping[str, str]) -> str:
    for name, copy in copies.items():
        statement = sql.qualify(statement, name, copy)
    if statement.startswith("CREATE DATABASE"):
        statement += f" COMMENT '{int(time.time()) + _KEPT}'"
    return statement


def _try(engine: Engine, each: Object, statement: str) -> None:
    try:
        database = sql.qualified(statement)[0][0] if each.name else ""
        run_kafka(engine, statement, database, each.name)
    except EngineError as error:
        raise error.about(
            f"ClickHouse refuses the {each.kind} {full(each)}",
            "`fleetgen check --compile` names the generated file and its template",
        ) from error


def _replaced(engine: Engine, each: Object, copy: str) -> Thing:
    """What the engine says of a Kafka table, which makes room for one that nothing can be taken from."""
    table = f"{ch_ident(copy)}.{ch_ident(each.name)}"
    columns = engine.rows(f"DESCRIBE TABLE {table} SETTINGS describe_include_virtual_columns = 1")
    virtual = tuple((column[0], column[1]) for column in columns if column[-1])
    thing = replace(facts.read(engine, copy, {})[each.name], virtual=virtual)
    engine.run(f"DROP TABLE {table} SYNC")
    engine.run(placeholder(thing, copy))
    return thing


def _addressed(thing: Thing, values: Mapping[str, str]) -> Thing:
    """With the broker's own address instead of nobody's."""
    known = thing.facts
    changed = {key: ch_string(values["kafka.bootstrap"]) for key, text in known.items() if text == f"'{_NOBODY}'"}
    return replace(thing, facts={**known, **changed})
