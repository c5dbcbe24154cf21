"""A canary in every secret setting is found in nothing that any command says, writes or leaves behind."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from services import faults
from services.connect_fake import Connect
from services.project import Project
from services.rest import Call, Reply, Service, running
from services.served import Server, served

ROOT: Final = Path(__file__).parents[1]
SCHEMA: Final = '{"type": "record", "name": "car", "fields": [{"name": "wheels", "type": "int"}]}'
USER: Final = (
    "<fleet><password>{}</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile>"
    "<quota>default</quota></fleet>"
)
CANARIES: Final = {
    "KAFKA": "canary/kafka+'1\\x y",
    "REGISTRY": "canary-registry@2",
    "KEY": "canary-key-3",
    "CONNECT": "canary/connect'4\"\\ ü",
    "KSQL": "canary-ksql%5",
    "CLICKHOUSE": "canary/clickhouse+6'x",
    "PRESET": "canary-preset-7",
    "TOKEN": "canary-token-8",
    "SECRET": "canary-secret-9",
}
WRONG: Final = "canary-wrong-10"
PROFILES: Final = """
[profiles.whole]
ingest = "kafka"
kafka = { bootstrap = "127.0.0.1:1", user = "u", password = "${env:C_KAFKA}", registry = { url = "http://127.0.0.1:1", user = "u", password = "${env:C_REGISTRY}" }, options = { "ssl.key.password" = "${env:C_KEY}", "socket.timeout.ms" = "1000" } }
connect = { platform = "self-managed", url = "http://127.0.0.1:1", user = "u", password = "${env:C_CONNECT}" }
ksql = { platform = "self-managed", url = "http://127.0.0.1:1", user = "u", password = "${env:C_KSQL}" }
clickhouse = { platform = "server", url = "http://127.0.0.1:1", user = "u", password = "${env:C_CLICKHOUSE}" }
preset = { url = "http://127.0.0.1:1", user = "u", password = "${env:C_PRESET}" }

[profiles.preset]
preset = { team = "t", workspace = "w", token = "${env:C_TOKEN}", secret = "${env:C_SECRET}" }

[profiles.kafka]
kafka = { bootstrap = "127.0.0.1:1", user = "u", password = "${env:C_KAFKA}" }

[profiles.connect]
connect = { platform = "self-managed", url = "${env:U_CONNECT}", user = "u", password = "${env:C_CONNECT}" }

[profiles.here]
ingest = "connect"
connect = { platform = "self-managed", url = "${env:U_CONNECT}", user = "u", password = "${env:C_CONNECT}" }
clickhouse = { platform = "server", url = "${env:U_CLICKHOUSE}", user = "fleet", password = "${env:C_CLICKHOUSE}" }

[profiles.push]
clickhouse = { platform = "server", url = "${env:U_CLICKHOUSE}", user = "fleet", password = "${env:C_CLICKHOUSE}" }
"""  # noqa: E501


PARROT: Final = """
[profiles.connect-parrot]
connect = { platform = "self-managed", url = "${env:U_PARROT}", user = "u", password = "${env:C_CONNECT}" }
[profiles.ksql-parrot]
ksql = { platform = "self-managed", url = "${env:U_PARROT}", user = "u", password = "${env:C_KSQL}" }
[profiles.clickhouse-parrot]
clickhouse = { platform = "server", url = "${env:U_PARROT}", user = "u", password = "${env:C_CLICKHOUSE}" }
[profiles.preset-parrot]
preset = { url = "${env:U_PARROT}", user = "u", password = "${env:C_PRESET}" }
[profiles.registry-parrot.kafka]
bootstrap = "127.0.0.1:1"
registry = { url = "${env:U_PARROT}", user = "u", password = "${env:C_REGISTRY}" }
"""


class Parrot(Service):
    """Repeats what it was sent and should not, whatever it is asked."""

    media_types = ("application/json", "application/vnd.ksql.v1+json", "application/vnd.schemaregistry.v1+json", "")

    def __init__(self, status: int, secret: str) -> None:
        super().__init__()
        self.status = status
        self.said = f"{secret} or {base64.b64encode(f'u:{secret}'.encode()).decode()}"

    def answer(self, call: Call) -> Reply:
        return Reply(self.status, {"message": self.said, "error_code": self.status, "statementText": self.said})


@dataclass(frozen=True)
class Watched:
    """Every run is searched, with all that it left in the project."""

    project: Project
    connect: Connect

    def run(self, *arguments: str, expect: int | None = None, **other: str) -> str:
        done = self.project.run(*arguments, expect=expect, **other)
        told = done.stdout + done.stderr
        assert "Traceback" not in told
        assert not leaks(told.encode()), f"{arguments}: {told}"
        for path in self.project.folder.rglob("*"):
            if path.is_file() and "filled" not in path.parts:
                assert not leaks(path.read_bytes()), f"{arguments}: {path}"
        return told


def leaks(data: bytes) -> bool:
    """In any form: what is escaped, quoted or encoded keeps its beginning."""
    encoded = [base64.b64encode(text.encode())[:-4] for text in (*CANARIES.values(), WRONG)]
    logins = [base64.b64encode(f"{user}:{text}".encode())[:-4] for user in ("u", "fleet") for text in CANARIES.values()]
    return re.search(rb"canary[/%-]", data) is not None or any(form in data for form in [*encoded, *logins])


def test_a_leak_would_be_found() -> None:
    for secret in CANARIES.values():
        assert leaks(f"x{secret}".encode())
        assert leaks(base64.b64encode(f"u:{secret}".encode()))
    assert not leaks(b"a canary in a mine")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("clickhouse"), users=USER.format(CANARIES["CLICKHOUSE"])) as started:
        yield started


def breaks(config: dict[str, str]) -> str | None:
    """A sink on the wrong port tells what it was given."""
    return (
        None if config.get("tasks.max") != "3" else f"java.lang.RuntimeException: {config}\n\tat x\nCaused by: {config}"
    )


@pytest.fixture
def watched(tmp_path: Path, server: Server) -> Iterator[Watched]:
    with running(Connect(login=("u", CANARIES["CONNECT"]), breaks=breaks)) as connect:
        environ = {f"C_{name}": value for name, value in CANARIES.items()}
        environ |= {"U_CONNECT": connect.url, "U_CLICKHOUSE": server.url}
        project = Project(tmp_path, environ)
        project.write("schemas/car.avsc", SCHEMA)
        project.write("fleetgen.toml", PROFILES)
        server.query("DROP DATABASE IF EXISTS fleetgen SYNC")
        watched = Watched(project, connect)
        watched.run("render", expect=0)
        yield watched


def template(watched: Watched, before: str, after: str) -> None:
    """A sink by a template of the project's own."""
    text = (ROOT / "templates/connect/sink.json.jinja").read_text(encoding="utf-8")
    watched.project.write("templates/connect/sink.json.jinja", text.replace(before, after))
    watched.run("render", expect=0)


def test_commands_that_work_say_no_secret(watched: Watched) -> None:
    watched.run("check", expect=0)
    watched.run("plan", "--profile", "here", "--ddl", "-v", expect=3)
    watched.run("plan", "--profile", "here", "--output", "json", expect=3)
    watched.run("plan", "--profile", "here", "-o", "plan.json", expect=3)
    watched.run("apply", "plan.json", "-v", expect=0)
    assert watched.connect.connectors["car-sink"].config["password"] == CANARIES["CLICKHOUSE"]
    watched.run("plan", "--profile", "here", "-v", expect=0)
    watched.run("apply", "--profile", "here", "-v", "--output", "json", expect=0)
    watched.run("smoke", "--profile", "here", "-v", expect=0)
    watched.run("smoke", "--profile", "here", "--output", "json", expect=0)
    watched.run("apply", "--profile", "push", "-v", expect=0)
    watched.run("simulate", "--profile", "push", "--rows", "10", "-v", expect=0)
    watched.run("sample", "car", "--rows", "2", expect=0)
    watched.run("template", "list", expect=0)
    for code in ("FG308", "FG730"):
        watched.run("explain", code, expect=0)


def test_only_filled_files_have_them_and_nobody_else_may_read_those(watched: Watched) -> None:
    watched.run("render", "--profile", "here", "--to", "filled", "-v", expect=0)
    holding = [
        path for path in (watched.project.folder / "filled").rglob("*") if path.is_file() and leaks(path.read_bytes())
    ]
    assert [path.name for path in holding] == ["car-sink.json"]
    assert {path.stat().st_mode & 0o777 for path in holding} == {0o600}


@pytest.mark.parametrize("profile", ["whole", "kafka", "preset"])
@pytest.mark.parametrize("command", [("plan", "-v"), ("apply", "-v"), ("smoke",), ("simulate", "--rows", "5")])
def test_services_that_are_down_get_no_secret_out(watched: Watched, command: tuple[str, ...], profile: str) -> None:
    told = watched.run(*command, "--profile", profile, expect=2)
    assert re.search(r"FG\d{3} error", told)


def test_a_registry_that_is_down_gets_no_secret_out(watched: Watched) -> None:
    assert "FG724 error" in watched.run("pull", "--profile", "whole", expect=2)


@pytest.mark.parametrize("status", [200, 400, 401, 500])
@pytest.mark.parametrize("service", ["connect", "ksql", "clickhouse", "preset", "registry"])
def test_a_service_that_repeats_its_secret_gets_none_out(watched: Watched, service: str, status: int) -> None:
    watched.project.write("fleetgen.toml", PROFILES + PARROT)
    parrot = Parrot(status, CANARIES[service.upper()])
    parrot.start()
    command = ("pull",) if service == "registry" else ("plan", "-v")
    try:
        watched.run(*command, "--profile", f"{service}-parrot", expect=2, U_PARROT=parrot.url)
    finally:
        parrot.stop()


@pytest.mark.parametrize("variable", ["C_CONNECT", "C_CLICKHOUSE"])
@pytest.mark.parametrize("command", [("plan", "-v"), ("apply", "-v"), ("smoke",)])
def test_a_wrong_password_is_not_repeated(watched: Watched, command: tuple[str, ...], variable: str) -> None:
    told = watched.run(*command, "--profile", "here", expect=2, **{variable: WRONG})
    assert ("FG730" if variable == "C_CONNECT" else "FG712") in told


@pytest.mark.parametrize("status", [400, 401, 403, 500, 503])
def test_an_answer_that_repeats_the_login_is_masked(watched: Watched, status: int) -> None:
    login = base64.b64encode(f"u:{CANARIES['CONNECT']}".encode()).decode()
    text = f"who is {login}, {CANARIES['CONNECT']} or {CANARIES['CLICKHOUSE']}? " * 9
    watched.connect.faults = [faults.Fault("/connectors", status=status, text=text, times=50)]
    watched.run("plan", "--profile", "here", "-v", expect=2)


def test_an_error_of_validate_that_repeats_the_value_is_masked(watched: Watched) -> None:
    template(watched, '"tasks.max": "1",', '"tasks.max": "1", "retryCount": "${profile:clickhouse.password}",')
    told = watched.run("plan", "--profile", "here", "-v", expect=2)
    assert "FG733 error: Kafka Connect refuses connector car-sink: retryCount: Invalid value " in told


def test_a_trace_that_repeats_the_value_is_masked(watched: Watched) -> None:
    template(watched, '"tasks.max": "1",', '"tasks.max": "3",')
    assert "FG735 error: connector car-sink does not run: task 0 FAILED" in watched.run(
        "apply", "--profile", "here", "-v", expect=2
    )
    told = watched.run("smoke", "--profile", "here", "--output", "json", expect=1)
    assert "task 0 FAILED" in told
    assert "does not run: task 0 FAILED" in watched.run("plan", "--profile", "here", "--ddl", "-v", expect=3)


def test_what_was_changed_by_hand_is_masked(watched: Watched) -> None:
    watched.run("apply", "--profile", "here", expect=0)
    found = watched.connect.connectors["car-sink"]
    changed = {"password": WRONG, "x.sasl.jaas.config": WRONG, "x.url": f"http://u:{WRONG}@h/"}
    watched.connect.store("car-sink", found.plugin, {**found.config, **changed})
    told = watched.run("plan", "--profile", "here", "--ddl", "-v", "-o", "plan.json", expect=3)
    assert "config password: (another value) -> ${profile:clickhouse.password}" in told
    watched.run("plan", "--profile", "here", "--output", "json", expect=3)
    watched.run("apply", "plan.json", expect=0)
    watched.run("plan", "--profile", "here", expect=0)


def test_a_variable_that_is_not_set_is_named_and_no_other_is_shown(watched: Watched) -> None:
    environ = {key: value for key, value in watched.project.environ.items() if key != "C_CLICKHOUSE"}
    assert "C_CLICKHOUSE" not in os.environ
    other = Watched(Project(watched.project.folder, environ), watched.connect)
    assert "the environment variable C_CLICKHOUSE is not set" in other.run("plan", "--profile", "here", expect=2)
