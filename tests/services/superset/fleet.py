"""The example's tables on a served ClickHouse, filled with its sample messages, two of which are refused."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fleetgen import sql
from fleetgen.commands import simulate
from fleetgen.files import Disk
from fleetgen.project import load
from fleetgen.targets.clickhouse import engine
from services.served import Server, served

ROOT: Final = Path(__file__).parents[3]
ROWS: Final = 2_000
REFUSED: Final = 2


@contextlib.contextmanager
def fleet(home: Path) -> Iterator[Server]:
    project = load(Disk(ROOT), {})
    with served(home) as server:
        create(server)
        with engine.server(server.url, server.user, server.password) as opened:
            now = int(time.time() * 1000)
            simulate.send(project.pipeline, opened, rows=ROWS, seed=0, end_ms=now, progress=lambda *_: None)
        for number in range(REFUSED):
            server.query(
                "INSERT INTO fleet.fleet_mgmt_sensors_push "
                "(vehicle_id, engine_temperature, average_rpm, _topic, _offset) "
                f"VALUES ('1', 'hot', '1800', 'fleet_mgmt_sensors', {ROWS + number})"
            )
        yield server


def create(server: Server) -> None:
    """The generated tables, as far as messages are pushed; views in the order in which they rest on each other."""
    views = [view.name for view in load(Disk(ROOT), {}).pipeline.views]
    generated = ROOT / "generated/clickhouse/server"
    paths = [generated / "database.sql", *sorted(generated.glob("tables/*")), *sorted(generated.glob("landing-push/*"))]
    for path in [*paths, *(generated / f"views/{view}.sql" for view in views)]:
        for statement in sql.statements(path.read_text(encoding="utf-8")):
            server.query(statement)
