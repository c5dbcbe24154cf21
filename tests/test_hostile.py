"""What is no message of its schema: stored as what it says, refused with the fields at fault, or no insert at all."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from budgets import HOSTILE_MESSAGES, HOSTILE_SCHEMAS
from engine import Store, load, store
from fleetgen import messages, readback
from fleetgen.model import ArrayType, EnumType, Json, MapType, RecordType, RecursiveType, Type, UnionType
from fleetgen.strategies import records, schemas
from fleetgen.targets.clickhouse.engine import Engine
from oracle import Failed, Refused, Stored, judge
from spoiling import Spoiled, both, every, mend, nodes, spoilings

# Not to be parsed, a field unknown, a field twice.
REFUSALS = frozenset({10, 26, 27, 117})


def as_text(record: RecordType) -> RecordType:
    """The record with its recursive parts read as the text that they are stored as."""
    return replace(record, fields=tuple(replace(field, type=_as_text(field.type)) for field in record.fields))


def _as_text(type: Type) -> Type:
    match type:
        case RecursiveType():
            return EnumType(type.fullname.rpartition(".")[2], "", ())
        case ArrayType():
            return ArrayType(_as_text(type.items))
        case MapType():
            return MapType(_as_text(type.values))
        case UnionType():
            return UnionType(tuple(map(_as_text, type.branches)))
        case RecordType():
            return as_text(type)
        case _:
            return type


def numbered(held: Store) -> dict[int, Any]:
    """What is stored, by the number of its message; no number twice."""
    record = as_text(held.stream.record)
    rows = [(row["_offset"], readback.exact(readback.read(record, row))) for row in held.rows()]
    assert len(dict(rows)) == len(rows), "stored more than once"
    return dict(rows)


def refused(held: Store) -> dict[int, tuple[str, ...]]:
    letters = held.letters()
    assert all(count == 1 for count in Counter(letter.offset for letter in letters).values()), "refused more than once"
    return {letter.offset: letter.fields for letter in letters}


def fails(held: Store, good: Json, bad: Json) -> None:
    """A good message before it and one behind are not stored either."""
    with pytest.raises(DatabaseError) as failure:
        held.push([good, bad, good])
    assert failure.value.code in REFUSALS
    assert (held.rows(), held.letters()) == ([], [])


@settings(max_examples=HOSTILE_SCHEMAS)
@given(schemas(), st.data())
def test_a_spoiled_message_is_stored_refused_or_fails_its_insert(
    engine: Engine, schema: Json, data: st.DataObject
) -> None:
    record = load(schema)
    assume("_offset" not in {field.name for field in record.fields})
    value = data.draw(records(record), "value")
    good = messages.encode(record, value)
    spoiled = data.draw(st.lists(spoilings(record, good), min_size=1, max_size=HOSTILE_MESSAGES), "spoiled")
    twice = [both(one, other) for one, other in pairwise(spoiled)]
    with store(engine, record) as held:
        check(held, good, value, [*spoiled, *twice])


def check(held: Store, good: Json, value: dict[str, Any], spoiled: list[Spoiled]) -> None:
    verdicts = [judge(held.stream.record, one.message) for one in spoiled]
    for one, verdict in zip(spoiled, verdicts, strict=True):
        if isinstance(verdict, Failed):
            fails(held, good, one.message)
    rest = [(one, verdict) for one, verdict in zip(spoiled, verdicts, strict=True) if not isinstance(verdict, Failed)]
    held.push([one.message for one, _ in rest])
    assert refused(held) == {n: verdict.fields for n, (_, verdict) in enumerate(rest) if isinstance(verdict, Refused)}
    assert numbered(held) == {
        n: readback.exact(verdict.value) for n, (_, verdict) in enumerate(rest) if isinstance(verdict, Stored)
    }
    mended(held, good, value, [one for one, _ in rest])


def mended(held: Store, good: Json, value: dict[str, Any], spoiled: list[Spoiled]) -> None:
    """Every dead letter is JSON; with what was spoiled mended it is the good message, and is stored as it."""
    letters = held.letters()
    again = []
    for letter in letters:
        message = messages.loads(letter.raw)
        for path in spoiled[letter.offset].paths:
            message = mend(message, path, good)
        again.append(message)
    held.clear()
    held.push(again)
    assert held.letters() == []
    assert [readback.exact(stored) for stored in held.values()] == [readback.exact(value)] * len(again)


RECORD = {"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}, {"name": "b", "type": "string"}]}
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"

ONE_OF_EACH: dict[str, tuple[Json, Json]] = {
    **{kind: (kind, 7) for kind in ("int", "long", "float", "double")},
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
    "bytes": ("bytes", "AAEC"),
    "fixed": ({"type": "fixed", "name": "F", "size": 2}, "AAE="),
    "enum": ({"type": "enum", "name": "E", "symbols": ["A", "B"]}, "B"),
    "uuid": ({"type": "string", "logicalType": "uuid"}, UUID),
    "uuid-fixed": ({"type": "fixed", "name": "U", "size": 16, "logicalType": "uuid"}, "AAAAAAAAAAAAAAAAAAAAAQ=="),
    "duration": ({"type": "fixed", "name": "D", "size": 12, "logicalType": "duration"}, "AQAAAAIAAAADAAAA"),
    **{
        f"decimal-{digits}-{scale}": (
            {"type": "bytes", "logicalType": "decimal", "precision": digits, "scale": scale},
            Decimal((1, (1, 2, 3)[:digits], -scale)),
        )
        for digits, scale in ((1, 0), (3, 3), (5, 2), (9, 0), (10, 4), (18, 18), (19, 0), (38, 10), (39, 1), (76, 38))
    },
    "array": ({"type": "array", "items": "int"}, [1, 2]),
    "map": ({"type": "map", "values": "int"}, {"a": 1}),
    "record": (RECORD, {"a": 1, "b": "x"}),
    "union": (["int", "string", RECORD], {"int": None, "string": "x", "R": None}),
}  # fmt: skip
"""A type and a valid message of it."""


def by_name(type: Json) -> Json:
    if isinstance(type, list):
        return [by_name(branch) for branch in type]
    return type["name"] if isinstance(type, dict) and "name" in type else type


def everywhere(type: Json, node: Json) -> tuple[Json, Json]:
    """A schema that has the type in every position (the first as it is, then by its name), and its valid message."""
    again = by_name(type)
    fields = {
        "plain": (type, node),
        "array": ({"type": "array", "items": again}, [node, copy.deepcopy(node)]),
        "map": ({"type": "map", "values": again}, {"k": node}),
        "record": ({"type": "record", "name": "Around", "fields": [{"name": "a", "type": again}]}, {"a": node}),
    }
    if type != "null" and not isinstance(type, list):
        fields["optional"] = (["null", again], node)
        fields["inner"] = ({"type": "array", "items": {"type": "array", "items": ["null", again]}}, [[node], []])
    schema = {"type": "record", "name": "s", "fields": [{"name": n, "type": t} for n, (t, _) in fields.items()]}
    return schema, {name: copy.deepcopy(part) for name, (_, part) in fields.items()}


def recursive() -> tuple[Json, Json]:
    """A record that holds itself wherever that can end."""
    types = {
        "id": "int",
        "next": ["null", "s"],
        "all": {"type": "array", "items": "s"},
        "by": {"type": "map", "values": "s"},
        "or": ["int", "s"],
    }
    end: Json = {"id": 1, "next": None, "all": [], "by": {}, "or": {"int": 1, "s": None}}
    good = {"id": 0, "next": end, "all": [end, end], "by": {"k": end}, "or": {"int": None, "s": end}}
    schema = {"type": "record", "name": "s", "fields": [{"name": n, "type": t} for n, t in types.items()]}
    return schema, messages.loads(messages.dumps(good))


@pytest.mark.parametrize("name", [*ONE_OF_EACH, "recursive"])
def test_every_type_in_every_position_under_every_spoiling(engine: Engine, name: str) -> None:
    schema, good = recursive() if name == "recursive" else everywhere(*ONE_OF_EACH[name])
    record = load(schema)
    assert isinstance(judge(record, good), Stored)
    with store(engine, record) as held:
        spoiled = [bad for node in nodes(record, good) for bad in every(node, good)]
        check(held, good, messages.decode(record, good), spoiled)
