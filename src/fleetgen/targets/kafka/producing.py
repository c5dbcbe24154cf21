"""Messages into a topic: idempotent, compressed, by Kafka's own partitioner, each with its own time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from fleetgen.errors import FleetgenError
from fleetgen.targets.kafka.connection import PATIENCE, Connection

Message: TypeAlias = tuple[str | None, bytes, int]
"""Key, value, and when, in milliseconds since 1970."""

_SETTINGS: Final = {
    "enable.idempotence": True,
    "compression.type": "lz4",
    "linger.ms": 20,
    "partitioner": "murmur2_random",  # as Java's producers have it: a key is where a connector would put it
    "delivery.report.only.error": True,
    "queue.buffering.max.messages": 1_000_000,
}


class Sender:
    """Counts what the brokers did not take. Close it by `finish`, which tells."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._refused: Counter[str] = Counter()
        self._producer = connection.producer({**_SETTINGS, "on_delivery": self._delivered})

    def send(self, topic: str, messages: Iterable[Message]) -> None:
        """Raises KafkaFailure where the producer can go on no longer."""
        produce, poll = self._producer.produce, self._producer.poll
        with self._connection.told(f"topic {topic} cannot be written"):
            for key, value, moment in messages:
                while True:
                    try:
                        produce(topic, value, key, timestamp=moment)
                        break
                    except BufferError:
                        poll(0.05)
            poll(0)

    def finish(self) -> None:
        """Wait until the brokers have answered for all. Raises FleetgenError that counts what they did not take."""
        end, left = time.monotonic() + 5 * PATIENCE, len(self._producer)
        while left and time.monotonic() < end:
            now = self._producer.flush(1.0)
            end = time.monotonic() + 5 * PATIENCE if now < left else end
            left = now
        if left:
            self._refused["no answer in time"] += left
        if self._refused:
            told = ", ".join(f"{count:,} ({reason})" for reason, count in self._refused.most_common())
            raise FleetgenError(
                f"FG727 error: Kafka did not take {sum(self._refused.values()):,} messages: {told}\n"
                "  help: the others are in their topics; mend what it names and send again with another --seed"
            )

    def _delivered(self, error: Any, message: Any) -> None:
        if error is not None:
            self._refused[f"{message.topic()}: {' '.join(str(error.str()).split())}"] += 1
