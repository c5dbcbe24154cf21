"""Generated ClickHouse files planned and applied on an engine, without the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from fleetgen import plan
from fleetgen.plan import CAUTIOUS, Plan, Policy
from fleetgen.quoting import ch_ident
from fleetgen.targets.clickhouse.engine import Engine
from fleetgen.targets.clickhouse.live import ClickHouse

VALUES = {
    "kafka.bootstrap": "127.0.0.1:1",
    "kafka.registry.url": "http://127.0.0.1:1",
    "kafka.registry.login-url": "http://u:p@127.0.0.1:1",
}
_THEIRS = "('system', 'default', 'INFORMATION_SCHEMA', 'information_schema')"


def survey(live: ClickHouse, files: Mapping[str, str], policy: Policy = CAUTIOUS) -> Plan:
    desired = live.desired(files)
    there = live.read(desired)
    changes = live.compare(desired, there, policy)
    return plan.join(desired, there, changes, live.notes())


def planned(
    engine: Engine, files: Mapping[str, str], policy: Policy = CAUTIOUS, values: Mapping[str, str] = VALUES
) -> Plan:
    return survey(ClickHouse(engine, values), files, policy)


def applied(
    engine: Engine, files: Mapping[str, str], policy: Policy = CAUTIOUS, values: Mapping[str, str] = VALUES
) -> Plan:
    """What was planned and, unless a part of it is blocked, carried out."""
    live = ClickHouse(engine, values)
    found = survey(live, files, policy)
    if not found.blocked:
        for _, step in found.steps():
            live.run(step)
    return found


@contextmanager
def dropped(engine: Engine) -> Iterator[None]:
    """Whatever databases the test makes are gone afterwards, those in memory first."""
    try:
        yield
    finally:
        query = f"SELECT name FROM system.databases WHERE name NOT IN {_THEIRS} ORDER BY engine != 'Memory', name"
        for (name,) in engine.rows(query):
            engine.run(f"DROP DATABASE IF EXISTS {ch_ident(name)} SYNC")
