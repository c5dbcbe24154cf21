"""Defaults that do not fit their types, and some that barely do."""

from __future__ import annotations

import pytest

from avro_text import complaints, field, record
from fleetgen import avro

DEFAULTS: list[tuple[str, str, int, str]] = [
    ('"int"', '"1"', 41, '"1" is not an int'),
    ('"int"', "1.0", 41, "1.0 is not an int"),
    ('"int"', "2147483648", 41, "2147483648 is not an int"),
    ('"int"', "true", 41, "true is not an int"),
    ('"int"', "null", 41, "null is not an int"),
    ('"long"', "9223372036854775808", 42, "9223372036854775808 is not a long"),
    ('"long"', "-9223372036854775809", 42, "-9223372036854775809 is not a long"),
    ('"float"', '"NaN"', 43, '"NaN" is not a float'),
    ('"double"', '"1.5"', 44, '"1.5" is not a double'),
    ('"double"', "true", 44, "true is not a double"),
    ('"boolean"', "0", 45, "0 is not a boolean"),
    ('"null"', "0", 42, "0 is not null"),
    ('"string"', "null", 44, "null is not a string"),
    ('"string"', "1", 44, "1 is not a string"),
    ('"bytes"', '"\\u0100"', 43, '"\\u0100" holds characters beyond U+00FF: each stands for one byte'),
    ('"bytes"', "1", 43, "1 is not text, as which bytes are written"),
    ('["null", "int"]', "1", 51, "1 is not null"),
    ('["int", "null"]', "null", 51, "null is not an int"),
    ('{"type": "array", "items": "int"}', "{}", 69, "an object is not an array"),
    ('{"type": "array", "items": "int"}', '[1, "2"]', 73, '"2" is not an int'),
    ('{"type": "map", "values": "int"}', "[]", 68, "an array is not an object, as a map needs"),
    ('{"type": "map", "values": "int"}', '{"a/b": 1, "c": null}', 84, "null is not an int"),
    ('{"type": "enum", "name": "E", "symbols": ["A"]}', '"B"', 83, '"B" is no symbol of enum E'),
    ('{"type": "fixed", "name": "F", "size": 2}', '"abc"', 77, "3 bytes do not fill fixed F of 2"),
    ('{"type": "fixed", "name": "F", "size": 2}', "3", 77, "3 is not text, as which bytes are written"),
    (
        '{"type": "record", "name": "P", "fields": [{"name": "a", "type": "int"}, {"name": "b", "type": "int"}]}',
        '{"b": 1}',
        139,
        "field a of P is missing and has no default of its own",
    ),
    (
        '{"type": "record", "name": "P", "fields": [{"name": "lat", "type": "double"}]}',
        '{"lat": "north"}',
        122,
        '"north" is not a double',
    ),
    (
        '{"type": "record", "name": "P", "fields": [{"name": "lat", "type": "double"}]}',
        "[]",
        114,
        "an array is not an object, as record P needs",
    ),
    ('{"type": "int", "logicalType": "date"}', '"2020-01-01"', 74, '"2020-01-01" is not an int'),
    (
        '{"type": "bytes", "logicalType": "decimal", "precision": 4}',
        "1.5",
        95,
        "1.5 is not text, as which bytes are written",
    ),
]
"""Type, default, column of the part that does not fit (line 2), why."""


@pytest.mark.parametrize(("type", "default", "column", "why"), DEFAULTS)
def test_default_that_does_not_fit(type: str, default: str, column: int, why: str) -> None:
    text = field(type, f', "default": {default}')
    expected = f"a.avsc:2:{column} FG138 Car.x: the default does not fit: {why}"
    assert complaints({"a.avsc": text.encode()}) == [expected]


@pytest.mark.parametrize(
    ("type", "default"),
    [
        ('"int"', "-2147483648"),
        ('"long"', "9223372036854775807"),
        ('"double"', "1"),
        ('"float"', "-0.0"),
        ('"bytes"', r'"\u0000\u00ff"'),
        ('["null", "int"]', "null"),
        ('["int", "null"]', "1"),
        ('{"type": "map", "values": {"type": "array", "items": "int"}}', '{"": [1]}'),
        ('{"type": "fixed", "name": "F", "size": 2}', r'"\u00ff "'),
        ('{"type": "record", "name": "P", "fields": [{"name": "a", "type": "int", "default": 1}]}', "{}"),
        ('{"type": "record", "name": "P", "fields": [{"name": "a", "type": ["null", "P"]}]}', '{"a": null, "b": 1}'),
        ('{"type": "array", "items": "Car"}', '[{"x": []}]'),
        ('{"type": "bytes", "logicalType": "decimal", "precision": 4}', r'"\u0001"'),
    ],
)
def test_default_that_fits(type: str, default: str) -> None:
    (car,) = avro.load({"a.avsc": field(type, f', "default": {default}').encode()}).records
    assert car.fields[0].default is not None


def test_a_default_inside_a_recursive_type_is_checked() -> None:
    text = field('{"type": "array", "items": "Car"}', ', "default": [{"x": [{"x": 1}]}]')
    expected = "a.avsc:2:83 FG138 Car.x: the default does not fit: 1 is not an array"
    assert complaints({"a.avsc": text.encode()}) == [expected]


def test_a_default_of_a_type_of_another_file_is_checked() -> None:
    wheel = record('{"name": "size", "type": "int"}', name="Wheel")
    car = field('"Wheel"', ', "default": {"size": 1.5}')
    expected = "car.avsc:2:52 FG138 Car.x: the default does not fit: 1.5 is not an int"
    assert complaints({"car.avsc": car.encode(), "wheel.avsc": wheel.encode()}) == [expected]
