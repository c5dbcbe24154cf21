"""One stream's tables on an engine: what is pushed, what is stored, what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fleetgen import rowbinary
from fleetgen.frozen import frozen
from fleetgen.mapping import names
from fleetgen.mapping.store import meta
from fleetgen.messages import dumps
from fleetgen.model import Json
from fleetgen.pipeline import Format, Role, Stream
from fleetgen.proof import files
from fleetgen.quoting import ch_ident
from fleetgen.targets.clickhouse.engine import Engine


@frozen
class Letter:
    """A dead letter: the message's number, and the columns at fault as it names them."""

    number: int
    error: str


@frozen
class Bench:
    """Messages are known by their offset. `start`: the time of the first; each later one is sent a millisecond after.

    A time without milliseconds in front of now: a store may expire what is old.
    """

    engine: Engine
    database: str
    stream: Stream
    start: datetime

    def clear(self) -> None:
        for table in (self.stream.name, names.DEAD_LETTERS):
            self.engine.run(f"TRUNCATE TABLE {self._table(table)}")

    def push(self, messages: Sequence[dict[str, Any]]) -> None:
        """All in one insert, numbered from 0: JSON messages, or in the format avro record values.

        Raises EngineError where ClickHouse refuses it whole.
        """
        table = self._table(names.push(self.stream))
        if self.stream.format is Format.AVRO:
            self.engine.insert_file(table, files.file(self.stream, messages, self.start))
            return
        lines = "\n".join(dumps({**message, **self._known(number)}) for number, message in enumerate(messages))
        self.engine.insert(table, lines.encode())

    def stored(self) -> list[dict[str, Any]]:
        """Of a dimension the newest row of each key."""
        final = " FINAL" if self.stream.role is Role.DIMENSION else ""
        return self._rows(f"SELECT * FROM {self._table(self.stream.name)}{final}")

    def refused(self) -> list[Letter]:
        rows = self._rows(f"SELECT `offset`, `error` FROM {self._table(names.DEAD_LETTERS)}")
        return [Letter(row["offset"], row["error"].decode()) for row in rows]

    def _known(self, number: int) -> dict[str, Json]:
        ours = meta(self.stream)
        time = self.start + timedelta(milliseconds=number)
        return {ours.offset: number, ours.timestamp: time.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]}

    def _rows(self, query: str) -> list[dict[str, Any]]:
        return list(rowbinary.rows(self.engine.raw(query, rowbinary.FORMAT)))

    def _table(self, name: str) -> str:
        return f"{ch_ident(self.database)}.{ch_ident(name)}"


def an_hour_ago() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
