"""A real Kafka broker and a real schema registry: a Java process each, from Maven coordinates."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import requests

from services import maven
from services.java import Java, running
from services.ports import free_ports

BROKER: Final = (
    ("org.apache.kafka", "kafka_2.13", "4.3.1"),
    ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.4"),
)
REGISTRY: Final = ("io.apicurio", "apicurio-registry-app", "2.6.13.Final", "all")

# The buffer of the log cleaner alone is as large as the heap by default. After a kill the broker's old registration has
# to expire before it may start again: 11 seconds by default.
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
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=300
"""
LOGGING: Final = """status=error
rootLogger.level=warn
rootLogger.appenderRef.c.ref=C
appender.c.type=Console
appender.c.name=C
"""


def why_not() -> str | None:
    """What is missing on this machine; None if nothing is."""
    return maven.why_not("Kafka", lambda: (maven.jars(BROKER), maven.archive(*REGISTRY)))


class Broker:
    """A broker of its own cluster, whose files live in `home`: after a stop or a kill it starts on the same ports."""

    def __init__(self, home: Path, *, wait: float = 30.0) -> None:
        port, controller = free_ports(2)
        home.mkdir(parents=True, exist_ok=True)
        properties = _PROPERTIES.format(port=port, controller=controller, home=home)
        (home / "server.properties").write_text(properties, encoding="utf-8")
        (home / "log4j2.properties").write_text(LOGGING, encoding="utf-8")
        logging = f"-Dlog4j2.configurationFile={home}/log4j2.properties"
        command = [logging, "-cp", f"{maven.jars(BROKER)}/*", "kafka.Kafka", str(home / "server.properties")]
        self.home = home
        self.address = f"127.0.0.1:{port}"
        self.java = Java(home, command, self._answers, wait)
        self.wipe()

    def wipe(self) -> None:
        """An empty cluster. Only while it does not run."""
        assert self.java.child is None
        data = self.home / "data"
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir()
        # A formatted folder is one with this file.
        (data / "meta.properties").write_text("version=1\nnode.id=1\ncluster.id=tests\n", encoding="utf-8")

    def _answers(self) -> bool:
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        client = AdminClient({"bootstrap.servers": self.address, "log_level": 0})
        with contextlib.suppress(KafkaException):
            return bool(client.list_topics(timeout=1).brokers)
        return False


@contextlib.contextmanager
def broker(home: Path, *, wait: float = 30.0) -> Iterator[str]:
    """A broker whose files live in `home`; its address. Raises RuntimeError with its log if it does not answer."""
    started = Broker(home, wait=wait)
    with running(started.java):
        yield started.address


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
    command = [*command, "-jar", str(runner)]
    with running(Java(home, command, lambda: requests.get(f"{url}/subjects", timeout=2).ok, wait)):
        yield url


def register(url: str, subject: str, schema: str) -> int:
    """The number that the registry gives a schema."""
    answer = requests.post(f"{url}/subjects/{subject}/versions", json={"schema": schema}, timeout=10)
    assert answer.ok, answer.text
    body: dict[str, Any] = answer.json()
    return int(body["id"])
