"""From one way of ingesting to another: what came by the old one must not come again by the new one.

A Kafka landing begins where what is stored ends: before its table is made, the offsets of its consumer group are set to
those behind the highest that are stored or refused, partition by partition. What would make that a guess is refused.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from fleetgen.commands import stored
from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen
from fleetgen.mapping import names
from fleetgen.pipeline import Stream
from fleetgen.plan import Action, Change, Phase, Risk, Step

if TYPE_CHECKING:
    from fleetgen.commands.services import Services
    from fleetgen.targets.clickhouse.live import ClickHouse
    from fleetgen.targets.kafka.live import Kafka
    from fleetgen.targets.kafka.offsets import Span

KIND: Final = "group"
_PATIENCE: Final = 75.0
"""Seconds in which the member of a table that was dropped is forgotten: 45 by the brokers' default."""
_RETRY: Final = ("UNKNOWN_MEMBER_ID", "NON_EMPTY_GROUP", "REBALANCE_IN_PROGRESS", "GROUP_SUBSCRIBED_TO_TOPIC")
_AMBIGUOUS: Final = (
    "was what is stored once pushed under made-up offsets? Then empty the store: `TRUNCATE TABLE {store}` and its dead "
    "letters, or give the stream another topic. Is the topic a new one of the same name? Then too"
)
_SINK_RUNS: Final = (
    "stop it first (PUT /connectors/{name}/stop, or delete it), and apply when its group has no members; what it has "
    "stored is not read again"
)
_SINK_ANEW: Final = (
    "set its offsets behind what is stored (PATCH /connectors/{name}/offsets while it is STOPPED), empty the store, or "
    'stay with ingest = "kafka"'
)


def changes(found: Services, planned: Sequence[Change]) -> list[Change]:
    """What has to be done, or cannot be done, beside the changes planned so far."""
    both = pair(found)
    if both is None or found.pipeline is None:
        return []
    kafka, clickhouse = both
    made = {change.name.rpartition(".")[2] for change in planned if _is_made(change)}
    switches: list[Change] = []
    for stream in found.pipeline.streams:
        switch = _Switch(found.pipeline.database, stream, kafka, clickhouse)
        match found.profile.ingest:
            case "kafka" if names.kafka(stream) in made and switch.has_store():
                switches += switch.to_kafka()
            case "connect" if f"{stream.name}-sink" in made and switch.has_store():
                switches += switch.to_connect()
            case "push" if names.push(stream) in made:
                switches += switch.from_connect()
            case _:
                continue
    return switches


def run(found: Services, change: Change, step: Step) -> None:
    """Take a step of any change: of one of ours with what both services know."""
    if change.kind == KIND:
        _skip(found, step)
    else:
        found.lives[change.target].run(step)


def _skip(found: Services, step: Step) -> None:
    """Set the offsets of a group, as far as what is stored by now says."""
    both, pipeline = pair(found), found.pipeline
    assert both is not None
    assert pipeline is not None
    name = step.call[-1]
    stream = next(stream for stream in pipeline.streams if stream.name == name)
    switch = _Switch(pipeline.database, stream, *both)
    starts = switch.starts()
    if starts.unknown:
        raise FleetgenError(
            f"FG729 error: {switch.unclear(starts)}\n"
            f"  help: {_AMBIGUOUS.format(store=f'{pipeline.database}.{stream.name}')}"
        )
    if starts.later:
        _commit(switch, starts.later)


@frozen
class _Starts:
    """By partition: where the group has to go on from, and where nobody can say."""

    later: Mapping[int, int]
    unknown: Mapping[int, tuple[int, int]]


class _Switch:
    """One stream on its way from one landing to another."""

    def __init__(self, database: str, stream: Stream, kafka: Kafka, clickhouse: ClickHouse) -> None:
        self._database = database
        self._stream = stream
        self.connection, self._topics = kafka.connection, kafka.topics
        self._stored = stored.Stored(clickhouse.engine, database, stream)
        self.group = f"fleetgen_{database}_{stream.name}"
        self._sink = f"{stream.name}-sink"

    def has_store(self) -> bool:
        """Whether there is anything that could be stored twice, and rows that say where they were."""
        return self._stored.is_placed and self._stored.is_there()

    def to_kafka(self) -> Iterable[Change]:
        yield from self.from_connect()
        starts = self.starts()
        if starts.unknown:
            way_out = _AMBIGUOUS.format(store=f"{self._database}.{self._stream.name}")
            yield self._change(self.group, self.unclear(starts), way_out)
        elif starts.later:
            count = len(starts.later)
            reason = f"goes on behind what is stored, in {count} partition{'s' * (count != 1)}"
            step = Step(Phase.SOURCES, ("skip-stored", self.group, self._stream.topic, self._stream.name))
            yield self._change(self.group, reason, "", step)

    def to_connect(self) -> Iterable[Change]:
        """The sink's group begins with the topic, and Connect makes it: there is no moment to set it."""
        from fleetgen.targets.kafka import offsets

        group = f"connect-{self._sink}"
        begins = offsets.committed(self.connection, group)
        again = sum(
            max(0, min(following, span.end) - max(span.begin, begins.get((self._stream.topic, partition), 0)))
            for partition, following in self._stored.following().items()
            if (span := self._spans().get(partition)) is not None
        )
        if again:
            reason = f"the sink {self._sink} would read the topic from its beginning, and store {again} messages again"
            yield self._change(group, reason, _SINK_ANEW.format(name=self._sink))

    def from_connect(self) -> Iterable[Change]:
        from fleetgen.targets.kafka import offsets

        group = f"connect-{self._sink}"
        if offsets.members(self.connection, group):
            reason = f"the sink {self._sink} still reads the topic: its messages would come twice, or go astray"
            yield self._change(group, reason, _SINK_RUNS.format(name=self._sink))

    def starts(self) -> _Starts:
        """A partition of which nothing is pending needs nothing."""
        from fleetgen.targets.kafka import offsets

        spans, following = self._spans(), self._stored.following()
        begins = offsets.committed(self.connection, self.group) if spans and following else {}
        later: dict[int, int] = {}
        unknown: dict[int, tuple[int, int]] = {}
        for partition, span in spans.items():
            start = max(begins.get((self._stream.topic, partition), span.begin), span.begin)
            behind = following.get(partition, 0)
            if behind <= start or span.end <= start:
                continue
            if behind <= span.end:
                later[partition] = behind
            else:
                unknown[partition] = (behind - 1, span.end)
        return _Starts(later, unknown)

    def unclear(self, starts: _Starts) -> str:
        partition, (offset, end) = min(starts.unknown.items())
        return (
            f"what is stored of topic {self._stream.topic} goes up to offset {offset} in partition {partition}, and "
            f"the topic ends at {end}: nobody can say which of its messages are stored already"
        )

    def commit(self, later: Mapping[int, int]) -> None:
        from fleetgen.targets.kafka import offsets

        wanted = {(self._stream.topic, partition): offset for partition, offset in later.items()}
        offsets.commit(self.connection, self.group, wanted)

    def _spans(self) -> dict[int, Span]:
        from fleetgen.targets.kafka import offsets

        there = self._topics.partitions([self._stream.topic])
        found = offsets.spans(self.connection, there)
        return {partition: span for (_, partition), span in found.items()}

    def _change(self, name: str, reason: str, blocked: str, *steps: Step) -> Change:
        risk = Risk.REFUSED if blocked else Risk.SAFE
        after = (f"kafka topic {self._stream.topic}",)
        return Change("kafka", KIND, name, Action.UPDATE, reason, risk, blocked, steps=steps, after=after)


def _commit(switch: _Switch, later: Mapping[int, int]) -> None:
    """A group can be set while it has no members: the one of a table that was dropped is forgotten in time."""
    from fleetgen.targets.kafka.connection import KafkaFailure

    end = time.monotonic() + _PATIENCE
    while True:
        try:
            switch.commit(later)
            return
        except KafkaFailure as error:
            if error.name not in _RETRY or time.monotonic() > end:
                raise
        time.sleep(1.0)


def _is_made(change: Change) -> bool:
    return change.action in (Action.CREATE, Action.REPLACE) and change.target in ("clickhouse", "connect")


def pair(found: Services) -> tuple[Kafka, ClickHouse] | None:
    """The two services that a switch is between, if the profile has both."""
    if not {"kafka", "clickhouse"} <= found.lives.keys():
        return None
    kafka, clickhouse = found.lives["kafka"], found.lives["clickhouse"]
    from fleetgen.targets.clickhouse.live import ClickHouse
    from fleetgen.targets.kafka.live import Kafka

    assert isinstance(kafka, Kafka)
    assert isinstance(clickhouse, ClickHouse)
    return kafka, clickhouse
