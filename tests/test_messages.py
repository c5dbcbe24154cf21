"""Messages have the shape and the text that Connect's JsonConverter gives them."""

from __future__ import annotations

import json
import struct
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import load
from fleetgen import messages
from fleetgen.model import Json

_FIXED = {"type": "fixed", "name": "F", "size": 2}
_NODE = {"type": "record", "name": "N", "fields": [{"name": "next", "type": ["null", "N"]}]}

SHAPES: list[tuple[Json, Any, str]] = [
    ("null", None, "null"),
    ("boolean", True, "true"),
    ("long", -(2**63), "-9223372036854775808"),
    ("float", struct.unpack("<f", struct.pack("<f", 0.1))[0], "0.1"),
    ("float", 2.0**-149, "1e-45"),
    ("double", -0.0, "-0.0"),
    ("double", float("nan"), '"NaN"'),
    ("double", float("-inf"), '"-Infinity"'),
    ("bytes", b"\0\xff", '"AP8="'),
    ("string", "\0ä\U0001d4b3", '"\\u0000ä\U0001d4b3"'),
    (_FIXED, b"ab", '"YWI="'),
    ({**_FIXED, "size": 16, "logicalType": "uuid"}, bytes(16), '"AAAAAAAAAAAAAAAAAAAAAA=="'),
    ({"type": "int", "logicalType": "date"}, -1, "-1"),
    ({"type": "bytes", "logicalType": "decimal", "precision": 5, "scale": 2}, Decimal("-1.20"), "-1.20"),
    ({"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 10}, Decimal("1E-10"), "1E-10"),
    ({"type": "map", "values": ["null", "int"]}, {"a": None, "b": 1}, '{"a":null,"b":1}'),
    (["null", "int"], None, "null"),
    (["null", "int", "string", _FIXED], None, "null"),
    (["null", "int", "string", _FIXED], ("F", b"ab"), '{"int":null,"string":null,"F":"YWI="}'),
    ([{"type": "array", "items": "int"}, "int"], ("array", [1]), '{"array":[1],"int":null}'),
    (_NODE, {"next": {"next": None}}, '{"next":{"next":null}}'),
]


@pytest.mark.parametrize(("type", "value", "text"), SHAPES, ids=[text for _, _, text in SHAPES])
def test_a_value_is_written_as_connect_writes_it(type: Json, value: Any, text: str) -> None:
    record = load({"type": "record", "name": "s", "fields": [{"name": "f", "type": type}]})
    assert messages.dumps(messages.encode(record, {"f": value})) == f'{{"f":{text}}}'


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float_has_the_fewest_digits_that_read_as_it(value: float) -> None:
    record = load({"type": "record", "name": "s", "fields": [{"name": "f", "type": "float"}]})
    text = messages.dumps(messages.encode(record, {"f": value}))
    read = json.loads(text)["f"]
    assert struct.pack("<f", read) == struct.pack("<f", value)
    assert len(Decimal(repr(read)).normalize().as_tuple().digits) <= 9


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_has_no_number_for_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        messages.dumps([value])


BROKEN: list[tuple[Json, Json]] = [
    ("int", "1"),
    ("int", True),
    ("string", 1),
    ("bytes", "A"),
    (["int", "string"], {"int": 1, "string": "a"}),
    (["int", "string"], {}),
    ({"type": "array", "items": "int"}, {}),
    (_NODE, []),
]


@pytest.mark.parametrize(("type", "node"), BROKEN)
def test_a_message_of_another_shape_is_refused(type: Json, node: Json) -> None:
    record = load({"type": "record", "name": "s", "fields": [{"name": "f", "type": type}]})
    with pytest.raises(ValueError, match=r"is not|not an object|branches"):
        messages.decode(record, {"f": node})
