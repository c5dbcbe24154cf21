"""doc/by-hand.md: its lines for ClickHouse run on a real one, its other requests against a stand-in."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from repository import schema
from services.served import served

PAGE = (Path(__file__).parents[2] / "doc/by-hand.md").read_text(encoding="utf-8")
BLOCKS = {
    heading: re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    for heading, text in re.findall(r"^#+ ([^\n]+)\n(.*?)(?=^#+ [A-Za-z]|\Z)", PAGE, re.MULTILINE | re.DOTALL)
}
PREPARATION = BLOCKS["Applying by hand, or with other tools"]
CONFIGURATION = """\
database = "garage"

[profiles.prod]
ingest = "%s"
connect = { url = "${env:CONNECT_URL}", via = "%s" }
ksql = { url = "${env:KSQL_URL}" }
clickhouse = { url = "${env:CLICKHOUSE_URL}", user = "fleetgen", password = "${env:CLICKHOUSE_PASSWORD}" }
preset = { url = "${env:SUPERSET_URL}", user = "admin", password = "${env:SUPERSET_PASSWORD}" }
"""
PASSWORD = "p'\"w\\ä"


@pytest.fixture
def garage(tmp_path: Path) -> Path:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/car.avsc").write_text(schema("car", "wheels"))
    (tmp_path / "schemas/wide.avsc").write_text(schema("wide", *(f"reading_{'of_many_' * 5}{n}" for n in range(900))))
    (tmp_path / "fleetgen.toml").write_text(CONFIGURATION % ("connect", "rest"))
    return tmp_path


def run(folder: Path, script: list[str], **environ: str) -> str:
    known = {
        "CLICKHOUSE_URL": "http://localhost:1", "CLICKHOUSE_USER": "fleetgen", "CLICKHOUSE_PASSWORD": PASSWORD,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", **environ,
    }  # fmt: skip
    text = "\n".join(["set -euo pipefail", "fleetgen render -q", *PREPARATION, *script])
    done = subprocess.run(["bash", "-c", text], cwd=folder, env={**os.environ, **known}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_lines_for_clickhouse_make_what_the_files_say(garage: Path, tmp_path: Path) -> None:
    with served(tmp_path / "home") as server:
        environ = {"CLICKHOUSE_URL": server.url, "CLICKHOUSE_USER": server.user, "CLICKHOUSE_PASSWORD": server.password}
        said = run(garage, BLOCKS["ClickHouse, by HTTP"], **environ)
        run(garage, BLOCKS["ClickHouse, by HTTP"], **environ)
        assert max(path.stat().st_size for path in (garage / ".fleetgen/prod/clickhouse").rglob("*.sql")) > 262_144
        server.query('INSERT INTO garage.car_push FORMAT JSONEachRow {"wheels": 4}')
        assert server.query("SELECT wheels FROM garage.car") == "4\n"
    for table in ("car", "car_push", "car_push_store", "car_push_rejects", "wide", "wide_push_store", "dead_letters"):
        assert re.search(rf"\b{table}\b", said)
    assert "car_kafka" not in said


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def login(self) -> str:
        return base64.b64decode(self.headers["authorization"].removeprefix("Basic ")).decode()


@dataclass
class StandIn:
    url: str
    requests: list[Request] = field(default_factory=list)


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """Answers what Superset would to a login, and OK to everything else."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            recorded.requests.append(Request(self.command, self.path, headers, body))
            text = b'{"message":"OK","access_token":"jwt","result":"csrf"}'
            self.send_response(200)
            if self.path.endswith("csrf_token/"):
                self.send_header("Set-Cookie", "session=abc; Path=/")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = answer

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    recorded = StandIn(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield recorded
    server.shutdown()
    thread.join()
    server.server_close()


def test_connect_is_given_each_configuration_under_its_name(garage: Path, standin: StandIn) -> None:
    run(garage, BLOCKS["Connect"], CONNECT_URL=standin.url, CONNECT_USER="me", CONNECT_PASSWORD=PASSWORD)
    assert [(each.method, each.path) for each in standin.requests] == [
        ("PUT", f"/connectors/{name}/config") for name in ("car-sink", "wide-sink", "car-source", "wide-source")
    ]
    sink = standin.requests[0]
    assert sink.login == f"me:{PASSWORD}"
    assert sink.headers["content-type"] == "application/json"
    assert json.loads(sink.body)["password"] == PASSWORD


def test_ksqldb_is_given_each_file_in_order(garage: Path, standin: StandIn) -> None:
    (garage / "fleetgen.toml").write_text(CONFIGURATION % ("push", "ksql"))
    run(garage, BLOCKS["ksqlDB, by HTTP"], KSQL_URL=standin.url, KSQL_USER="me", KSQL_PASSWORD=PASSWORD)
    assert {(each.method, each.path, each.login) for each in standin.requests} == {("POST", "/ksql", f"me:{PASSWORD}")}
    order = (garage / ".fleetgen/prod/order.txt").read_text().splitlines()
    texts = [(garage / ".fleetgen/prod" / path).read_text() for path in order if path.startswith("ksql/")]
    assert [json.loads(each.body)["ksql"] for each in standin.requests] == texts
    assert any("CREATE SOURCE CONNECTOR" in text for text in texts)


def test_superset_is_given_the_bundle_and_the_password_beside_it(garage: Path, standin: StandIn) -> None:
    environ = {"SUPERSET_URL": standin.url, "SUPERSET_USER": "admin", "SUPERSET_PASSWORD": PASSWORD}
    said = run(garage, BLOCKS["Superset"], **environ)
    assert said.endswith('"result":"csrf"}\n200\n')
    login, csrf, sent = standin.requests
    assert json.loads(login.body)["password"] == PASSWORD
    assert (csrf.path, csrf.headers["authorization"]) == ("/api/v1/security/csrf_token/", "Bearer jwt")
    assert (sent.path, sent.headers["x-csrftoken"]) == ("/api/v1/assets/import/", "csrf")
    assert sent.headers["cookie"] == "session=abc"
    head = f"Content-Type: {sent.headers['content-type']}\n\n".encode()
    form = {
        str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)
        for part in BytesParser().parsebytes(head + sent.body).walk()
        if not part.is_multipart()
    }
    passwords, bundle = form["passwords"], form["bundle"]
    assert isinstance(passwords, bytes)
    assert isinstance(bundle, bytes)
    assert json.loads(passwords) == {"databases/garage.yaml": PASSWORD}
    inside = ZipFile(BytesIO(bundle))
    ours = {f"preset/{path.relative_to(garage / 'generated/preset').as_posix()}" for path in
            (garage / "generated/preset").rglob("*.yaml")}  # fmt: skip
    assert {name for name in inside.namelist() if not name.endswith("/")} == ours
    assert b"fleetgen:XXXXXXXXXX@localhost:1/garage" in inside.read("preset/databases/garage.yaml")


def test_what_the_topics_are_made_with(garage: Path, tmp_path: Path) -> None:
    """The words that kafka-topics would be given."""
    (garage / "fleetgen.toml").write_text(
        'database = "garage"\n[streams.car]\nretention = "7d"\n[profiles.prod]\nkafka = { bootstrap = "k:9092" }\n'
    )
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/kafka-topics").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "bin/kafka-topics").chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    said = run(garage, BLOCKS["Kafka"], KAFKA_BOOTSTRAP="k:9092", PATH=path).splitlines()
    assert said[0] == (
        "--bootstrap-server k:9092 --create --if-not-exists --topic car --partitions 1 "
        "--config cleanup.policy=delete --config retention.ms=604800000"
    )


def test_the_registry_is_given_the_schema_of_each_topic_in_the_format_avro(garage: Path, standin: StandIn) -> None:
    registry = 'kafka = { bootstrap = "k:9092", registry = { url = "${env:REGISTRY_URL}" } }'
    (garage / "fleetgen.toml").write_text(f'[streams.car]\nformat = "avro"\n[profiles.prod]\n{registry}\n')
    run(garage, BLOCKS["Schema registry"], REGISTRY_URL=standin.url)
    (sent,) = standin.requests
    assert (sent.method, sent.path) == ("POST", "/subjects/car-value/versions")
    written = json.loads(json.loads(sent.body)["schema"])
    assert written == json.loads(schema("car", "wheels"))
