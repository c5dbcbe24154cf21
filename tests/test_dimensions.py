"""Of a dimension the newest message of each key counts, in whatever order and inserts the messages arrive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from budgets import DIMENSIONS
from engine import counted, load, store
from fleetgen import messages, readback
from fleetgen.model import Json
from fleetgen.pipeline import Role
from fleetgen.strategies import records, schemas
from fleetgen.targets.clickhouse.engine import Engine

START: Final = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
KEYS: Final[tuple[Json, ...]] = (
    "int",
    "long",
    "string",
    "bytes",
    "boolean",
    {"type": "enum", "name": "ItsKey", "symbols": ["A", "B", "C"]},
    {"type": "string", "logicalType": "uuid"},
    {"type": "fixed", "name": "ItsKey", "size": 3},
    {"type": "int", "logicalType": "date"},
    {"type": "long", "logicalType": "timestamp-micros"},
    {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 2},
)


def keyed(schema: Json, key: Json) -> Json:
    others = [field for field in schema["fields"] if field["name"] not in ("itsKey", "_timestamp")]
    return {**schema, "fields": [{"name": "itsKey", "type": key}, *others]}


def stamped(message: Json, at: int) -> Json:
    time = START + timedelta(milliseconds=at)
    return {**message, "_timestamp": time.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]}


@settings(max_examples=DIMENSIONS)
@given(schemas(depth=1), st.sampled_from(KEYS), st.data())
def test_the_newest_of_each_key_comes_back(engine: Engine, schema: Json, key: Json, data: st.DataObject) -> None:
    record = load(keyed(schema, key))
    values = data.draw(st.lists(records(record), min_size=2, max_size=8), "values")
    keys = data.draw(st.lists(st.sampled_from([value["itsKey"] for value in values]), min_size=2, max_size=8), "keys")
    values = [{**value, "itsKey": its} for value, its in zip(values, keys, strict=False)]
    times = data.draw(st.lists(st.integers(0, 1000), min_size=len(values), max_size=len(values), unique=True), "times")
    sent = [stamped(messages.encode(record, value), at) for value, at in zip(values, times, strict=True)]
    split = data.draw(st.integers(0, len(sent)), "split")
    newest: dict[Any, Any] = {}
    for _, value in sorted(zip(times, values, strict=True), key=lambda pair: pair[0]):
        newest[readback.exact(value["itsKey"])] = value
    with store(engine, record, role=Role.DIMENSION, key=("itsKey",)) as held:
        held.push(sent[:split])
        held.push(sent[split:])
        assert held.letters() == []
        assert counted(held.values()) == counted(newest.values())
