"""Samples satisfy their annotations, on the type as on the field, wherever in a record they stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import streams
from budgets import DRAWN_TEXTS
from datagen_streams import END, field, sampled
from fleetgen.datagen.sample import batch
from fleetgen.model import Json

DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}
PACKED = {"type": "fixed", "name": "P", "size": 4, "logicalType": "decimal", "precision": 7, "scale": 2}
WIDE = {"type": "bytes", "logicalType": "decimal", "precision": 60, "scale": 20}
ENUM = {"type": "enum", "name": "E", "symbols": ["A", "B", "C"]}
POINT = {"type": "record", "name": "P", "fields": [
    {"name": "x", "type": "double"},
    {"name": "n", "type": "int", "default": 5},
    {"name": "u", "type": ["null", "string"], "default": None},
]}  # fmt: skip
STRINGS = {"type": "array", "items": "string"}
LONGS = {"type": "map", "values": "long"}
MILLIS = {"type": "long", "logicalType": "timestamp-millis"}
TIME = {"type": "int", "logicalType": "time-millis"}
UUID = {"type": "string", "logicalType": "uuid"}
ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def _between(low: Any, high: Any) -> Callable[[Any], bool]:
    return lambda value: low <= value < high


def _one_of(*values: Any) -> Callable[[Any], bool]:
    return lambda value: any(value == option and type(value) is type(option) for option in values)


def _matches(pattern: str) -> Callable[[Any], bool]:
    return lambda value: re.fullmatch(pattern, value) is not None


def _sized(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: low <= len(value) < high


def _all(holds: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda values: all(map(holds, values))


CASES: list[tuple[Json, Json, Callable[[Any], bool]]] = [
    ("int", {"range": {"min": -40, "max": -10}}, _between(-40, -10)),
    ("int", {"range": {"min": -2_000_000_000, "max": 2_000_000_000}}, _between(-2_000_000_000, 2_000_000_000)),
    ("int", {"range": {"min": 0}}, _between(0, 2**31)),
    ("int", {"range": {"max": 7}}, _between(-(2**31), 7)),
    ("int", {"range": {}}, _between(-(2**31), 2**31)),
    ("int", {"range": {"min": 5, "max": 6}}, _one_of(5)),
    ("int", {"options": [1, 1, 2]}, _one_of(1, 2)),
    ("long", {"range": {"max": 7}}, _between(-(2**63), 7)),
    ("long", {"range": {"min": -(2**63), "max": 2**63 - 1}}, _between(-(2**63), 2**63 - 1)),
    ("long", {"range": {}}, _between(-(2**63), 2**63)),
    ("long", {"options": [3, 5_000_000_000]}, _one_of(3, 5_000_000_000)),
    ("double", {"range": {"min": -180, "max": 180}}, _between(-180, 180)),
    ("double", {"range": {"min": 1, "max": 1.0000000000000002}}, _one_of(1.0)),
    ("double", {"range": {"min": -1.7e308, "max": 1.7e308}}, _between(-1.7e308, 1.7e308)),
    ("double", {"range": {}}, lambda value: abs(value) < float("inf")),
    ("double", {"options": [1, 2.5]}, _one_of(1.0, 2.5)),
    ("float", {"range": {"min": -0.3, "max": 1.7}}, _between(-0.3, 1.7)),
    ("float", {"range": {}}, lambda value: abs(value) < 3.5e38),
    ("float", {"range": {"min": 0.1, "max": 0.10000001}}, _between(0.1, 0.10000001)),
    ("boolean", {"options": [True]}, _one_of(True)),
    ("boolean", {"odds": 0.0}, _one_of(False)),
    ("boolean", {"odds": 1}, _one_of(True)),
    ("string", {"options": ["it's", "é\n\0", '"\\']}, _one_of("it's", "é\n\0", '"\\')),
    ("string", {"length": 5}, _sized(5, 6)),
    ("string", {"length": {"min": 2, "max": 9}}, _sized(2, 9)),
    ("string", {"length": {"max": 3}}, _sized(0, 3)),
    ("string", {"length": {"min": 300}}, _sized(300, 2**31)),
    ("string", {"length": 0}, _one_of("")),
    ("string", {"length": 3, "prefix": "é<", "suffix": ">"}, _matches("é<...>")),
    ("string", {"prefix": "id-", "suffix": '"'}, _matches('id-.+"')),
    ("string", {"regex": "[A-Z]{2}\\d{6}[A-Z]"}, _matches("[A-Z]{2}[0-9]{6}[A-Z]")),
    ("string", {"regex": "[A-Z]{1,2}", "prefix": "id/", "suffix": "\0"}, _matches("id/[A-Z]{1,2}\0")),
    ("string", {"regex": "[é-ü]+", "length": {"min": 2, "max": 4}, "prefix": "x"}, _matches("x[é-ü]{2,3}")),
    ("string", {"iteration": {"start": 9}, "prefix": "T-"}, _matches("T-[0-9]+")),
    ("bytes", {"length": {"min": 0, "max": 7}}, _sized(0, 7)),
    ("bytes", {"options": ["AQI=", "é"]}, _one_of(b"AQI=", "é".encode())),
    ({"type": "fixed", "name": "F", "size": 2}, {"options": ["ab", "é"]}, _one_of(b"ab", "é".encode())),
    (ENUM, {"options": ["A", "C"]}, _one_of("A", "C")),
    (DECIMAL, {"range": {"min": 0.5, "max": 250}}, _between(Decimal("0.5"), Decimal(250))),
    (DECIMAL, {"range": {"min": -12.5}}, _between(Decimal("-12.5"), Decimal(10**7))),
    (DECIMAL, {"options": [1, 2.5, "3.25"]}, _one_of(Decimal(1), Decimal("2.5"), Decimal("3.25"))),
    (PACKED, {"range": {"min": 1, "max": 2}}, _between(Decimal(1), Decimal(2))),
    (WIDE, {"range": {"min": -(10**30), "max": 10**30}}, _between(Decimal(-(10**30)), Decimal(10**30))),
    (MILLIS, {"range": {"min": 10, "max": 20}}, _between(10, 20)),
    (MILLIS, {"iteration": {"start": 1_609_459_200_000, "step": 100_000}}, lambda value: value % 100_000 == 0),
    (TIME, {"range": {"min": 0, "max": 86_400_001}}, _between(0, 86_400_000)),
    (TIME, {"options": [5, 86_400_000]}, _one_of(5)),
    (UUID, {"options": [ID, "no"]}, _one_of(ID)),
    (UUID, {"regex": "[0-9a-f]{8}-0000-4000-8000-[0-9a-f]{12}"}, _matches("[0-9a-f]{8}-0000-4000-8000-[0-9a-f]{12}")),
    (STRINGS, {"length": {"min": 1, "max": 4}}, _sized(1, 4)),
    (STRINGS, {"length": 7}, _sized(7, 8)),
    (STRINGS, {"length": {"min": 9}}, _sized(9, 2**31)),
    (STRINGS, {"options": [["a"], ["a", "b"], []]}, _one_of(["a"], ["a", "b"], [])),
    (LONGS, {"length": {"min": 2, "max": 5}}, _sized(2, 5)),
    (LONGS, {"options": [{"day": 1}, {}]}, _one_of({"day": 1}, {})),
    (LONGS, {"length": 3, "keys": {"options": ["l", "r", "m", "l"]}}, lambda value: value.keys() == {"l", "r", "m"}),
    (LONGS, {"length": 9, "keys": {"regex": "k[1-4]", "prefix": "<"}}, _all(_matches("<k[1-4]"))),
    (LONGS, {"length": 2, "keys": {"length": {"min": 2, "max": 4}}}, _all(_sized(2, 4))),
    (LONGS, {"length": {"min": 1, "max": 3}, "keys": {"prefix": "é"}}, _all(_matches("é.+"))),
    (POINT, {"options": [{"x": 1, "z": 0}, {"u": "a", "n": 2, "x": 0.5}]},
     _one_of({"x": 1.0, "n": 5, "u": None}, {"x": 0.5, "n": 2, "u": "a"})),
]  # fmt: skip


@pytest.mark.parametrize("on_field", [False, True])
@pytest.mark.parametrize(("type", "args", "holds"), CASES)
def test_samples_satisfy_the_annotation(type: Json, args: Json, holds: Callable[[Any], bool], on_field: bool) -> None:
    values = sampled(field(type, args, on_field=on_field))
    wrong = [value for value in values if not holds(value)]
    assert wrong == []


@pytest.mark.parametrize(("type", "args", "holds"), CASES)
def test_they_do_inside_an_array_and_a_union_and_with_the_fields_annotation(
    type: Json, args: Json, holds: Callable[[Any], bool]
) -> None:
    written = {**(type if isinstance(type, dict) else {"type": type}), "arg.properties": args}
    for row in sampled(field({"type": "array", "items": written}), 50):
        assert all(map(holds, row))
    assert all(value is None or holds(value) for value in sampled(field(["null", written]), 50))
    optional = sampled(field(["null", type], args, on_field=True), 50)
    assert all(value is None or holds(value) for value in optional)
    assert any(value is not None for value in optional)


def test_null_is_drawn_beside_the_options_of_an_optional_field_as_often_as_one_of_them() -> None:
    """The connector draws the branch first, whatever the annotation of the field around the union says."""
    for args in ({"options": ["a", "b"]}, {"regex": "[ab]"}):
        values = sampled(field(["null", "string"], args, on_field=True), 20_000)
        assert {*values} == {None, "a", "b"}
        assert 0.48 < values.count(None) / 20_000 < 0.52


def test_options_leave_out_the_branches_that_none_of_them_is_a_value_of() -> None:
    stream = field(["null", "string", "int", "boolean"], {"options": ["a", "b", 7]}, on_field=True)
    counts = Counter(value and value[0] for value in sampled(stream, 3_000))
    assert counts.keys() == {None, "string", "int"}
    assert min(counts.values()) > 900


def test_options_of_a_union_may_be_null() -> None:
    stream = field(["null", "string", "int"], {"options": [None, "a", 5]}, on_field=True)
    assert {*sampled(stream)} == {None, ("string", "a"), ("int", 5)}


def test_duplicates_are_weights_and_odds_are_shares() -> None:
    counts = Counter(sampled(field("string", {"options": ["a", "a", "a", "b"]}), 20_000))
    assert 0.73 < counts["a"] / 20_000 < 0.77
    assert 0.18 < sum(sampled(field("boolean", {"odds": 0.2}), 20_000)) / 20_000 < 0.22


def test_a_range_is_drawn_evenly() -> None:
    counts = Counter(sampled(field("int", {"range": {"min": -3, "max": 7}}), 50_000))
    assert counts.keys() == {*range(-3, 7)}
    assert min(counts.values()) > 4_600
    assert max(counts.values()) < 5_400


@pytest.mark.parametrize(
    ("type", "iteration", "first"),
    [
        ("int", {"start": 1}, [1, 2, 3, 4]),
        ("int", {"start": 10, "restart": 40, "step": 7, "initial": 24}, [24, 31, 38, 15]),
        ("int", {"start": 2**31 - 2}, [2**31 - 2, 2**31 - 1, 2**31 - 2, 2**31 - 1]),
        ("long", {"start": 100, "restart": 80, "step": -9}, [100, 91, 82, 93]),
        ("long", {"start": 3, "restart": 0}, [3, 2, 1, 3]),
        ("long", {"start": -(2**63), "step": 2**62}, [-(2**63), -(2**62), 0, 2**62]),
        ("string", {"start": 998, "restart": 1000}, ["998", "999", "998", "999"]),
        ("double", {"start": 0.5, "restart": 2, "step": 0.35}, [0.5, 0.85, 1.2, 1.55]),
        ("double", {"start": 0.1, "step": 0.1}, [0.1, 0.2, 0.3, 0.4]),
        ("double", {"start": 1e300, "step": 1e300}, [1e300, 2e300, 3e300, 4e300]),
        ("boolean", {"start": False}, [False, True, False, True]),
        (MILLIS, {"start": 5, "step": -1, "restart": 3}, [5, 4, 5, 4]),
        (TIME, {"start": 86_399_998}, [86_399_998, 86_399_999, 86_399_998, 86_399_999]),
    ],
)
def test_iterations_count(type: Json, iteration: Json, first: list[Any]) -> None:
    stream = field(type, {"iteration": iteration})
    assert sampled(stream, 4) == first
    assert sampled(stream, 3_000)[2_000:] == [record["v"] for record in batch(stream, 0, END, 2_000, 3_000).records()]


def test_iterations_go_on_far_from_the_start() -> None:
    stream = field("long", {"iteration": {"start": 7, "step": 10**15, "restart": 10**18}})
    (record,) = batch(stream, 0, END, 10**9, 10**9 + 1).records()
    assert record["v"] == 7 + (10**9 * 10**15) % (10**18 - 7)


def test_the_elements_of_an_array_go_on_counting() -> None:
    items = {"type": "int", "arg.properties": {"iteration": {"start": 0}}}
    assert sampled(field({"type": "array", "items": items}, {"length": 3}), 3) == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


BROKEN: list[Json] = [
    5, [], "x", {"options": []}, {"options": 5}, {"options": {"file": "x", "encoding": "json"}},
    {"options": [{"a": 1}]},
    {"range": {"min": 9, "max": 1}}, {"range": []}, {"range": {"min": "a"}}, {"range": {"min": 10**400}},
    {"range": {"min": 1, "max": 1}}, {"length": -1}, {"length": {"min": 5, "max": 5}}, {"length": {}},
    {"length": 2**31},
    {"regex": "("}, {"regex": 5}, {"regex": "#"}, {"regex": "a", "length": 9}, {"regex": "((a{1,99}){1,99}){1,99}"},
    {"iteration": {}}, {"iteration": {"start": 0, "step": 0}}, {"iteration": {"start": 10**30}},
    {"iteration": {"start": "a"}}, {"iteration": {"start": 1, "restart": 1}}, {"iteration": None},
    {"prefix": 5}, {"suffix": None}, {"keys": 5}, {"keys": {"options": [5]}}, {"keys": {"regex": "("}}, {"odds": 2},
]  # fmt: skip
TYPES: list[Json] = [
    "null", "boolean", "int", "long", "float", "double", "bytes", "string", DECIMAL, PACKED, ENUM, POINT, STRINGS,
    LONGS, MILLIS, TIME, UUID, ["null", "int", "string"], {"type": "fixed", "name": "F", "size": 3},
    {"type": "fixed", "name": "D", "size": 12, "logicalType": "duration"},
]  # fmt: skip


@pytest.mark.parametrize("type", TYPES, ids=str)
def test_a_broken_annotation_counts_as_none(type: Json) -> None:
    fields = [
        {"name": f"v{number}", "type": "S0" if number and _named(type) else type, "arg.properties": args}
        for number, args in enumerate(BROKEN)
    ]
    if _named(type):
        fields[0]["type"] = {**type, "name": "S0"}
    stream = streams.stream({"type": "record", "name": "S", "fields": fields})
    assert len(list(batch(stream, 0, END, 0, 20).records())) == 20
    assert batch(stream, 0, END, 0, 20).lines().count(b"\n") == 20


def _named(type: Json) -> bool:
    return isinstance(type, dict) and "name" in type


MEMBERS = ["min", "max", "start", "step", "restart", "initial", "file", "encoding", "regex", "x"]
ANYTHING = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**65), 2**65), st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=4),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
KEYS = ["options", "iteration", "range", "length", "regex", "prefix", "suffix", "keys", "odds", "other"]


@settings(max_examples=DRAWN_TEXTS)
@given(st.sampled_from(TYPES), st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=3), st.booleans())
def test_no_annotation_refuses_a_sample(type: Json, args: Json, on_field: bool) -> None:
    if isinstance(type, list):
        on_field = True
    stream = field(type, args, on_field=on_field)
    lines = batch(stream, 0, END, 0, 3).lines().splitlines()
    assert len(lines) == len(list(batch(stream, 0, END, 0, 3).records())) == 3
