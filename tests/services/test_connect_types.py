"""What every type becomes on its way from Datagen through a real worker's JSON into the store: all of it arrives."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from fleetgen.sql import qualify, statements
from services.connect_client import Client, create, end, filled, wait
from services.served import Server

GOLDEN: Final = Path(__file__).parents[1] / "golden"
_JSON: Final = "org.apache.kafka.connect.json.JsonConverter"
CASES: Final = [
    path.name
    for path in sorted(GOLDEN.iterdir())
    if re.match("type_|logical_|nullable_|references_|several_", path.name)
    and all(any((path / "expected/connect/self-managed").glob(f"*-{kind}.json")) for kind in ("source", "sink"))
]
REFUSED: Final = {
    "logical_uuid_string": "parcel_id\n",  # Datagen sends any text where a uuid belongs
}
"""What goes to dead letters instead, and for which field."""
MESSAGES: Final = 20


class Case:
    """A golden case in a database and in topics of its own."""

    def __init__(self, name: str, server: Server) -> None:
        self.name, self.server, self.database = name, server, f"golden_{name}"
        self.expected = GOLDEN / name / "expected"
        self.connectors = [made for path in self._files("connect/self-managed", "json") if (made := self._own(path))]
        self.topics = [made["config"]["kafka.topic"] for made in self.connectors if "kafka.topic" in made["config"]]

    def _files(self, folder: str, suffix: str) -> list[Path]:
        return sorted((self.expected / folder).rglob(f"*.{suffix}"))

    def _own(self, path: Path) -> dict[str, Any]:
        made = filled(path.read_text(encoding="utf-8"), self.server)
        config = made["config"]
        assert config["value.converter"] == _JSON
        for key in ("kafka.topic", "topics", "topic2TableMap", "errors.deadletterqueue.topic.name"):
            if key in config:
                config[key] = f"{self.database}-{config[key]}"
        if "kafka.topic" in config:
            config |= {"max.interval": "0", "iterations": str(MESSAGES)}
        else:
            config |= {"database": self.database}
        return {"name": f"{self.database}-{made['name']}", "config": config}

    def prepare(self) -> None:
        self.server.query(f"DROP DATABASE IF EXISTS {self.database} SYNC")
        for folder in ("database.sql", "tables", "landing-push"):
            place = self.expected / "clickhouse/embedded" / folder
            for path in [place] if place.is_file() else sorted(place.glob("*.sql")):
                text = qualify(path.read_text(encoding="utf-8"), "fleetgen", self.database)
                for statement in statements(text):
                    self.server.query(statement, session_timezone="UTC")

    def arrived(self) -> int:
        stores = [path.stem for path in self._files("clickhouse/embedded/tables", "sql")]
        counts = " + ".join(f"(SELECT count() FROM {self.database}.`{store}`)" for store in stores)
        return int(self.server.query(f"SELECT {counts}"))

    def letters(self) -> int:
        return int(self.server.query(f"SELECT count() FROM {self.database}.dead_letters"))

    def refused(self) -> str:
        return self.server.query(f"SELECT DISTINCT error FROM {self.database}.dead_letters LIMIT 3")


@pytest.fixture
def batch(
    request: pytest.FixtureRequest, connect_url: str, clickhouse_server: Server, kafka_bootstrap: str
) -> Iterator[list[Case]]:
    """Some cases at a time: each connector costs the worker memory."""
    cases = [Case(name, clickhouse_server) for name in request.param]
    create(kafka_bootstrap, *(topic for case in cases for topic in case.topics))
    client = Client(connect_url)
    for case in cases:
        case.prepare()
        for connector in case.connectors:
            client.put(connector)
    yield cases
    for case in cases:
        for connector in case.connectors:
            client.ask("DELETE", f"/connectors/{connector['name']}")
        clickhouse_server.query(f"DROP DATABASE {case.database} SYNC")


@pytest.mark.parametrize("batch", [CASES[n : n + 10] for n in range(0, len(CASES), 10)], indirect=True)
def test_every_type_arrives(batch: list[Case], kafka_bootstrap: str) -> None:
    sent = {case.name: MESSAGES * len(case.topics) for case in batch}
    wait("sent", lambda: all(end(kafka_bootstrap, topic) == MESSAGES for case in batch for topic in case.topics))
    told: dict[str, str] = {}

    def settled() -> bool:
        told.clear()
        lost = [case for case in batch if case.arrived() + case.letters() != sent[case.name]]
        told.update({case.name: case.refused() for case in batch if case.letters()})
        return not lost

    wait("arrived", settled)
    assert told.items() <= REFUSED.items(), json.dumps(told, indent=1)
