"""Is Kafka alive: its brokers, what each topic holds, and what comes in; the schemas of its registry."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from fleetgen.targets.kafka import offsets, topics
from fleetgen.targets.kafka.connection import Connection
from fleetgen.targets.kafka.offsets import Partition, Span
from fleetgen.targets.kafka.subjects import Subjects
from fleetgen.targets.service import Line

if TYPE_CHECKING:
    from fleetgen.targets.kafka.live import Kafka

_WINDOW: Final = 1.0
"""Seconds over which what comes in is counted."""


def look(live: Kafka, files: Mapping[str, str]) -> list[Line]:
    """Raises FleetgenError if the brokers or the registry cannot be asked."""
    desired = live.desired(files)
    names = [each.name for each in desired if each.kind == topics.KIND]
    brokers = live.connection.admin.list_topics(timeout=10).brokers
    lines = [Line("kafka", True, f"{len(brokers)} broker{'s' * (len(brokers) != 1)}")]
    lines += _topics(live, names)
    if live.subjects is not None:
        lines += _subjects(live.subjects, [each.name for each in desired if each.kind != topics.KIND])
    return lines


def _topics(live: Kafka, names: Sequence[str]) -> list[Line]:
    there = live.topics.partitions(names)
    spans = offsets.spans(live.connection, there)
    messages, size = _flow(live.connection, spans)
    lines = []
    for name in names:
        if name not in there:
            lines.append(Line(f"topic {name}", False, "missing"))
            continue
        held = sum(span.size for (topic, _), span in spans.items() if topic == name)
        if not held:
            lines.append(Line(f"topic {name}", True, "no data yet"))
            continue
        rate = messages.get(name, 0) / _WINDOW
        flow = f"{rate:,.0f} messages/s, {rate * size.get(name, 0.0):,.0f} bytes/s in"
        lines.append(Line(f"topic {name}", True, f"{held:,} messages; {flow}"))
    return lines


def _flow(connection: Connection, spans: Mapping[Partition, Span]) -> tuple[dict[str, int], dict[str, float]]:
    """Of each topic how many messages came in meanwhile, and how large those are that were looked at, on average."""
    if not spans:
        return {}, {}
    seen: dict[str, list[int]] = {}
    consumer = connection.consumer({"fetch.wait.max.ms": 100})
    partition = connection.library.TopicPartition
    end = time.monotonic() + _WINDOW
    try:
        consumer.assign([partition(topic, number, span.end) for (topic, number), span in spans.items()])
        while (left := end - time.monotonic()) > 0:
            for message in consumer.consume(10_000, min(left, 0.2)):
                if message.error() is None:
                    size = len(message.value() or b"") + len(message.key() or b"")
                    seen.setdefault(message.topic(), []).append(size)
    finally:
        consumer.close()
    later = offsets.ends(connection, spans)
    came: dict[str, int] = {}
    for (topic, number), span in spans.items():
        came[topic] = came.get(topic, 0) + later[topic, number] - span.end
    return came, {topic: _mean(sizes) for topic, sizes in seen.items()}


def _mean(sizes: Sequence[int]) -> float:
    return sum(sizes) / len(sizes)


def _subjects(found: Subjects, names: Iterable[str]) -> list[Line]:
    lines = []
    for name in names:
        latest = found.latest(name)
        figure = "missing" if latest is None else f"version {latest.number}, id {latest.id}"
        lines.append(Line(f"subject {name}", latest is not None, figure))
    return lines
