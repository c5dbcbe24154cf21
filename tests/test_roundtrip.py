"""Records come back equal from the store, whatever the schema and whatever the values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgets import DRAWN_SCHEMAS, DRAWN_TEXTS, FLEET_ROWS
from engine import Store, counted, load, store
from fleetgen import avro, messages, readback
from fleetgen.model import ArrayType, Json, MapType, RecordType, unwrap
from fleetgen.strategies import records, schemas
from fleetgen.targets.clickhouse.engine import Engine
from spoiling import MISSING, at, nodes, put

_SCHEMAS = Path(__file__).parents[1] / "schemas"
FLEET = {
    record.name: record
    for record in avro.load({f"schemas/{path.name}": path.read_bytes() for path in _SCHEMAS.glob("*.avsc")}).records
}


def test_the_fleet_has_three_schemas() -> None:
    assert sorted(FLEET) == ["fleet_mgmt_description", "fleet_mgmt_location", "fleet_mgmt_sensors"]


def comes_back(held: Store, values: list[dict[str, Any]], sent: list[Json]) -> None:
    held.push(sent)
    assert held.letters() == []
    assert counted(held.values()) == counted(values)


@pytest.mark.parametrize("name", sorted(FLEET))
def test_records_of_the_fleet_come_back_equal(engine: Engine, name: str) -> None:
    record = FLEET[name]
    with store(engine, record) as held:

        @settings(max_examples=FLEET_ROWS)
        @given(st.lists(records(record), min_size=1, max_size=20))
        def check(values: list[dict[str, Any]]) -> None:
            held.clear()
            comes_back(held, values, [messages.encode(record, value) for value in values])

        check()


def without_nulls(record: RecordType, message: Json) -> Json:
    """The message with the fields left out that are null, at any depth: a missing one counts as null."""
    due = {node.path: unwrap(node.type)[0] for node in nodes(record, message)}
    for path in reversed(due):
        around = due.get(path[:-1])
        if at(message, path) is None and not isinstance(around, ArrayType | MapType):
            message = put(message, path, MISSING)
    return message


@settings(max_examples=DRAWN_SCHEMAS)
@given(schemas(), st.data())
def test_records_of_any_schema_come_back_equal(engine: Engine, schema: Json, data: st.DataObject) -> None:
    record = load(schema)
    values = data.draw(st.lists(records(record), min_size=1, max_size=4), "values")
    sent = [messages.encode(record, value) for value in values]
    if data.draw(st.booleans(), "null is left out"):
        sent = [without_nulls(record, message) for message in sent]
    with store(engine, record) as held:
        comes_back(held, values, sent)


@settings(max_examples=DRAWN_TEXTS)
@given(schemas(), st.data())
def test_a_message_means_its_record(schema: Json, data: st.DataObject) -> None:
    record = load(schema)
    value = data.draw(records(record), "value")
    text = messages.dumps(messages.encode(record, value))
    assert readback.exact(messages.decode(record, messages.loads(text))) == readback.exact(value)
