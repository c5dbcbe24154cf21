"""What the lint says of annotations, and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import streams
from budgets import DRAWN_TEXTS
from datagen_streams import field
from fleetgen.datagen import keyless, lint
from fleetgen.errors import Severity
from fleetgen.model import Json
from fleetgen.pipeline import Format, Source, Stream
from fleetgen.strategies.schemas import schemas

ON_TYPE = "/fields/0/type/arg.properties"
ON_FIELD = "/fields/0/arg.properties"
ROOT = Path(__file__).parents[1]
DOC = ROOT / "doc" / "findings" / "annotations.md"
DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 5, "scale": 2}
RECORD = {"type": "record", "name": "R", "fields": [{"name": "x", "type": "double"}, {"name": "n", "type": "long"}]}
MAP = {"type": "map", "values": "int"}
TIME = {"type": "int", "logicalType": "time-millis"}
DATE = {"type": "int", "logicalType": "date"}
UUID = {"type": "string", "logicalType": "uuid"}
ARRAY = {"type": "array", "items": "int"}
COUNTED = {"type": "int", "arg.properties": {"iteration": {"start": 0}}}
DECIMAL_38 = {"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": 2}
FILE = {"file": "a.json", "encoding": "json"}

CASES: list[tuple[Json, Json, list[str]]] = [
    ("int", {"range": {"min": 0, "max": 9}}, []),
    ("int", 5, ["FG200 error"]),
    ("int", {"ranje": {"min": 0}}, ["FG202 warning /ranje"]),
    (MAP, {"keys": {"reges": "a"}}, ["FG202 warning /keys/reges"]),
    (MAP, {"keys": {"odds": 1}}, ["FG219 warning /keys/odds"]),
    (MAP, None, ["FG226 warning"]),
    (MAP, {"options": [{}]}, []),
    ("int", {"range": {"min": 9, "max": 1}}, ["FG203 error /range"]),
    ("int", {"range": {"min": 9, "max": 9}}, ["FG203 error /range"]),
    ("double", {"range": {"min": 1.5, "max": 1.5}}, ["FG203 error /range"]),
    (DECIMAL, {"range": {"min": 1000}}, ["FG203 error /range"]),
    (DECIMAL, {"range": {"min": 1.001, "max": 1.009}}, ["FG203 error /range"]),
    (TIME, {"range": {"min": 86_400_000}}, ["FG203 error /range"]),
    (DATE, {"range": {"min": 2_932_897, "max": 2_932_999}}, ["FG203 warning /range"]),
    ("int", {"range": {"min": 2**31 - 1}}, ["FG203 error /range"]),
    ("long", {"range": {"max": -(2**63)}}, ["FG203 error /range"]),
    ("double", {"range": {"min": 1.7976931348623157e308}}, ["FG203 error /range"]),
    ("int", {"range": 5}, ["FG204 warning /range"]),
    ("float", {"range": None}, ["FG204 warning /range"]),
    ("double", {"range": 5}, ["FG204 error /range"]),
    (DECIMAL, {"range": None}, ["FG204 error /range"]),
    ("string", {"range": 5, "regex": "a"}, ["FG219 warning /range"]),
    ("float", {"range": {"min": 0, "max": 1e39}}, ["FG204 error /range/max"]),
    ("int", {"range": {"min": "a"}}, ["FG204 error /range/min"]),
    ("int", {"range": {"min": 0.5, "max": 9}}, ["FG204 error /range/min"]),
    ("int", {"range": {"min": 0, "max": 2**31}}, ["FG204 error /range/max"]),
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
    ("double", {"options": [1, 2]}, ["FG207 error /options/0", "FG207 error /options/1"]),
    (RECORD, {"options": [{"x": 1.5, "n": 5}]}, ["FG207 error /options/0"]),
    (DATE, {"options": [0, 2_932_897]}, ["FG206 warning /options/1"]),
    (TIME, {"options": [0, 86_400_001]}, ["FG206 error /options/1"]),
    (UUID, {"options": ["no uuid"]}, ["FG206 warning /options/0"]),
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
    (MAP, {"length": {"min": 10**6, "max": 10**7}}, ["FG221 warning /length", "FG226 warning"]),
    ("bytes", {"length": {"min": 1}}, ["FG237 warning /length"]),
    (ARRAY, {"length": {"min": 0}}, ["FG237 warning /length"]),
    (MAP, {"keys": {"length": {"min": 1}}}, ["FG237 warning /keys/length"]),
    ("string", {"regex": "("}, ["FG212 error /regex"]),
    ("string", {"regex": 5}, ["FG212 error /regex", "FG209 warning"]),
    (MAP, {"keys": {"regex": "["}}, ["FG212 error /keys/regex"]),
    ("string", {"regex": "[a-z]{16}", "length": {"min": 8, "max": 15}}, ["FG213 error /regex"]),
    ("string", {"regex": "#"}, ["FG213 error /regex", "FG228 warning /regex"]),
    ("string", {"regex": "a{3,2}"}, ["FG213 error /regex"]),
    ("string", {"regex": "[a-z]{9000}"}, ["FG230 warning /regex"]),
    ("string", {"regex": "[ab]+"}, ["FG229 warning /regex"]),
    ("string", {"regex": "[ab]+", "length": {"min": 2}}, ["FG229 warning /regex"]),
    ("string", {"regex": "[ab]+", "length": {"min": 2, "max": 9}}, []),
    ("string", {"regex": "(aa)+", "length": {"max": 4}}, ["FG229 warning /regex"]),
    ("string", {"regex": "(aa)+", "length": {"max": 5}}, []),
    ("string", {"regex": "a(aa)?", "length": {"max": 3}}, ["FG229 warning /regex"]),
    ("string", {"regex": "(a|bb|ccc)", "length": {"min": 2, "max": 4}}, []),
    ("int", {"regex": 5}, ["FG219 warning /regex"]),
    ("int", {"iteration": {}}, ["FG214 error /iteration"]),
    ("int", {"iteration": {"start": 0, "step": 0}}, ["FG214 error /iteration"]),
    ("int", {"iteration": {"start": 0, "restart": 9, "step": -1}}, ["FG214 error /iteration"]),
    ("int", {"iteration": {"start": 0.5}}, ["FG214 error /iteration"]),
    ("int", {"iteration": {"start": True}}, ["FG214 error /iteration"]),
    ("int", {"iteration": {"start": 2**31}}, ["FG214 error /iteration"]),
    ("double", {"iteration": {"start": 0.5, "step": 0.1}}, []),
    ("float", {"iteration": {"start": 1e39}}, ["FG214 error /iteration"]),
    ("double", {"iteration": {"start": 2**64}}, ["FG232 warning /iteration/start"]),
    (DECIMAL_38, {"range": {"max": 10**20}}, ["FG232 warning /range/max"]),
    (DATE, {"iteration": {"start": 2_932_897}}, ["FG214 warning /iteration"]),
    (DATE, {"iteration": {"start": 0, "restart": 2_932_897}}, []),
    ("bytes", {"iteration": {"start": 0}}, ["FG222 error /iteration"]),
    (ARRAY, {"iteration": {"start": 0}}, ["FG222 error /iteration"]),
    (DECIMAL, {"iteration": {"start": 0}}, ["FG222 error /iteration"]),
    ("int", {"iteration": {"start": 5, "restart": 20, "initial": -6}}, ["FG224 warning /iteration"]),
    ("int", {"iteration": {"start": 5, "restart": -20, "initial": 6}}, ["FG224 warning /iteration"]),
    ("int", {"iteration": {"start": 5, "restart": 20, "initial": 6}}, []),
    (["null", COUNTED], None, ["FG224 warning"]),
    ({"type": "array", "items": COUNTED}, None, ["FG224 warning"]),
    ("boolean", {"odds": 1.5}, ["FG215 error /odds"]),
    ("string", {"regex": "a", "prefix": 5}, ["FG216 error /prefix"]),
    ("string", {"options": ["a"], "prefix": 5}, ["FG216 warning /prefix", "FG219 warning /prefix"]),
    ("boolean", {"options": [True], "odds": 0.5}, ["FG219 warning /odds"]),
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


def test_an_option_that_is_no_symbol_is_told_the_symbols() -> None:
    def told(symbols: str) -> str:
        type = {"type": "enum", "name": "E", "symbols": list(symbols)}
        (finding,) = lint(field(type, {"options": ["z"]}))
        return finding.help.removeprefix("options are values of the type: ")

    assert told("ABCDEFGH") == "A, B, C, D, E, F, G, H"
    assert told("ABCDEFGHIJ") == "A, B, C, D, E, F, G, H and 2 more"


def test_what_only_datagen_does_is_not_said_where_datagen_does_not_fill_the_topic() -> None:
    args = {"range": {"min": 9, "max": 1}}
    assert _said(field("int", args, on_field=True, source=Source(kind="none")), ON_FIELD) == ["FG203 error /range"]
    assert _said(field("string", source=Source(kind="none")), "") == []


@pytest.mark.parametrize("type", ["int", "bytes"])
def test_a_null_is_an_annotation_too(type: str) -> None:
    schema = streams.record("R", n={"type": type, "arg.properties": None})
    assert _said(streams.stream(schema), ON_TYPE) == ["FG200 error"]


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


TRAPS = [
    ("^a", "^ is a plain ^"),
    ("a$", "$ is a plain $"),
    ("(?:a)", "(? begins a group with a plain ?"),
    (r"\bx", r"\b is a plain b"),
    (r"a\n", r"\n is a plain n"),
    (r"\pL", r"\p is a plain p"),
    (r"[\d-]", r"\d inside brackets"),
    (r"[a\w]", r"\w inside brackets"),
    ("[ab]+?c", "? after a quantifier is one more"),
    ("[ab]{2}+c", "+ after a quantifier is one more"),
    ("a@b", "@ is any text"),
    ("~(a)", "~ is a complement"),
    ("a&a", "& is an intersection"),
    ("<1-5>", "< begins an interval"),
    ('"a"', '" begins a quotation'),
    ("a|#", "# matches nothing"),
    ("(|a)", "an empty alternative is a plain |"),
    ("a||b", "an empty alternative is a plain |"),
    ("*a", "* without anything before it"),
    (r"\Qa.b\Ec", r"\Q..\E is read rightly only once"),
    (r"\Qa\E\Qb\E", r"\Q..\E is read rightly only once"),
    ("a.", "a dot or a negated class is any UTF-16 unit"),
    ("[^,]", "a dot or a negated class is any UTF-16 unit"),
    (r"\S", "a dot or a negated class is any UTF-16 unit"),
]


@pytest.mark.parametrize(("regex", "said"), TRAPS)
def test_traps_of_regexes(regex: str, said: str) -> None:
    found = [finding for finding in lint(field("string", {"regex": regex})) if finding.code == "FG228"]
    assert [finding.severity for finding in found] == [Severity.WARNING]
    assert said in found[0].message, found


@pytest.mark.parametrize(
    "regex",
    ["[A-Z]{2}\\d{6}[A-Z]", "User_[1-9]{0,1}", "a\\.b", "(a|b)?", "[^\u0000-/:-\uffff]{2}", "[@#~&<$^]", "x\\@y",
     r"\Qa.b\E", "[]a]{3}", "a?b*c{1,3}d"],
)  # fmt: skip
def test_no_traps(regex: str) -> None:
    assert "FG228" not in {finding.code for finding in lint(field("string", {"regex": regex}))}


def test_several_tasks_count_the_same() -> None:
    counted = field("int", {"iteration": {"start": 0}}, source=Source(tasks=2))
    assert _said(counted, ON_TYPE) == ["FG223 warning /iteration"]


def test_a_counter_of_a_type_that_is_used_twice() -> None:
    meter = {"type": "record", "name": "M", "fields": [{"name": "n", "type": COUNTED}]}
    said = _said(streams.stream(streams.record("R", a=meter, b="M")), "/fields/0/type/fields/0/type/arg.properties")
    assert said == ["FG224 warning /iteration"]
    assert _said(streams.stream(streams.record("R", a=meter)), "") == []


def test_a_counter_inside_a_map() -> None:
    type = {"type": "map", "values": COUNTED, "arg.properties": {"keys": {"regex": "a"}}}
    assert _said(field(type), "/fields/0/type/values/arg.properties") == ["FG224 warning /iteration"]


def test_what_the_registry_loses_matters_in_avro_only() -> None:
    micros = {"type": "long", "logicalType": "timestamp-micros", "arg.properties": {"range": {"min": 0}}}
    assert [finding.code for finding in lint(field(micros, format=Format.AVRO))] == ["FG231"]
    assert lint(field(micros)) == []
    assert lint(field({**micros, "logicalType": "timestamp-millis"}, format=Format.AVRO)) == []


def test_old_generators_are_asked_for() -> None:
    for stream in (field("string", {"regex": "a"}), field(DECIMAL, {"range": {"min": 0, "max": 9}})):
        assert lint(stream) == []
        assert [finding.code for finding in lint(stream, ["FG236"])] == ["FG236"]


def test_a_missing_key_matters_beside_others_and_on_several_partitions() -> None:
    def said(*of: Stream) -> list[str]:
        return [finding.message for finding in keyless(streams.pipeline(*of))]

    def one(name: str, **settings: Any) -> Stream:
        return streams.stream(streams.record(name, n="int"), **settings)

    assert said(one("a"), one("b")) == []
    assert said(one("a", key=("n",)), one("b")) == ["b: Datagen sends its messages without a key, and others have one"]
    assert "2 partitions" in said(one("a", partitions=2))[0]
    assert said(one("a", partitions=2, source=Source(kind="none"))) == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests/data/datagen-golden").glob("*.avsc")), ids=lambda path: path.stem
)
def test_what_the_real_connector_runs_gets_warnings_only(path: Path) -> None:
    found = lint(streams.stream(json.loads(path.read_text())))
    assert found
    assert {finding.severity for finding in found} == {Severity.WARNING}


def test_every_code_is_explained() -> None:
    said = {line.split()[0] for _, _, expected in CASES for line in expected}
    said |= {"FG201", "FG223", "FG228", "FG231", "FG233", "FG234", "FG235", "FG236", "FG238"}
    explained = {line.split()[1] for line in DOC.read_text().splitlines() if line.startswith("## ")}
    assert explained == said


@settings(max_examples=DRAWN_TEXTS // 4)
@given(schemas())
def test_any_schema_can_be_looked_at(schema: Json) -> None:
    assert {finding.code for finding in lint(streams.stream(schema))} <= {"FG209", "FG220", "FG226"}
