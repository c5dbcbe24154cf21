"""A real worker validates and runs what fleetgen generates: messages go from Datagen through Kafka into the stores."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from fleetgen import project, sql
from fleetgen.files import Disk
from fleetgen.pipeline import Pipeline
from fleetgen.targets import clickhouse, connect
from fleetgen.templating import Templates
from services import connect as workers
from services import kafka
from services.connect_client import Client, create, end, filled, send, wait
from services.connect_fake import Connect
from services.java import running
from services.required import missing
from services.rest import running as serving
from services.served import Server

ROOT: Final = Path(__file__).parents[2]
GOLDEN: Final = sorted((ROOT / "tests/golden").glob("*/expected/connect/self-managed/*.json"))
DATABASE: Final = "through_connect"
DATAGEN: Final = "io.confluent.kafka.connect.datagen.DatagenConnector"
CONVERTER: Final = "io.confluent.connect.avro.AvroConverter"
OWN_VERSIONS: Final = {"connector.plugin.version", "transforms.key.plugin.version", "value.converter.plugin.version"}
OURS: Final = not {"FLEETGEN_CONNECT_PLUGINS", "FLEETGEN_TEST_CONNECT_URL"} & set(os.environ)
"""Whether the worker has the plug-ins of these tests. Those that bear the names know more keys, and other words."""


@pytest.fixture(scope="module")
def fleet() -> Pipeline:
    """The fleet in a database of its own, its sources quick."""
    pipeline = project.load(Disk(ROOT), {}).pipeline
    quick = tuple(
        replace(stream, topic=f"through-{stream.topic}", source=replace(stream.source, max_interval=20))
        for stream in pipeline.streams
    )
    platforms = {"clickhouse": ("server",), "connect": ("self-managed",)}
    return replace(pipeline, database=DATABASE, streams=quick, platforms=platforms)


@pytest.fixture(scope="module")
def worker(connect_url: str) -> Client:
    return Client(connect_url)


@pytest.fixture
def connectors(
    fleet: Pipeline, worker: Client, clickhouse_server: Server, kafka_bootstrap: str
) -> Iterator[dict[str, dict[str, Any]]]:
    """The generated connectors by name, above their tables; deleted at the end."""
    create(kafka_bootstrap, *(stream.topic for stream in fleet.streams))
    clickhouse_server.query(f"DROP DATABASE IF EXISTS {DATABASE} SYNC")
    tables = clickhouse.generate(fleet, Templates(), {}).files
    for folder in ("database.sql", "tables/", "landing-push/"):
        for path in sorted(path for path in tables if path.startswith(f"clickhouse/server/{folder}")):
            for statement in sql.statements(tables[path]):
                clickhouse_server.query(statement)
    generated = connect.generate(fleet, Templates(), {}).files.values()
    made = {one["name"]: one for one in (filled(text, clickhouse_server) for text in generated)}
    yield made
    for name in made:
        requests.delete(f"{worker.url}/connectors/{name}", timeout=30)


def test_the_fleets_connectors_move_rows_into_the_stores(
    fleet: Pipeline,
    connectors: dict[str, dict[str, Any]],
    worker: Client,
    clickhouse_server: Server,
    kafka_bootstrap: str,
) -> None:
    assert len(connectors) == 2 * len(fleet.streams)
    for connector in connectors.values():
        assert worker.errors(connector) == []
        worker.put(connector)
    wait("tasks", lambda: all(worker.states(name) == ["RUNNING"] for name in connectors))

    def count(table: str) -> int:
        return int(clickhouse_server.query(f"SELECT uniqExact(_partition, _offset) FROM {DATABASE}.{table}"))

    wait("rows", lambda: all(count(stream.name) >= 20 for stream in fleet.streams))
    for stream in fleet.streams:
        worker.ask("PUT", f"/connectors/{stream.name}-source/pause")
        wait("pause", lambda name=f"{stream.name}-source": worker.states(name) == ["PAUSED"])  # type: ignore[misc]
        sent = end(kafka_bootstrap, stream.topic)
        wait(stream.name, lambda name=stream.name, sent=sent: count(name) == sent)  # type: ignore[misc]
        meta = f"SELECT DISTINCT _topic, _timestamp > now() - 600 FROM {DATABASE}.{stream.name}"
        assert clickhouse_server.query(meta) == f"{stream.topic}\t1\n"
    assert clickhouse_server.query(f"SELECT count() FROM {DATABASE}.dead_letters") == "0\n"


def test_what_cannot_be_stored_goes_to_the_dead_letters_and_the_rest_arrives(
    connectors: dict[str, dict[str, Any]], worker: Client, clickhouse_server: Server, kafka_bootstrap: str
) -> None:
    """What is no JSON the converter refuses, an unknown field the server; a message without value is passed over."""
    sink = connectors["fleet_mgmt_sensors-sink"]
    topic, letters = sink["config"]["topics"], "through-dead-letters"
    create(kafka_bootstrap, letters)
    good = '{"vehicle_id":%d,"engine_temperature":200,"average_rpm":2000}'
    send(kafka_bootstrap, topic, good % 1, "no json", good % 2, None, '{"vehicle_id":3,"unknown":1}', good % 4)
    sink["config"]["errors.deadletterqueue.topic.name"] = letters
    worker.put(sink)
    stored = (
        f"SELECT groupArray(vehicle_id) FROM (SELECT vehicle_id FROM {DATABASE}.fleet_mgmt_sensors ORDER BY _offset)"
    )
    wait("rows", lambda: clickhouse_server.query(stored) == "[1,2,4]\n")
    wait("dead letters", lambda: end(kafka_bootstrap, letters) == 2)
    assert worker.states(sink["name"]) == ["RUNNING"]


def test_a_refused_login_fails_the_task_with_its_reason(
    connectors: dict[str, dict[str, Any]], worker: Client, kafka_bootstrap: str
) -> None:
    sink = connectors["fleet_mgmt_sensors-sink"]
    sink["config"]["password"] = "wrong"
    send(kafka_bootstrap, sink["config"]["topics"], "{}")
    worker.put(sink)
    wait("failure", lambda: worker.states(sink["name"]) == ["FAILED"])
    (task,) = worker.ask("GET", f"/connectors/{sink['name']}/status")["tasks"]
    assert "Authentication failed" in task["trace"] or not OURS


def test_every_generated_connector_is_valid_on_a_real_worker_and_on_the_one_in_the_process(worker: Client) -> None:
    """Both know the same keys of it and find nothing wrong. Confluent's converter only the latter knows."""
    differing, mute = [], 0
    with serving(Connect()) as service:
        double = Client(service.url)
        for path in GOLDEN:
            text = path.read_text(encoding="utf-8").replace('"${profile:clickhouse.port}"', '"8123"')
            connector = json.loads(text.replace('"${profile:clickhouse.ssl}"', '"false"'))
            given, real = double.known(connector), worker.known(connector)
            if connector["config"].get("value.converter") == CONVERTER and OURS:
                mute += 1
                assert "could not be found" in "".join(real.pop("value.converter")[-1])
                given.pop("value.converter")
            unlike = {key for key in {*given, *real} if given.get(key) != real.get(key)} if OURS else set()
            wrong = {key for key, (*_, errors) in real.items() if errors}
            if (unlike := unlike - OWN_VERSIONS) or wrong:
                differing.append(f"{path.parts[-5]}/{path.name}: {sorted(unlike | wrong)}")
    assert not differing, "\n".join(differing)
    assert not OURS or 0 < mute < len(GOLDEN)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "Must set exactly one of schema.string, schema.filename, quickstart"),
        ({"schema.string": "{", "max.interval": "1"}, "Unable to parse the provided schema"),
        ({"schema.string": '"int"'}, "Unable to parse the provided schema"),
        ({"schema.filename": "/nowhere"}, "Unable to parse the provided schema"),
        ({"schema.string": '{"type":"record","name":"r","fields":[]}', "schema.keyfield": "id"}, "does not contain"),
        ({"quickstart": "users", "schema.filename": "/nowhere"}, "Must set exactly one of"),
        ({"quickstart": "users", "max.interval": "soon"}, "Not a number of type LONG"),
        ({"quickstart": "users", "kafka.topic": None}, 'Missing required configuration "kafka.topic"'),
    ],
)
def test_datagen_refuses_what_the_real_one_refuses(worker: Client, changes: dict[str, str | None], reason: str) -> None:
    config = {"connector.class": DATAGEN, "tasks.max": "1", "kafka.topic": "t", **changes}
    config = {key: value for key, value in config.items() if value is not None}
    connector = {"config": config}
    found = worker.errors(connector)
    assert any(reason in error for error in found), found
    with serving(Connect()) as service:
        told = Client(service.url).errors(connector)
    assert any(reason in error for error in told), told


def test_a_reference_stays_one_and_its_value_reaches_the_task(worker: Client, kafka_bootstrap: str) -> None:
    if "FLEETGEN_TEST_CONNECT_URL" in os.environ:
        pytest.skip("the environment of a worker of one's own is not known")
    (canary,) = workers.ENVIRON.values()
    create(kafka_bootstrap, canary)
    text = '{"type":"record","name":"r","fields":[{"name":"id","type":"long"}]}'
    config = {"connector.class": DATAGEN, "tasks.max": "1", "kafka.topic": "${env:FLEETGEN_TEST_CANARY}",
        "schema.string": text, "max.interval": "0", "iterations": "5"}  # fmt: skip
    worker.put({"name": "referring", "config": config})
    try:
        wait("its end", lambda: worker.states("referring") == ["FAILED"])
        assert end(kafka_bootstrap, canary) == 5
        (task,) = worker.ask("GET", "/connectors/referring/status")["tasks"]
        assert "generated the configured 5 number of messages" in task["trace"]
        assert worker.ask("GET", "/connectors/referring/config")["kafka.topic"] == config["kafka.topic"]
    finally:
        worker.ask("DELETE", "/connectors/referring")


def test_a_worker_and_its_broker_are_killed_and_come_back_and_may_start_afresh(tmp_path: Path) -> None:
    if reason := workers.why_not() or kafka.why_not():
        missing(reason)
    broker = kafka.Broker(tmp_path / "broker")
    worker = workers.Worker(tmp_path / "worker", broker.address)
    client = Client(worker.url)
    config = {"connector.class": "FileStreamSource", "tasks.max": "1", "topic": "t", "file": str(tmp_path / "none")}
    with running(broker.java), running(worker.java):
        client.put({"name": "kept", "config": config})
        worker.java.kill()
        with pytest.raises(requests.ConnectionError):
            client.ask("GET", "/")
        broker.java.kill()
        broker.java.start()
        worker.java.start()
        assert client.ask("GET", "/connectors") == ["kept"]
        worker.java.stop()
        broker.java.stop()
        broker.wipe()
        broker.java.start()
        worker.java.start()
        assert client.ask("GET", "/connectors") == []


def test_plug_ins_of_ones_own_take_the_place_of_ours(
    tmp_path: Path, kafka_bootstrap: str, connect_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder without any: neither name is known then, though the worker runs."""
    monkeypatch.setenv("FLEETGEN_CONNECT_PLUGINS", str(tmp_path / "plugins"))
    (tmp_path / "plugins").mkdir()
    bare = workers.Worker(tmp_path / "worker", kafka_bootstrap, group="bare")
    with running(bare.java):
        classes = {plugin["class"] for plugin in Client(bare.url).ask("GET", "/connector-plugins")}
    assert "org.apache.kafka.connect.file.FileStreamSourceConnector" in classes
    assert DATAGEN not in classes
    assert DATAGEN in {plugin["class"] for plugin in Client(connect_url).ask("GET", "/connector-plugins")}
