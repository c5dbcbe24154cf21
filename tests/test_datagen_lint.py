"""What the lint says of annotations, and where."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

import streams
from budgets import DRAWN_TEXTS
from datagen_streams import field
from fleetgen.datagen import lint
from fleetgen.errors import Severity
from fleetgen.model import Json
from fleetgen.pipeline import Source, Stream
from fleetgen.strategies.schemas import schemas

ON_TYPE = "/fields/0/type/arg.properties"
ON_FIELD = "/fields/0/arg.properties"
DOC = Path(__file__).parents[1] / "doc" / "findings" / "annotations.md"
DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 5, "scale": 2}
RECORD = {"type": "record", "name": "R", "fields": [{"name": "x", "type": "double"}, {"name": "n", "type": "long"}]}
MAP = {"type": "map", "values": "int"}
TIME = {"type": "int", "logicalType": "time-millis"}
DATE = {"type": "int", "logicalType": "date"}
FILE = {"file": "a.json", "encoding": "json"}

CASES: list[tuple[Json, Json, list[str]]] = [
    ("int", {"range": {"min": 0, "max": 9}}, []),
    ("int", 5, ["FG200 error"]),
    ("int", {"ranje": {"min": 0}}, ["FG202 warning /ranje"]),
    (MAP, {"keys": {"reges": "a"}}, ["FG202 warning /keys/reges"]),
    ("int", {"range": {"min": 9, "max": 1}}, ["FG203 error /range"]),
    ("int", {"range": {"min": 9, "max": 9}}, ["FG203 error /range"]),
    ("double", {"range": {"min": 1.5, "max": 1.5}}, ["FG203 error /range"]),
    (DECIMAL, {"range": {"min": 1000}}, ["FG203 error /range"]),
    (DECIMAL, {"range": {"min": 1.001, "max": 1.009}}, ["FG203 error /range"]),
    (TIME, {"range": {"min": 86_400_000}}, ["FG203 error /range"]),
    ("int", {"range": 5}, ["FG204 error /range"]),
    ("int", {"range": {"min": "a"}}, ["FG204 error /range/min"]),
    ("int", {"range": {"min": 0.5, "max": 9}}, ["FG204 error /range/min"]),
    ("int", {"range": {"min": 0, "max": 2**31}}, ["FG204 error /range/max", "FG210 warning /range"]),
    ("string", {"options": []}, ["FG205 error /options", "FG209 warning"]),
    ("string", {"options": 5}, ["FG205 error /options", "FG209 warning"]),
    ("string", {"options": {"file": "a"}}, ["FG205 error /options", "FG209 warning"]),
    ("string", {"options": ["a", 5, None]}, ["FG206 error /options/1", "FG206 error /options/2"]),
    ("int", {"options": ["a"]}, ["FG206 error /options/0"]),
    ("int", {"options": [2**31]}, ["FG206 error /options/0"]),
    ({"type": "enum", "name": "E", "symbols": ["A"]}, {"options": ["B"]}, ["FG206 error /options/0"]),
    (RECORD, {"options": [{"x": 1.5}]}, ["FG206 error /options/0"]),
    (MAP, {"keys": {"options": ["a", 5]}}, ["FG206 error /keys/options/1"]),
    ("double", {"options": [1, 1.5]}, ["FG207 warning /options/0"]),
    (RECORD, {"options": [{"x": 1.5, "n": 5}]}, ["FG207 warning /options/0"]),
    (RECORD, {"options": [{"x": 1.5, "n": 5_000_000_000}]}, []),
    ("string", {"options": FILE}, ["FG208 warning /options/file"]),
    ("string", None, ["FG209 warning"]),
    ("string", {"length": 5}, ["FG209 warning"]),
    ({"type": "array", "items": "string"}, None, ["FG209 warning"]),
    ("int", {"range": {"min": -2_000_000_000, "max": 2_000_000_000}}, ["FG210 warning /range"]),
    ("int", {"range": {"min": -1}}, ["FG210 warning /range"]),
    ("int", {"range": {"min": 0}}, []),
    ("long", {"range": {"max": 7}}, ["FG210 warning /range"]),
    ("double", {"range": {}}, ["FG210 warning /range"]),
    ("float", {"range": {"min": -3e38, "max": 3e38}}, ["FG210 warning /range"]),
    ("bytes", {"length": -1}, ["FG211 error /length"]),
    ("bytes", {"length": {"min": 3, "max": 3}}, ["FG211 error /length"]),
    ("bytes", {"length": {}}, ["FG211 error /length"]),
    ("bytes", {"length": 100_001}, ["FG221 warning /length"]),
    (MAP, {"length": {"min": 10**6, "max": 10**7}}, ["FG221 warning /length"]),
    ("string", {"regex": "("}, ["FG212 error /regex"]),
    ("string", {"regex": 5}, ["FG212 error /regex", "FG209 warning"]),
    (MAP, {"keys": {"regex": "["}}, ["FG212 error /keys/regex"]),
    ("string", {"regex": "[a-z]{16}", "length": {"min": 8, "max": 15}}, ["FG213 error /regex"]),
    ("string", {"regex": "#"}, ["FG213 error /regex"]),
    ("int", {"iteration": {}}, ["FG214 error /iteration"]),
    ("int", {"iteration": {"start": 0, "step": 0}}, ["FG214 error /iteration"]),
    ("int", {"iteration": {"start": 0, "restart": 9, "step": -1}}, ["FG214 error /iteration"]),
    ("int", {"iteration": {"start": 0.5}}, ["FG214 error /iteration"]),
    ("int", {"iteration": {"start": True}}, ["FG214 error /iteration"]),
    ("int", {"iteration": {"start": 2**31}}, ["FG214 error /iteration"]),
    ("double", {"iteration": {"start": 0.5, "step": 0.1}}, []),
    ("boolean", {"odds": 1.5}, ["FG215 error /odds"]),
    ("string", {"regex": "a", "prefix": 5}, ["FG216 error /prefix"]),
    (MAP, {"keys": 5}, ["FG217 error /keys"]),
    ("string", {"options": ["a"], "regex": "a"}, ["FG218 error /regex"]),
    ("long", {"iteration": {"start": 0}, "range": {"min": 0}}, ["FG218 error /range"]),
    ("int", {"length": 5}, ["FG219 warning /length"]),
    ("boolean", {"regex": "a"}, ["FG219 warning /regex"]),
    (DATE, None, ["FG220 warning"]),
    (DATE, {"iteration": {"start": 0}}, []),
    (TIME, None, []),
]


def _said(stream: Stream, base: str) -> list[str]:
    found = lint(stream)
    assert all(finding.place.path == "schemas/x.avsc" and finding.message and finding.help for finding in found)
    return [f"{each.code} {each.severity.value} {each.place.pointer.removeprefix(base)}".strip() for each in found]


@pytest.mark.parametrize(("type", "args", "expected"), CASES)
def test_findings(type: Json, args: Json, expected: list[str]) -> None:
    said = _said(field(type, args), ON_TYPE)
    assert sorted(line if args is not None else line.split(" /")[0] for line in said) == sorted(expected)


def test_a_field_annotation_is_ignored_by_datagen_and_looked_at_all_the_same() -> None:
    said = _said(field("int", {"range": {"min": 9, "max": 1}}, on_field=True), ON_FIELD)
    assert said == ["FG203 error /range", "FG201 warning"]


def test_what_only_datagen_does_is_not_said_where_datagen_does_not_fill_the_topic() -> None:
    args = {"range": {"min": 9, "max": 1}}
    assert _said(field("int", args, on_field=True, source=Source(kind="none")), ON_FIELD) == ["FG203 error /range"]
    assert _said(field("string", source=Source(kind="none")), "") == []


def test_a_misspelt_key_is_recognised() -> None:
    (finding,) = lint(field("int", {"ragne": {}}))
    assert finding.help == "did you mean 'range'?"


def test_the_fields_annotation_reaches_the_branches_of_a_union() -> None:
    said = _said(field(["null", "int", "string"], {"range": {"min": 0}, "regex": "a"}, on_field=True), ON_FIELD)
    assert said == ["FG201 warning"]


def test_below_options_nothing_is_looked_at() -> None:
    type = {"type": "record", "name": "R", "fields": [{"name": "s", "type": "string"}]}
    assert _said(field(type, {"options": [{"s": "a"}]}), "") == []
    assert [line.split()[0] for line in _said(field(type), "")] == ["FG209"]


def test_the_fleet_has_one_annotation_on_a_field() -> None:
    found = [finding for stream in streams.fleet().streams for finding in lint(stream)]
    assert [(finding.code, finding.severity) for finding in found] == [("FG201", Severity.WARNING)]
    assert found[0].place.path == "schemas/fleet_mgmt_location.avsc"
    assert found[0].place.pointer == "/fields/1/arg.properties"


def test_every_code_is_explained() -> None:
    said = {line.split()[0] for _, _, expected in CASES for line in expected} | {"FG201"}
    explained = {line.split()[1] for line in DOC.read_text().splitlines() if line.startswith("## ")}
    assert explained == said


@settings(max_examples=DRAWN_TEXTS // 4)
@given(schemas())
def test_any_schema_can_be_looked_at(schema: Json) -> None:
    assert {finding.code for finding in lint(streams.stream(schema))} <= {"FG209", "FG220"}
