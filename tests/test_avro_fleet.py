"""The three schemas of the fleet, as they were agreed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fastavro
import pytest

from fleetgen import avro
from fleetgen.model import Logical, LogicalType, Primitive, PrimitiveType, RecordType

ROOT = Path(__file__).parents[1]
VEHICLE = {"range": {"min": 1000, "max": 9999}}


@pytest.fixture(scope="module")
def loaded() -> avro.Loaded:
    files = sorted((ROOT / "schemas").glob("*.avsc"))
    return avro.load({path.relative_to(ROOT).as_posix(): path.read_bytes() for path in files})


def test_names_and_types(loaded: avro.Loaded) -> None:
    assert loaded.findings == ()
    assert [record.fullname for record in loaded.records] == [
        "fleet_mgmt.fleet_mgmt_description",
        "fleet_mgmt.fleet_mgmt_location",
        "fleet_mgmt.fleet_mgmt_sensors",
    ]
    described = {record.name: [(field.name, field.type) for field in record.fields] for record in loaded.records}
    integer, text, double = (PrimitiveType(kind) for kind in (Primitive.INT, Primitive.STRING, Primitive.DOUBLE))
    assert described["fleet_mgmt_description"] == [
        ("vehicle_id", integer),
        ("driver_name", text),
        ("license_plate", text),
    ]
    vehicle, location, ts = described["fleet_mgmt_location"]
    assert vehicle == ("vehicle_id", integer)
    assert ts == ("ts", LogicalType(Logical.TIMESTAMP_MILLIS, PrimitiveType(Primitive.LONG)))
    assert isinstance(location[1], RecordType)
    assert location[1].fullname == "fleet_mgmt.location"
    assert [(field.name, field.type) for field in location[1].fields] == [("latitude", double), ("longitude", double)]
    assert described["fleet_mgmt_sensors"] == [
        ("vehicle_id", integer),
        ("engine_temperature", integer),
        ("average_rpm", integer),
    ]


def test_annotations_and_their_places(loaded: avro.Loaded) -> None:
    description, location, sensors = loaded.records
    assert [field.type.args for field in sensors.fields] == [
        VEHICLE,
        {"range": {"min": 150, "max": 250}},
        {"range": {"min": 1800, "max": 5000}},
    ]
    vehicle, driver, plate = (field.type.args for field in description.fields)
    assert vehicle == VEHICLE
    assert len(set(driver["options"])) == 100
    assert plate == {"regex": r"[A-Z]{2}\d{6}[A-Z]"}
    vehicle, point, ts = location.fields
    assert vehicle.type.args == VEHICLE
    assert ts.type.args == {"iteration": {"start": 1609459200000, "step": 100000}}
    assert point.type.args is None
    assert len(point.args["options"]) == 30
    assert all(field.args is None for record in (description, sensors) for field in record.fields)


def test_every_record_and_field_has_a_doc(loaded: avro.Loaded) -> None:
    records = [*loaded.records, *(f.type for r in loaded.records for f in r.fields if isinstance(f.type, RecordType))]
    assert len(records) == 4
    for record in records:
        assert record.doc
        assert all(field.doc for field in record.fields)


def test_the_text_has_the_points_where_datagen_reads_them(loaded: avro.Loaded) -> None:
    trees: dict[str, Any] = {name: json.loads(text) for name, text in loaded.schemas.items()}
    point = trees["fleet_mgmt.fleet_mgmt_location"]["fields"][1]
    assert "arg.properties" not in point
    assert len(point["type"]["arg.properties"]["options"]) == 30
    for tree in trees.values():
        fastavro.parse_schema(tree)
