"""Iterated times can begin in the present; everything else of a sample stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

from fleetgen import avro
from fleetgen.datagen.present import shift
from fleetgen.datagen.sample import batch
from fleetgen.model import RecordType
from fleetgen.pipeline import Stream

END = 1_769_817_600_000  # 2026-01-31
BEGIN = END - 30 * 86_400_000
SCHEMAS = Path(__file__).parents[1] / "schemas"


def stream(schema: object) -> Stream:
    loaded = avro.load({"schemas/s.avsc": json.dumps(schema).encode()})
    return Stream(loaded.records[0].name, loaded.records[0], "t")


def drawn(of: Stream, rows: int = 4) -> list[dict[str, object]]:
    return [json.loads(line) for line in batch(of, 0, END, 0, rows).lines().splitlines()]


def timestamp(unit: str, **iteration: int) -> dict[str, object]:
    return {"type": "long", "logicalType": f"timestamp-{unit}", "arg.properties": {"iteration": iteration}}


def test_the_fleets_locations_are_those_of_this_month() -> None:
    text = (SCHEMAS / "fleet_mgmt_location.avsc").read_text()
    own = stream(json.loads(text))
    before, after = drawn(own), drawn(shift(own, END))
    assert [row["ts"] for row in after] == [BEGIN + 100_000 * row for row in range(4)]
    assert [{**row, "ts": 0} for row in after] == [{**row, "ts": 0} for row in before]


def test_every_unit_and_place_is_moved_and_nothing_else() -> None:
    fields = [
        {"name": "micros", "type": timestamp("micros", start=5, step=2)},
        {"name": "nanos", "type": ["null", timestamp("nanos", start=0, step=1)]},
        {"name": "wraps", "type": timestamp("millis", start=10, restart=12, initial=11)},
        {"name": "list",
         "type": {"type": "array", "items": timestamp("millis", start=7), "arg.properties": {"length": 2}}},
        {"name": "number", "type": {"type": "long", "arg.properties": {"iteration": {"start": 3}}}},
        {"name": "field", "type": {"type": "long", "logicalType": "timestamp-millis"},
         "arg.properties": {"iteration": {"start": 1, "step": 10}}},
    ]  # fmt: skip
    moved = shift(stream({"type": "record", "name": "s", "fields": fields}), END)
    rows = drawn(moved)
    assert [row["micros"] for row in rows] == [BEGIN * 1000 + 2 * number for number in range(4)]
    assert {row["nanos"] for row in rows} - {None} <= {BEGIN * 1_000_000 + number for number in range(4)}
    assert [row["wraps"] for row in rows] == [BEGIN + 1, BEGIN, BEGIN + 1, BEGIN]
    assert rows[0]["list"] == [BEGIN, BEGIN + 1]
    assert [row["number"] for row in rows] == [3, 4, 5, 6]
    assert [row["field"] for row in rows] == [BEGIN + 10 * number for number in range(4)]


def test_a_broken_annotation_is_left_to_the_lint() -> None:
    broken = {"type": "long", "logicalType": "timestamp-millis", "arg.properties": {"iteration": {"start": "now"}}}
    own = stream({"type": "record", "name": "s", "fields": [{"name": "t", "type": broken}]})
    moved = shift(own, END)
    assert isinstance(moved.record, RecordType)
    assert drawn(moved) == drawn(own)
