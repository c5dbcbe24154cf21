"""The fleet's connectors, and fleetgen's client against the Connect in the process, whose time is not waited for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from fleetgen import http
from fleetgen.plan import CAUTIOUS, Change, Plan, Policy, Resource, join
from fleetgen.redaction import secrets
from fleetgen.targets.connect import connector
from fleetgen.targets.connect.live import Connect as Live
from fleetgen.targets.connect.rest import Worker
from services.connect_fake import Connect
from services.connect_state import Cloud

GENERATED: Final = Path(__file__).parents[1] / "generated/connect"
CANARY: Final = "canary-clickhouse-5150"
VALUES: Final = {
    "connect.url": "http://unused",
    "clickhouse.host": "clickhouse.example",
    "clickhouse.port": "8443",
    "clickhouse.ssl": "true",
    "clickhouse.user": "fleet",
    "clickhouse.password": CANARY,
    "connect.service-account": "sa-1",
    "kafka.registry.url": "http://registry.example",
    "kafka.registry.user-info": "me:canary-registry-5152",
    "kafka.user": "KAFKAKEY",
    "kafka.password": "canary-kafka-5151",
}


class Time:
    """The client's clock and sleep; the service's goes along."""

    def __init__(self, service: Connect, during: Callable[[float], object] = lambda now: None) -> None:
        self.now = 0.0
        self.service = service
        self.during = during

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.service.advance(seconds)
        self.during(self.now)


def files(*kinds: str, platform: str = "self-managed") -> dict[str, str]:
    """Of the fleet, those whose names hold one of these: "location-source", "sink" .."""
    texts = {path.name: path.read_text() for path in sorted((GENERATED / platform).glob("*.json"))}
    return {name: text for name, text in texts.items() if not kinds or any(kind in name for kind in kinds)}


def edited(texts: Mapping[str, str], **config: str | None) -> dict[str, str]:
    """The files with other values of properties (a dot is `__`); None takes one away."""
    made = {}
    for name, text in texts.items():
        tree = json.loads(text)
        for key, value in config.items():
            tree["config"].pop(key.replace("__", "."), None)
            if value is not None:
                tree["config"][key.replace("__", ".")] = value
        made[name] = json.dumps(tree)
    return made


class Bench:
    """One service and one profile's client to it."""

    def __init__(
        self,
        service: Connect,
        *,
        values: Mapping[str, str] | None = None,
        via: str = "rest",
        folder: Path = GENERATED / "self-managed",
    ) -> None:
        self.service = service
        self.values = {**VALUES, **(values or {})}
        self.platform = "confluent-cloud" if service.cloud else "self-managed"
        self.time = Time(service)
        known = secrets(self.values)
        client = http.client(service.url, "Kafka Connect", "FG730", login=service.login, secrets=known, timeout=5.0)
        client = replace(client, sleep=self.time.sleep)
        self.worker = Worker(client, managed=service.cloud is not None, clock=lambda: self.time.now)
        every = connector.read({path.name: path.read_text() for path in folder.glob("*.json")})
        scope = connector.scope(every, self.platform, sources=via != "ksql")
        self.live = Live(self.worker, self.values, scope, self.worker.open())

    def plan(self, texts: Mapping[str, str], policy: Policy = CAUTIOUS, others: tuple[Change, ...] = ()) -> Plan:
        desired: list[Resource] = self.live.desired(texts)
        there = self.live.read(desired)
        changes = self.live.compare(desired, there, policy)
        return join(desired, there, [*changes, *others], self.live.notes())

    def apply(self, texts: Mapping[str, str], policy: Policy = CAUTIOUS) -> Plan:
        made = self.plan(texts, policy)
        assert made.blocked == ()
        for _, step in made.steps():
            self.live.run(step)
        return made

    def sent(self) -> list[str]:
        """What was put, posted or deleted, but for validation."""
        changing = (call for call in self.service.calls if call.method != "GET")
        return [f"{call.method} {call.path}" for call in changing if not call.path.endswith("/validate")]

    def look(self, texts: Mapping[str, str]) -> dict[str, tuple[bool, str]]:
        from fleetgen.pipeline import Pipeline

        nobody: Any = Pipeline
        return {line.what: (line.ok, line.figure) for line in self.live.look(nobody, texts)}


CLOUD: Final = Cloud(provisioning=120.0)
