"""Is ksqlDB alive: its streams and tables are there, its queries run, its connectors too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fleetgen.targets.ksql import described
from fleetgen.targets.ksql.client import Server
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
    there = {each["name"] for kind in ("streams", "tables") for each in server.listed(kind)}
    for each in wanted:
        what = f"ksql {each.kind} {each.name}"
        if each.kind == "connector":
            lines.append(Line(what, *_connector(server, each.name)))
        elif each.name not in there:
            lines.append(Line(what, False, "missing"))
        else:
            lines.append(Line(what, *_source(server.source(each.name), query=each.is_query)))
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
    states = server.connector(name)
    for _ in range(_SETTLES):
        if states[:1] == ("PROVISIONING",) or (len(states) > 1 and not _STARTING.intersection(states)):
            break
        server.http.sleep(0.5)
        states = server.connector(name)
    if not states:
        return False, "missing"
    state, *tasks = states
    good = _ALIVE.issuperset(states) and (bool(tasks) or state == "PROVISIONING")
    return good, f"{state}, {tasks.count('RUNNING')}/{len(tasks)} tasks running"
