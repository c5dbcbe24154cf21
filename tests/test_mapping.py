"""One case per Avro type: how it travels, how it is stored, and what comes of one message."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from engine import load, store, stream
from fleetgen.mapping import describe
from fleetgen.mapping.store import columns, meta
from fleetgen.model import Json
from fleetgen.targets.clickhouse.engine import Engine

TEXT = "Nullable(String)"


class Case(NamedTuple):
    """`stored` is the type of the one column; `text` is ClickHouse's JSON for `value` as it comes back."""

    type: Json
    value: Json
    stored: str
    text: str
    spoiled: Json


def _logical(base: Json, name: str, **members: Json) -> Json:
    return {**({"type": base} if isinstance(base, str) else base), "logicalType": name, **members}


_FIXED = {"type": "fixed", "name": "f", "size": 3}
SCALARS = {
    "null": Case("null", None, "Nullable(UInt8)", "null", 0),
    "boolean": Case("boolean", True, "Bool", "true", 1),
    "int": Case("int", -(2**31), "Int32", "-2147483648", 2**31),
    "long": Case("long", 2**63 - 1, "Int64", '"9223372036854775807"', 2**63),
    "float": Case("float", 1.5, "Float32", "1.5", "1.5x"),
    "double": Case("double", "NaN", "Float64", '"nan"', 1e400),
    "bytes": Case("bytes", "AP8=", "String", "", "AP8"),
    "string": Case("string", "a'\u0000\U0001f600", "String", '"a\'\\u0000\U0001f600"', None),
    "enum": Case({"type": "enum", "name": "e", "symbols": ["A", "B"]}, "B", "LowCardinality(String)", '"B"', "C"),
    "fixed": Case(_FIXED, "YWJj", "FixedString(3)", '"abc"', "YWI="),
    "date": Case(_logical("int", "date"), -1, "Date32", '"1969-12-31"', 2932897),
    "time-millis": Case(_logical("int", "time-millis"), 86_399_999, "Int32", "86399999", 86_400_000),
    "time-micros": Case(_logical("long", "time-micros"), 1, "Int64", '"1"', -1),
    "decimal": Case(_logical("bytes", "decimal", precision=5, scale=2), -999.99, "Decimal(5, 2)", "-999.99", 1.234),
    "decimal fixed": Case(
        _logical(_FIXED, "decimal", precision=6, scale=0), 999999, "Decimal(6, 0)", "999999", 1000000
    ),
    "uuid": Case(
        _logical("string", "uuid"),
        "00112233-4455-6677-8899-aabbccddeeff",
        "UUID",
        '"00112233-4455-6677-8899-aabbccddeeff"',
        "00112233445566778899aabbccddeeff",
    ),
    "uuid fixed": Case(
        _logical({"type": "fixed", "name": "u", "size": 16}, "uuid"),
        "ABEiM0RVZneImaq7zN3u/w==",
        "UUID",
        '"00112233-4455-6677-8899-aabbccddeeff"',
        "AAAA",
    ),
    **{
        f"{local}timestamp-{unit}": Case(
            _logical("long", f"{local}timestamp-{unit}"),
            1609459200 * 10**digits + 123,
            f"DateTime64({digits}, 'UTC')",
            f'"2021-01-01 00:00:00.{123:0{digits}}"',
            10**19 if digits == 9 else 253402300800 * 10**digits,
        )
        for local in ("", "local-")
        for unit, digits in (("millis", 3), ("micros", 6), ("nanos", 9))
    },
}


def _schema(type: Json) -> Json:
    return {"type": "record", "name": "s", "fields": [{"name": "f", "type": type}, {"name": "n", "type": "int"}]}


def _stored(engine: Engine, held: Any) -> list[dict[str, Any]]:
    names = ", ".join(f"`{name}`" for name in _payload(held))
    query = (
        f"SELECT {names} FROM {held.table('s')} ORDER BY n SETTINGS output_format_json_quote_denormals = 1, "
        "output_format_json_quote_64bit_integers = 1, output_format_json_quote_decimals = 0"
    )
    text = engine.client.raw_query(query, fmt="JSONEachRow").decode(errors="surrogateescape")
    return [json.loads(line, parse_float=str) for line in text.splitlines()]


def _payload(held: Any) -> list[str]:
    return [column.name for column in columns(held.stream) if column.path]


def _told(text: str) -> Json:
    return json.loads(text, parse_float=str)


@pytest.mark.parametrize("name", sorted(set(SCALARS) - {"bytes"}))
def test_a_scalar_is_stored_as_its_type_says(engine: Engine, name: str) -> None:
    case = SCALARS[name]
    record = load(_schema(case.type))
    assert describe.store_types(stream(record))["f"] == case.stored
    assert describe.wire_types(stream(record))["f"] == TEXT
    with store(engine, record) as held:
        held.push_text([_line(f=case.value, n=1), _line(f=case.spoiled, n=2)])
        assert _stored(engine, held) == [{"f": _told(case.text), "n": 1}]
        assert [letter.fields for letter in held.letters()] == [("f",)]


@pytest.mark.parametrize("name", sorted(set(SCALARS) - {"null", "bytes"}))
def test_an_optional_scalar_keeps_null(engine: Engine, name: str) -> None:
    case = SCALARS[name]
    with store(engine, load(_schema(["null", case.type]))) as held:
        held.push_text([_line(f=case.value, n=1), _line(f=None, n=2), '{"n": 3}'])
        assert [row["f"] for row in _stored(engine, held)] == [_told(case.text), None, None]


@pytest.mark.parametrize("name", sorted(set(SCALARS) - {"bytes"}))
def test_a_scalar_inside_is_stored_alike(engine: Engine, name: str) -> None:
    """In a record in an array in a map, beside a null of its own type."""
    case = SCALARS[name]
    optional = case.type if name == "null" else ["null", case.type]
    fields = [{"name": "a", "type": case.type}]
    inner = {"type": "record", "name": "r", "fields": fields}
    schema = _schema({"type": "map", "values": {"type": "array", "items": inner}})
    beside = {"name": "b", "type": optional if not isinstance(case.type, dict) else ["null", case.type.get("name")]}
    if isinstance(case.type, dict) and "name" not in case.type:
        beside = {"name": "b", "type": optional}
    fields.append(beside)
    good = {"k": [{"a": case.value, "b": None}, {"a": case.value, "b": case.value}]}
    with store(engine, load(schema)) as held:
        held.push_text([_line(f=good, n=1), _line(f={"k": [{"a": case.spoiled, "b": None}]}, n=2)])
        told = _told(case.text)
        assert [row["f"] for row in _stored(engine, held)] == [{"k": [{"a": told, "b": None}, {"a": told, "b": told}]}]
        assert [letter.fields for letter in held.letters()] == [("f",)]


def _line(**members: Json) -> str:
    return json.dumps(members).replace("Infinity", "1e400")


_R = {
    "type": "record",
    "name": "r",
    "fields": [{"name": "a", "type": "int"}, {"name": "b", "type": ["null", "string"]}],
}
_DURATION = {"type": "fixed", "name": "d", "size": 12, "logicalType": "duration"}
COMPOSITES: dict[str, tuple[Json, dict[str, str], list[tuple[Json, dict[str, Json]]]]] = {
    "record": (
        _R,
        {"f_a": "Int32", "f_b": "Nullable(String)"},
        [({"a": 1, "b": None}, {"f_a": 1, "f_b": None})],
    ),
    "optional record": (
        ["null", _R],
        {"f_is_set": "Bool", "f_a": "Nullable(Int32)", "f_b": "Nullable(String)"},
        [
            (None, {"f_is_set": False, "f_a": None, "f_b": None}),
            ({"a": 1, "b": "x"}, {"f_is_set": True, "f_a": 1, "f_b": "x"}),
        ],
    ),
    "empty record": ({"type": "record", "name": "r", "fields": []}, {}, [({}, {})]),
    "optional empty record": (
        ["null", {"type": "record", "name": "r", "fields": []}],
        {"f_is_set": "Bool"},
        [({}, {"f_is_set": True}), (None, {"f_is_set": False})],
    ),
    "array of empty records": (
        {"type": "array", "items": {"type": "record", "name": "r", "fields": []}},
        {"f": "Array(Tuple())"},
        [([], {"f": []}), ([{}, {}], {"f": [[], []]})],
    ),
    "array of bare records": (
        {"type": "array", "items": {"type": "record", "name": "r", "fields": [{"name": "a", "type": "int"}]}},
        {"f": "Array(Int32)"},
        [([{"a": 1}], {"f": [1]})],
    ),
    "array": (
        {"type": "array", "items": ["null", "int"]},
        {"f": "Array(Nullable(Int32))"},
        [([1, None], {"f": [1, None]})],
    ),
    "optional array": (
        ["null", {"type": "array", "items": "int"}],
        {"f_is_set": "Bool", "f": "Array(Int32)"},
        [(None, {"f_is_set": False, "f": []}), ([], {"f_is_set": True, "f": []})],
    ),
    "array of optional arrays": (
        {"type": "array", "items": ["null", {"type": "array", "items": "string"}]},
        {"f": "Array(Tuple(is_set Bool, value Array(String)))"},
        [([None, ["x"]], {"f": [{"is_set": False, "value": []}, {"is_set": True, "value": ["x"]}]})],
    ),
    "array of optional records": (
        {"type": "array", "items": ["null", _R]},
        {"f": "Array(Tuple(is_set Bool, a Nullable(Int32), b Nullable(String)))"},
        [([None], {"f": [{"is_set": False, "a": None, "b": None}]})],
    ),
    "map": ({"type": "map", "values": "int"}, {"f": "Map(String, Int32)"}, [({"'": 1}, {"f": {"'": 1}})]),
    "optional map": (
        ["null", {"type": "map", "values": "boolean"}],
        {"f_is_set": "Bool", "f": "Map(String, Bool)"},
        [(None, {"f_is_set": False, "f": {}}), ({"": True}, {"f_is_set": True, "f": {"": True}})],
    ),
    "union": (
        ["int", "string", _R],
        {
            "f_int": "Nullable(Int32)",
            "f_string": "Nullable(String)",
            "f_r_is_set": "Bool",
            "f_r_a": "Nullable(Int32)",
            "f_r_b": "Nullable(String)",
        },
        [({"int": 1}, {"f_int": 1, "f_string": None, "f_r_is_set": False, "f_r_a": None, "f_r_b": None})],
    ),
    "optional union": (
        ["null", "long", {"type": "array", "items": "int"}],
        {"f_long": "Nullable(Int64)", "f_array_is_set": "Bool", "f_array": "Array(Int32)"},
        [
            (None, {"f_long": None, "f_array_is_set": False, "f_array": []}),
            ({"array": []}, {"f_long": None, "f_array_is_set": True, "f_array": []}),
        ],
    ),
    "duration": (
        _DURATION,
        {"f_months": "UInt32", "f_days": "UInt32", "f_millis": "UInt32"},
        [("AQAAAAIAAAD/////", {"f_months": 1, "f_days": 2, "f_millis": 4294967295})],
    ),
    "optional duration": (
        ["null", _DURATION],
        {"f_is_set": "Bool", **{f"f_{part}": "Nullable(UInt32)" for part in ("months", "days", "millis")}},
        [(None, {"f_is_set": False, "f_months": None, "f_days": None, "f_millis": None})],
    ),
    "recursion": (
        {
            "type": "record",
            "name": "r",
            "fields": [{"name": "a", "type": "int"}, {"name": "next", "type": ["null", "r"]}],
        },
        {"f_a": "Int32", "f_next": "Nullable(String)"},
        [({"a": 1, "next": {"a": 2, "next": None}}, {"f_a": 1, "f_next": '{"a": 2, "next": null}'})],
    ),
}


@pytest.mark.parametrize("name", COMPOSITES)
def test_a_composite_is_stored_in_the_columns_it_says(engine: Engine, name: str) -> None:
    type, expected, examples = COMPOSITES[name]
    record = load(_schema(type))
    found = {
        column.name: column.type for column in columns(stream(record)) if column.path == "f" or column.path[:2] == "f."
    }
    assert found == expected
    with store(engine, record) as held:
        held.push_text(_line(f=value, n=number) for number, (value, _) in enumerate(examples))
        assert held.letters() == []
        rows = [{**row, "n": number} for number, (_, row) in enumerate(examples)]
        assert _stored(engine, held) == rows


def test_the_metadata_columns_get_out_of_the_way() -> None:
    """Also of a flattened column, and of a field that is flattened away."""
    point = {"type": "record", "name": "p", "fields": [{"name": "offset", "type": "int"}]}
    fields = [
        {"name": "_", "type": point},
        {"name": "_topic", "type": {**point, "name": "t"}},
        {"name": "_key", "type": "int"},
    ]
    ours = meta(stream(load({"type": "record", "name": "s", "fields": fields})))
    assert (ours.topic, ours.partition, ours.offset, ours.key) == ("__topic", "_partition", "_offset", "__key")
    names = [column.name for column in columns(stream(load({"type": "record", "name": "s", "fields": fields})))]
    assert names == [
        "__offset",
        "_topic_offset",
        "_key",
        "__topic",
        "_partition",
        "_offset",
        "_timestamp",
        "_ingested_at",
    ]


def test_every_column_tells_its_path_and_its_doc() -> None:
    inner = {
        "type": "record",
        "name": "p",
        "fields": [{"name": "x", "type": "int", "doc": "east"}, {"name": "y", "type": "int"}],
    }
    record = load({"type": "record", "name": "s", "fields": [{"name": "at", "type": ["null", inner], "doc": "where"}]})
    told = [(column.name, column.path, column.doc) for column in columns(stream(record))][:3]
    assert told == [
        ("at_is_set", "at", "whether it is set: where"),
        ("at_x", "at.x", "east"),
        ("at_y", "at.y", "where"),
    ]


def test_the_columns_of_one_field_are_told_apart() -> None:
    span = {"type": "fixed", "name": "span", "size": 12, "logicalType": "duration"}
    tags = {"name": "tags", "type": ["null", {"type": "array", "items": "int"}]}
    row = {"type": "record", "name": "row", "fields": [tags]}
    fields = [{"name": "f", "type": ["int", row], "doc": "doc"}, {"name": "g", "type": span}]
    record = load({"type": "record", "name": "s", "fields": fields})
    assert {column.name: column.doc for column in columns(stream(record)) if column.path} == {
        "f_int": "doc",
        "f_row_is_set": "whether it is of type row: doc",
        "f_row_tags_is_set": "whether it is set: doc",
        "f_row_tags": "doc",
        "g_months": "months",
        "g_days": "days",
        "g_millis": "millis",
    }


@pytest.mark.parametrize(
    ("type", "key", "stored", "codec"),
    [
        ({"type": "string", "arg.properties": {"options": ["a"]}}, (), "LowCardinality(String)", ""),
        ({"type": "string", "arg.properties": {"options": ["a"]}}, ("f",), "String", "ZSTD(1)"),
        ({"type": "string", "arg.properties": {"options": [str(n) for n in range(10_001)]}}, (), "String", "ZSTD(1)"),
        ({"type": "string", "arg.properties": {"options": {"file": "x"}}}, (), "String", "ZSTD(1)"),
        (
            ["null", {"type": "string", "arg.properties": {"options": ["a"]}}],
            (),
            "LowCardinality(Nullable(String))",
            "",
        ),
        ({"type": "string", "arg.properties": {"regex": "a*"}}, (), "String", "ZSTD(1)"),
        ({"type": "int", "arg.properties": {"range": {"min": 1, "max": 2}}}, (), "Int32", "T64, ZSTD(1)"),
        ({"type": "long", "arg.properties": {"iteration": {"start": 1}}}, (), "Int64", "Delta, ZSTD(1)"),
        (
            ["null", {"type": "long", "logicalType": "timestamp-millis"}],
            (),
            "Nullable(DateTime64(3, 'UTC'))",
            "Delta, ZSTD(1)",
        ),
        ("double", (), "Float64", "ZSTD(1)"),
        ("boolean", (), "Bool", ""),
    ],
)
def test_types_and_codecs_follow_the_annotations(type: Json, key: tuple[str, ...], stored: str, codec: str) -> None:
    column = columns(stream(load(_schema(type)), key=key))[0]
    assert (column.type, column.codec) == (stored, codec)
