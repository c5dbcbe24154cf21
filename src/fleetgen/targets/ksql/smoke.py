"""Is ksqlDB alive: its streams and tables are there, its queries run, its connectors too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fleetgen.quoting import ksql_quoted
from fleetgen.targets.ksql import described
from fleetgen.targets.ksql.client import KsqlError, Server
from fleetgen.targets.ksql.objects import Object
from fleetgen.targets.service import Line

_SETTLES: Final = 20
"""How often the state of a connector is asked for, half a second apart: a new one has none for a moment."""
_STARTING: Final = frozenset({"UNASSIGNED", "RESTARTING"})
_ALIVE: Final = frozenset({"RUNNING", "PROVISIONING"})
"""On Confluent Cloud a new connector is provisioned for minutes."""


def look(server: Server, wanted: Sequence[Object]) -> list[Line]:
    info = server.info()
    broken = server.health()
    figure = str(info.get("version", "")) + (f", not healthy: {', '.join(broken)}" if broken else "")
    lines = [Line("ksqldb", not broken, figure)]
    there = {each["name"] for kind in ("streams", "tables") for each in server.ask(f"LIST {kind.upper()};")[kind]}
    for each in wanted:
        what = f"ksql {each.kind} {each.name}"
        if each.kind == "connector":
            lines.append(Line(what, *_connector(server, each.name)))
        elif each.name not in there:
            lines.append(Line(what, False, "missing"))
        else:
            told = server.ask(f"DESCRIBE {ksql_quoted(each.name)};")["sourceDescription"]
            lines.append(Line(what, *_source(told, query=each.is_query)))
    return lines


def _source(told: Mapping[str, Any], *, query: bool) -> tuple[bool, str]:
    topic = f"topic {told['topic']}, {told['partitions']} partition{'s' * (told['partitions'] != 1)}"
    if not query:
        return True, topic
    if not described.creating(told):
        return False, f"its query is gone, {topic}"
    states = sorted({str(each.get("state", "RUNNING")) for each in told["writeQueries"]})
    return states == ["RUNNING"], f"{', '.join(states)}, {topic}"


def _connector(server: Server, name: str) -> tuple[bool, str]:
    states: list[str] = []
    for _ in range(_SETTLES):
        try:
            told = server.ask(f"DESCRIBE CONNECTOR {ksql_quoted(name)};")
        except KsqlError as error:
            if error.code != 40400:
                raise
            states = []
        else:
            states = list(_states(told["status"]))
        if len(states) > 1 and not _STARTING.intersection(states):
            break
        if states[:1] == ["PROVISIONING"]:
            break
        server.http.sleep(0.5)
    if not states:
        return False, "missing"
    tasks = states[1:]
    good = _ALIVE.issuperset(states) and (bool(tasks) or states == ["PROVISIONING"])
    return good, f"{states[0]}, {tasks.count('RUNNING')}/{len(tasks)} tasks running"


def _states(status: Mapping[str, Any]) -> Iterator[str]:
    """The connector's, then its tasks'."""
    yield str(status["connector"]["state"])
    yield from (str(task["state"]) for task in status["tasks"])
