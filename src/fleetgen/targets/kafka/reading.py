"""Single messages of a partition, looked up by their offsets."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from fleetgen.targets.kafka.connection import PATIENCE, Connection


def present(connection: Connection, topic: str, partition: int, offsets: Sequence[int]) -> list[int]:
    """Those of the offsets, ascending, that hold a message: not a transaction's mark, nor what was compacted away."""
    consumer = connection.consumer({"auto.offset.reset": "earliest", "isolation.level": "read_committed"})
    position = connection.library.TopicPartition
    found: list[int] = []
    try:
        for offset in offsets:
            if found and offset <= found[-1]:
                continue
            consumer.assign([position(topic, partition, offset)])
            if _first(consumer) == offset:
                found.append(offset)
    finally:
        consumer.close()
    return found


def holds_more(connection: Connection, topic: str, partition: int, offset: int) -> bool:
    """Whether a message follows from the offset on: a transaction's mark takes an offset too, and is none."""
    consumer = connection.consumer({"auto.offset.reset": "earliest", "isolation.level": "read_committed"})
    try:
        consumer.assign([connection.library.TopicPartition(topic, partition, offset)])
        return _first(consumer) is not None
    finally:
        consumer.close()


def _first(consumer: Any) -> int | None:
    """The offset of the next message; None at the end of the partition."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error() is None:
            return int(message.offset())
        if message.error().name() == "_PARTITION_EOF":
            return None
    return None
