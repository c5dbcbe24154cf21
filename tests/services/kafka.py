"""A real Kafka broker and a real schema registry: a Java process each, from Maven coordinates."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import requests

from services import maven
from services.ports import free_ports

BROKER: Final = (
    ("org.apache.kafka", "kafka_2.13", "4.3.1"),
    ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.4"),
)
REGISTRY: Final = ("io.apicurio", "apicurio-registry-app", "2.6.13.Final", "all")

# The buffer of the log cleaner alone is as large as the heap by default.
_PROPERTIES: Final = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
log.dirs={home}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=4194304
"""
_LOGGING: Final = """status=error
rootLogger.level=warn
rootLogger.appenderRef.c.ref=C
appender.c.type=Console
appender.c.name=C
"""


def why_not() -> str | None:
    """What is missing on this machine; None if nothing is."""
    return maven.why_not("Kafka", lambda: (maven.jars(BROKER), maven.archive(*REGISTRY)))


@contextlib.contextmanager
def broker(home: Path, *, wait: float = 30.0) -> Iterator[str]:
    """A broker whose files live in `home`; its address. Raises RuntimeError with its log if it does not answer."""
    from confluent_kafka.admin import AdminClient

    port, controller = free_ports(2)
    (home / "data").mkdir(parents=True)
    # A formatted folder is one with this file.
    (home / "data/meta.properties").write_text("version=1\nnode.id=1\ncluster.id=tests\n", encoding="utf-8")
    properties = _PROPERTIES.format(port=port, controller=controller, home=home)
    (home / "server.properties").write_text(properties, encoding="utf-8")
    (home / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")
    logging = f"-Dlog4j2.configurationFile={home}/log4j2.properties"
    command = [logging, "-cp", f"{maven.jars(BROKER)}/*", "kafka.Kafka", str(home / "server.properties")]
    address = f"127.0.0.1:{port}"

    def answers() -> bool:
        return bool(AdminClient({"bootstrap.servers": address, "log_level": 0}).list_topics(timeout=1).brokers)

    with _java(home, command, answers, wait):
        yield address


@contextlib.contextmanager
def registry(home: Path, *, wait: float = 60.0) -> Iterator[str]:
    """A registry in memory; the address of its API that is Confluent's. Raises RuntimeError with its log if it is not
    up."""
    home.mkdir(parents=True)
    (port,) = free_ports(1)
    (runner,) = maven.archive(*REGISTRY).glob("*-runner.jar")
    options = {"host": "127.0.0.1", "port": port}
    command = [*(f"-Dquarkus.http.{key}={value}" for key, value in options.items()), "-Dquarkus.log.level=WARN"]
    url = f"http://127.0.0.1:{port}/apis/ccompat/v7"
    with _java(home, [*command, "-jar", str(runner)], lambda: requests.get(f"{url}/subjects", timeout=2).ok, wait):
        yield url


def register(url: str, subject: str, schema: str) -> int:
    """The number that the registry gives a schema."""
    answer = requests.post(f"{url}/subjects/{subject}/versions", json={"schema": schema}, timeout=10)
    assert answer.ok, answer.text
    body: dict[str, Any] = answer.json()
    return int(body["id"])


@contextlib.contextmanager
def _java(home: Path, command: list[str], answers: Callable[[], bool], wait: float) -> Iterator[None]:
    with (home / "log").open("wb") as log:
        child = subprocess.Popen(["java", *maven.FAST, *command], cwd=home, stdout=log, stderr=log)
    try:
        _wait(child, home, answers, wait)
        yield
    finally:
        child.kill()  # what it keeps is thrown away
        child.wait()


def _wait(child: subprocess.Popen[bytes], home: Path, answers: Callable[[], bool], wait: float) -> None:
    from confluent_kafka import KafkaException

    end = time.monotonic() + wait
    while child.poll() is None and time.monotonic() < end:
        with contextlib.suppress(KafkaException, requests.ConnectionError, requests.Timeout):
            if answers():
                return
        time.sleep(0.1)
    raise RuntimeError(f"{home.name} did not start: {(home / 'log').read_text(errors='replace')[-1000:]}")
