"""The text of a schema: one line that stands alone, means the same, and has annotations where Datagen reads them."""

from __future__ import annotations

import json
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings

from avro_schemas import projects
from avro_text import record
from fleetgen import avro

ARGS = {"options": ["$'"]}


def text(name: str, **files: str) -> str:
    return avro.load({f"{path}.avsc": data.encode() for path, data in files.items()}).schemas[name]


def tree(name: str, **files: str) -> Any:
    return json.loads(text(name, **files))


def field(type: Any, **rest: Any) -> Any:
    """The one field of a record in the text, as it is written for this type."""
    written = {"type": "record", "name": "Car", "fields": [{"name": "x", "type": type, **rest}]}
    return tree("Car", car=json.dumps(written))["fields"][0]


def test_one_line_with_escapes_and_everything_in_its_order() -> None:
    source = record('{"doc": "it\'s ${env:HOME} \\u00e9 \\\\$", "type" : "int", "name": "x", "y": [1.0, 1e3, null]}')
    expected = (
        '{"type":"record","name":"Car","fields":[{"doc":"it\\u0027s \\u0024{env:HOME} \\u00e9 \\\\\\u0024",'
        '"type":"int","name":"x","y":[1.0,1000.0,null]}]}'
    )
    assert text("Car", car=source) == expected
    assert json.loads(expected) == json.loads(source)


@pytest.mark.parametrize(
    ("type", "moved"),
    [
        ("int", {"type": "int", "arg.properties": ARGS}),
        ({"type": "string", "x": 1}, {"type": "string", "x": 1, "arg.properties": ARGS}),
        ({"type": {"type": "string"}}, {"type": "string", "arg.properties": ARGS}),
        (["null", "int"], ["null", {"type": "int", "arg.properties": ARGS}]),
        (["int", {"type": "null"}], [{"type": "int", "arg.properties": ARGS}, {"type": "null"}]),
        (["int"], [{"type": "int", "arg.properties": ARGS}]),
        ({"type": "array", "items": "int"}, {"type": "array", "items": "int", "arg.properties": ARGS}),
        (
            ["null", {"type": "enum", "name": "E", "symbols": ["A"]}],
            ["null", {"type": "enum", "name": "E", "symbols": ["A"], "arg.properties": ARGS}],
        ),
        (
            {"type": "record", "name": "R", "fields": []},
            {"type": "record", "name": "R", "fields": [], "arg.properties": ARGS},
        ),
    ],
)
def test_an_annotation_on_a_field_moves_to_its_type(type: Any, moved: Any) -> None:
    assert field(type, **{"arg.properties": ARGS}) == {"name": "x", "type": moved}


@pytest.mark.parametrize(
    "type",
    [
        {"type": "int", "arg.properties": {"range": {"min": 1}}},
        ["null", {"type": "int", "arg.properties": {"range": {"min": 1}}}],
        ["int", "string"],
        ["null", "int", "string"],
        ["null"],
        ["null", "Car"],
    ],
)
def test_an_annotation_that_has_no_place_stays(type: Any) -> None:
    assert field(type, **{"arg.properties": ARGS}) == {"name": "x", "type": type, "arg.properties": ARGS}


def test_a_whole_number_as_default_of_an_annotated_double_has_a_point() -> None:
    """fastavro refuses it otherwise; for Java it is the same."""
    moved = field("double", default=0, **{"arg.properties": ARGS})
    assert json.dumps(moved["default"]) == "0.0"
    assert json.dumps(field("double", default=0)["default"]) == "0"


def test_an_annotation_that_is_no_object_stays_where_it_is_ignored() -> None:
    assert field("int", **{"arg.properties": None}) == {"name": "x", "type": "int", "arg.properties": None}


def test_an_annotation_does_not_leak_to_other_uses_of_a_named_type() -> None:
    enum = '{"type": "enum", "name": "E", "symbols": ["A"]}'
    source = record(
        f'{{"name": "a", "type": {enum}, "arg.properties": {{"options": ["A"]}}}}', '{"name": "b", "type": "E"}'
    )
    assert tree("Car", car=source) == json.loads(source)


def test_types_of_other_files_are_written_out_where_first_used() -> None:
    wheel = '{"type": "record", "name": "Wheel", "doc": "d", "fields": [{"name": "color", "type": "paint.Color"}]}'
    color = '{"type": "enum", "name": "Color", "namespace": "paint", "symbols": ["RED"]}'
    car = record('{"name": "a", "type": "Wheel"}', '{"name": "b", "type": ["null", "Wheel", "paint.Color"]}')
    a, b = tree("Car", car=car, wheel=wheel, color=color)["fields"]
    assert a["type"] == json.loads(wheel) | {"fields": [{"name": "color", "type": json.loads(color)}]}
    assert b["type"] == ["null", "Wheel", "paint.Color"]


@pytest.mark.parametrize(
    ("wheel", "written"),
    [
        ({"name": "Wheel"}, {"name": "Wheel", "namespace": ""}),
        ({"name": "Wheel", "namespace": None}, {"name": "Wheel", "namespace": ""}),
        ({"name": "Wheel", "namespace": ""}, {"name": "Wheel", "namespace": ""}),
        ({"name": "a.Wheel"}, {"name": "a.Wheel", "namespace": "a"}),
        ({"name": "a.Wheel", "namespace": ""}, {"name": "a.Wheel", "namespace": "a"}),
        ({"name": "Wheel", "namespace": "a"}, {"name": "Wheel", "namespace": "a"}),
    ],
)
def test_a_type_written_out_keeps_its_namespace(wheel: dict[str, Any], written: dict[str, Any]) -> None:
    name = "a.Wheel" if "a" in (wheel["name"][0], wheel.get("namespace")) else "Wheel"
    car = f'{{"type": "record", "name": "Car", "namespace": "fleet", "fields": [{{"name": "x", "type": "{name}"}}]}}'
    definition = {"type": "record", **wheel, "fields": []}
    (x,) = tree("fleet.Car", car=car, wheel=json.dumps(definition))["fields"]
    assert x["type"] == {"type": "record", **written, "fields": []}


def check(sources: dict[str, Any], strictly: bool) -> None:
    loaded = avro.load({path: json.dumps(json_).encode() for path, json_ in sources.items()})
    assert len(loaded.records) == len(sources)
    for read in loaded.records:
        line = loaded.schemas[read.fullname]
        assert line.isascii()
        assert line.isprintable()
        assert not set(line) & set("$'")
        again = avro.load({"a.avsc": line.encode()})
        assert again.records == (read,)
        assert again.schemas == {read.fullname: line}
        if strictly:
            fastavro.parse_schema(json.loads(line))


@given(projects([[""], ["a"], ["a", "a.b", "c"]]))
@settings(max_examples=150, deadline=None)
def test_the_text_means_the_same_and_fastavro_takes_it(sources: dict[str, Any]) -> None:
    check(sources, strictly=True)


@given(projects([["", "a"], ["", "a", "b.c"]]))
@settings(max_examples=100, deadline=None)
def test_the_text_means_the_same_with_and_without_namespaces(sources: dict[str, Any]) -> None:
    """fastavro, unlike Java, does not find a type without namespace from within a namespace."""
    check(sources, strictly=False)
