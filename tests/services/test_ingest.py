"""From generated files to rows by way of plan and apply: real Kafka, a real registry, a real ClickHouse."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
import requests

from fleetgen.commands import services, switching
from fleetgen.files import Disk
from fleetgen.plan import Action, Change, Risk
from fleetgen.project import load
from fleetgen.targets.kafka.connection import Connection
from fleetgen.targets.kafka.topics import Topics
from services import kafka
from services.served import Server

CAR: Final = {
    "type": "record", "name": "car", "namespace": "garage",
    "fields": [{"name": "wheels", "type": "int"}, {"name": "colour", "type": {"type": "string", "arg.properties": {
        "options": ["red", "blue"]}}}],
}  # fmt: skip
RIDE: Final = {
    "type": "record", "name": "ride", "namespace": "garage",
    "fields": [
        {"name": "id", "type": "int"},
        {"name": "kind", "type": {"type": "enum", "name": "kind", "symbols": ["CITY", "TOUR"]}},
        {"name": "what", "type": ["null", "int", "garage.kind"]},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros", "arg.properties": {
            "range": {"min": 1_600_000_000_000_000, "max": 1_700_000_000_000_000}}}},
    ],
}  # fmt: skip
TOML: Final = """database = "{name}"
[streams.car]
topic = "{name}_car"
key = ["wheels"]
partitions = 3
retention = "7d"
[streams.ride]
topic = "{name}_ride"
format = "avro"
[profiles.here]
ingest = "kafka"
kafka = {{ bootstrap = "${{env:BROKER}}", registry = {{ url = "${{env:REGISTRY}}" }} }}
clickhouse = {{ url = "${{env:CH_URL}}", user = "${{env:CH_USER}}", password = "${{env:CH_PASSWORD}}" }}
"""
Done: TypeAlias = "subprocess.CompletedProcess[str]"


class Project:
    def __init__(self, root: Path, name: str, environ: dict[str, str]) -> None:
        self.root, self.name, self.environ = root, name, environ
        (root / "schemas").mkdir()
        (root / "schemas/car.avsc").write_text(json.dumps(CAR))
        (root / "schemas/ride.avsc").write_text(json.dumps(RIDE))
        self.configure()

    def configure(self, change: Callable[[str], str] = lambda text: text) -> None:
        (self.root / "fleetgen.toml").write_text(change(TOML.format(name=self.name)))
        done = self.run("render", "-q")
        assert done.returncode == 0, done.stderr

    def run(self, *arguments: str, profile: str | None = None) -> Done:
        command = [sys.executable, "-m", "fleetgen", *arguments, *(["--profile", profile] if profile else [])]
        environ = {**os.environ, **self.environ}
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, env=environ)

    def __call__(self, *arguments: str) -> Done:
        return self.run(*arguments, profile="here")

    def done(self, *arguments: str) -> str:
        done = self(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def changes(self) -> list[str]:
        planned = self("plan", "--output", "json")
        assert planned.returncode in (0, 3, 4), planned.stderr
        return [f"{each['action']} {each['kind']} {each['name']}" for each in json.loads(planned.stdout)["changes"]]


Make: TypeAlias = Callable[[str], Project]


@pytest.fixture
def make(kafka_bootstrap: str, registry_url: str, clickhouse_server: Server, tmp_path: Path) -> Make:
    environ = {
        "BROKER": kafka_bootstrap, "REGISTRY": registry_url, "CH_URL": clickhouse_server.url,
        "CH_USER": clickhouse_server.user, "CH_PASSWORD": clickhouse_server.password,
    }  # fmt: skip
    return lambda name: Project(tmp_path, name, environ)


def counted(server: Server, name: str, table: str) -> tuple[int, int]:
    """Rows, and places in the topic."""
    query = f"SELECT count(), uniqExact(_topic, _partition, _offset) FROM {name}.{table} FORMAT TSV"
    rows, places = server.query(query).split()
    return int(rows), int(places)


def test_messages_pass_from_kafka_to_the_stores(make: Make, clickhouse_server: Server, registry_url: str) -> None:
    project = make("passes")
    planned = project("plan", "-o", "plan.json")
    assert planned.returncode == 3, planned.stderr
    assert project.done("apply", "plan.json").startswith("+ kafka topic passes_car: missing\n")
    assert project("plan").returncode == 0
    project.done("simulate", "--rows", "4000")
    smoke = project.done("smoke")
    assert "ok  topic passes_car -> passes.car: 4,000 messages stored or refused\n" in smoke
    assert "ok  topic passes_ride -> passes.ride: 4,000 messages stored or refused\n" in smoke
    assert (counted(clickhouse_server, "passes", "car"), counted(clickhouse_server, "passes", "ride")) == (
        (4000, 4000), (4000, 4000),
    )  # fmt: skip
    assert clickhouse_server.query("SELECT count() FROM passes.dead_letters") == "0\n"
    assert project("plan").returncode == 0

    _set_by_hand(project.environ["BROKER"], "passes_car", "retention.ms", "3600000")
    assert project.changes() == ["~ topic passes_car"]
    latest = requests.get(f"{registry_url}/subjects/passes_ride-value/versions/latest", timeout=10).json()
    schema = json.loads(latest["schema"])
    schema["fields"].append({"name": "more", "type": "int", "default": 0})
    kafka.register(registry_url, "passes_ride-value", json.dumps(schema))
    assert project.changes() == ["~ topic passes_car", "~ subject passes_ride-value"]
    blocked = project("apply")
    assert (blocked.returncode, "version 2 was registered over ours, which is version 1" in blocked.stderr) == (4, True)
    assert "fleetgen pull passes_ride-value" in blocked.stderr
    requests.delete(f"{registry_url}/subjects/passes_ride-value/versions/2", timeout=10).raise_for_status()
    project.done("apply")
    assert project.changes() == []


def _set_by_hand(broker: str, topic: str, key: str, value: str) -> None:
    Topics(Connection({"kafka.bootstrap": broker})).run(("alter-config", topic, json.dumps({key: value})))


def push(server: Server, name: str, rows: Iterable[dict[str, Any]]) -> None:
    """As somebody's own pusher would: each message with its place in the topic."""
    lines = "\n".join(json.dumps(row) for row in rows)
    server.query(f"INSERT INTO {name}.car_push FORMAT JSONEachRow {lines}")


def by_push(text: str) -> str:
    return text.replace('ingest = "kafka"', 'ingest = "push"')


def produce(broker: str, topic: str, partition: int, numbers: range) -> None:
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": broker})
    for number in numbers:
        producer.produce(topic, json.dumps({"wheels": number, "colour": "red"}), partition=partition)
    assert producer.flush(20) == 0


def test_a_switch_from_push_to_kafka_and_back_loses_nothing_and_stores_nothing_twice(
    make: Make, clickhouse_server: Server
) -> None:
    project = make("switches")
    broker = project.environ["BROKER"]
    project.configure(by_push)
    project.done("apply")
    for partition in range(3):
        produce(broker, "switches_car", partition, range(100))
    pushed = {0: 100, 1: 40}  # all of it, a part of it, none of it
    for partition, count in pushed.items():
        places = ({"_topic": "switches_car", "_partition": partition, "_offset": offset} for offset in range(count))
        push(clickhouse_server, "switches", ({**place, "wheels": 1, "colour": "red"} for place in places))
    assert counted(clickhouse_server, "switches", "car") == (140, 140)

    project.configure()
    planned = project("plan")
    assert planned.returncode == 3, planned.stdout + planned.stderr
    assert "~ kafka group fleetgen_switches_car: goes on behind what is stored, in 2 partitions" in planned.stdout
    applied = project.done("apply")
    assert "ok  topic switches_car -> switches.car: 300 messages stored or refused\n" in applied
    assert counted(clickhouse_server, "switches", "car") == (300, 300)
    assert project.changes() == []
    tables = clickhouse_server.query("SELECT name FROM system.tables WHERE database = 'switches'").split()
    assert not [table for table in tables if "_push" in table]

    project.configure(by_push)
    project.done("apply")
    tables = clickhouse_server.query("SELECT name FROM system.tables WHERE database = 'switches'").split()
    assert not [table for table in tables if "_kafka" in table]
    produce(broker, "switches_car", 2, range(50))
    rows = (
        {"_topic": "switches_car", "_partition": 2, "_offset": n, "wheels": 2, "colour": "red"} for n in range(100, 120)
    )
    push(clickhouse_server, "switches", rows)
    project.configure()
    project.done("apply")
    assert counted(clickhouse_server, "switches", "car") == (350, 350)


def test_a_switch_that_would_be_a_guess_is_refused(make: Make, clickhouse_server: Server) -> None:
    project = make("guesses")
    project.configure(by_push)
    project.done("apply")
    produce(project.environ["BROKER"], "guesses_car", 0, range(10))
    project.done("simulate", "--rows", "500")  # under offsets of its own
    project.configure()
    blocked = project("apply")
    assert blocked.returncode == 4
    assert "goes up to offset 499 in partition 0, and the topic ends at 10: nobody can say" in blocked.stderr
    assert "TRUNCATE TABLE guesses.car" in blocked.stderr
    assert counted(clickhouse_server, "guesses", "car") == (500, 500)


def test_what_was_simulated_before_there_was_a_topic_is_no_hindrance(make: Make, clickhouse_server: Server) -> None:
    project = make("early")
    project.configure(by_push)
    project.done("apply")
    project.done("simulate", "--rows", "500")
    project.configure()
    project.done("apply")
    project.done("simulate", "--rows", "300", "--seed", "7")
    project.done("smoke")
    assert clickhouse_server.query("SELECT count() FROM early.car") == "800\n"


def test_smoke_tells_what_is_neither_stored_nor_refused_and_what_came_twice(
    make: Make, clickhouse_server: Server
) -> None:
    project = make("tells")
    project.done("apply")
    project.done("simulate", "--rows", "300")
    broker = project.environ["BROKER"]
    _send(broker, "tells_car", b"no json", transaction=False)
    _send(broker, "tells_car", b'{"wheels": 4, "colour": "red"}', transaction=True)  # its end takes an offset too
    smoke = project.done("smoke")
    assert "table tells.dead_letters: 1 refused" in smoke
    assert re.search(r"topic tells_car: 30[2-4] messages; \d+ messages/s, \d+ bytes/s in; \d+ messages/s", smoke)
    assert "ok  topic tells_car -> tells.car: 302 messages stored or refused\n" in smoke
    assert "ok  topic tells_ride -> tells.ride: 300 messages stored or refused\n" in smoke

    row = "SELECT * REPLACE (colour AS colour) FROM tells.car WHERE _partition = 1 ORDER BY _offset LIMIT 3"
    clickhouse_server.query(f"INSERT INTO tells.car {row}")
    assert "302 messages stored or refused, 3 of them more than once" in project.done("smoke")
    clickhouse_server.query("DELETE FROM tells.car WHERE _partition = 1 AND _offset IN (5, 7)")
    gap = project("smoke")
    assert gap.returncode == 1
    assert re.search(
        r"GAP topic tells_car -> tells.car: 3 of 30[34] messages are neither .*; the first is offset 5 of partition 1",
        gap.stdout,
    )


def _send(broker: str, topic: str, value: bytes, *, transaction: bool) -> None:
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": broker, **({"transactional.id": "tells"} if transaction else {})})
    if transaction:
        producer.init_transactions(20)
        producer.begin_transaction()
    producer.produce(topic, value, partition=0)
    if transaction:
        producer.commit_transaction(20)
    assert producer.flush(20) == 0


def test_a_store_that_nothing_fills_is_a_gap(make: Make, clickhouse_server: Server) -> None:
    project = make("unfilled")
    project.done("apply")
    clickhouse_server.query("DETACH TABLE unfilled.car_kafka")
    project.done("simulate", "--rows", "50")
    gap = project("smoke")
    assert gap.returncode == 1
    assert "GAP topic unfilled_car -> unfilled.car: 50 of 50 messages are neither stored nor refused" in gap.stdout


def test_an_embedded_engine_pulls_while_a_command_has_it_open(make: Make) -> None:
    """Its Kafka tables are in memory: each command makes them again, and none is a change."""
    project = make("inside")
    project.configure(lambda text: re.sub(r"clickhouse = .*", 'clickhouse = { path = ".fleetgen/engine" }', text))
    project.done("apply")
    assert project.changes() == []
    smoke = ""
    for rows in (400, 300):
        project.done("simulate", "--rows", str(rows), "--seed", str(rows))
        begun = time.monotonic()
        smoke = project.done("smoke")
        assert time.monotonic() - begun < 40  # no member of an earlier command is waited for
    assert "ok  table inside.car: 700 rows\n" in smoke
    assert "ok  topic inside_car -> inside.car: 700 messages stored or refused\n" in smoke
    assert project.done("apply").startswith("Nothing to do.")


def test_what_a_sink_still_reads_or_would_read_again_is_refused(make: Make, clickhouse_server: Server) -> None:
    project = make("sinks")
    project.configure(by_push)
    project.done("apply")
    broker = project.environ["BROKER"]
    produce(broker, "sinks_car", 0, range(20))
    places = ({"_topic": "sinks_car", "_partition": 0, "_offset": n, "wheels": 1, "colour": "red"} for n in range(20))
    push(clickhouse_server, "sinks", places)
    with sink(broker, "sinks_car", "connect-car-sink"):
        project.configure()
        blocked = project("plan")
        assert blocked.returncode == 4
        assert "the sink car-sink still reads the topic" in blocked.stdout
        assert "PUT /connectors/car-sink/stop" in blocked.stdout

    found = services_of(project)
    planned = [Change("connect", "connector", "car-sink", Action.CREATE, "missing")]
    with found as opened:
        (refused,) = switching.changes(replace(opened, profile=replace(opened.profile, ingest="connect")), planned)
    assert refused.risk is Risk.REFUSED
    assert refused.reason.endswith("would read the topic from its beginning, and store 20 messages again")


@contextlib.contextmanager
def sink(broker: str, topic: str, group: str) -> Iterator[None]:
    """A member of a sink's group, as a worker that runs one."""
    from confluent_kafka import Consumer

    consumer = Consumer({"bootstrap.servers": broker, "group.id": group})
    try:
        consumer.subscribe([topic])
        while not consumer.assignment():
            consumer.poll(0.1)
        yield
    finally:
        consumer.close()


def services_of(project: Project) -> AbstractContextManager[services.Services]:
    loaded = load(Disk(project.root), project.environ)
    return services.opened(loaded, project.root, loaded.profile("here"), project.environ)
