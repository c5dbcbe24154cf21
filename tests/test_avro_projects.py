"""Errors among several files, and the limits of what is read."""

from __future__ import annotations

import json

import pytest

from avro_text import complaints, field, record
from fleetgen import avro
from fleetgen.errors import FleetgenError


def test_every_error_of_every_file_is_reported() -> None:
    sources = {
        "b.avsc": record('{"name": "x", "type": "strng"}', '{"name": "x-y"}', name="B").encode(),
        "a.avsc": b"",
        "c.avsc": record('{"name": "x", "type": ["int", "int"], "order": 1}', name="C").encode(),
    }
    assert complaints(sources) == [
        "a.avsc:1:1 FG102 the file is empty",
        'b.avsc:2:23 FG120 B.x: unknown type "strng"',
        'b.avsc:3:10 FG124 B: "x-y" is no name for a field',
        'b.avsc:3:1 FG122 B."x-y" has no "type"',
        "c.avsc:2:31 FG131 C.x: the union has two branches of type int",
        "c.avsc:2:48 FG139 C.x: order 1 is unknown",
    ]


def test_a_name_defined_in_two_files_is_an_error_even_if_it_is_the_same() -> None:
    color = b'{"type": "enum", "name": "Color", "symbols": ["RED"]}'
    car = record('{"name": "color", "type": "Color"}').encode()
    sources = {"car.avsc": car, "color.avsc": color, "colour.avsc": color}
    assert complaints(sources) == ["colour.avsc:1:26 FG125 Color is already defined in color.avsc"]


def test_an_unreadable_file_is_not_complained_of_twice() -> None:
    """What it defines is not called unknown, and what only it uses not unused; what nobody defines still is."""
    car = record('{"name": "color", "type": "Color"}', '{"name": "wheel", "type": "Whel"}').encode()
    fuel = b'{"type": "enum", "name": "Fuel", "symbols": ["GAS"]}'
    broken = b'[{"type": "enum", "name": "Color", "symbols": ["RED",]}, "Fuel"]'
    lines = complaints({"car.avsc": car, "color.avsc": broken, "fuel.avsc": fuel})
    assert [line.split(" ")[1] for line in lines] == ["FG120", "FG103"]
    assert lines[0] == 'car.avsc:3:27 FG120 Car.wheel: unknown type "Whel"'


def test_an_error_in_a_shared_type_is_reported_once_where_it_stands() -> None:
    users = {f"{name}.avsc": record('{"name": "a", "type": "Wheel"}', name=name).encode() for name in ("A", "B")}
    wheel = record('{"name": "size", "type": "strng"}', name="Wheel").encode()
    assert complaints({**users, "wheel.avsc": wheel}) == ['wheel.avsc:2:26 FG120 Wheel.size: unknown type "strng"']


def test_the_nearest_name_is_suggested() -> None:
    wheel = record(name="fleet.Wheel").encode()
    for written, meant in [("fleet.Whel", "fleet.Wheel"), ("whel", "fleet.Wheel"), ("Int", "int"), ("integer", "int")]:
        with pytest.raises(FleetgenError) as caught:
            avro.load({"car.avsc": field(f'"{written}"').encode(), "wheel.avsc": wheel})
        assert [finding.help for finding in caught.value.findings] == [f"did you mean {meant}?"]


def test_warnings_come_with_the_errors() -> None:
    text = record('{"name": "x", "type": {"type": "int", "logicalType": "year"}}', '{"name": "y"}')
    assert complaints({"a.avsc": text.encode()}) == [
        'a.avsc:2:54 FG191 (warning) Car.x: unknown logicalType "year" is ignored',
        'a.avsc:3:1 FG122 Car.y has no "type"',
    ]


def nested(levels: int) -> bytes:
    type = '"int"'
    for _ in range(levels):
        type = f'{{"type": "array", "items": {type}}}'
    return field(type).encode()


def test_nesting_is_limited_not_by_python() -> None:
    assert avro.load({"a.avsc": nested(99)}).records
    for levels in (100, 399, 401, 10_000):
        (line,) = complaints({"a.avsc": nested(levels)})
        assert " FG107 " in line


def chain(length: int, times: int) -> dict[str, bytes]:
    """Records that hold the next one so many times each."""
    sources = {}
    for index in range(length):
        kind = f'"R{index + 1}"' if index + 1 < length else '"int"'
        fields = [f'{{"name": "f{twin}", "type": {kind}}}' for twin in range(times)]
        sources[f"r{index:04}.avsc"] = record(*fields, name=f"R{index}").encode()
    return sources


def test_a_long_chain_of_references_is_too_deep() -> None:
    assert len(avro.load(chain(99, 1)).records) == 99
    (line,) = complaints(chain(1000, 1))
    assert " FG107 R99.f0: more than 100 types inside each other" in line


def test_references_that_multiply_end_in_an_error() -> None:
    assert len(avro.load(chain(15, 2)).records) == 15
    (line,) = complaints(chain(60, 2))
    assert " FG108 " in line


def test_records_that_all_hold_each_other_end_in_an_error() -> None:
    names = [f"R{index}" for index in range(12)]
    kinds = [f'["null", "{name}"]' for name in names]
    fields = [f'{{"name": "f{index}", "type": {kind}}}' for index, kind in enumerate(kinds)]
    sources = {f"{name}.avsc": record(*fields, name=name).encode() for name in names}
    (line,) = complaints(sources)
    assert " FG108 " in line


def test_messages_are_one_line_whatever_a_name_holds() -> None:
    hostile = "a\n\u2028\u0000\"'`{{ }}" + "x" * 200
    name = json.dumps(hostile)
    text = record(f'{{"name": {name}, "type": {name}}}', f'{{"name": {name}, "type": {{"type": {name}}}}}')
    for line in complaints({"a.avsc": text.encode()}):
        assert line.isascii()
        assert line.isprintable()
        assert len(line) < 300
