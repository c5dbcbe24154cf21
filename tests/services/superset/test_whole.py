"""The whole pipeline from generated files only: one plan and one apply over every service, counts equal to the charts.

Real: Kafka, a schema registry, a Connect worker, ClickHouse, Superset. ksqlDB is in the process.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from fleetgen.targets.kafka import offsets
from fleetgen.targets.kafka.connection import Connection
from services.ksqldb.behind import Behind
from services.ksqldb.server import Ksqldb
from services.project import Project
from services.rest import running
from services.served import Server
from services.superset.rest import Rest
from services.superset.server import PASSWORD, USER, Superset

ROOT: Final = Path(__file__).parents[3]
SENSORS: Final = "schemas/fleet_mgmt_sensors.avsc"
STREAMS: Final = ("fleet_mgmt_description", "fleet_mgmt_location", "fleet_mgmt_sensors", "fault")
SOURCES: Final = tuple(f"{stream}-source" for stream in STREAMS[:3])
FAULT: Final = {
    "type": "record", "name": "fault", "fields": [
        {"name": "vehicle_id", "type": {"type": "int", "arg.properties": {"range": {"min": 1000, "max": 9999}}}},
        {"name": "code", "type": ["null", {"type": "enum", "name": "code", "symbols": ["ENGINE", "BRAKES"]}]},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros", "arg.properties": {
            "range": {"min": 1_600_000_000_000_000, "max": 1_700_000_000_000_000}}}},
    ],
}  # fmt: skip
ROWS: Final = 3000
STREAM: Final = """
[tool.fleetgen.streams.fault]
format = "avro"
source = { kind = "none" }
"""
PROFILE: Final = """
[tool.fleetgen.profiles.whole]
ingest = "kafka"
kafka = { bootstrap = "${env:W_KAFKA}", registry = { url = "${env:W_REGISTRY}" } }
connect = { url = "${env:W_CONNECT}" }
ksql = { url = "${env:W_KSQL}" }
clickhouse = { platform = "server", url = "${env:W_CH}", user = "${env:W_CH_USER}", password = "${env:W_CH_PASSWORD}" }
preset = { url = "${env:W_SUPERSET}", user = "${env:W_USER}", password = "${env:W_PASSWORD}" }
"""


def wait(what: str, arrived: Callable[[], bool], patience: float = 60.0) -> None:
    end = time.monotonic() + patience
    while not arrived():
        assert time.monotonic() < end, f"{what}: not within {patience} s"
        time.sleep(0.2)


class Whole:
    """The fleet, and a stream in Avro, in a project whose profile names every service."""

    def __init__(self, project: Project, server: Server, superset: Rest) -> None:
        self.project, self.server, self.superset = project, server, superset
        self.kafka = Connection({"kafka.bootstrap": project.environ["W_KAFKA"]})

    def run(self, *arguments: str, expect: int) -> str:
        return self.project.run(*arguments, "--profile", "whole", expect=expect).stdout

    def number(self, query: str) -> int:
        return int(self.server.query(query))

    def sent(self) -> dict[str, int]:
        spans = offsets.spans(self.kafka, dict.fromkeys(STREAMS, 1))
        return {topic: span.size for (topic, _), span in spans.items()}

    def stored(self) -> dict[str, int]:
        """Offsets, so that a merge of a dimension or a block that came twice changes nothing."""
        return {each: self.number(f"SELECT uniqExact(_partition, _offset) FROM fleet.{each}") for each in STREAMS}

    def halt(self, how: str) -> None:
        """The sources; what they have sent is in the topics then."""
        for name in SOURCES:
            requests.put(f"{self.project.environ['W_CONNECT']}/connectors/{name}/{how}", timeout=30).raise_for_status()
        if how == "pause":
            wait("paused", lambda: all(self._states(name) == {"PAUSED"} for name in SOURCES))
            time.sleep(0.5)

    def _states(self, name: str) -> set[str]:
        told = requests.get(f"{self.project.environ['W_CONNECT']}/connectors/{name}/status", timeout=30).json()
        return {told["connector"]["state"], *(task["state"] for task in told["tasks"])}

    def equal(self) -> None:
        """From topic to chart."""
        events = [each for each in STREAMS if each != "fleet_mgmt_description"]
        sent = self.sent()
        wait("everything is stored", lambda: {each: self.stored()[each] for each in events} == {
            each: sent[each] for each in events
        })  # fmt: skip
        assert self.number("SELECT count() FROM fleet.dead_letters") == 0
        for each in events:
            assert self.number(f"SELECT count() FROM fleet.{each}") == sent[each]
        for chart in ("Data ingestion over time", "Readings per day"):  # the calendar ends with the last whole second
            wait(chart, lambda name=chart: self.charted(name) == sent["fleet_mgmt_sensors"])  # type: ignore[misc]
        assert self.number("SELECT count() FROM fleet.fleet_mgmt_data") == sent["fleet_mgmt_sensors"]

    def charted(self, name: str) -> int:
        """What the points of a chart add up to."""
        found = self.superset.get("/api/v1/chart/?q=(page_size:1000)")["result"]
        (number,) = (each["id"] for each in found if each["slice_name"] == name)
        return sum(_metric(row) for row in self.superset.rows(number))


def _metric(row: dict[str, Any]) -> int:
    (value,) = (value for name, value in row.items() if name.lower().startswith("count"))
    return int(value)


@pytest.fixture
def whole(
    tmp_path: Path, kafka_bootstrap: str, registry_url: str, connect_url: str, clickhouse_server: Server,
    superset: Superset,
) -> Iterator[Whole]:  # fmt: skip
    rest = Rest(superset.url)
    rest.clear()
    clickhouse_server.query("DROP DATABASE IF EXISTS fleet SYNC")
    with running(Ksqldb(Behind(connect_url))) as ksqldb:
        environ = {
            "W_KAFKA": kafka_bootstrap, "W_REGISTRY": registry_url, "W_CONNECT": connect_url, "W_KSQL": ksqldb.url,
            "W_CH": clickhouse_server.url, "W_CH_USER": clickhouse_server.user,
            "W_CH_PASSWORD": clickhouse_server.password,
            "W_SUPERSET": superset.url, "W_USER": USER, "W_PASSWORD": PASSWORD,
        }  # fmt: skip
        project = Project(tmp_path / "fleet", environ)
        shutil.copytree(ROOT / "schemas", project.folder / "schemas")
        project.write("schemas/fault.avsc", json.dumps(FAULT))
        own = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        configured = own[own.index("[tool.fleetgen]") : own.index("[tool.fleetgen.profiles.prod]")]
        project.write("pyproject.toml", configured + STREAM + PROFILE)
        project.run("render", expect=0)
        yield Whole(project, clickhouse_server, rest)
        for name in SOURCES:
            requests.delete(f"{connect_url}/connectors/{name}", timeout=30)
    clickhouse_server.query("DROP DATABASE IF EXISTS fleet SYNC")


def test_one_plan_and_one_apply_over_every_service(whole: Whole) -> None:
    whole.run("plan", "-o", "plan.json", expect=3)
    saved = (whole.project.folder / "plan.json").read_text()
    assert {each["target"] for each in json.loads(saved)["changes"]} == {
        "kafka", "clickhouse", "connect", "ksql", "preset"
    }  # fmt: skip
    assert whole.project.environ["W_CH_PASSWORD"] not in saved
    whole.project.run("apply", "plan.json", expect=0)
    assert whole.run("plan", expect=0) == "Nothing to do: live is what generated/ says.\n"
    whole.run("simulate", "--rows", str(ROWS), expect=0)
    smoke = whole.run("smoke", expect=0)
    assert "GAP" not in smoke
    whole.halt("pause")
    assert all(count > ROWS for topic, count in whole.sent().items() if topic != "fault")
    assert whole.sent()["fault"] == ROWS
    whole.equal()
    _edit(whole)


def _edit(whole: Whole) -> None:
    """A field more, through every service, while messages flow."""
    whole.halt("resume")
    schema = json.loads((whole.project.folder / SENSORS).read_text())
    schema["fields"].append({"name": "humidity", "doc": "Percent.", "type": ["null", "int"], "default": None})
    whole.project.write(SENSORS, json.dumps(schema, indent=2))
    whole.run("render", expect=0)
    planned = whole.run("plan", "--allow-destructive", "-o", "plan.json", expect=3)
    assert "~ clickhouse table fleet.fleet_mgmt_sensors: " in planned
    assert "~ connect connector fleet_mgmt_sensors-source: differs in schema.string" in planned
    assert "fleet_mgmt_location-source" not in planned
    before = whole.sent()["fleet_mgmt_sensors"]
    whole.project.run("apply", "plan.json", expect=0)
    assert whole.run("plan", expect=0) == "Nothing to do: live is what generated/ says.\n"
    wait("messages flow", lambda: whole.sent()["fleet_mgmt_sensors"] > before)
    whole.run("simulate", "--rows", "100", expect=0)
    whole.halt("pause")
    whole.equal()
    assert whole.number("SELECT count() FROM fleet.fleet_mgmt_sensors WHERE isNotNull(humidity)") > 0
    columns = whole.superset.get("/api/v1/dataset/?q=(page_size:1000)")["result"]
    (number,) = (each["id"] for each in columns if each["table_name"] == "fleet_mgmt_sensors")
    names = {each["column_name"] for each in whole.superset.get(f"/api/v1/dataset/{number}")["result"]["columns"]}
    assert "humidity" in names
