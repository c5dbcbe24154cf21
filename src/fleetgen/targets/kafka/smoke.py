"""Is Kafka alive: its brokers, what each topic holds, what comes in and goes out; the schemas of its registry."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from fleetgen.frozen import frozen
from fleetgen.pipeline import Pipeline
from fleetgen.targets.kafka import offsets, topics
from fleetgen.targets.kafka.connection import Connection
from fleetgen.targets.kafka.offsets import Partition, Span
from fleetgen.targets.kafka.subjects import Subjects
from fleetgen.targets.service import Line

if TYPE_CHECKING:
    from fleetgen.targets.kafka.live import Kafka

_WINDOW: Final = 1.0
"""Seconds over which what comes in and goes out is counted."""
_LOOKED_AT: Final = 20
"""Messages of a partition that were there before, for their size."""


def look(live: Kafka, pipeline: Pipeline, files: Mapping[str, str]) -> list[Line]:
    """Raises FleetgenError if the brokers or the registry cannot be asked."""
    desired = live.desired(files)
    names = [each.name for each in desired if each.kind == topics.KIND]
    brokers = live.connection.admin.list_topics(timeout=10).brokers
    lines = [Line("kafka", True, f"{len(brokers)} broker{'s' * (len(brokers) != 1)}")]
    lines += _topics(live, names, _groups(live, pipeline))
    if live.subjects is not None:
        lines += _subjects(live.subjects, [each.name for each in desired if each.kind != topics.KIND])
    return lines


def _groups(live: Kafka, pipeline: Pipeline) -> dict[str, list[str]]:
    """By topic the groups that take its messages to ClickHouse."""
    found: dict[str, list[str]] = {}
    for stream in pipeline.streams:
        group = offsets.group(live.ingest, pipeline.database, stream.name)
        found.setdefault(stream.topic, []).extend([group] if group else [])
    return found


def _topics(live: Kafka, names: Sequence[str], groups: Mapping[str, Sequence[str]]) -> list[Line]:
    there = live.topics.partitions(names)
    spans = offsets.spans(live.connection, there)
    held = {name: sum(span.size for (topic, _), span in spans.items() if topic == name) for name in names}
    flow = _flow(live.connection, spans, {name: groups.get(name, ()) for name in names if held[name]})
    lines = []
    for name in names:
        if name not in there:
            lines.append(Line(f"topic {name}", False, "missing"))
        elif not held[name]:
            lines.append(Line(f"topic {name}", True, "no data yet"))
        else:
            lines.append(Line(f"topic {name}", True, f"{held[name]:,} messages; {flow[name].text}"))
    return lines


@frozen
class _Flow:
    """What came in and went out while it was watched; `size` is that of a message, on average."""

    came: int
    went: int | None
    seconds: float
    size: float

    @property
    def text(self) -> str:
        out = "" if self.went is None else f"; {self._rate(self.went)} out"
        return f"{self._rate(self.came)} in{out}"

    def _rate(self, count: int) -> str:
        rate = count / self.seconds
        return f"{rate:,.0f} messages/s, {rate * self.size:,.0f} bytes/s"


def _flow(
    connection: Connection, spans: Mapping[Partition, Span], groups: Mapping[str, Sequence[str]]
) -> dict[str, _Flow]:
    """Of each topic of `groups`."""
    watched = {each: span for each, span in spans.items() if each[0] in groups}
    if not watched:
        return {}
    began, before = time.monotonic(), _taken(connection, groups)
    sizes = _sizes(connection, watched)
    ends, after = offsets.ends(connection, watched), _taken(connection, groups)
    seconds = time.monotonic() - began
    came: dict[str, int] = {}
    for (topic, number), span in watched.items():
        came[topic] = came.get(topic, 0) + ends[topic, number] - span.end
    return {
        topic: _Flow(
            came[topic], after[topic] - before.get(topic, 0) if topic in after else None, seconds, sizes.get(topic, 0.0)
        )
        for topic in groups
    }


def _taken(connection: Connection, groups: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """By topic the sum of the offsets that its groups go on from, where they have any."""
    taken: dict[str, int] = {}
    for topic, names in groups.items():
        for name in names:
            for (where, _), offset in offsets.committed(connection, name).items():
                if where == topic:
                    taken[topic] = taken.get(topic, 0) + offset
    return taken


def _sizes(connection: Connection, spans: Mapping[Partition, Span]) -> dict[str, float]:
    """Watch for a while: of each topic how large its newest messages are, on average."""
    seen: dict[str, list[int]] = {}
    consumer = connection.consumer({"fetch.wait.max.ms": 100})
    partition = connection.library.TopicPartition
    end = time.monotonic() + _WINDOW
    try:
        consumer.assign([partition(*each, max(span.begin, span.end - _LOOKED_AT)) for each, span in spans.items()])
        while (left := end - time.monotonic()) > 0:
            for message in consumer.consume(10_000, min(left, 0.2)):
                if message.error() is None:
                    size = len(message.value() or b"") + len(message.key() or b"")
                    seen.setdefault(message.topic(), []).append(size)
    finally:
        consumer.close()
    return {topic: sum(sizes) / len(sizes) for topic, sizes in seen.items()}


def _subjects(found: Subjects, names: Iterable[str]) -> list[Line]:
    lines = []
    for name in names:
        latest = found.latest(name)
        figure = "missing" if latest is None else f"version {latest.number}, id {latest.id}"
        lines.append(Line(f"subject {name}", latest is not None, figure))
    return lines
