"""Where the partitions of topics begin and end, and how far a consumer group is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from fleetgen.frozen import frozen
from fleetgen.targets.kafka.connection import Connection, KafkaFailure

Partition: TypeAlias = tuple[str, int]
"""A topic and a number."""


@frozen
class Span:
    """Offsets [begin, end): what of a partition is there, with what compaction and transactions leave out."""

    begin: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.begin


def group(ingest: str, database: str, stream: str) -> str:
    """The group that takes a stream's messages to ClickHouse; empty where somebody else does."""
    match ingest:
        case "kafka":
            return f"fleetgen_{database}_{stream}"
        case "connect":
            return f"connect-{stream}-sink"
        case _:
            return ""


def spans(connection: Connection, partitions: Mapping[str, int]) -> dict[Partition, Span]:
    """`partitions`: how many each topic has."""
    spec = connection.module("confluent_kafka.admin").OffsetSpec
    every = [(topic, number) for topic, count in partitions.items() for number in range(count)]
    begins, ends = (_list(connection, every, kind) for kind in (spec.earliest(), spec.latest()))
    return {each: Span(begins[each], ends[each]) for each in every}


def ends(connection: Connection, partitions: Iterable[Partition]) -> dict[Partition, int]:
    return _list(connection, list(partitions), connection.module("confluent_kafka.admin").OffsetSpec.latest())


def _list(connection: Connection, partitions: list[Partition], spec: Any) -> dict[Partition, int]:
    if not partitions:
        return {}
    wanted = {connection.library.TopicPartition(*each): spec for each in partitions}
    futures = connection.admin.list_offsets(wanted, request_timeout=10)
    found: dict[Partition, int] = {}
    for key, future in futures.items():
        what = f"where topic {key.topic} begins and ends cannot be read"
        offset = int(connection.result(future, what).offset)
        if offset < 0:  # of a broker that does not answer the library makes a number, not an error
            raise connection.unanswered(what)
        found[key.topic, key.partition] = offset
    return found


def committed(connection: Connection, group: str) -> dict[Partition, int]:
    """The offsets that a group goes on from; empty for one that never committed any."""
    request = connection.library.ConsumerGroupTopicPartitions(group)
    futures = connection.admin.list_consumer_group_offsets([request], request_timeout=10)
    answer = connection.result(futures[group], f"the group {group} cannot be read")
    return {(each.topic, each.partition): int(each.offset) for each in answer.topic_partitions if int(each.offset) >= 0}


def members(connection: Connection, group: str) -> int:
    """How many consumers a group has; 0 for one that does not exist."""
    future = connection.admin.describe_consumer_groups([group], request_timeout=10)[group]
    try:
        return len(connection.result(future, f"the group {group} cannot be read").members)
    except KafkaFailure as error:
        if error.name == "GROUP_ID_NOT_FOUND":
            return 0
        raise


def is_joining(connection: Connection, group: str) -> bool:
    """Whether the group is waiting for its members, as for one that is gone and not yet forgotten."""
    future = connection.admin.describe_consumer_groups([group], request_timeout=10)[group]
    try:
        state = connection.result(future, f"the group {group} cannot be read").state.name
    except KafkaFailure as error:
        if error.name == "GROUP_ID_NOT_FOUND":
            return False
        raise
    return str(state) in ("PREPARING_REBALANCING", "COMPLETING_REBALANCING")


def commit(connection: Connection, group: str, offsets: Mapping[Partition, int]) -> None:
    """Where the group goes on from. Raises KafkaFailure while it has members."""
    partition = connection.library.TopicPartition
    wanted = [partition(topic, number, offset) for (topic, number), offset in sorted(offsets.items())]
    request = connection.library.ConsumerGroupTopicPartitions(group, wanted)
    futures = connection.admin.alter_consumer_group_offsets([request], request_timeout=10)
    what = f"the offsets of the group {group} cannot be set"
    answer = connection.result(futures[group], what)
    _refuse(connection, answer.topic_partitions, what)


def _refuse(connection: Connection, partitions: Iterable[Any], what: str) -> None:
    """Raises KafkaFailure for the first of them with an error."""
    for each in partitions:
        if each.error is not None:
            raise connection.failure(what, each.error)
