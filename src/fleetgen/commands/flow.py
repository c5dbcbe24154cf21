"""What a topic holds is in the store or among the dead letters: from Kafka into ClickHouse, by whichever way."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from fleetgen.commands import stored
from fleetgen.commands.switching import pair
from fleetgen.frozen import frozen
from fleetgen.pipeline import Pipeline, Role, Stream
from fleetgen.targets.service import Line

if TYPE_CHECKING:
    from fleetgen.commands.services import Services
    from fleetgen.targets.kafka.connection import Connection
    from fleetgen.targets.kafka.offsets import Span

_PATIENCE: Final = 15.0
"""Seconds that the ingest has to catch up."""
_JOINING: Final = 75.0
"""The same while its group waits for a member that is gone: 45 seconds by the brokers' default."""
_STANDING: Final = 1.5
"""Without progress for so many seconds what is left is looked at."""
_MOVING: Final = 10.0
"""Without progress for so many seconds it stands."""
_AT_ONCE: Final = 16
"""Streams that are waited for at the same time."""


def look(pipeline: Pipeline, found: Services) -> list[Line]:
    """A line for each stream whose messages something of ours takes from Kafka to ClickHouse."""
    from concurrent.futures import ThreadPoolExecutor

    flows = list(_flows(pipeline, found))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(_Flow.line, flows))


def _flows(pipeline: Pipeline, found: Services) -> Iterator[_Flow]:
    both = pair(found)
    if both is None or found.profile.ingest == "push":
        return
    from fleetgen.targets.kafka import offsets

    kafka, clickhouse = both
    there = kafka.topics.partitions(sorted({stream.topic for stream in pipeline.streams}))
    for stream in pipeline.streams:
        held = stored.of(clickhouse.engine, pipeline, stream)
        if stream.topic in there and held.is_placed and held.is_there():
            group = offsets.group(found.profile.ingest, pipeline.database, stream.name)
            yield _Flow(kafka.connection, stream, held, group, there[stream.topic])


@frozen
class _Flow:
    connection: Connection
    stream: Stream
    held: stored.Stored
    group: str
    partitions: int

    def line(self) -> Line:
        what = f"topic {self.stream.topic} -> {self.held.database}.{self.stream.name}"
        spans = self._spans()
        if not any(span.size for span in spans.values()):
            return Line(what, True, "no data yet")
        left, moving = self._wait(spans)
        if left and moving:
            return Line(what, True, f"{left:,} of {_size(spans):,} messages to go")
        if left:
            return Line(what, False, f"{left:,} of {_size(spans):,} messages are neither stored nor refused")
        return self._count(what, spans)

    def _wait(self, spans: Mapping[int, Span]) -> tuple[int, bool]:
        """How many messages are left to take in the end, and whether that still gets less."""
        begun = changed = time.monotonic()
        left, looked = sum(self._left(spans).values()), False
        while left:
            time.sleep(0.3)
            before, each, now = left, self._left(spans), time.monotonic()
            left = sum(each.values())
            if left < before:
                changed, looked = now, False
            if not looked and now - changed > _STANDING:
                looked = True
                if not self._holds_more(spans, each):
                    return 0, True
            if now - begun > _PATIENCE and (now - begun > _JOINING or not self._is_joining()):
                return left, now - changed < _MOVING
        return 0, True

    def _left(self, spans: Mapping[int, Span]) -> dict[int, int]:
        """By what is stored, or by how far the group is: a store that keeps the newest row of a key lets others go."""
        from fleetgen.targets.kafka import offsets

        far = self.held.following()
        taken = offsets.committed(self.connection, self.group)
        reached = {each: max(far.get(each, 0), taken.get((self.stream.topic, each), 0)) for each in spans}
        return {each: max(0, span.end - max(span.begin, reached[each])) for each, span in spans.items()}

    def _holds_more(self, spans: Mapping[int, Span], left: Mapping[int, int]) -> bool:
        """Whether what seems to be left are messages."""
        from fleetgen.targets.kafka import reading

        behind = {each: spans[each].end - count for each, count in left.items() if count}
        return any(
            reading.holds_more(self.connection, self.stream.topic, each, offset) for each, offset in behind.items()
        )

    def _is_joining(self) -> bool:
        from fleetgen.targets.kafka import offsets

        return offsets.is_joining(self.connection, self.group)

    def _count(self, what: str, spans: Mapping[int, Span]) -> Line:
        """Offset by offset, where nothing lets rows go on purpose."""
        size = _size(spans)
        if self.stream.role is not Role.EVENT or self.stream.ttl_days is not None:
            return Line(what, True, f"{size:,} messages taken")
        held = self.held.held({each: (span.begin, span.end) for each, span in spans.items()})
        offsets, rows = (sum(getattr(each, name) for each in held.values()) for name in ("offsets", "rows"))
        twice = f", {rows - offsets:,} of them more than once" if rows > offsets else ""
        lost = self._lost(spans, held) if offsets < size else ""
        return Line(what, not lost, lost or f"{offsets:,} messages stored or refused{twice}")

    def _lost(self, spans: Mapping[int, Span], held: Mapping[int, stored.Held]) -> str:
        """An offset need not be a message: transactions and compaction leave some that are none."""
        from fleetgen.targets.kafka import reading

        for each, span in spans.items():
            if held[each].offsets == span.size:
                continue
            offsets = self.held.missing(each, span.begin, span.end)
            found = reading.present(self.connection, self.stream.topic, each, offsets)
            if found:
                missing = sum(spans[one].size - held[one].offsets for one in spans)
                first = f"the first is offset {found[0]} of partition {each}"
                return f"{missing:,} of {_size(spans):,} messages are neither stored nor refused; {first}"
        return ""

    def _spans(self) -> dict[int, Span]:
        from fleetgen.targets.kafka import offsets

        found = offsets.spans(self.connection, {self.stream.topic: self.partitions})
        return {number: span for (_, number), span in found.items()}


def _size(spans: Mapping[int, Span]) -> int:
    return sum(span.size for span in spans.values())
