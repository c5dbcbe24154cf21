"""A lock that lives in the database, so that applies from two places exclude each other.

Its generations are tables `_fleetgen_lock_<n>`: making one without IF NOT EXISTS succeeds for one alone, owner and end
stand in its COMMENT, and the highest n decides. One that is released or past its end is succeeded by n + 1; only then
is n dropped, so the highest never goes down, and who made a lower one meanwhile sees it and steps back.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from fleetgen.errors import Blocked, FleetgenError
from fleetgen.frozen import frozen
from fleetgen.quoting import ch_ident, ch_string
from fleetgen.targets.clickhouse.engine import Engine, EngineError
from fleetgen.targets.clickhouse.facts import OWN

SECONDS: Final = 60.0
"""How long a lock outlives a process that was killed."""

_PREFIX: Final = f"{OWN}lock_"
_NAME: Final = re.compile(rf"{_PREFIX}(\d+)")
_HELD: Final = re.compile(r"held by (.*) until (\S+) \((\d+)\)", re.DOTALL)
_EXISTS: Final = 57


@frozen
class _Generation:
    number: int
    owner: str = ""
    until: str = ""
    is_held: bool = False


class Lease:
    """`renewed` goes on in a thread of its own until the work is done."""

    def __init__(self, engine: Engine, database: str, owner: str, seconds: float, number: int) -> None:
        self._engine, self._database, self._owner, self._seconds = engine, database, owner, seconds
        self.number = number
        self._lost = ""
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="fleetgen-lock", daemon=True)

    def check(self) -> None:
        """Raises FleetgenError if somebody else has it by now."""
        if self._lost:
            raise FleetgenError(
                f"FG764 error: the lock of {self._database} was lost: {self._lost}\n"
                "  help: look whether another apply is at work, then apply again"
            )

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Let it go, if it is still ours."""
        self._done.set()
        self._thread.join()
        if not self._lost and _highest(self._engine, self._database).number == self.number:
            self._comment("released")

    def _renew(self) -> None:
        while not self._done.wait(self._seconds / 3):
            try:
                highest = _highest(self._engine, self._database)
                if highest.number != self.number:
                    self._lost = f"{highest.owner} has it"
                    return
                self._comment(_text(self._engine, self._owner, self._seconds))
            except FleetgenError as error:
                self._lost = str(error).splitlines()[0]
                return

    def _comment(self, text: str) -> None:
        self._engine.run(f"ALTER TABLE {_table(self._database, self.number)} MODIFY COMMENT {ch_string(text)}")


@contextmanager
def held(engine: Engine, database: str, owner: str, seconds: float = SECONDS) -> Iterator[Lease]:
    """Nobody else holds it meanwhile. It is renewed as long as the work takes.

    Raises Blocked, naming owner and end, if somebody holds it.
    """
    engine.run(f"CREATE DATABASE IF NOT EXISTS {ch_ident(database)}")
    lease = Lease(engine, database, owner, seconds, _taken(engine, database, owner, seconds))
    lease.begin()
    try:
        yield lease
    finally:
        lease.end()


def _taken(engine: Engine, database: str, owner: str, seconds: float) -> int:
    while True:
        last = _highest(engine, database)
        if last.is_held:
            raise Blocked(
                f"FG763 error: {database} is being changed by {last.owner}, until {last.until} at the latest\n"
                "  help: wait for that apply to end; one that was killed holds the lock until then, and no longer"
            )
        number = last.number + 1
        comment = ch_string(_text(engine, owner, seconds))
        try:
            engine.run(f"CREATE TABLE {_table(database, number)} (`_` UInt8) ENGINE = Null COMMENT {comment}")
        except EngineError as error:
            if error.code != _EXISTS:
                raise
            continue
        if _highest(engine, database).number == number:
            _drop_older(engine, database, number)
            return number
        engine.run(f"DROP TABLE IF EXISTS {_table(database, number)} SYNC")


def _highest(engine: Engine, database: str) -> _Generation:
    where = f"database = {ch_string(database)} AND startsWith(name, {ch_string(_PREFIX)})"
    rows = engine.rows(f"SELECT name, comment, toUnixTimestamp(now()) FROM system.tables WHERE {where}")
    found = [_generation(name, comment, now) for name, comment, now in rows if _NAME.fullmatch(name)]
    return max(found, key=lambda each: each.number, default=_Generation(0))


def _generation(name: str, comment: str, now: int) -> _Generation:
    match, held = _NAME.fullmatch(name), _HELD.fullmatch(comment)
    assert match is not None
    if held is None:
        return _Generation(int(match[1]))
    return _Generation(int(match[1]), held[1], held[2], int(held[3]) > now)


def _text(engine: Engine, owner: str, seconds: float) -> str:
    """By the server's clock, which all who want it share."""
    until = engine.number("SELECT toUnixTimestamp(now())") + max(1, round(seconds))
    return f"held by {owner} until {datetime.fromtimestamp(until, UTC):%Y-%m-%dT%H:%M:%SZ} ({until})"


def _drop_older(engine: Engine, database: str, number: int) -> None:
    where = f"database = {ch_string(database)} AND startsWith(name, {ch_string(_PREFIX)})"
    for (name,) in engine.rows(f"SELECT name FROM system.tables WHERE {where}"):
        match = _NAME.fullmatch(name)
        if match and int(match[1]) < number:
            engine.run(f"DROP TABLE IF EXISTS {_table(database, int(match[1]))} SYNC")


def _table(database: str, number: int) -> str:
    return f"{ch_ident(database)}.{ch_ident(f'{_PREFIX}{number}')}"
