"""What the real Datagen connector sent is stored without a loss by what is generated from the same schema."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine import counted, load, store
from fleetgen import messages
from fleetgen.model import ArrayType, DecimalType, Json, MapType, RecordType, Type, UnionType, branch_name, unwrap
from fleetgen.targets.clickhouse.engine import Engine

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "data" / "datagen-golden"
SCHEMAS = {path.stem: path for folder in (DATA, ROOT / "schemas") for path in folder.glob("*.avsc")}


def recorded() -> dict[str, list[Json]]:
    """The messages by schema, decimals still in base64."""
    found: dict[str, list[Json]] = defaultdict(list)
    for path in sorted(DATA.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            message = messages.loads(line)
            name = message.get("schema", path.stem)
            found[name].append(message["value"])
    return found


def as_sent(type: Type, value: Json) -> Json:
    """The message as our connectors send it: decimals are numbers (value.converter.decimal.format=NUMERIC)."""
    inner, _ = unwrap(type)
    if value is None:
        return None
    match inner:
        case DecimalType():
            return Decimal(int.from_bytes(base64.b64decode(value), "big", signed=True)).scaleb(-inner.scale)
        case RecordType():
            return {field.name: as_sent(field.type, value[field.name]) for field in inner.fields}
        case ArrayType():
            return [as_sent(inner.items, item) for item in value]
        case MapType():
            return {key: as_sent(inner.values, item) for key, item in value.items()}
        case UnionType():
            return {branch_name(branch): as_sent(branch, value[branch_name(branch)]) for branch in inner.branches}
        case _:
            return value


MESSAGES = recorded()


def test_there_are_messages_of_every_schema() -> None:
    assert MESSAGES.keys() == SCHEMAS.keys()
    assert all(len(each) >= 50 for each in MESSAGES.values())


def test_the_vectors_have_decimals_of_both_kinds() -> None:
    record = load(json.loads(SCHEMAS["amounts"].read_text()))
    sent: dict[str, Any] = as_sent(record, MESSAGES["amounts"][0])
    assert (sent["price"], sent["delta"], sent["packed"]) == (
        Decimal("63.53"),
        Decimal("692.785"),
        Decimal("-78475.98"),
    )


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_each_message_is_stored_and_equal(engine: Engine, name: str) -> None:
    record = load(json.loads(SCHEMAS[name].read_text()))
    sent = [as_sent(record, message) for message in MESSAGES[name]]
    with store(engine, record) as held:
        held.push(sent)
        assert held.letters() == []
        assert counted(held.values()) == counted(messages.decode(record, message) for message in sent)
