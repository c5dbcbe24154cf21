"""Values within their annotations: nothing else, all of it, and small when they fail."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from fleetgen import readback
from fleetgen.model import Json
from fleetgen.strategies import from_schema

ROOT = Path(__file__).parents[1]


def of(type: Json, *, annotated: bool = True) -> st.SearchStrategy[Any]:
    """Values of one field of that type."""
    schema = {"type": "record", "name": "r", "fields": [{"name": "a", "type": type}]}
    return from_schema(schema, annotated=annotated).map(lambda value: value["a"])


def noted(type: Json, **args: Json) -> Json:
    return {**(type if isinstance(type, dict) else {"type": type}), "arg.properties": args}


DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}
WORDS = {"type": "array", "items": "string"}
COUNTS = {"type": "map", "values": "int"}

INSIDE: dict[str, tuple[Json, Any]] = {
    "range": (noted("int", range={"min": -3, "max": 4}), lambda v: -3 <= v < 4),
    "half a range": (noted("long", range={"min": 7}), lambda v: v >= 7),
    "range of a decimal": (noted(DECIMAL, range={"min": 0, "max": 1.5}), lambda v: 0 <= v < 1.5),
    "range of a float": (noted("float", range={"min": 0.1, "max": 0.3}), lambda v: 0.1 <= v < 0.3),
    "range of a double": (noted("double", range={"min": -1, "max": 1}), lambda v: -1 <= v < 1),
    "options": (noted("string", options=["a", "b"]), lambda v: v in ("a", "b")),
    "options of a long": (noted("long", options=[1, 5]), lambda v: v in (1, 5)),
    "length": (noted("string", length={"min": 2, "max": 5}), lambda v: 2 <= len(v.encode("utf-16-le")) // 2 < 5),
    "length of bytes": (noted("bytes", length=3), lambda v: len(v) == 3),
    "length of an array": (noted(WORDS, length={"min": 1, "max": 3}), lambda v: 1 <= len(v) < 3),
    "regex": (noted("string", regex="[a-c]{2}-\\d{1,3}"), lambda v: re.fullmatch("[a-c]{2}-[0-9]{1,3}", v)),
    "regex and length": (noted("string", regex="[ab]*", length=4), lambda v: re.fullmatch("[ab]{4}", v)),
    "literal dollar": (noted("string", regex="a$"), lambda v: v == "a$"),
    "prefix": (noted("string", prefix="p", suffix="s", length=1), lambda v: re.fullmatch("(?s)p.s", v)),
    "keys": (noted(COUNTS, keys={"regex": "k[0-9]"}, length=2), lambda v: all(re.fullmatch("k[0-9]", k) for k in v)),
    "key options": (noted(COUNTS, keys={"options": ["a", "b"]}), lambda v: v.keys() <= {"a", "b"}),
    "iteration": (noted("int", iteration={"start": 10, "step": 5, "restart": 30}), lambda v: v in (10, 15, 20, 25)),
    "iteration of text": (noted("string", iteration={"start": 1}, prefix="#"), lambda v: re.fullmatch("#[0-9]+", v)),
    "optional": (["null", noted("int", options=[3])], lambda v: v in (None, 3)),
    "branches": ([noted("int", options=[3]), noted("string", options=["x"])],
                 lambda v: v in (("int", 3), ("string", "x"))),
    "a date": (noted({"type": "int", "logicalType": "date"}, range={"min": 5, "max": 7}), lambda v: v in (5, 6)),
    "a uuid": (noted({"type": "string", "logicalType": "uuid"}, regex="0{8}-.*"), lambda v: v.startswith("0" * 8)),
}  # fmt: skip


@pytest.mark.parametrize("name", INSIDE)
def test_nothing_is_drawn_outside_of_an_annotation(name: str) -> None:
    type, inside = INSIDE[name]

    @settings(max_examples=60)
    @given(of(type))
    def check(value: Any) -> None:
        assert inside(value), value

    check()


SMALLEST: dict[str, tuple[Json, Any, Any]] = {
    "edge of a range": (noted("int", range={"min": 3, "max": 900}), lambda v: v > 700, 701),
    "least of a range": (noted("long", range={"min": 3, "max": 900}), lambda v: True, 3),
    "first option": (noted("string", options=["x", "y"]), lambda v: True, "x"),
    "shortest text": (noted("string", regex="[a-z]+"), lambda v: True, "a"),
    "one letter": (noted("string", regex="[a-z]{3}"), lambda v: "c" in v, "aac"),
    "few elements": (noted(WORDS, length={"min": 1, "max": 9}), lambda v: True, [""]),
    "null": (["null", noted("int", options=[3])], lambda v: True, None),
    "plain number": ("int", lambda v: v > 1000, 1001),
    "plain text": ("string", lambda v: len(v) > 2, "000"),
}


@pytest.mark.parametrize("name", SMALLEST)
def test_what_fails_becomes_small(name: str) -> None:
    type, fails, smallest = SMALLEST[name]
    assert find(of(type), fails) == smallest


def test_both_edges_and_all_options_are_drawn() -> None:
    edges = of(noted("int", range={"min": 3, "max": 9000}))
    assert (find(edges, lambda v: v == 8999), find(edges, lambda v: v == 3)) == (8999, 3)
    options = of(noted("string", options=["a", "b"]))
    assert (find(options, lambda v: v == "a"), find(options, lambda v: v == "b")) == ("a", "b")


def test_odds_and_broken_annotations_are_no_bound() -> None:
    assert find(of(noted("boolean", odds=0.0)), lambda v: v is True) is True
    assert find(of(noted("int", range={"min": 9, "max": 1})), lambda v: v < 0) == -1
    assert find(of(noted("string", regex="(")), lambda v: v == "") == ""


def test_without_annotated_they_do_not_count() -> None:
    assert find(of(noted("int", options=[3]), annotated=False), lambda v: v == 0) == 0


@pytest.mark.parametrize("path", sorted((ROOT / "schemas").glob("*.avsc")), ids=lambda path: path.stem)
def test_the_fleet_within_its_annotations(path: Path) -> None:
    @settings(max_examples=40)
    @given(from_schema(path, annotated=True))
    def check(value: dict[str, Any]) -> None:
        assert readback.exact(value) == readback.exact(dict(value))
        if path.stem == "fleet_mgmt_sensors":
            assert 150 <= value["engine_temperature"] < 250
            assert 1800 <= value["average_rpm"] < 5000

    check()


def test_a_record_is_chosen_by_its_name() -> None:
    inner = {"type": "record", "name": "n.inner", "fields": [{"name": "b", "type": "int"}]}
    schema = {"type": "record", "name": "outer", "fields": [{"name": "a", "type": inner}]}
    assert find(from_schema(schema), lambda v: True) == {"a": {"b": 0}}
    with pytest.raises(LookupError, match="missing"):
        from_schema(schema, name="missing")


def test_the_documented_example_runs() -> None:
    page = (ROOT / "doc" / "strategies.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    scope: dict[str, Any] = {"__name__": "example"}
    exec(compile(example, "doc/strategies.md", "exec"), scope)
    scope["test_a_plate_has_six_characters"]()
