"""Messages in the format avro: what is sent comes back, what does not convert is refused by name, nothing is lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import avro_bytes
from avro_files import avro_stream, push, push_file
from avro_oracle import Path, judge, kept, nodes, put, spoilings
from budgets import AVRO_SCHEMAS, FLEET_ROWS, HOSTILE_MESSAGES, HOSTILE_SCHEMAS
from engine import Store, counted, store_of
from fleetgen import avro
from fleetgen.mapping import limits
from fleetgen.messages import loads
from fleetgen.model import Json
from fleetgen.pipeline import Format, Stream
from fleetgen.readback import exact, read
from fleetgen.strategies import records, schemas
from fleetgen.targets.clickhouse.engine import Engine
from streams import ROOT

FILES = {f"schemas/{path.name}": path.read_bytes() for path in (ROOT / "schemas").glob("*.avsc")}
LOADED = avro.load(FILES)
FLEET = {
    record.name: Stream(record.name, record, record.name, format=Format.AVRO, schema=LOADED.schemas[record.fullname])
    for record in LOADED.records
}


def comes_back(held: Store, values: list[dict[str, Any]]) -> None:
    push(held, values)
    assert held.letters() == []
    assert counted(held.values()) == counted(kept(held.stream.record, value) for value in values)


@pytest.mark.parametrize("name", sorted(FLEET))
def test_records_of_the_fleet_come_back_equal(engine: Engine, name: str) -> None:
    with store_of(engine, FLEET[name]) as held:

        @settings(max_examples=FLEET_ROWS)
        @given(st.lists(records(held.stream.record), min_size=1, max_size=20))
        def check(values: list[dict[str, Any]]) -> None:
            held.clear()
            comes_back(held, values)

        check()


@settings(max_examples=AVRO_SCHEMAS)
@given(schemas(recursion=False), st.data())
def test_records_of_any_schema_come_back_equal(engine: Engine, schema: Json, data: st.DataObject) -> None:
    stream = avro_stream(schema)
    assume(not limits.findings(stream))
    values = data.draw(st.lists(records(stream.record), min_size=1, max_size=4), "values")
    with store_of(engine, stream) as held:
        comes_back(held, values)


@settings(max_examples=HOSTILE_SCHEMAS)
@given(schemas(recursion=False), st.data())
def test_a_spoiled_value_is_stored_or_refused_by_name(engine: Engine, schema: Json, data: st.DataObject) -> None:
    stream = avro_stream(schema)
    assume(not limits.findings(stream) and "_offset" not in {field.name for field in stream.record.fields})
    good = data.draw(records(stream.record), "good")
    spoiled = [data.draw(_spoiled(stream, good), "spoiled") for _ in range(HOSTILE_MESSAGES)]
    with store_of(engine, stream) as held:
        check_spoiled(held, [good, *spoiled])


def _spoiled(stream: Stream, good: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The value with one or two places spoiled."""
    places = [(node.path, token) for node in nodes(stream.record, good) for token in spoilings(node)]
    if not places:
        return st.just(good)
    one = st.sampled_from(places).map(lambda place: put(good, *place))
    return one | st.tuples(st.sampled_from(places), st.sampled_from(places)).map(lambda two: _both(good, *two))


def _both(good: dict[str, Any], first: tuple[Path, Any], second: tuple[Path, Any]) -> dict[str, Any]:
    once: dict[str, Any] = put(good, *first)
    return once if first[0][0] == second[0][0] else put(once, *second)


def check_spoiled(held: Store, values: list[dict[str, Any]]) -> None:
    record = held.stream.record
    verdicts = [judge(record, value) for value in values]
    numbered = [{**value, "_offset": number} for number, value in enumerate(values)]
    push_file(held, avro_bytes.container(avro_bytes.loose(record), numbered))
    letters = held.letters()
    assert [(letter.offset, letter.fields) for letter in letters] == [
        (number, verdict) for number, verdict in enumerate(verdicts) if isinstance(verdict, tuple)
    ]
    assert {row["_offset"]: exact(read(record, row)) for row in held.rows()} == {
        number: exact(verdict) for number, verdict in enumerate(verdicts) if isinstance(verdict, dict)
    }
    for letter in letters:
        assert loads(letter.raw).keys() == {field.name for field in record.fields}


UUID: Final = "0f8fad5b-d9cb-469f-a165-70867728950e"
_SYMBOLS: Final = {"type": "enum", "name": "E", "symbols": ["A", "B"]}
_PART: Final = {
    "type": "record",
    "name": "R",
    "fields": [{"name": "a", "type": "int"}, {"name": "b", "type": _SYMBOLS}],
}


def _decimal(digits: int, scale: int, base: Json = "bytes") -> Json:
    held = base if isinstance(base, dict) else {"type": base}
    return {**held, "logicalType": "decimal", "precision": digits, "scale": scale}


ONE_OF_EACH: Final[dict[str, tuple[Json, Any]]] = {
    **{kind: (kind, 7) for kind in ("int", "long")},
    **{kind: (kind, 0.5) for kind in ("float", "double")},
    **{kind: ({"type": "int", "logicalType": kind}, 7) for kind in ("date", "time-millis")},
    **{
        kind: ({"type": "long", "logicalType": kind}, 7)
        for kind in (
            "time-micros", "timestamp-millis", "timestamp-micros", "timestamp-nanos",
            "local-timestamp-millis", "local-timestamp-micros", "local-timestamp-nanos",
        )
    },
    "null": ("null", None),
    "boolean": ("boolean", True),
    "string": ("string", "text"),
    "bytes": ("bytes", b"\xff\0"),
    "fixed": ({"type": "fixed", "name": "F", "size": 2}, b"\0\1"),
    "enum": (_SYMBOLS, "B"),
    "uuid": ({"type": "string", "logicalType": "uuid"}, UUID),
    "uuid-fixed": ({"type": "fixed", "name": "U", "size": 16, "logicalType": "uuid"}, bytes(range(16))),
    "duration": ({"type": "fixed", "name": "D", "size": 12, "logicalType": "duration"}, bytes(range(12))),
    **{
        f"decimal-{digits}-{scale}": (_decimal(digits, scale), Decimal((1, (1, 2, 3)[:digits], -scale)))
        for digits, scale in ((1, 0), (5, 2), (9, 0), (10, 4), (18, 18), (19, 0), (38, 10), (39, 1), (76, 38))
    },
    "decimal-fixed": (_decimal(6, 2, {"type": "fixed", "name": "M", "size": 4}), Decimal("-1.25")),
    "array": ({"type": "array", "items": "int"}, [1, 2]),
    "map": ({"type": "map", "values": ["null", "int"]}, {"a": 1}),
    "record": (_PART, {"a": 1, "b": "A"}),
}  # fmt: skip
"""A type and a value of it."""


def _again(type: Json) -> Json:
    return type["name"] if isinstance(type, dict) and "name" in type else type


def everywhere(type: Json, value: Any) -> tuple[Json, dict[str, Any]]:
    """A schema that has the type in every position (the first as it is, then by its name), and a value of it."""
    again, around = _again(type), {"type": "record", "name": "Around", "fields": [{"name": "a", "type": _again(type)}]}
    other = {"type": "record", "name": "Other", "fields": [{"name": "o", "type": "int"}]}
    fields: dict[str, tuple[Json, Any]] = {
        "plain": (type, value),
        "array": ({"type": "array", "items": again}, [value, value]),
        "map": ({"type": "map", "values": again}, {"k": value}),
        "record": (around, {"a": value}),
    }
    if type != "null":
        name = again if isinstance(again, str) else again["type"]
        fields["optional"] = (["null", again], value)
        fields["inner"] = ({"type": "array", "items": {"type": "array", "items": ["null", again]}}, [[value], []])
        fields["union"] = ([again, other], (name, value))
        fields["parts"] = ({"type": "array", "items": ["Other", "Around"]}, [("Around", {"a": value})])
    schema = {"type": "record", "name": "s", "fields": [{"name": n, "type": t} for n, (t, _) in fields.items()]}
    return schema, {name: part for name, (_, part) in fields.items()}


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_every_type_in_every_position_under_every_spoiling(engine: Engine, name: str) -> None:
    schema, good = everywhere(*ONE_OF_EACH[name])
    stream = avro_stream(schema)
    assert limits.findings(stream) == []
    spoiled = [put(good, node.path, token) for node in nodes(stream.record, good) for token in spoilings(node)]
    with store_of(engine, stream) as held:
        check_spoiled(held, [good, *spoiled])
