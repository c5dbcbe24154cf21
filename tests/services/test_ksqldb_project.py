"""plan, apply and smoke of a project whose profile names ksqlDB, as a user meets them. Secrets are in no output."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from projects import record
from services.connect_fake import Connect
from services.ksqldb.behind import Behind
from services.ksqldb.server import Ksqldb
from services.rest import running

SECRETS = {"KSQL_PASSWORD": "canary-ksql", "CONNECT_PASSWORD": "canary-connect", "KAFKA_PASSWORD": "canary-kafka"}
CONFIGURATION = """
[streams.thing]
role = "dimension"
key = ["car"]

[streams.event]
key = ["car"]

[[views]]
name = "both"
from = "event"
join = [{ stream = "thing", match = "latest" }]

[profiles.prod]
ksql = { url = "${env:KSQL_URL}", user = "me", password = "${env:KSQL_PASSWORD}" }
connect = { url = "${env:CONNECT_URL}", user = "us", password = "${env:CONNECT_PASSWORD}", via = "ksql" }
"""


LOGINS = {"ksql": ("me", SECRETS["KSQL_PASSWORD"]), "connect": ("us", SECRETS["CONNECT_PASSWORD"])}


@pytest.fixture
def connect() -> Iterator[Connect]:
    with running(Connect(login=LOGINS["connect"], pace=0)) as found:
        yield found


@pytest.fixture
def server(connect: Connect) -> Iterator[Ksqldb]:
    with running(Ksqldb(Behind(connect.url, LOGINS["connect"]))) as found:
        found.login = LOGINS["ksql"]
        yield found


@pytest.fixture
def folder(tmp_path: Path, server: Ksqldb) -> Path:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "fleetgen.toml").write_text(CONFIGURATION)
    write(tmp_path, "event", speed="double")
    write(tmp_path, "thing", plate="string")
    write(tmp_path, "alone", x="int")
    return tmp_path


def write(folder: Path, name: str, **fields: str) -> None:
    (folder / f"schemas/{name}.avsc").write_bytes(record(name, {"car": "int", **fields}))
    assert not (folder / "generated").exists() or fleetgen(folder, None, "render").returncode == 0


def fleetgen(folder: Path, server: Ksqldb | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    urls = {}
    if server is not None:
        assert isinstance(server.worker, Behind)
        urls = {"KSQL_URL": server.url, "CONNECT_URL": server.worker.url}
    done = subprocess.run(
        [sys.executable, "-m", "fleetgen", *arguments], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "NO_COLOR": "1", **SECRETS, **urls}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "canary" not in done.stdout + done.stderr
    return done


def test_a_project_is_brought_to_ksqldb_and_kept_there(folder: Path, server: Ksqldb, connect: Connect) -> None:
    prod = ("--profile", "prod")
    assert fleetgen(folder, server, "render").returncode == 0
    planned = fleetgen(folder, server, "plan", *prod, "-o", "plan.json", "--ddl")
    assert planned.returncode == 3, planned.stderr
    assert "+ ksql stream BOTH: missing" in planned.stdout
    assert "canary" not in (folder / "plan.json").read_text()
    applied = fleetgen(folder, server, "apply", "plan.json", *prod, "-v")
    assert applied.returncode == 0, applied.stderr
    assert "ok  ksql connector event-source: RUNNING, 1/1 tasks running" in applied.stdout
    assert fleetgen(folder, server, "plan", *prod).returncode == 0
    smoke = fleetgen(folder, server, "smoke", *prod)
    assert smoke.returncode == 0, smoke.stdout

    write(folder, "alone", x="int", y="string")
    connect.connectors["thing-source"].config["max.interval"] = "7"
    planned = fleetgen(folder, server, "plan", *prod)
    assert planned.returncode == 3, planned.stderr
    assert "~ ksql stream ALONE: gains Y" in planned.stdout
    assert "~ ksql connector thing-source: its configuration differs" in planned.stdout
    assert fleetgen(folder, server, "apply", *prod).returncode == 0
    assert fleetgen(folder, server, "plan", *prod).returncode == 0

    write(folder, "event", speed="double", fuel="double")
    before = len(server.statements)
    blocked = fleetgen(folder, server, "apply", *prod)
    assert blocked.returncode == 4
    assert "FG707 error: ksql stream BOTH: differs in column `fuel`" in blocked.stderr
    assert "drop it by hand (DROP STREAM IF EXISTS BOTH;)" in blocked.stderr
    assert len(server.statements) == before
    again = fleetgen(folder, server, "apply", *prod, "--allow-destructive")
    assert again.returncode == 0, again.stderr
    assert fleetgen(folder, server, "plan", *prod).returncode == 0


def test_faults_are_one_error_and_exit_2(folder: Path, server: Ksqldb) -> None:
    assert fleetgen(folder, server, "render").returncode == 0
    server.login = ("me", "another")
    done = fleetgen(folder, server, "plan", "--profile", "prod")
    assert done.returncode == 2
    assert done.stderr.startswith("FG740 error: ksqlDB: GET /info answers 401: Unauthorized\n  help: look at user and")
    server.login = LOGINS["ksql"]
    server.stall = (1, "QUEUED", "ERROR")
    done = fleetgen(folder, server, "apply", "--profile", "prod")
    assert done.returncode == 2
    assert done.stderr.startswith("FG741 error: ksqlDB refuses it: Stream created\n  help: ")
    assert "stopped at ksql stream ALONE, 0 of " in done.stderr
    done = fleetgen(folder, server, "apply", "--profile", "prod")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
