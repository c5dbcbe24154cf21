"""What a test asks of a Connect worker and of its broker by itself, past the code under test."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import requests

from services.served import Server

PATIENCE: Final = 60.0


@dataclass(frozen=True)
class Client:
    url: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, self.url + path, json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def put(self, connector: dict[str, Any]) -> None:
        self.ask("PUT", f"/connectors/{connector['name']}/config", connector["config"])

    def known(self, connector: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
        """Every key that validate knows: its type, whether it is required, its default, its value and what is wrong."""
        config = {"name": "x", **connector["config"]}
        told = self.ask("PUT", f"/connector-plugins/{config['connector.class']}/config/validate", config)
        return {
            entry["definition"]["name"]: (
                *(entry["definition"][key] for key in ("type", "required", "default_value")),
                entry["value"]["value"],
                entry["value"]["errors"],
            )
            for entry in told["configs"]
        }

    def errors(self, connector: dict[str, Any]) -> list[str]:
        return [error for *_, errors in self.known(connector).values() for error in errors]

    def states(self, name: str) -> list[str]:
        answer = requests.get(f"{self.url}/connectors/{name}/status", timeout=30)
        return [task["state"] for task in answer.json()["tasks"]] if answer.ok else []


def wait(what: str, arrived: Callable[[], bool], patience: float = PATIENCE) -> None:
    end = time.monotonic() + patience
    while not arrived():
        assert time.monotonic() < end, f"{what}: not within {patience} s"
        time.sleep(0.1)


def filled(text: str, server: Server) -> dict[str, Any]:
    """A generated connector with its references resolved."""
    values = {
        "clickhouse.host": server.host, "clickhouse.port": str(server.http), "clickhouse.user": server.user,
        "clickhouse.password": server.password, "clickhouse.ssl": "true" if server.scheme == "https" else "false",
    }  # fmt: skip
    for key, value in values.items():
        text = text.replace(f'"${{profile:{key}}}"', json.dumps(value))
    connector: dict[str, Any] = json.loads(text)
    return connector


def create(bootstrap: str, *topics: str) -> None:
    """New topics of one partition; those of an earlier run go."""
    from confluent_kafka.admin import AdminClient
    from confluent_kafka.cimpl import NewTopic

    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    if known := [topic for topic in topics if topic in admin.list_topics(timeout=10).topics]:
        for gone in admin.delete_topics(known).values():
            gone.result(10)
        wait("deleted", lambda: not set(known) & set(admin.list_topics(timeout=10).topics))
    for made in admin.create_topics([NewTopic(topic, 1, 1) for topic in topics]).values():
        made.result(10)


def end(bootstrap: str, topic: str) -> int:
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "tests", "log_level": 0})
    try:
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        return sum(consumer.get_watermark_offsets(TopicPartition(topic, one), timeout=10)[1] for one in partitions)
    finally:
        consumer.close()


def send(bootstrap: str, topic: str, *values: str | None) -> None:
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 0})
    for value in values:
        producer.produce(topic, value=value, key="7")
    assert producer.flush(20) == 0
