"""A Kafka landing is changed while messages flow: none is lost, none stored twice, none refused that was good.

The messages come from a real broker into a served ClickHouse, and every change goes through desired, read, compare and
run, as apply does it.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest

from clickhouse_plans import applied, planned, survey
from fleetgen.pipeline import Pipeline, Source
from fleetgen.plan import Action, Plan
from fleetgen.targets import clickhouse
from fleetgen.targets.clickhouse import engine as connection
from fleetgen.targets.clickhouse.engine import Engine
from fleetgen.targets.clickhouse.live import ClickHouse
from fleetgen.templating import Templates
from services import kafka
from services.required import missing
from services.served import Server, served
from streams import stream

_PATIENCE: Final = 40.0
_FOLDERS: Final = ("database.sql", "tables/", "landing-kafka/")


@dataclass
class Producer:
    """Sends numbered messages until it is stopped; `message` makes one of its number."""

    broker: str
    topic: str
    message: Callable[[int], dict[str, Any]]
    sent: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Producer:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        from confluent_kafka import Producer as Client

        client = Client({"bootstrap.servers": self.broker, "linger.ms": 5, "enable.idempotence": True, "log_level": 0})
        while not self._stop.is_set():
            client.produce(self.topic, json.dumps(self.message(self.sent)))
            self.sent += 1
            if self.sent % 50 == 0:
                client.poll(0)
                time.sleep(0.01)
        assert client.flush(20) == 0


@dataclass(frozen=True)
class Services:
    broker: str
    server: Server
    engine: Engine

    def live(self, engine: Engine) -> ClickHouse:
        return ClickHouse(engine, {"kafka.bootstrap": self.broker})

    def apply(self, name: str, *fields: Any) -> Plan:
        """A database of the stream's own."""
        files = generated(name, *fields)
        values = {"kafka.bootstrap": self.broker}
        found = applied(self.engine, files, values=values)
        assert not found.blocked
        assert planned(self.engine, files, values=values).changes == ()
        return found

    def arrived(self, name: str, count: int) -> None:
        """Wait until so many messages are stored or refused, and a moment for those that would be too many."""
        both = f"SELECT (SELECT count() FROM {name}.{name}) + (SELECT count() FROM {name}.dead_letters)"
        end = time.monotonic() + _PATIENCE
        while self.engine.number(both) < count and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(1.5)

    def row(self, query: str) -> tuple[Any, ...]:
        return tuple(self.engine.rows(query)[0])


def generated(name: str, *fields: Any) -> dict[str, str]:
    record = {"type": "record", "name": name, "fields": list(fields)}
    of = Pipeline(name, (stream(record, source=Source("none")),), platforms={"clickhouse": ("server",)})
    texts = clickhouse.generate(of, Templates(), {}).files
    return {
        path: text.replace("kafka_flush_interval_ms = 1000", "kafka_flush_interval_ms = 300")
        for folder in _FOLDERS
        for path, text in texts.items()
        if path.startswith(f"clickhouse/server/{folder}")
    }


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    if reason := kafka.why_not():
        missing(reason)
    home: Path = tmp_path_factory.mktemp("flow")
    with (
        kafka.broker(home / "broker") as broker,
        served(home / "clickhouse") as server,
        connection.server(server.url, server.user, server.password) as engine,
    ):
        yield Services(broker, server, engine)


def number(type: Any = "int", **members: Any) -> dict[str, Any]:
    return {"name": "n", "type": type, **members}


NOTE: Final = {"name": "note", "type": ["null", "string"], "default": None}
WEIGHT: Final = {"name": "weight", "type": "double", "default": 1.5}
ID: Final = {"name": "id", "type": "int"}


def test_columns_come_and_widen_while_messages_flow(services: Services) -> None:
    services.apply("grow", ID, number())
    with Producer(services.broker, "grow", lambda n: {"id": n, "n": n % 100}) as producer:
        time.sleep(2)
        planned_added = services.apply("grow", ID, NOTE, number())
        time.sleep(1.5)
        services.apply("grow", ID, NOTE, number("long"))
        time.sleep(1.5)
        services.apply("grow", ID, NOTE, number("long"))
    services.arrived("grow", producer.sent)
    assert [(change.name, change.action) for change in planned_added.changes] == [
        ("grow.grow", Action.UPDATE),
        ("grow.grow_kafka", Action.REPLACE),
    ]
    assert services.row("SELECT count(), uniqExact(_partition, _offset), uniqExact(id) FROM grow.grow") == (
        producer.sent,
        producer.sent,
        producer.sent,
    )
    assert services.row("SELECT count() FROM grow.dead_letters") == (0,)
    assert services.row("SELECT toTypeName(any(n)), countIf(n != id % 100) FROM grow.grow") == ("Int64", 0)


def test_a_rename_keeps_old_rows_and_each_message_once(services: Services) -> None:
    """A message under the name that is not the schema's at its time is refused, and no other."""
    services.apply("moved", ID, number())
    name = ["n"]
    with Producer(services.broker, "moved", lambda n: {"id": n, name[0]: 5}) as producer:
        time.sleep(2)
        found = services.apply("moved", ID, {"name": "size", "type": "int", "aliases": ["n"]})
        name[0] = "size"
        time.sleep(2)
    services.arrived("moved", producer.sent)
    assert "n becomes size, its rows with it" in found.changes[0].reason
    stored, offsets, wrong = services.row("SELECT count(), uniqExact(_offset), countIf(size != 5) FROM moved.moved")
    refused, letters, errors = services.row(
        "SELECT count(), uniqExact(offset), countIf(position(error, 'n') = 0) FROM moved.dead_letters"
    )
    assert (stored + refused, stored, refused, wrong, errors) == (producer.sent, offsets, letters, 0, 0)
    assert stored > 0 < refused


def test_planning_takes_no_message(services: Services) -> None:
    """Scratch tables name the same topic and group, and nobody reads by them."""
    services.apply("plan", ID, number())
    with Producer(services.broker, "plan", lambda n: {"id": n, "n": 1}) as producer:
        end = time.monotonic() + 3
        while time.monotonic() < end:
            services.apply("plan", ID, number())
    services.arrived("plan", producer.sent)
    assert services.row("SELECT count(), uniqExact(_offset) FROM plan.plan") == (producer.sent, producer.sent)
    assert services.row("SELECT count() FROM plan.dead_letters") == (0,)


def test_a_half_made_landing_is_made_whole_and_loses_nothing(services: Services) -> None:
    services.apply("half", ID, number())
    with Producer(services.broker, "half", lambda n: {"id": n, "n": 1}) as producer:
        time.sleep(1.5)
        services.engine.run("DROP TABLE half.half_kafka SYNC")
        time.sleep(0.5)
        found = services.apply("half", ID, number())
        time.sleep(1)
    services.arrived("half", producer.sent)
    assert [change.reason for change in found.changes] == ["missing"]
    assert services.row("SELECT count(), uniqExact(_offset) FROM half.half") == (producer.sent, producer.sent)


def test_a_server_killed_at_any_moment_loses_nothing(services: Services, tmp_path: Path) -> None:
    """It may store a block again: then with the same offsets."""
    fields = [(ID, number()), (ID, number("long")), (ID, NOTE, number("long")), (ID, WEIGHT, NOTE, number("long"))]
    with Producer(services.broker, "killed", lambda n: {"id": n, "n": 1, "weight": 2}) as producer:
        for kill_after, wanted in enumerate(fields):
            with (
                served(tmp_path / "home") as server,
                connection.server(server.url, server.user, server.password) as engine,
            ):
                live, files = services.live(engine), generated("killed", *wanted)
                steps = list(survey(live, files).steps())
                for done, (_, step) in enumerate(steps):
                    live.run(step)
                    if done == kill_after + 1:
                        break
                time.sleep(1)
                os.kill(server.pid, signal.SIGKILL)
        with served(tmp_path / "home") as server, connection.server(server.url, server.user, server.password) as engine:
            last = replace(services, server=server, engine=engine)
            last.apply("killed", *fields[-1])
            time.sleep(2)
            producer.stop()
            last.arrived("killed", producer.sent)
            stored = "SELECT _partition, _offset FROM killed.killed"
            refused = "SELECT partition, offset FROM killed.dead_letters"
            assert last.row(f"SELECT uniqExact(*), max(_offset) FROM ({stored} UNION ALL {refused})") == (
                producer.sent,
                producer.sent - 1,
            )
