"""One stream's tables on an engine: what is pushed, what is stored, what is refused."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
from fleetgen.proof.writers import Change
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

    def push(self, messages: Sequence[dict[str, Any]], loose: Collection[int] = ()) -> None:
        """All numbered from 0: JSON messages in one insert, or in the format avro record values in one for each writer.

        `loose`: the numbers of those that come from a writer of another schema. Raises EngineError where ClickHouse
        refuses an insert whole.
        """
        if self.stream.format is Format.AVRO:
            self._push_files(messages, loose)
            return
        lines = "\n".join(dumps({**message, **self._known(number)}) for number, message in enumerate(messages))
        self.engine.insert(self._landing, lines.encode())

    def push_changed(self, value: dict[str, Any], change: Change) -> None:
        """One record, by a writer with the change. Raises EngineError where ClickHouse refuses it."""
        self.engine.insert_file(self._landing, files.file_of_another(self.stream, [value], self.start, [0], change))

    def _push_files(self, messages: Sequence[dict[str, Any]], loose: Collection[int]) -> None:
        own = [number for number in range(len(messages)) if number not in loose]
        if own:
            values = [messages[number] for number in own]
            self.engine.insert_file(self._landing, files.file(self.stream, values, self.start, own))
        if loose:
            values = [messages[number] for number in loose]
            file = files.file_of_another(self.stream, values, self.start, tuple(loose))
            self.engine.insert_file(self._landing, file)

    @property
    def _landing(self) -> str:
        return self._table(names.push(self.stream))

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
