"""What a statement starts and does not wait for."""

from __future__ import annotations

import time
from typing import Final

from fleetgen.errors import FleetgenError
from fleetgen.quoting import ch_string
from fleetgen.targets.clickhouse.engine import Engine, EngineError

_PATIENCE: Final = 60.0
"""Seconds that inserts which began before a landing stopped are given to end."""
_FAILED: Final = 341


def rewritten(engine: Engine, database: str, table: str) -> None:
    """Until no rows of the table are left to rewrite. Raises EngineError if some cannot be."""
    query = (
        "SELECT count(), anyIf(latest_fail_reason, latest_fail_reason != ''), any(mutation_id) FROM system.mutations "
        f"WHERE NOT is_done AND database = {ch_string(database)} AND table = {ch_string(table)}"
    )
    pause = 0.01
    while (row := engine.rows(query)[0])[0]:
        if row[1]:
            raise EngineError(
                f"FG710 error: ClickHouse cannot rewrite the rows of {database}.{table}: {row[1].splitlines()[0]}\n"
                f"  help: KILL MUTATION WHERE mutation_id = '{row[2]}', mend the rows or go back, and apply again",
                _FAILED,
            )
        time.sleep(pause)
        pause = min(pause * 2, 1.0)


def ended(engine: Engine, landing: str) -> None:
    """Until inserts into a landing that began before it stopped are through: they go on into its views.

    Raises FleetgenError if they do not end.
    """
    end = time.monotonic() + _PATIENCE
    query = (
        "SELECT count() FROM system.processes WHERE query_kind IN ('Insert', 'AsyncInsertFlush') "
        f"AND position(query, {ch_string(landing)}) > 0"
    )
    while engine.number(query):
        if time.monotonic() > end:
            raise FleetgenError(
                f"FG711 error: inserts into {landing} that began before it was stopped do not end\n"
                "  help: end them, and apply again: until then the landing refuses what is sent"
            )
        time.sleep(0.05)
