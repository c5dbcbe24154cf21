"""The ksqlDB in the process against the recorded replies of a real one (8.3.1)."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import requests

from services.ksqldb.connectors import Connector
from services.ksqldb.failure import Failure
from services.ksqldb.server import Ksqldb, substituted
from services.ksqldb.worker import Worker
from services.rest import Unexpected, running
from streams import fleet, outputs

DATA = Path(__file__).parents[1] / "data/ksqldb/exchanges.jsonl"
EXCHANGES = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
GROUPS = {name: list(lines) for name, lines in groupby(EXCHANGES, key=lambda line: str(line["group"]))}
EARLIEST = {"auto.offset.reset": "earliest"}


def ask(server: Ksqldb, line: dict[str, Any]) -> tuple[int, Any]:
    """The status and body of a reply. Raises Unexpected."""
    body = line["reply"]
    if line["http"] == 200 and "commandSequenceNumber" in body[0]:
        server.store.sequence = body[0]["commandSequenceNumber"] - 2
    try:
        server._check_sequence(line.get("seq", -1))
        text = substituted(line["ksql"], line.get("vars", {}))
        return 200, [server.execute(text, line.get("props", {}))]
    except Failure as failure:
        return failure.http, failure.body()


@pytest.mark.parametrize("name", GROUPS)
def test_it_answers_as_a_real_server_did(name: str) -> None:
    server = Ksqldb()
    for line in GROUPS[name]:
        for text in line.get("given", ()):
            server.execute(text, EARLIEST)
        assert ask(server, line) == (line["http"], line["reply"]), line["ksql"]


TOPIC = "WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON', PARTITIONS=1)"
STREAM = f"CREATE STREAM a (k INT KEY, x INT) {TOPIC};".replace("WITH (", "WITH (KEY_FORMAT='DELIMITED', ")
TABLE = STREAM.replace("CREATE STREAM a", "CREATE TABLE t").replace("KEY,", "PRIMARY KEY,")
JOIN = (
    "CREATE STREAM j WITH (KAFKA_TOPIC='j', VALUE_FORMAT='JSON') AS SELECT s.k AS K_KEY, s.x AS `x`, t.x AS `y` "
    "FROM a s LEFT JOIN t t ON s.k = t.k EMIT CHANGES;"
)


@pytest.fixture
def joined() -> Ksqldb:
    server = Ksqldb()
    for text in (STREAM, TABLE, JOIN):
        server.execute(text, EARLIEST)
    return server


def test_it_takes_what_is_generated() -> None:
    server = Ksqldb()
    files = outputs(fleet())["ksql"].files
    for kind in ("streams", "connectors", "queries"):
        for path, text in files.items():
            if f"/{kind}/" in path:
                for statement in _split(text):
                    server.execute(statement, EARLIEST)
    assert {name: source.kind for name, source in server.store.sources.items()} == {
        "FLEET_MGMT_DESCRIPTION": "TABLE", "FLEET_MGMT_LOCATION": "STREAM", "FLEET_MGMT_LOCATION_LATEST": "TABLE",
        "FLEET_MGMT_SENSORS": "STREAM", "FLEET_DATA": "STREAM", "READINGS_BY_DRIVER": "TABLE",
    }  # fmt: skip
    data = {column.name: column.type.text() for column in server.store.sources["FLEET_DATA"].columns}
    assert data == {
        "VEHICLE_ID_KEY": "INTEGER", "vehicle_id": "INTEGER", "engine_temperature": "INTEGER",
        "average_rpm": "INTEGER", "latitude": "DOUBLE", "longitude": "DOUBLE", "ts": "TIMESTAMP",
        "driver_name": "STRING", "license_plate": "STRING", "_timestamp": "BIGINT",
    }  # fmt: skip
    assert {topic.partitions for topic in server.store.topics.values()} == {1}


def _split(text: str) -> list[str]:
    """The statements of a generated file, each alone: comments and SET left out."""
    kept = "".join(line for line in text.splitlines(keepends=True) if not line.startswith(("--", "SET ")))
    return [f"{each.strip()};" for each in kept.split(";\n") if each.strip()]


@pytest.mark.parametrize(
    "text",
    [
        "SHOW FUNCTIONS;",
        "SELECT * FROM a EMIT CHANGES;",
        "INSERT INTO a (x) VALUES (1);",
        "DROP STREAM a DELETE TOPIC;",
        "SHOW STREAMS; SHOW TABLES;",
        "SHOW STREAMS",
        f"CREATE STREAM b (x INT) {TOPIC.replace('PARTITIONS', 'CLEANUP_POLICY')};",
        "CREATE SOURCE CONNECTOR c WITH ('connector.class' = 'Nope');",
        "CREATE SOURCE CONNECTOR c WITH (connector.class = 'DatagenSource');",
        "CREATE STREAM s AS SELECT x FROM a EMIT CHANGES;",
        "CREATE STREAM s WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON') AS SELECT UCASE(x) AS y FROM a EMIT CHANGES;",
    ],
)
def test_what_fleetgen_never_sends_is_a_complaint(text: str) -> None:
    server = Ksqldb()
    server.execute(STREAM, {})
    with pytest.raises(Unexpected):
        server.execute(text, EARLIEST)


def test_a_query_from_the_latest_message_on_is_a_complaint(joined: Ksqldb) -> None:
    with pytest.raises(Unexpected):
        joined.execute(JOIN.replace("STREAM j", "STREAM j2"), {})


@pytest.mark.parametrize("text", ["'${profile:kafka.password}'", "'${nowhere}'"])
def test_a_reference_that_nobody_fills_is_a_complaint(text: str) -> None:
    with pytest.raises(Unexpected):
        substituted(text, {"other": "x"})


def test_variables_are_put_into_literals_alone() -> None:
    text = "a `${X}` '${X}' '$${X}' '${env:X}' '${file:/p:k}'"
    assert substituted(text, {"x": "it's; DROP"}) == "a `${X}` 'it''s; DROP' '${X}' '${env:X}' '${file:/p:k}'"


def failure(server: Ksqldb, text: str) -> Failure:
    with pytest.raises(Failure) as raised:
        server.execute(text, EARLIEST)
    return raised.value


def test_topics_of_other_partitions_do_not_join() -> None:
    server = Ksqldb()
    server.execute(STREAM.replace("PARTITIONS=1", "PARTITIONS=3"), {})
    server.execute(TABLE.replace("'a'", "'b'"), {})
    assert "number of partitions don't match. `S` partitions = 3; `T` partitions = 1" in failure(server, JOIN).message
    assert "j" not in server.store.topics


def test_if_not_exists_makes_the_topic_all_the_same(joined: Ksqldb) -> None:
    told = joined.execute("CREATE STREAM IF NOT EXISTS a (x INT) WITH (KAFKA_TOPIC='n', VALUE_FORMAT='JSON', "
                          "PARTITIONS=9);", {})  # fmt: skip
    assert told["@type"] == "warning_entity"
    assert joined.store.topics["n"].partitions == 9


@pytest.mark.parametrize("name", ["a", "t"])
def test_what_a_query_reads_is_not_dropped(joined: Ksqldb, name: str) -> None:
    kind = joined.store.sources[name.upper()].kind
    assert (
        "The following streams and/or tables read from this source: [J]"
        in failure(joined, f"DROP {kind} {name};").message
    )
    joined.execute("DROP STREAM j;", {})
    assert not joined.store.queries
    joined.execute(f"DROP {kind} {name};", {})


def test_an_altered_source_tells_the_alter_as_its_statement(joined: Ksqldb) -> None:
    told = joined.execute("ALTER STREAM a ADD COLUMN y STRING;", {})
    assert told["commandStatus"]["message"] == "Stream A altered."
    described = joined.execute("DESCRIBE a;", {})["sourceDescription"]
    assert described["statement"].startswith("ALTER STREAM")
    assert [field["name"] for field in described["fields"]] == ["K", "X", "Y"]
    assert "already exists" in failure(joined, "ALTER STREAM a ADD COLUMN y STRING;").message
    assert "not supported for CREATE ... AS" in failure(joined, "ALTER STREAM j ADD COLUMN y STRING;").message


def test_replies_leak_what_a_connector_is_configured_with() -> None:
    worker = Worker()
    server = Ksqldb(worker)
    worker.refused.add("kafka.api.secret")
    config = {"connector.class": "DatagenSource", "kafka.topic": "t", "kafka.api.secret": "S3"}
    pairs = ", ".join(f"'{key}'='{value}'" for key, value in config.items())
    create = f"CREATE SOURCE CONNECTOR c WITH ({pairs});"
    assert "S3" in failure(server, create).message
    worker.refused.clear()
    told = server.execute(create, {})
    assert told["info"]["config"]["kafka.api.secret"] == "S3"
    assert "S3" not in told["statementText"]


def test_a_task_that_failed_is_told() -> None:
    worker = Worker()
    server = Ksqldb(worker)
    worker.connectors["c"] = Connector({"connector.class": "DatagenSource"}, tasks=("RUNNING", "FAILED"))
    listed = server.execute("SHOW SOURCE CONNECTORS;", {})["connectors"]
    assert [each["state"] for each in listed] == ["WARNING (1/2 tasks RUNNING)"]


def test_a_command_that_is_not_done_is_asked_after() -> None:
    with running(Ksqldb()) as server:
        server.stall = (2, "QUEUED", "ERROR")
        headers = {"Content-Type": "application/vnd.ksql.v1+json"}
        asked = requests.post(f"{server.url}/ksql", json={"ksql": STREAM}, headers=headers, timeout=5)
        (told,) = asked.json()
        assert told["commandStatus"]["status"] == "QUEUED"
        states = [requests.get(f"{server.url}/status/stream/%60A%60/create", timeout=5).json() for _ in range(2)]
        assert [state["status"] for state in states] == ["QUEUED", "ERROR"]
        assert requests.get(f"{server.url}/status/stream/A/create", timeout=5).json()["error_code"] == 40400
        assert requests.get(f"{server.url}/info", timeout=5).json()["KsqlServerInfo"]["version"] == "8.3.1"
