"""plan, apply, smoke and simulate on a real Kafka broker and a real schema registry."""

from __future__ import annotations

import io
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import fastavro
import pytest
import requests

from fleetgen.plan import CAUTIOUS, Action, Change, Resource, Risk
from fleetgen.targets.kafka.connection import Connection
from fleetgen.targets.kafka.topics import Topics
from services import kafka

CAR: Final[dict[str, Any]] = {
    "type": "record", "name": "car", "namespace": "garage",
    "fields": [
        {"name": "wheels", "type": "int"},
        {"name": "colour", "type": {"type": "string", "arg.properties": {"options": ["red", "blue"]}}},
    ],
}  # fmt: skip
KIND: Final = {"type": "enum", "name": "kind", "symbols": ["CITY", "TOUR"]}
AT: Final = {"type": "long", "logicalType": "timestamp-micros"}
RIDE: Final[dict[str, Any]] = {
    "type": "record", "name": "ride", "namespace": "garage",
    "fields": [
        {"name": "id", "type": "int"},
        {"name": "kind", "type": KIND},
        {"name": "what", "type": ["null", "int", "garage.kind"]},
        {"name": "at", "type": {**AT, "arg.properties": {"range": {"min": 1, "max": 9}}}},
    ],
}  # fmt: skip
END: Final = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
"""The times of samples: the broker lets go what is older than its retention, from half a minute after its start."""
NEW: Final = secrets.token_hex(3)
"""What makes names of topics new on a broker that others use too."""
TOML: Final = f"""database = "garage"
[streams.car]
topic = "car{NEW}"
key = ["wheels"]
partitions = 3
retention = "7d"
[streams.ride]
topic = "ride{NEW}"
format = "avro"
[profiles.here]
ingest = "kafka"
kafka = {{ bootstrap = "${{env:BROKER}}", registry = {{ url = "${{env:REGISTRY}}" }} }}
"""


@dataclass(frozen=True)
class Services:
    broker: str
    registry: str

    @property
    def environ(self) -> dict[str, str]:
        return {"BROKER": self.broker, "REGISTRY": self.registry}


@pytest.fixture(scope="module")
def services(kafka_bootstrap: str, registry_url: str) -> Services:
    return Services(kafka_bootstrap, registry_url)


@pytest.fixture(scope="module")
def topics(kafka_bootstrap: str) -> Topics:
    return Topics(Connection({"kafka.bootstrap": kafka_bootstrap}))


def topic(name: str, partitions: int, **config: str) -> Resource:
    settings = {f"config {key.replace('_', '.')}": value for key, value in config.items()}
    return Resource("kafka", "topic", name, {"partitions": str(partitions), **settings})


def plan(topics: Topics, *wanted: Resource) -> list[Change]:
    return topics.compare(wanted, topics.read(wanted), CAUTIOUS)


def converge(topics: Topics, *wanted: Resource) -> list[Change]:
    changes = plan(topics, *wanted)
    for change in changes:
        for step in change.steps:
            topics.run(step.call)
            topics.run(step.call)  # what is already so is success
    assert plan(topics, *wanted) == []
    return changes


def test_a_topic_is_made_and_grows_and_is_set_up(topics: Topics) -> None:
    (made,) = converge(topics, topic(f"grows{NEW}", 2, cleanup_policy="delete"))
    assert (made.action, made.reason) == (Action.CREATE, "missing")
    (grown,) = converge(topics, topic(f"grows{NEW}", 5, cleanup_policy="delete", retention_ms="99"))
    assert [(each.fact, each.before, each.after) for each in grown.differences] == [
        ("partitions", "2", "5"), ("config retention.ms", "604800000", "99"),
    ]  # fmt: skip
    assert "messages of one key go to another one" in grown.reason
    (refused,) = plan(topics, topic(f"grows{NEW}", 1, cleanup_policy="delete", retention_ms="99"))
    assert (refused.risk, "set partitions = 5" in refused.blocked) == (Risk.REFUSED, True)
    (policies,) = converge(topics, topic(f"grows{NEW}", 5, cleanup_policy="compact,delete"))
    assert "retention.ms: set by hand" in policies.reason
    assert plan(topics, topic(f"grows{NEW}", 5, cleanup_policy="delete,compact")) != []  # facts are canonical, not text


def test_what_would_delete_messages_has_to_be_allowed(topics: Topics, services: Services) -> None:
    name = f"keeps{NEW}"
    converge(topics, topic(name, 1, cleanup_policy="delete", retention_ms="-1"))
    shorter = topic(name, 1, cleanup_policy="delete", retention_ms="1000")
    assert [each.risk for each in plan(topics, shorter)] == [Risk.SAFE]  # it holds nothing
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": services.broker})
    producer.produce(name, "x")
    assert producer.flush(20) == 0
    (change,) = plan(topics, shorter)
    assert (change.risk, change.blocked) == (Risk.DESTRUCTIVE, "allow it with --allow-destructive")
    assert change.reason.startswith("messages older than 1000 ms go; retention.ms differs")


def test_drift_is_only_what_somebody_set(topics: Topics) -> None:
    wanted = topic(f"drifts{NEW}", 1, cleanup_policy="delete")
    converge(topics, wanted)
    topics.run(("alter-config", f"drifts{NEW}", '{"retention.ms": "1000", "max.message.bytes": "2000"}'))
    (change,) = plan(topics, wanted)
    assert {(each.fact, each.before, each.after) for each in change.differences} == {
        ("config max.message.bytes", "2000", None), ("config retention.ms", "1000", None),
    }  # fmt: skip
    converge(topics, wanted)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (topic(f"meets_x{NEW}", 1), f"collides with existing topic: meets.x{NEW}"),
        (topic("a b", 1), "Topic name is invalid"),
        (topic("none", 0), "Number of partitions"),
        (topic(f"odd{NEW}", 1, foo_bar="x"), "Unknown topic config name: foo.bar"),
        (topic(f"odd{NEW}", 1, retention_ms="soon"), "Invalid value soon"),
        (topic(f"meets.x{NEW}", 1, retention_ms="soon"), "Invalid value soon"),
    ],
    ids=["collides", "name", "partitions", "key", "value", "value of a name that collides"],
)
def test_what_cannot_be_is_told_by_the_plan(topics: Topics, wanted: Resource, said: str) -> None:
    converge(topics, topic(f"meets.x{NEW}", 1))
    (change,) = plan(topics, wanted)
    assert change.risk is Risk.REFUSED
    assert change.blocked
    assert said in change.reason


Fleetgen = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/car.avsc").write_text(json.dumps(CAR))
    (tmp_path / "schemas/ride.avsc").write_text(json.dumps(RIDE))
    (tmp_path / "fleetgen.toml").write_text(TOML)
    return tmp_path


def run(project: Path, environ: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fleetgen", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, env={**os.environ, **environ})


@pytest.fixture
def fleetgen(project: Path, services: Services) -> Fleetgen:
    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run(project, services.environ, *arguments, *(() if arguments[0] == "render" else ("--profile", "here")))

    assert call("render").returncode == 0
    return call


def changed(planned: subprocess.CompletedProcess[str]) -> list[tuple[str, str]]:
    """(key, facts that differ) of each change of a plan as JSON."""
    changes = json.loads(planned.stdout)["changes"]
    return [(f"{each['kind']} {each['name']}", ", ".join(d["fact"] for d in each["differences"])) for each in changes]


def test_topics_and_subjects_converge_are_filled_and_drift(
    fleetgen: Fleetgen, services: Services, topics: Topics
) -> None:
    early = fleetgen("simulate")
    assert (early.returncode, "FG726 error: Kafka has no topic " in early.stderr) == (2, True)
    first = fleetgen("plan", "--output", "json")
    assert (first.returncode, [key for key, _ in changed(first)]) == (
        3, [f"topic car{NEW}", f"topic ride{NEW}", f"subject ride{NEW}-value"],
    )  # fmt: skip
    applied = fleetgen("apply")
    assert applied.returncode == 0, applied.stderr
    assert f"ok  topic car{NEW}: no data yet" in applied.stdout
    assert fleetgen("plan").returncode == 0

    sent = fleetgen("simulate", "--rows", "5000", "--end", END.isoformat())
    assert sent.returncode == 0, sent.stderr
    assert f"ok  topic car{NEW}: 5,000 messages; 0 messages/s" in fleetgen("smoke").stdout
    _check_cars(services, fleetgen)
    _check_rides(services, fleetgen)

    topics.run(("alter-config", f"car{NEW}", '{"retention.ms": "5000000"}'))
    schema = json.loads(registered(services, f"ride{NEW}-value")["schema"])
    schema["fields"].append({"name": "more", "type": "int", "default": 0})
    kafka.register(services.registry, f"ride{NEW}-value", json.dumps(schema))
    drifted = fleetgen("plan", "--output", "json")
    assert (drifted.returncode, changed(drifted)) == (
        4, [(f"topic car{NEW}", "config retention.ms"), (f"subject ride{NEW}-value", "field more")],
    )  # fmt: skip


def registered(services: Services, subject: str) -> dict[str, Any]:
    answer = requests.get(f"{services.registry}/subjects/{subject}/versions/latest", timeout=10)
    found: dict[str, Any] = answer.json()
    return found


def consumed(services: Services, topic: str) -> list[Any]:
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": services.broker, "group.id": "test", "enable.partition.eof": True})
    parts = consumer.list_topics(topic).topics[topic].partitions
    consumer.assign([TopicPartition(topic, each, 0) for each in parts])
    found, ended = [], 0
    while ended < len(parts):
        message = consumer.poll(10)
        assert message is not None
        if message.error() is None:
            found.append(message)
        else:
            ended += 1
    consumer.close()
    return found


def samples(fleetgen: Fleetgen, stream: str) -> list[str]:
    return fleetgen("sample", stream, "--rows", "5000", "--end", END.isoformat()).stdout.splitlines()


def _check_cars(services: Services, fleetgen: Fleetgen) -> None:
    """JSON without spaces, the key as text, and one partition a key."""
    messages = consumed(services, f"car{NEW}")
    lines = samples(fleetgen, "car")
    assert sorted(message.value().decode() for message in messages) == sorted(lines)
    assert all(message.key() == str(json.loads(message.value())["wheels"]).encode() for message in messages)
    assert len({message.partition() for message in messages}) == 3
    places: dict[bytes, set[int]] = {}
    for message in messages:
        places.setdefault(message.key(), set()).add(message.partition())
    assert all(len(held) == 1 for held in places.values())
    times = [message.timestamp()[1] for message in messages]
    end = END.timestamp() * 1000
    assert end - 31 * 86_400_000 < min(times) <= max(times) <= end


def _check_rides(services: Services, fleetgen: Fleetgen) -> None:
    """Avro as AvroConverter writes it for Datagen: with the registered schema's number, an enum as a string."""
    latest = registered(services, f"ride{NEW}-value")
    schema = json.loads(latest["schema"])
    types = {field["name"]: field["type"] for field in schema["fields"]}
    assert types == {"id": "int", "kind": "string", "what": ["null", "int", "string"], "at": "long"}
    messages = consumed(services, f"ride{NEW}")
    assert {message.value()[:5] for message in messages} == {b"\0" + int(latest["id"]).to_bytes(4, "big")}
    assert {message.key() for message in messages} == {None}
    parsed = fastavro.parse_schema(schema)
    read = [fastavro.schemaless_reader(io.BytesIO(message.value()[5:]), parsed, None) for message in messages]
    told = [json.loads(line) for line in samples(fleetgen, "ride")]
    for each in told:
        if isinstance(each["what"], dict):
            each["what"] = next(value for value in each["what"].values() if value is not None)
    assert read == told


def test_an_incompatible_schema_is_blocked_with_the_registrys_reasons(
    fleetgen: Fleetgen, project: Path, services: Services
) -> None:
    subject = f"vans{NEW}-value"
    fields: list[dict[str, Any]] = [*CAR["fields"], {"name": "doors", "type": "int"}]
    vans = TOML.replace(f'topic = "car{NEW}"', f'topic = "vans{NEW}"\nformat = "avro"')
    (project / "fleetgen.toml").write_text(vans.replace(f"ride{NEW}", f"rides{NEW}"))
    assert fleetgen("render").returncode == 0
    assert fleetgen("apply").returncode == 0
    level = {"compatibility": "BACKWARD"}
    requests.put(f"{services.registry}/config/{subject}", json=level, timeout=10).raise_for_status()
    (project / "schemas/car.avsc").write_text(json.dumps({**CAR, "fields": fields}))
    assert fleetgen("render").returncode == 0
    blocked = fleetgen("plan")
    assert blocked.returncode == 4
    assert f"~ kafka subject {subject}: the registry says that it is not compatible: " in blocked.stdout
    assert "give a new field a default" in blocked.stdout
    fields[-1]["default"] = 4
    (project / "schemas/car.avsc").write_text(json.dumps({**CAR, "fields": fields}))
    assert fleetgen("render").returncode == 0
    grown = fleetgen("apply")
    assert grown.returncode == 0, grown.stderr
    assert f"~ kafka subject {subject}: the latest version differs: a new one is registered" in grown.stdout
    assert registered(services, subject)["version"] == 2
