"""A pipeline that a cluster holds, its statements and messages, and the same messages in one engine beside it."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fleetgen import sql
from fleetgen.commands.services import clickhouse_files
from fleetgen.pipeline import GroupedView, Having, Join, JoinedView, LatestView, Metric, Pipeline, Role
from fleetgen.targets import clickhouse
from fleetgen.targets.clickhouse.engine import STRICT, Engine
from services.served import Server
from streams import BUNDLED, fleet, record, stream

ON_CLUSTER: Final = " ON CLUSTER '{cluster}'"
REPLICATED: Final = re.compile(r"Replicated(\w*MergeTree)\('[^']*', '[^']*'(?:, )?")
SENSORS, LOCATION, DESCRIPTION = "fleet_mgmt_sensors", "fleet_mgmt_location", "fleet_mgmt_description"
# A key of a number with two zeros, and none at all.
GAUGE: Final = record("gauge", at="double", unit="string", reading="int")
PLAIN: Final = record("plain", n="long", text="string")
SHARDING: Final = {
    SENSORS: "cityHash64(vehicle_id)",
    LOCATION: "cityHash64(vehicle_id)",
    DESCRIPTION: "cityHash64(vehicle_id)",
    "gauge": "cityHash64(at + 0, unit)",
    "plain": "cityHash64(_topic, _partition, _offset, _timestamp)",
    "dead_letters": "cityHash64(topic, partition, offset, message_time)",
}


def wanted() -> Pipeline:
    """The fleet, two streams beside it, and views over views, a dimension and a stream without a key."""
    of_fleet = fleet()
    extra = (stream(GAUGE, role=Role.DIMENSION, key=("at", "unit")), stream(PLAIN))
    views = (
        JoinedView("described", DESCRIPTION, (Join(LOCATION, "latest"), Join(SENSORS, "latest-before")), {}),
        LatestView("last_plain", "plain", ("n",)),
        JoinedView("located", "last_location", (Join(DESCRIPTION, "latest"),), {}),
        GroupedView("often", "plain", ("n",), {"times": Metric("count")}, Having("times", ">", 5)),
    )
    streams = tuple(sorted((*of_fleet.streams, *extra), key=lambda each: each.name))
    platforms = {"clickhouse": ("embedded", "cluster")}
    return replace(of_fleet, streams=streams, views=(*of_fleet.views, *views), platforms=platforms)


def statements(ingest: str, of: Pipeline | None = None) -> list[str]:
    output = clickhouse.generate(of or wanted(), BUNDLED, {})
    files = clickhouse_files(output.files, "cluster", ingest)
    texts = (text.replace("${profile:kafka.bootstrap}", "127.0.0.1:1") for text in files.values())
    return [statement for text in texts for statement in sql.statements(text)]


COUNT: Final = 3000
START: Final = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Sent:
    stream: str
    message: dict[str, Any]
    good: bool = True


def sent() -> list[Sent]:
    """Messages of all streams, shuffled. No two of a stream have one time: which row is the newest is never open."""
    chance = random.Random(0)
    found = []
    for number in range(COUNT):
        vehicle = {"vehicle_id": chance.randrange(-3, 40)}
        place = {"latitude": chance.choice((0.0, 1.5)), "longitude": float(number)}
        person = {"driver_name": f"driver {chance.randrange(5)}", "license_plate": f"plate {number}"}
        rpm: Any = chance.choice((1800, 4999))
        good = chance.random() > 0.05
        payloads = [
            Sent(SENSORS, {**vehicle, "engine_temperature": 150, "average_rpm": rpm if good else "fast"}, good),
            Sent(LOCATION, {**vehicle, "location": place if good else {"latitude": 1}, "ts": number}, good),
            Sent(DESCRIPTION, {**vehicle, **person}),
            Sent(
                "gauge",
                {
                    "at": chance.choice((0.0, -0.0, 0.5)),
                    "unit": chance.choice("abcdefghijklmnopqrst"),
                    "reading": number,
                },
            ),
            Sent("plain", {"n": chance.randrange(100), "text": f"{number}"}),
        ]
        one = chance.choice(payloads)
        time = START + timedelta(milliseconds=chance.randrange(3_000_000) // COUNT * COUNT + number)
        one.message.update(_topic=one.stream, _offset=number, _timestamp=time.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3])
        found.append(one)
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """The same messages in two shards and in one engine."""

    shards: list[Server]
    single: Engine
    sent: list[Sent]

    def ask(self, query: str) -> str:
        """The answer, the same from either shard."""
        first, second = (node.query(f"{query} FORMAT JSONCompactEachRow") for node in self.shards)
        assert first == second
        return first

    def ask_single(self, query: str) -> str:
        return bytes(self.single.client.raw_query(query, fmt="JSONCompactEachRow")).decode()


def make(nodes: list[Server], of: list[str]) -> None:
    for node in nodes:
        for statement in of:
            node.query(REPLICATED.sub(r"\1(", statement.replace(ON_CLUSTER, "")))


def push(arrivals: list[Sent], name: str, node: Server, engine: Engine, *, at_once: bool) -> None:
    lines = "\n".join(json.dumps(each.message) for each in arrivals if each.stream == name)
    insert(f"fleet.{name}_push", lines, node, engine, at_once=at_once)
    if at_once:
        assert node.query("SELECT sum(data_files) FROM system.distribution_queue") == "0\n"


def insert(table: str, lines: str, node: Server, engine: Engine, *, at_once: bool) -> None:
    settings = {**STRICT, "distributed_foreground_insert": int(at_once)}
    node.query(f"INSERT INTO {table} FORMAT JSONEachRow\n{lines}", **settings)
    engine.insert(table, lines.encode())
