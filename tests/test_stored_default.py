"""Old rows of a new field: ClickHouse reads from a column added with our default what Avro's reader gives."""

from __future__ import annotations

from typing import Any

import pytest

from engine import DATABASE, load, select, store, stream
from fleetgen import readback
from fleetgen.mapping import store as mapping
from fleetgen.model import Json
from fleetgen.quoting import ch_ident
from fleetgen.targets.clickhouse.engine import Engine


def _logical(base: Json, kind: str, **members: Json) -> Json:
    return {**(base if isinstance(base, dict) else {"type": base}), "logicalType": kind, **members}


_POINT: Json = {"type": "record", "name": "point", "fields": [
    {"name": "x", "type": "int", "default": 4},
    {"name": "y", "type": ["null", "string"], "default": None},
]}  # fmt: skip
_CASES: list[tuple[Json, Json, Any]] = [
    ("int", 7, 7),
    ("int", 0, 0),
    ("long", -(2**63), -(2**63)),
    ("boolean", True, True),
    ("double", -1.5, -1.5),
    ("float", 1e10, 1e10),
    ("string", "it's\n`q`", "it's\n`q`"),
    ("bytes", "\u00ff\u0000", b"\xff\0"),
    (["int", "null"], 0, 0),
    (["null", "int"], None, None),
    (["string", "null"], "", ""),
    ({"type": "enum", "name": "e", "symbols": ["A", "B"]}, "B", "B"),
    ({"type": "fixed", "name": "f", "size": 2}, "\u0001\u00fe", b"\1\xfe"),
    (_logical("int", "date"), 0, 0),
    (_logical("int", "date"), -5, -5),
    (_logical("int", "time-millis"), 5, 5),
    (_logical("long", "timestamp-millis"), 1_600_000_000_123, 1_600_000_000_123),
    (_logical("long", "local-timestamp-micros"), 1, 1),
    (_logical("long", "timestamp-nanos"), -1, -1),
    (_logical("string", "uuid"), "0f8fad5b-d9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a165-70867728950e"),
    (_logical("bytes", "decimal", precision=5, scale=2), "\u00ff\u0000", "-2.56"),
    (_logical({"type": "fixed", "name": "d", "size": 12}, "duration"), "\1\0\0\0\2\0\0\0\3\0\0\0",
     b"\1\0\0\0\2\0\0\0\3\0\0\0"),
    (_POINT, {}, {"x": 4, "y": None}),
    (_POINT, {"x": 9, "y": None}, {"x": 9, "y": None}),
    ([_POINT, "null"], {"x": 1}, {"x": 1, "y": None}),
    ({"type": "array", "items": "int"}, [], []),
    ({"type": "array", "items": "int"}, [1, 2], [1, 2]),
    ([{"type": "array", "items": "string"}, "null"], [], []),
    ({"type": "map", "values": "long"}, {"a": 1}, {"a": 1}),
    (["int", "string"], 3, ("int", 3)),
    (["string", "null", "int"], "s", ("string", "s")),
    ([_POINT, "int"], {"x": 2}, ("point", {"x": 2, "y": None})),
]  # fmt: skip


@pytest.mark.parametrize(("type", "default", "expected"), _CASES, ids=[str(n) for n in range(len(_CASES))])
def test_an_old_row_reads_the_default(engine: Engine, type: Json, default: Json, expected: Any) -> None:
    old = {"type": "record", "name": "r", "fields": [{"name": "id", "type": "int"}]}
    added = {"name": "f", "type": type, "default": default}
    new = load({**old, "fields": [*old["fields"], added]})
    with store(engine, load(old)) as held:
        held.push([{"id": 1}])
        for column in mapping.columns(stream(new)):
            if column.path.startswith("f"):
                text = f" DEFAULT {column.default}" if column.default else ""
                table = f"{DATABASE}.{ch_ident('r')}"
                engine.run(f"ALTER TABLE {table} ADD COLUMN {ch_ident(column.name)} {column.type}{text}")
        (row,) = select(engine, f"SELECT * FROM {DATABASE}.r")
        found = readback.read(new, row)["f"]
        assert (str(found) if isinstance(expected, str) else found) == expected
