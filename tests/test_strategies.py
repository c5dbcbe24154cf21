"""Drawn schemas are Avro, and leave out nothing that Avro has."""

from __future__ import annotations

import json
import re
from collections import Counter

import fastavro
from hypothesis import HealthCheck, Phase, given, settings

from budgets import DRAWN_TEXTS
from engine import load
from fleetgen import readback
from fleetgen.model import Json, Logical, Primitive
from fleetgen.strategies import schemas

_MENTIONED = re.compile(r'"(?:type|items|values|logicalType)": "([^"]+)"')


@given(schemas())
def test_a_drawn_schema_is_avro_and_no_two_columns_meet(schema: Json) -> None:
    fastavro.parse_schema(schema)
    columns = readback.columns(load(schema))
    assert len(set(columns)) == len(columns)


def test_every_type_is_drawn() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=DRAWN_TEXTS, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(schemas())
    def draw(schema: Json) -> None:
        seen.update(set(_MENTIONED.findall(json.dumps(schema))))
        seen["union"] += '"type": [' in json.dumps(schema)
        seen["recursion"] += "RecursiveType" in repr(load(schema))

    draw()
    kinds = {*Primitive, *Logical, "record", "enum", "fixed", "array", "map", "decimal", "union", "recursion"}
    assert {kind for kind in kinds if seen[kind] < 3} == set()
