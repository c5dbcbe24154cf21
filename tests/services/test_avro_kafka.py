"""The generated Kafka landing in the format avro, on a real broker and a real schema registry.

What old and new writers, producers with the schema itself and Connect's converter send is stored, the rest is refused,
each message exactly once.
"""

from __future__ import annotations

import io
import json
import struct
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import fastavro
import pytest

from avro_files import avro_stream
from fleetgen import sql
from fleetgen.model import Json
from fleetgen.pipeline import Pipeline, Source, Stream
from fleetgen.targets import clickhouse
from fleetgen.templating import Templates
from services import kafka
from services.required import missing
from services.served import Server, served

_FOLDERS: Final = ("database.sql", "tables/", "landing-kafka/")
_PATIENCE: Final = 40.0


@dataclass(frozen=True)
class Services:
    broker: str
    registry: str
    server: Server

    def apply(self, *streams: Stream) -> None:
        """The files of platform `server` of a database that the streams have to themselves."""
        wanted = Pipeline(streams[0].name, streams, platforms={"clickhouse": ("server",)})
        files = clickhouse.generate(wanted, Templates(), {}).files
        for folder in _FOLDERS:
            for path in sorted(path for path in files if path.startswith(f"clickhouse/server/{folder}")):
                text = files[path].replace("${profile:kafka.bootstrap}", self.broker)
                text = text.replace("${profile:kafka.registry.url}", self.registry)
                for statement in sql.statements(text):
                    self.server.query(statement, session_timezone="UTC")

    def produce(self, topic: str, messages: Iterable[bytes]) -> None:
        from confluent_kafka import Producer

        producer = Producer({"bootstrap.servers": self.broker, "linger.ms": 5})
        for message in messages:
            producer.produce(topic, value=message, key="k")
        assert producer.flush(20) == 0

    def written(self, topic: str, schema: Json, rows: Iterable[dict[str, Any]]) -> list[bytes]:
        """Confluent's wire format: a zero byte, the schema's number in the registry, the record."""
        number = kafka.register(self.registry, f"{topic}-value", json.dumps(schema))
        return [b"\0" + struct.pack(">I", number) + encoded(schema, row) for row in rows]

    def arrived(self, name: str, count: int) -> None:
        """Wait until so many messages are stored or refused, and a moment longer for those that would be too many."""
        both = f"SELECT (SELECT count() FROM {name}.{name}) + (SELECT count() FROM {name}.dead_letters)"
        end = time.monotonic() + _PATIENCE
        while int(self.server.query(both)) < count and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(1.5)
        assert int(self.server.query(both)) == count

    def rows(self, query: str) -> list[dict[str, Any]]:
        answer = self.server.query(f"{query} FORMAT JSONEachRow", output_format_json_quote_64bit_integers=0)
        return [json.loads(line) for line in answer.splitlines()]


def encoded(schema: Json, row: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), row)
    return out.getvalue()


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    if reason := kafka.why_not():
        missing(reason)
    home = tmp_path_factory.mktemp("avro")
    with (
        kafka.broker(home / "broker") as broker,
        kafka.registry(home / "registry") as registry,
        served(home / "clickhouse") as server,
    ):
        yield Services(broker, registry, server)


def record(name: str, **fields: Json) -> dict[str, Json]:
    return {"type": "record", "name": name, "namespace": "tests", "fields": [
        {"name": field, **(type if isinstance(type, dict) and "default" in type else {"type": type})}
        for field, type in fields.items()
    ]}  # fmt: skip


POINT: Final = record("point", x="int", y="double")
OLD: Final = record("ride", id="int", bike="string", legacy="long", at=POINT)
NEW: Final = record(
    "ride",
    id="int",
    bike="string",
    at=POINT,
    speed={"type": "double", "default": -1.5},
    note={"type": ["null", "string"], "default": None},
    tags={"type": {"type": "array", "items": "string"}, "default": []},
    origin={
        "type": record("origin", city="string", code={"type": "int", "default": 7}),
        "default": {"city": "it's", "code": 7},
    },
)


def test_old_and_new_writers_are_read_side_by_side(services: Services) -> None:
    services.apply(avro_stream(NEW, source=Source("none")))
    old = [{"id": n, "bike": f"b{n}", "legacy": n, "at": {"x": n, "y": 0.5}} for n in range(0, 2000, 2)]
    new = [
        {"id": n, "bike": f"b{n}", "at": {"x": n, "y": 0.5}, "speed": n / 4, "note": "n", "tags": ["t"],
         "origin": {"city": "c", "code": n}}
        for n in range(1, 2000, 2)
    ]  # fmt: skip
    pairs = zip(services.written("ride", OLD, old), services.written("ride", NEW, new), strict=True)
    services.produce("ride", (message for pair in pairs for message in pair))
    services.arrived("ride", 2000)
    assert services.rows("SELECT error, any(raw) AS raw FROM ride.dead_letters GROUP BY error") == []
    assert services.rows("SELECT count() AS n, uniqExact(_offset) AS offsets FROM ride.ride") == [
        {"n": 2000, "offsets": 2000}
    ]
    columns = "id, bike, at_x, at_y, speed, note, tags, origin_city, origin_code"
    assert services.rows(f"SELECT {columns} FROM ride.ride ORDER BY id") == [
        {"id": n, "bike": f"b{n}", "at_x": n, "at_y": 0.5}
        | (
            {"speed": n / 4, "note": "n", "tags": ["t"], "origin_city": "c", "origin_code": n}
            if n % 2
            else {"speed": -1.5, "note": None, "tags": [], "origin_city": "it's", "origin_code": 7}
        )
        for n in range(2000)
    ]
    assert services.rows("SELECT DISTINCT _topic FROM ride.ride") == [{"_topic": "ride"}]


def test_what_cannot_be_read_is_a_dead_letter_and_holds_nothing_up(services: Services) -> None:
    schema = record("trip", id="int", at=POINT)
    services.apply(avro_stream(schema, source=Source("none")))
    good = services.written("trip", schema, [{"id": n, "at": {"x": n, "y": 0.0}} for n in range(10)])
    wide = services.written("trip", record("trip", id="long", at=POINT), [{"id": 2**31, "at": {"x": 1, "y": 0.0}}])
    shorter = record("trip", id="int", at=record("point", x="int"))
    hostile = {
        "the first byte is none": b"\1" + good[0][1:],
        "no such schema": b"\0" + struct.pack(">I", 999_999) + good[0][5:],
        "cut off": good[1][:-3],
        "no bytes": b"\0",
        "an int that does not fit": wide[0],
        "a nested record with a field less": services.written("trip", shorter, [{"id": 1, "at": {"x": 1}}])[0],
        "required and null": services.written("trip", record("trip", id=["null", "int"], at=POINT), [
            {"id": None, "at": {"x": 1, "y": 0.0}}
        ])[0],
    }  # fmt: skip
    messages = [good[0], *(message for bad in hostile.values() for message in (bad, good[2])), good[3]]
    services.produce("trip", messages)
    services.arrived("trip", len(messages))
    assert services.rows("SELECT count() AS n FROM trip.trip") == [{"n": len(messages) - len(hostile)}]
    letters = services.rows("SELECT offset, error, raw FROM trip.dead_letters ORDER BY offset")
    assert [letter["offset"] for letter in letters] == list(range(1, 2 * len(hostile), 2))
    named = dict(zip(hostile, letters, strict=True))
    assert (named["an int that does not fit"]["error"], named["required and null"]["error"]) == ("id", "id")
    assert json.loads(named["an int that does not fit"]["raw"]) == {"id": 2**31, "at": {"x": 1, "y": 0}}
    assert services.rows("SELECT base64Decode(raw) AS raw FROM trip.dead_letters WHERE offset = 1")[0]["raw"]


KIND: Final = {"type": "enum", "name": "kind", "symbols": ["A", "B"]}
SENT: Final = record(
    "event",
    at={"type": {"type": "long", "logicalType": "timestamp-micros"}, "default": 0},
    day={"type": {"type": "int", "logicalType": "date"}, "default": 0},
    kind=KIND,
    uuid={"type": {"type": "string", "logicalType": "uuid"}, "default": ""},
    fee={"type": {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}, "default": "\0"},
    what=["null", "kind", {"type": "long", "logicalType": "timestamp-micros"}, record("part", k="kind", n="int")],
)

# What AvroConverter registers for it: logical types that Connect does not have are gone, an enum is a string, and
# every named type tells its name in Connect.
_PART: Final = {**record("part", k="string", n="int"), "connect.name": "tests.part"}
_DAY: Final = {"type": "int", "connect.version": 1, "connect.name": "org.apache.kafka.connect.data.Date"}
_FEE: Final = {
    "type": "bytes", "scale": 2, "precision": 6, "connect.version": 1, "logicalType": "decimal",
    "connect.parameters": {"scale": "2", "connect.decimal.precision": "6"},
    "connect.name": "org.apache.kafka.connect.data.Decimal",
}  # fmt: skip
REGISTERED: Final = {
    **record(
        "event",
        at="long",
        day={"type": {**_DAY, "logicalType": "date"}, "default": 0},
        kind="string",
        uuid="string",
        fee={"type": _FEE, "default": "\0"},
        what={"type": ["null", "string", "long", _PART], "default": None},
    ),
    "connect.name": "tests.event",
}
UUID: Final = "0f8fad5b-d9cb-469f-a165-70867728950e"
EVENTS: Final = (None, "B", 1_600_000_000_000_001, {"k": "A", "n": 3})


def _event(what: Any) -> dict[str, Any]:

    return {
        "at": 1_600_000_000_000_001,
        "day": 18_000,
        "kind": "B",
        "uuid": UUID,
        "fee": Decimal("-12.50"),
        "what": what,
    }


def _stored(name: str) -> str:
    parts = "what_kind, toUnixTimestamp64Micro(what_long) AS what_long, what_part_is_set, what_part_k, what_part_n"
    plain = "toUnixTimestamp64Micro(at) AS at, toInt32(day) AS day, kind, uuid, toString(fee) AS fee"
    return f"SELECT {plain}, {parts} FROM {name}.{name} ORDER BY _offset"


def _expected() -> list[dict[str, Any]]:
    plain = {"at": 1_600_000_000_000_001, "day": 18_000, "kind": "B", "uuid": UUID, "fee": "-12.5"}
    none = {"what_kind": None, "what_long": None, "what_part_is_set": False, "what_part_k": None, "what_part_n": None}
    part = {"what_part_is_set": True, "what_part_k": "A", "what_part_n": 3}
    changes: list[dict[str, Any]] = [{}, {"what_kind": "B"}, {"what_long": 1_600_000_000_000_001}, part]
    return [plain | none | change for change in changes]


@pytest.mark.parametrize(
    ("name", "kind", "writer", "tags"),
    [
        ("plain_event", "none", SENT, ("tests.kind", "long", "tests.part")),
        ("connect_event", "datagen", REGISTERED, ("string", "long", "tests.part")),
    ],
)
def test_each_landing_reads_what_its_source_registers(
    services: Services, name: str, kind: str, writer: Json, tags: tuple[str, ...]
) -> None:
    services.apply(avro_stream({**SENT, "name": name}, source=Source(kind)))
    whats = [None, *((tag, what) for tag, what in zip(tags, EVENTS[1:], strict=True))]
    services.produce(name, services.written(name, writer, map(_event, whats)))
    services.arrived(name, 4)
    assert services.rows(f"SELECT error, raw FROM {name}.dead_letters") == []
    assert services.rows(_stored(name)) == _expected()
