"""What ClickHouse has of a topic, in the store of its stream and among the dead letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fleetgen.frozen import frozen
from fleetgen.mapping import names
from fleetgen.mapping.store import meta
from fleetgen.pipeline import Pipeline, Stream
from fleetgen.quoting import ch_ident, ch_string
from fleetgen.targets.clickhouse.engine import Engine

_SHOWN: Final = 20


@frozen
class Held:
    """Of a part of a partition: how many offsets are stored or refused, and how many rows of them there are."""

    offsets: int
    rows: int


@frozen
class Stored:
    engine: Engine
    database: str
    stream: Stream

    @property
    def is_placed(self) -> bool:
        """Whether rows say where in the topic they were: not where a field of the record bears the name of a column of
        Kafka's.
        """
        known = meta(self.stream)
        return (known.topic, known.partition, known.offset) == ("_topic", "_partition", "_offset")

    def is_there(self) -> bool:
        """Whether both tables are."""
        query = "SELECT count() FROM system.tables WHERE database = {d:String} AND name IN ({s:String}, {l:String})"
        known = {"d": self.database, "s": self.stream.name, "l": names.DEAD_LETTERS}
        return int(self.engine.rows(query, known)[0][0]) == 2

    def following(self) -> dict[int, int]:
        """By partition one more than the highest offset."""
        query = f"SELECT partition, max(offset) + 1 FROM ({self._all()}) GROUP BY partition"
        return {int(partition): int(offset) for partition, offset in self.engine.rows(query)}

    def held(self, spans: Mapping[int, tuple[int, int]]) -> dict[int, Held]:
        """By partition what there is of the offsets [begin, end) that are asked for."""
        if not spans:
            return {}
        all_ = f"SELECT partition, uniqExact(offset), count() FROM ({self._all()})"
        query = f"{all_} WHERE {_within(spans)} GROUP BY partition"
        found = {int(row[0]): Held(int(row[1]), int(row[2])) for row in self.engine.rows(query)}
        return {partition: found.get(partition, Held(0, 0)) for partition in spans}

    def missing(self, partition: int, begin: int, end: int) -> list[int]:
        """The first of the offsets [begin, end) that are neither stored nor refused."""
        known = f"SELECT offset FROM ({self._all()}) WHERE {_within({partition: (begin, end)})}"
        query = f"SELECT {begin} + number AS o FROM numbers({end - begin}) WHERE o NOT IN ({known}) LIMIT {_SHOWN}"
        return [int(row[0]) for row in self.engine.rows(query)]

    def _all(self) -> str:
        topic = ch_string(self.stream.topic)
        store, dead = (_table(self.database, name) for name in (self.stream.name, names.DEAD_LETTERS))
        return (
            f"SELECT _partition AS partition, _offset AS offset FROM {store} WHERE _topic = {topic} "
            f"UNION ALL SELECT partition, offset FROM {dead} WHERE topic = {topic}"
        )


def of(engine: Engine, pipeline: Pipeline, stream: Stream) -> Stored:
    return Stored(engine, pipeline.database, stream)


def _table(database: str, name: str) -> str:
    return f"{ch_ident(database)}.{ch_ident(name)}"


def _within(spans: Mapping[int, tuple[int, int]]) -> str:
    each = [f"partition = {p} AND offset >= {begin} AND offset < {end}" for p, (begin, end) in sorted(spans.items())]
    return " OR ".join(f"({condition})" for condition in each)
