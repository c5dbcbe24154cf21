"""A project's files for ksqlDB against a server: the one in the process, or a real one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import requests

from fleetgen.commands.apply import converge
from fleetgen.commands.plan import desire, survey
from fleetgen.commands.services import Services
from fleetgen.pipeline import GroupedView, Join, JoinedView, Metric, Pipeline, Role, Stream
from fleetgen.plan import CAUTIOUS, Change, Plan, Policy
from fleetgen.profile import Connect, Kafka, Ksql, Profile
from fleetgen.project import profile_values
from fleetgen.redaction import secrets
from fleetgen.targets.ksql import live
from fleetgen.targets.ksql.client import MEDIA
from streams import outputs, pipeline, record, stream

URL = os.environ.get("FLEETGEN_TEST_KSQL_URL")
"""Of a real server, whose streams and tables FLEETGEN_TEST_.. are dropped."""


def cars(**more: Any) -> Pipeline:
    """Events that look other events up and a dimension, and what is counted of them. `more`: fields of the events."""
    made = [
        stream(record("fleetgen_test_events", **{"car": "int", "speed": "double", **more}), key=("car",)),
        stream(record("fleetgen_test_places", car="int", at=record("at", x="double", y="double")), key=("car",)),
        stream(record("fleetgen_test_things", car="int", plate="string"), role=Role.DIMENSION, key=("car",)),
    ]
    return garage(*made)


def garage(*streams: Stream) -> Pipeline:
    joins = (Join("fleetgen_test_places", "latest-before"), Join("fleetgen_test_things", "latest"))
    joined = JoinedView("joined", "fleetgen_test_events", joins, {"at_x": "x"}, "fleetgen_test_joined")
    grouped = GroupedView("by_plate", "joined", ("plate",), {"n": Metric("count")}, None, "fleetgen_test_by_plate")
    return pipeline(*streams, views=(joined, grouped))


def texts(of: Pipeline, *kinds: str) -> dict[str, str]:
    """Its files of these kinds, in the order in which they are applied."""
    files = outputs(of)["ksql"].files
    order = {f"queries/{view.name}.sql": number for number, view in enumerate(of.views)}
    chosen = [
        (number, order.get("/".join(path.split("/")[2:]), 0), path)
        for path in files
        for number, kind in enumerate(kinds)
        if f"/{kind}/" in path
    ]
    return {path: files[path] for *_, path in sorted(chosen)}


@dataclass(frozen=True, slots=True)
class Bench:
    """One profile: plan and apply of a pipeline's streams and queries, and of its connectors where they are ksqlDB's.

    `waits` collects the seconds that it would have waited.
    """

    url: str
    profile: Profile
    environ: Mapping[str, str] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    timeout: float = 5.0

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("streams", "connectors", "queries") if self.profile.connect else ("streams", "queries")

    @contextlib.contextmanager
    def opened(self, of: Pipeline | Mapping[str, str]) -> Iterator[Services]:
        values = profile_values(self.profile, self.environ)
        files = texts(of, *self.kinds) if isinstance(of, Pipeline) else of
        with live.opened(self.profile, values, Path()) as found:
            self._hurry(found)
            yield Services(self.profile, {"ksql": found}, {"ksql": files}, secrets(values))

    def _hurry(self, found: live.KsqlDB) -> None:
        if self.url != URL:
            for client in filter(None, (found._server.http, found._worker and found._worker._http)):
                object.__setattr__(client, "sleep", self.waits.append)
                object.__setattr__(client, "timeout", self.timeout)

    def plan(self, of: Pipeline | Mapping[str, str], policy: Policy = CAUTIOUS) -> Plan:
        with self.opened(of) as found:
            return survey(found, desire(found), policy)

    def apply(self, of: Pipeline | Mapping[str, str], policy: Policy = CAUTIOUS) -> tuple[Change, ...]:
        with self.opened(of) as found:
            return converge(found, policy)

    def look(self, of: Pipeline) -> dict[str, tuple[bool, str]]:
        with self.opened(of) as found:
            lines = found.lives["ksql"].look(of, found.files["ksql"])
        return {line.what: (line.ok, line.figure) for line in lines}

    def by_hand(self, text: str) -> Any:
        """What somebody does beside us."""
        body = {"ksql": text, "streamsProperties": {"auto.offset.reset": "earliest"}}
        login = self.profile.ksql and (self.profile.ksql.user, self.environ.get("KSQL_PASSWORD", ""))
        auth = login if login and login[0] else None
        answer = requests.post(f"{self.url}/ksql", json=body, headers={"Content-Type": MEDIA}, auth=auth, timeout=60)
        assert answer.ok, answer.text
        return answer.json()[0]


def bench(
    url: str,
    *,
    connect: Connect | None = None,
    kafka: Kafka | None = None,
    environ: Mapping[str, str] | None = None,
    **ksql: str,
) -> Bench:
    service = Ksql(**{"platform": "self-managed", "url": url, **ksql})
    return Bench(url, Profile("p", ksql=service, connect=connect, kafka=kafka), environ or {})


def on_cloud(of: Pipeline) -> Pipeline:
    """The same for Confluent Cloud."""
    return replace(of, platforms={**of.platforms, "connect": ("confluent-cloud",), "ksql": ("confluent-cloud",)})


@contextlib.contextmanager
def real() -> Iterator[Bench]:
    """The server that the environment names, without anything of ours before and after."""
    assert URL
    found = bench(URL)
    _clear(found.by_hand)
    yield found
    _clear(found.by_hand)


def _clear(ask: Callable[[str], Any]) -> None:
    there = {
        each["name"]: each["type"] for kind in ("streams", "tables") for each in ask(f"LIST {kind.upper()};")[kind]
    }
    for _ in range(3):  # what others are made from goes last
        for name, kind in there.items():
            if name.startswith("FLEETGEN_TEST_"):
                with contextlib.suppress(AssertionError):
                    ask(f"DROP {kind} IF EXISTS `{name}` DELETE TOPIC;")
