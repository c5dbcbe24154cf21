"""The connection works and the required tables exist: on the embedded engine and on a server, in the database
`fleetgen_test`, which is made anew."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fleetgen import project
from fleetgen.commands import services
from fleetgen.commands.apply import converge
from fleetgen.commands.smoke import look
from fleetgen.files import Disk
from fleetgen.sql import qualify
from fleetgen.targets.clickhouse.engine import Engine, embedded, server
from services.served import Server

ROOT = Path(__file__).parents[2]
REQUIRED = {
    "dead_letters",
    *(f"fleet_mgmt_{name}{part}" for name in ("description", "location", "sensors") for part in ("", "_push")),
    "fleet_mgmt_data",
    "readings_by_driver",
    "last_location",
    "vehicles_at_many_locations",
}


@pytest.fixture(params=["embedded", "server"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Engine, str]]:
    if request.param == "embedded":
        with embedded(tmp_path / "data") as opened:
            yield opened, "embedded"
        return
    known: Server = request.getfixturevalue("clickhouse_server")
    with server(known.url, known.user, known.password) as opened:
        opened.run("DROP DATABASE IF EXISTS fleetgen_test SYNC")
        yield opened, "server"
        opened.run("DROP DATABASE IF EXISTS fleetgen_test SYNC")


def test_the_connection_works_and_the_required_tables_exist(engine: tuple[Engine, str]) -> None:
    opened, platform = engine
    files = services.clickhouse_files(services.reviewed(ROOT), platform, "push")
    files = {path: qualify(text, "fleet", "fleetgen_test") for path, text in files.items()}
    assert opened.number("SELECT 1") == 1
    assert converge(services.over(opened, files))
    assert converge(services.over(opened, files)) == ()
    tables = {name for (name,) in opened.rows("SELECT name FROM system.tables WHERE database = 'fleetgen_test'")}
    assert tables >= REQUIRED
    fleet = project.load(Disk(ROOT), os.environ)
    moved = replace(fleet, pipeline=replace(fleet.pipeline, database="fleetgen_test"))
    assert [line for line in look(moved.pipeline, services.over(opened, files)) if not line.ok] == []
