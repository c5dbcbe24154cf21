"""From generated files to rows by way of plan and apply: real Kafka, a real registry, a real ClickHouse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
import requests

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
