"""Where a source runs, its topic grows. That the store grows with it is told by `flow`, which looks afterwards."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

from fleetgen.pipeline import Pipeline, Stream
from fleetgen.targets.service import Line

if TYPE_CHECKING:
    from fleetgen.commands.services import Services
    from fleetgen.targets.connect.live import Connect
    from fleetgen.targets.kafka.live import Kafka

_PATIENCE: Final = 15.0
"""Seconds until the next message has to be there."""
_SLOWEST: Final = 5000
"""Milliseconds: a source that may pause longer is not waited for."""


def look(pipeline: Pipeline, found: Services) -> list[Line]:
    """A line for each running source whose next message is due."""
    if "kafka" not in found.lives or "connect" not in found.lives:
        return []
    running = cast("Connect", found.lives["connect"]).running()
    streams = [
        stream
        for stream in pipeline.streams
        if f"{stream.name}-source" in running and stream.source.max_interval <= _SLOWEST
    ]
    return _watch(cast("Kafka", found.lives["kafka"]), streams)


def _watch(kafka: Kafka, streams: Sequence[Stream]) -> list[Line]:
    before = _ends(kafka, streams)
    begun = time.monotonic()
    while True:
        now = _ends(kafka, streams)
        seconds = time.monotonic() - begun
        if all(now[topic] > end for topic, end in before.items()) or seconds > _PATIENCE:
            break
        time.sleep(0.3)
    return [_line(stream, now[stream.topic] - before[stream.topic], seconds) for stream in streams]


def _line(stream: Stream, came: int, seconds: float) -> Line:
    what = f"source {stream.name}"
    if came:
        return Line(what, True, f"runs, and topic {stream.topic} grows")
    return Line(what, False, f"runs, and nothing came into topic {stream.topic} within {seconds:.0f} s")


def _ends(kafka: Kafka, streams: Sequence[Stream]) -> dict[str, int]:
    """By topic the sum of the ends of its partitions; a topic that is not there has none."""
    from fleetgen.targets.kafka import offsets

    topics = sorted({stream.topic for stream in streams})
    there = kafka.topics.partitions(topics)
    ends = offsets.ends(kafka.connection, [(topic, number) for topic in there for number in range(there[topic])])
    return {topic: sum(end for (where, _), end in ends.items() if where == topic) for topic in topics}
