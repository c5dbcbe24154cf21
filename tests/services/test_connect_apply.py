"""plan and apply over a real Kafka, a real Connect worker and a served ClickHouse: rows arrive in the stores."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from fleetgen import profile
from fleetgen.errors import FleetgenError
from fleetgen.plan import Phase, Step
from fleetgen.targets.connect import live
from services import connect as workers
from services import kafka, served
from services.project import Project
from services.required import missing

ROOT: Final = Path(__file__).parents[2]
PROFILE: Final = """
database = "{database}"
{streams}
[profiles.live]
ingest = "connect"
kafka = {{ bootstrap = "${{env:T_KAFKA}}" }}
connect = {{ platform = "self-managed", url = "${{env:T_CONNECT}}" }}
[profiles.live.clickhouse]
platform = "server"
url = "${{env:T_CH}}"
user = "${{env:T_CH_USER}}"
password = "${{env:T_CH_PASSWORD}}"
"""
STREAM: Final = """
[streams.{name}]
key = ["vehicle_id"]
topic = "{prefix}-{name}"
source = {{ kind = "datagen", max-interval = 20 }}
"""
STREAMS: Final = ("fleet_mgmt_description", "fleet_mgmt_location", "fleet_mgmt_sensors")
KILLS: Final = int(os.environ.get("FLEETGEN_TEST_REAL_KILLS", "1"))
NUMBERS: Final = itertools.count(1)
CONNECTORS: Final = {f"{stream}-{kind}" for stream in STREAMS for kind in ("source", "sink")}


def wait(what: str, arrived: Callable[[], bool], patience: float = 60.0) -> None:
    end = time.monotonic() + patience
    while not arrived():
        assert time.monotonic() < end, f"{what}: not within {patience} s"
        time.sleep(0.2)


@pytest.fixture
def fleet(
    tmp_path: Path, kafka_bootstrap: str, clickhouse_server: served.Server, connect_url: str
) -> Iterator[Project]:
    """The fleet's schemas in a database and topics of its own."""
    yield from _fleet(tmp_path, kafka_bootstrap, clickhouse_server, connect_url, f"applied_{next(NUMBERS)}")
    for name in CONNECTORS:
        requests.delete(f"{connect_url}/connectors/{name}", timeout=30)


def _fleet(folder: Path, bootstrap: str, server: served.Server, url: str, prefix: str) -> Iterator[Project]:
    environ = {
        "T_KAFKA": bootstrap, "T_CONNECT": url, "T_CH": server.url, "T_CH_USER": server.user,
        "T_CH_PASSWORD": server.password, "T_DATABASE": prefix,
    }  # fmt: skip
    project = Project(folder / "fleet", environ)
    shutil.copytree(ROOT / "schemas", project.folder / "schemas")
    streams = "".join(STREAM.format(name=name, prefix=prefix) for name in STREAMS)
    server.query(f"DROP DATABASE IF EXISTS {prefix} SYNC")
    project.write("fleetgen.toml", PROFILE.format(database=prefix, streams=streams))
    project.run("render", expect=0)
    yield project
    server.query(f"DROP DATABASE IF EXISTS {prefix} SYNC")


def status(url: str, name: str) -> dict[str, Any]:
    answer = requests.get(f"{url}/connectors/{name}/status", timeout=30)
    told: dict[str, Any] = answer.json() if answer.ok else {}
    return told


def test_a_reviewed_plan_is_applied_and_rows_flow(
    fleet: Project, clickhouse_server: served.Server, connect_url: str
) -> None:
    fleet.run("plan", "--profile", "live", "-o", "plan.json", expect=3)
    password = fleet.environ["T_CH_PASSWORD"]
    assert password not in (fleet.folder / "plan.json").read_text()
    applied = fleet.run("apply", "plan.json", expect=0)
    assert password not in applied.stdout + applied.stderr
    assert {name for name in CONNECTORS if f"+ connect connector {name}: missing" in applied.stdout} == CONNECTORS
    assert "Nothing to do" in fleet.run("plan", "--profile", "live", expect=0).stdout

    def rows(stream: str) -> int:
        return int(clickhouse_server.query(f"SELECT count() FROM {fleet.environ['T_DATABASE']}.{stream}"))

    wait("messages", lambda: all(rows(stream) > 20 for stream in STREAMS))
    smoke = fleet.run("smoke", "--profile", "live", expect=0).stdout
    assert "ok  connect: version " in smoke
    for name in CONNECTORS:
        assert f"ok  connector {name}: RUNNING on " in smoke
    for stream in STREAMS:
        assert f"ok  source {stream}: runs, and topic " in smoke
    _drift(fleet, connect_url)
    _paused_around_a_change(fleet, connect_url)


def _drift(fleet: Project, url: str) -> None:
    """What was changed by hand is named, exactly, and put back."""
    path = f"{url}/connectors/fleet_mgmt_sensors-source/config"
    config = requests.get(path, timeout=30).json()
    assert requests.put(path, json={**config, "max.interval": "17"}, timeout=30).ok
    told = json.loads(fleet.run("plan", "--profile", "live", "--output", "json", expect=3).stdout)
    (change,) = told["changes"]
    assert change["differences"] == [{"fact": "config max.interval", "before": "17", "after": "20"}]
    fleet.run("apply", "--profile", "live", expect=0)
    assert requests.get(path, timeout=30).json()["max.interval"] == "20"
    fleet.run("plan", "--profile", "live", expect=0)


def _paused_around_a_change(fleet: Project, url: str) -> None:
    """One that an apply left stopped goes on with the next; one that a person paused stays so."""
    sink, other = "fleet_mgmt_sensors-sink", "fleet_mgmt_location-sink"
    assert requests.put(f"{url}/connectors/{sink}/stop", timeout=30).status_code == 204
    assert requests.put(f"{url}/connectors/{other}/pause", timeout=30).status_code == 202
    wait("halted", lambda: [status(url, name)["connector"]["state"] for name in (sink, other)] == ["STOPPED", "PAUSED"])
    plan = fleet.run("plan", "--profile", "live", expect=3).stdout
    assert f"~ connect connector {sink}: does not run: it is stopped" in plan
    assert f"connector {other} is paused" in plan
    assert "Plan: 0 to add, 1 to change" in plan
    fleet.run("apply", "--profile", "live", expect=1)  # smoke: the paused one is a gap
    assert status(url, sink)["tasks"][0]["state"] == "RUNNING"
    assert status(url, other)["connector"]["state"] == "PAUSED"


def test_a_field_is_added_while_messages_flow(
    fleet: Project, clickhouse_server: served.Server, connect_url: str, kafka_bootstrap: str
) -> None:
    """One plan: the sink stops, its tables change, the source sends the field, and each message is stored once."""
    stream = "fleet_mgmt_sensors"
    database = fleet.environ["T_DATABASE"]
    store = f"{database}.{stream}"
    fleet.run("apply", "--profile", "live", expect=0)
    wait("messages", lambda: clickhouse_server.query(f"SELECT count() > 20 FROM {store}") == "1\n")
    schema = json.loads((fleet.folder / f"schemas/{stream}.avsc").read_text())
    schema["fields"].append({"name": "odometer", "type": ["null", "long"], "default": None})
    fleet.write(f"schemas/{stream}.avsc", json.dumps(schema))
    fleet.run("render", expect=0)
    told = json.loads(fleet.run("plan", "--profile", "live", "--output", "json", expect=3).stdout)
    calls = {
        change["name"]: [step["call"][1] for step in change["steps"]]
        for change in told["changes"]
        if change["target"] == "connect"
    }
    assert calls == {
        f"{stream}-source": [f"/connectors/{stream}-source/config"],
        f"{stream}-sink": [f"/connectors/{stream}-sink/stop", f"/connectors/{stream}-sink/resume"],
    }
    fleet.run("apply", "--profile", "live", expect=0)
    fleet.run("plan", "--profile", "live", expect=0)
    new = f"SELECT count() > 20 FROM {store} WHERE odometer IS NOT NULL"
    wait("messages with the field", lambda: clickhouse_server.query(new) == "1\n")
    assert requests.put(f"{connect_url}/connectors/{stream}-source/stop", timeout=30).status_code == 204
    wait("stopped", lambda: status(connect_url, f"{stream}-source")["tasks"] == [])
    sent = end_of(kafka_bootstrap, f"{database}-{stream}")
    count = f"SELECT count(), uniqExact(_partition, _offset), max(_offset) + 1 FROM {store}"
    wait("all of them", lambda: clickhouse_server.query(count).split() == [f"{sent}"] * 3)
    assert clickhouse_server.query(f"SELECT count() FROM {database}.dead_letters") == "0\n"


@pytest.mark.parametrize("number", range(KILLS))
def test_apply_may_be_killed_on_real_services(fleet: Project, connect_url: str, number: int) -> None:
    """A lock that a killed one leaves is waited for: a minute at most."""
    steps = random.Random(number).randrange(1, 24)
    with fleet.start("apply", "--profile", "live", "-v") as applying:
        assert applying.stderr is not None
        seen = [line for line, _ in zip(applying.stderr, range(steps), strict=False) if ": " in line]
        time.sleep(random.Random(number).uniform(0, 0.3))
        applying.kill()
    assert len(seen) == steps
    end = time.monotonic() + 90
    while (again := fleet.run("apply", "--profile", "live")).returncode == 4:
        assert "FG763 error" in again.stderr
        assert time.monotonic() < end
        time.sleep(5)
    assert again.returncode == 0, again.stdout + again.stderr
    fleet.run("plan", "--profile", "live", expect=0)
    assert {name for name in CONNECTORS if status(connect_url, name)["tasks"][0]["state"] == "RUNNING"} == CONNECTORS


def end_of(bootstrap: str, topic: str) -> int:
    """How many messages a topic of one partition has had."""
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "tests", "log_level": 0})
    try:
        return int(consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=30)[1])
    finally:
        consumer.close()


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[workers.Worker, str]]:
    """One on a broker of its own, and the broker's address: what is killed here would be missed elsewhere."""
    if reason := kafka.why_not() or workers.why_not():
        missing(reason)
    home = tmp_path_factory.mktemp("own")
    with kafka.broker(home / "broker") as bootstrap, workers.worker(home / "worker", bootstrap) as made:
        yield made, bootstrap


def clear(worker: workers.Worker) -> None:
    for name in CONNECTORS:
        requests.delete(f"{worker.url}/connectors/{name}", timeout=30)


def run(worker: workers.Worker, name: str) -> bool:
    return [task["state"] for task in status(worker.url, name).get("tasks", ())] == ["RUNNING"]


def test_workers_that_come_and_go_meanwhile_are_not_noticed(
    tmp_path: Path, worker: tuple[workers.Worker, str], clickhouse_server: served.Server
) -> None:
    first, bootstrap = worker
    for project in _fleet(tmp_path, bootstrap, clickhouse_server, first.url, "rebalanced"):
        applying = project.start("apply", "--profile", "live")
        with applying, workers.worker(tmp_path / "second", bootstrap) as second:
            second.java.stop()
            said = applying.communicate(timeout=180)[1]
        assert applying.returncode == 0, said
        wait("tasks", lambda: all(run(first, name) for name in CONNECTORS))
        project.run("plan", "--profile", "live", expect=0)
        clear(first)


def test_a_worker_that_is_killed_meanwhile_is_one_clear_line_and_the_rerun_converges(
    tmp_path: Path, worker: tuple[workers.Worker, str], clickhouse_server: served.Server
) -> None:
    first, bootstrap = worker
    for project in _fleet(tmp_path, bootstrap, clickhouse_server, first.url, "killed"):
        applying = project.start("apply", "--profile", "live", "-v")
        assert applying.stderr is not None
        with applying:
            said = ""
            for line in applying.stderr:
                if line.startswith("sources: connect connector") and first.java.child is not None:
                    first.java.kill()
                said += line
        assert applying.returncode == 2, said
        assert "FG730 error: Kafka Connect: " in said
        assert "steps done; apply again to go on" in said
        assert "Traceback" not in said
        first.java.start()
        project.run("apply", "--profile", "live", expect=0)
        project.run("plan", "--profile", "live", expect=0)
        assert all(run(first, name) for name in CONNECTORS)
        clear(first)


def test_new_tasks_that_fail_are_told_although_the_old_ones_ran(connect_url: str, tmp_path: Path) -> None:
    """By a real worker's timing: right after the call its status is that of the old tasks, running or failed."""
    config = {
        "connector.class": "io.confluent.kafka.connect.datagen.DatagenConnector",
        "tasks.max": "1",
        "kafka.topic": "failing",
        "max.interval": "50",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "false",
    }
    good = config | {"schema.string": '{"type":"record","name":"failing","fields":[{"name":"x","type":"int"}]}'}
    bad = config | {"quickstart": "none"}
    service = profile.Profile("p", connect=profile.Connect("self-managed", connect_url))
    with live.opened(service, {"connect.url": connect_url}, tmp_path) as connect:

        def put(config: dict[str, str]) -> None:
            connect.run(Step(Phase.SOURCES, ("PUT", "/connectors/failing-source/config", json.dumps(config))))

        try:
            for _ in range(3):
                put(good)
                assert [task["state"] for task in status(connect_url, "failing-source")["tasks"]] == ["RUNNING"]
                with pytest.raises(FleetgenError, match=r"FG735 error: .* task 0 FAILED: .*knows no quickstart"):
                    put(bad)
        finally:
            connect.run(Step(Phase.PAUSE, ("DELETE", "/connectors/failing-source")))
