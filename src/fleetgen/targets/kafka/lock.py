"""A lock held in a topic: claims are appended, and the order of the log, which is the same for all, decides.

Time is the broker's (LogAppendTime), so that nobody's clock counts. The topic is not compacted: whose claim is whose is
read from the beginning, and what a day ago was claimed has long expired.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import uuid4

from fleetgen.errors import Blocked
from fleetgen.frozen import frozen
from fleetgen.targets.kafka.connection import PATIENCE, Connection, KafkaFailure
from fleetgen.targets.kafka.topics import Topics

TOPIC: Final = "_fleetgen_lock"
_SPEC: Final = {
    "partitions": 1,
    "config": {
        "cleanup.policy": "delete",
        "message.timestamp.type": "LogAppendTime",
        "retention.ms": "86400000",
        "segment.ms": "3600000",
    },
}
LIFE: Final = 30_000
"""Milliseconds that a claim lasts unless it is renewed, which happens three times in that time."""


@frozen
class Entry:
    """A line of the log. `word` is "claim" (also when it is renewed) or "release"; times in milliseconds since 1970."""

    word: str
    id: str
    owner: str
    life: int
    at: int


@frozen
class Holder:
    id: str
    owner: str
    until: int


def holder(entries: Iterable[Entry]) -> Holder | None:
    """Who holds the lock after these entries, as everybody sees it who reads them."""
    held: Holder | None = None
    for entry in entries:
        mine = held is not None and held.id == entry.id
        if entry.word == "release":
            held = None if mine else held
        elif held is None or mine or held.until <= entry.at:
            held = Holder(entry.id, entry.owner, entry.at + entry.life)
    return held


class Lock:
    def __init__(self, connection: Connection, topics: Topics, life: int = LIFE) -> None:
        self._connection = connection
        self._topics = topics
        self._life = life

    @contextmanager
    def held(self, owner: str) -> Iterator[None]:
        """Raises Blocked, naming its owner and its end, if somebody else holds it."""
        self._topics.create(TOPIC, _SPEC)
        id = str(uuid4())
        producer = self._connection.producer(
            {"acks": "all", "linger.ms": 0, "message.timeout.ms": int(PATIENCE * 1000)}
        )
        offset = self._write(producer, "claim", id, owner)
        entries = self._read(offset)
        won = holder(entries)
        if won is None or won.id != id:
            assert won is not None  # a claim is the last entry: somebody holds it
            raise _held_by(won)
        ended = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(producer, id, owner, ended), daemon=True)
        renewing.start()
        try:
            yield
        finally:
            ended.set()
            renewing.join()
            self._write(producer, "release", id, owner)

    def _renew(self, producer: Any, id: str, owner: str, ended: threading.Event) -> None:
        """What cannot be renewed expires, as if this process had died."""
        while not ended.wait(self._life / 3000):
            try:
                self._write(producer, "claim", id, owner)
            except KafkaFailure:
                continue

    def _write(self, producer: Any, word: str, id: str, owner: str) -> int:
        """The entry's offset, once the brokers have it. Raises KafkaFailure if they do not take it."""
        answers: list[tuple[Any, Any]] = []
        text = json.dumps({"word": word, "id": id, "owner": owner, "life": self._life})
        what = f"the lock in topic {TOPIC} cannot be written"
        with self._connection.told(what):
            producer.produce(TOPIC, value=text, partition=0, on_delivery=lambda *answer: answers.append(answer))
            producer.flush(PATIENCE)
        error, message = answers[0] if answers else (None, None)
        if error is not None:
            raise self._connection.failure(what, error)
        if message is None:
            raise self._connection.unanswered(what)
        return int(message.offset())

    def _read(self, last: int) -> list[Entry]:
        """The log up to an offset."""
        what = f"the lock in topic {TOPIC} cannot be read"
        consumer = self._connection.consumer({"auto.offset.reset": "earliest"})
        found: list[Entry] = []
        end = time.monotonic() + PATIENCE
        try:
            with self._connection.told(what):
                consumer.assign([self._connection.library.TopicPartition(TOPIC, 0, 0)])
                while time.monotonic() < end:
                    message = consumer.poll(0.5)
                    if message is None or message.error() is not None:
                        self._refuse(message, what)
                        continue
                    if message.offset() <= last:
                        found.append(_entry(message))
                    if message.offset() >= last:
                        return found
            raise self._connection.unanswered(what)
        finally:
            consumer.close()

    def _refuse(self, message: Any, what: str) -> None:
        error = None if message is None else message.error()
        if error is not None and error.name() not in ("_PARTITION_EOF", "_TRANSPORT", "_ALL_BROKERS_DOWN"):
            raise self._connection.failure(what, error)


def _entry(message: Any) -> Entry:
    """What is none of ours counts for nothing."""
    at = int(message.timestamp()[1])
    try:
        tree = json.loads(message.value())
        return Entry(str(tree["word"]), str(tree["id"]), str(tree["owner"]), int(tree["life"]), at)
    except (ValueError, KeyError, TypeError):
        return Entry("release", "", "", 0, at)


def _held_by(won: Holder) -> Blocked:
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(won.until / 1000))
    return Blocked(
        f"FG763 error: {won.owner} is applying to this cluster\n"
        f"  help: nothing was changed; wait for it to end, or, if it died, until {until}, when its lock expires"
    )
