"""Generated ClickHouse text, run on an embedded engine in memory: what does not run is found before it is committed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from fleetgen import sql
from fleetgen.errors import Finding, Place, Severity
from fleetgen.mapping import names
from fleetgen.quoting import ch_ident
from fleetgen.targets.clickhouse.engine import Engine, EngineError
from fleetgen.targets.clickhouse.standalone import standalone

# In the embedded engine creating a Kafka table always reports this, although the table is there and consumes.
_SHUTDOWN_WAS_CALLED: Final = 49
_REFERENCE: Final = re.compile(r"\$\{profile:[^}]*\}")
_QUALIFIED: Final = re.compile(r"`(?:[^`\\]|\\.)+`\s*\.\s*`(?:[^`\\]|\\.)+`")


def compile(files: Mapping[str, str], origins: Mapping[str, str], engine: Engine) -> list[Finding]:
    """Run the files of each platform; `files` are those under generated/clickhouse/, by path.

    What rests on a statement that failed is left out: its failure would say nothing new.
    """
    findings: list[Finding] = []
    for platform in sorted({path.split("/")[1] for path in files}):
        ours = {path: text for path, text in files.items() if path.split("/")[1] == platform}
        broken: set[str] = set()
        for path, statement in _in_order(ours):
            findings += _run(engine, path, statement, origins, broken)
        _clear(engine)
    return findings


def _in_order(files: Mapping[str, str]) -> list[tuple[str, str]]:
    """Statements after what they name: databases, tables, then views as they build on each other."""
    from graphlib import TopologicalSorter

    pending = [(path, statement) for path, text in files.items() for statement in sql.statements(text)]
    made = {_created(statement): number for number, (_, statement) in enumerate(pending)}
    graph: dict[int, list[int]] = {}
    for number, (_, statement) in enumerate(pending):
        named = _QUALIFIED.findall(statement)
        graph[number] = [made[name] for name in named if name in made and made[name] != number]
        if not statement.startswith("CREATE DATABASE"):
            graph[number] += [n for n, (_, other) in enumerate(pending) if other.startswith("CREATE DATABASE")]
    return [pending[number] for number in TopologicalSorter(graph).static_order()]


def _created(statement: str) -> str:
    named = _QUALIFIED.findall(statement)
    return named[0] if named else statement


def _run(engine: Engine, path: str, statement: str, origins: Mapping[str, str], broken: set[str]) -> list[Finding]:
    named = _QUALIFIED.findall(statement)
    if broken.intersection(named[1:]):
        broken.update(named[:1])
        return []
    try:
        for text in _runnable(path, _REFERENCE.sub("127.0.0.1:1", statement)):
            engine.run(text)
    except EngineError as error:
        if _is_pulling(path) and error.code == _SHUTDOWN_WAS_CALLED:
            return []
        broken.update(named[:1])
        return [_finding(path, origins, error)]
    return []


def _runnable(path: str, statement: str) -> list[str]:
    """What the engine in this process can try of a statement; what it can only parse, it parses as it stands."""
    platform = path.split("/")[1]
    parsed = f"EXPLAIN AST {statement}"
    if _is_pulling(path) and platform != "embedded":
        return [parsed]
    return [parsed, standalone(statement)] if platform == names.CLUSTER else [statement]


def _is_pulling(path: str) -> bool:
    return "/landing-kafka/" in path


def _finding(path: str, origins: Mapping[str, str], error: EngineError) -> Finding:
    template = origins.get(path, "")
    return Finding(
        "FG501",
        Severity.ERROR,
        f"ClickHouse refuses it: {str(error).removeprefix('FG701 error: ClickHouse: ')}",
        f"it is made by templates/{template}",
        Place(f"generated/{path}"),
    )


def _clear(engine: Engine) -> None:
    """Drop what a platform made: the next one uses the same names. Kafka's databases end in memory first."""
    kept = "('system', 'default', 'INFORMATION_SCHEMA', 'information_schema')"
    found = engine.rows(f"SELECT name FROM system.databases WHERE name NOT IN {kept} ORDER BY engine != 'Memory', name")
    for (name,) in found:
        engine.run(f"DROP DATABASE IF EXISTS {ch_ident(name)} SYNC")
