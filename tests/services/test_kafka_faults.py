"""A broker that is down, stalls, restarts or does not let the user in; the rights that the page lists are enough."""

from __future__ import annotations

import contextlib
import re
import secrets
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

from projects import record
from services import kafka
from services.java import running
from services.ports import free_ports
from services.project import Project
from services.required import missing

PAGE: Final = (Path(__file__).parents[2] / "doc/targets/kafka.md").read_text(encoding="utf-8")
CANARY: Final = "canary-" + secrets.token_hex(4)
WITHIN: Final = 15.0
TOML: Final = """database = "faults"
[streams.car]
topic = "fleet_car"
{more}
[profiles.here]
kafka = {{ bootstrap = "${{env:BROKER}}"{login} }}
"""
SASL: Final = (
    ', user = "${env:WHO}", password = "${env:PASSWORD}", options = { "security.protocol" = "SASL_PLAINTEXT" }'
)
GUARDED: Final = """
listeners=PLAINTEXT://127.0.0.1:{plain},SASL://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_fleet="{password}" user_nobody="{password}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"""  # noqa: E501


class Guarded:
    """A broker with a second listener, where who comes in has a name and no rights but those that were given."""

    def __init__(self, home: Path) -> None:
        self.broker = kafka.Broker(home)
        (port,) = free_ports(1)
        self.address = f"127.0.0.1:{port}"
        file = home / "server.properties"
        text = file.read_text()
        listeners = re.search(r"listeners=PLAINTEXT://127.0.0.1:(\d+),CONTROLLER://127.0.0.1:(\d+)", text)
        assert listeners is not None
        plain, controller = listeners.groups()
        guarded = GUARDED.format(plain=plain, controller=controller, port=port, password=CANARY)
        file.write_text(text.replace(listeners[0] + "\n", "") + guarded)

    def allow(self, command: str) -> None:
        """What a kafka-acls of the page gives."""
        api: Any = import_module("confluent_kafka.admin")
        words = shlex.split(command)
        kind = api.ResourceType.GROUP if "--group" in words else api.ResourceType.TOPIC
        name = words[words.index("--group" if kind is api.ResourceType.GROUP else "--topic") + 1]
        patterns = api.ResourcePatternType
        pattern = patterns.PREFIXED if "prefixed" in words else patterns.LITERAL
        operations = [words[at + 1] for at, word in enumerate(words) if word == "--operation"]
        who = words[words.index("--allow-principal") + 1]
        allow = api.AclPermissionType.ALLOW
        bindings = [
            api.AclBinding(kind, name, pattern, who, "*", _operation(api.AclOperation, each), allow)
            for each in operations
        ]
        admin = api.AdminClient({"bootstrap.servers": self.broker.address})
        for future in admin.create_acls(bindings).values():
            future.result(10)


def _operation(operations: Any, name: str) -> Any:
    return operations[re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    if reason := kafka.why_not():
        missing(reason)
    found = Guarded(tmp_path_factory.mktemp("guarded") / "broker")
    with running(found.broker.java):
        yield found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    found = Project(tmp_path, {"WHO": "fleet", "PASSWORD": CANARY})
    found.write("schemas/car.avsc", record("car", {"wheels": "int"}).decode())
    return configured(found)


def configured(project: Project, login: str = "", more: str = "") -> Project:
    project.write("fleetgen.toml", TOML.format(login=login, more=more))
    project.run("render", "-q", expect=0)
    return project


def failed(project: Project, command: str, broker: str, **other: str) -> str:
    """What is said: one line and its help, soon, without a secret and without the library's own words."""
    begun = time.monotonic()
    done = project.run(command, "--profile", "here", expect=2, BROKER=broker, **other)
    assert time.monotonic() - begun < WITHIN + 3
    assert (done.stdout, len(done.stderr.splitlines())) == ("", 2), done.stderr
    assert CANARY not in done.stderr
    assert "thrd:" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("command", ["plan", "smoke", "simulate"])
def test_a_broker_that_is_down_is_an_error(project: Project, command: str) -> None:
    (port,) = free_ports(1)
    said = failed(project, command, f"127.0.0.1:{port}")
    assert said.startswith(f"FG720 error: Kafka at 127.0.0.1:{port} cannot be reached: Connect to ")
    assert "Connection refused" in said


def test_a_name_that_is_not_known_is_told_at_once(project: Project) -> None:
    begun = time.monotonic()
    assert "Failed to resolve 'no-such-host.invalid:9092'" in failed(project, "plan", "no-such-host.invalid:9092")
    assert time.monotonic() - begun < 8


@contextlib.contextmanager
def silence() -> Iterator[str]:
    """Somebody who takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    held.append(server.accept()[0])

        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        for each in held:
            each.close()


def test_a_broker_that_never_answers_is_given_up(project: Project) -> None:
    with silence() as address:
        assert failed(project, "plan", address).startswith(f"FG720 error: Kafka at {address} cannot be reached: ")


def test_an_option_that_librdkafka_does_not_have_is_told(project: Project) -> None:
    configured(project, ', options = { "no.such.option" = "1" }')
    assert 'No such configuration property: "no.such.option"' in failed(project, "plan", "127.0.0.1:1")


def test_a_wrong_password_is_told_at_once(project: Project, guarded: Guarded) -> None:
    configured(project, SASL)
    begun = time.monotonic()
    said = failed(project, "plan", guarded.address, PASSWORD=f"{CANARY}-wrong")
    assert "Authentication failed" in said
    assert "look at user, password and options of kafka" in said
    assert time.monotonic() - begun < 8


def test_tls_where_there_is_none_is_told(project: Project, guarded: Guarded) -> None:
    configured(project, ', user = "fleet", password = "${env:PASSWORD}"')
    assert "SSL" in failed(project, "plan", guarded.address)


def test_without_rights_the_topic_is_named(project: Project, guarded: Guarded) -> None:
    configured(project, SASL)
    for command in ("plan", "simulate"):
        said = failed(project, command, guarded.address, WHO="nobody")
        assert said.startswith("FG721 error: Kafka: topic fleet_car cannot be read: ")
        assert "doc/targets/kafka.md lists those that are needed" in said


def test_the_rights_that_the_page_lists_are_enough(project: Project, guarded: Guarded) -> None:
    commands = re.findall(r"^kafka-acls .*$", PAGE, re.MULTILINE)
    assert len(commands) == 5
    for command in commands[:4]:
        guarded.allow(command)
    configured(project, SASL)
    where = {"BROKER": guarded.address}
    profile = ("--profile", "here")
    project.run("plan", *profile, expect=3, **where)
    project.run("apply", *profile, expect=0, **where)
    project.run("simulate", *profile, "--rows", "500", expect=0, **where)
    assert "ok  topic fleet_car: 500 messages" in project.run("smoke", *profile, expect=0, **where).stdout
    configured(project, SASL, 'partitions = 2\nretention = "60d"')
    project.run("apply", *profile, expect=0, **where)
    project.run("plan", *profile, expect=0, **where)


def test_who_may_only_look_may_plan(project: Project, guarded: Guarded) -> None:
    configured(project, SASL)
    project.write("fleetgen.toml", TOML.format(login=SASL, more="").replace("fleet_car", "looked_at"))
    project.run("render", "-q", expect=0)
    look = "kafka-acls --allow-principal User:nobody --operation Describe --operation DescribeConfigs --topic looked_at"
    guarded.allow(look)
    where = {"BROKER": guarded.address, "WHO": "nobody"}
    assert "+ kafka topic looked_at: missing" in project.run("plan", "--profile", "here", expect=3, **where).stdout
    refused = project.run("apply", "--profile", "here", expect=2, **where)
    assert "FG721 error: Kafka: " in refused.stderr
    assert "the user lacks a right" in refused.stderr


def test_a_broker_that_restarts_meanwhile_gets_each_message_once(project: Project, tmp_path: Path) -> None:
    if reason := kafka.why_not():
        missing(reason)
    broker = kafka.Broker(tmp_path / "restarted")
    with running(broker.java):
        where = {"BROKER": broker.address}
        project.run("apply", "--profile", "here", expect=0, **where)
        sending = Project(project.folder, {**project.environ, **where})
        process = sending.start("simulate", "--profile", "here", "--rows", "600000")
        time.sleep(2.0)
        broker.java.kill()
        time.sleep(1.0)
        broker.java.start()
        stdout, stderr = process.communicate(timeout=120)
        assert (process.returncode, stdout) == (0, "car: 600,000 messages sent\n"), stderr
        smoke = project.run("smoke", "--profile", "here", expect=0, **where).stdout
        assert "ok  topic fleet_car: 600,000 messages" in smoke


# What the library makes of a broker that falls silent is no error everywhere: offsets become numbers below zero.
STALLED = """
import os, signal, sys
from fleetgen.errors import FleetgenError
from fleetgen.plan import Resource
from fleetgen.targets.kafka import offsets
from fleetgen.targets.kafka.connection import Connection
from fleetgen.targets.kafka.topics import Topics
connection = Connection({"kafka.bootstrap": sys.argv[1]})
topics = Topics(connection)
wanted = [Resource("kafka", "topic", "fleet_car", {"partitions": "1"})]
assert topics.read(wanted) and offsets.spans(connection, {"fleet_car": 1})
os.kill(int(sys.argv[2]), signal.SIGSTOP)
asks = (
    lambda: topics.read(wanted),
    lambda: offsets.spans(connection, {"fleet_car": 1}),
    lambda: offsets.committed(connection, "any"),
    lambda: offsets.members(connection, "any"),
)
for ask in asks:
    try:
        print("answered", ask())
    except FleetgenError as error:
        print(str(error).partition(" error: Kafka: ")[0])
sys.stdout.flush()
os._exit(0)
"""


def test_a_broker_that_falls_silent_meanwhile_is_an_error_for_each_question(tmp_path: Path, project: Project) -> None:
    if reason := kafka.why_not():
        missing(reason)
    broker = kafka.Broker(tmp_path / "silent")
    with running(broker.java):
        project.run("apply", "--profile", "here", expect=0, BROKER=broker.address)
        assert broker.java.child is not None
        command = [sys.executable, "-c", STALLED, broker.address, str(broker.java.child.pid)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.stdout.split() == ["FG720"] * 4, done.stdout + done.stderr
