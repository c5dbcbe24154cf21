"""Values of every ClickHouse type come out of RowBinary as they went in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine import select
from fleetgen import rowbinary
from fleetgen.readback import exact
from fleetgen.targets.clickhouse.engine import Engine

VALUES: list[tuple[str, Any]] = [
    ("true", True),
    ("toInt8(-128)", -128),
    ("toInt32(-2147483648)", -(2**31)),
    ("toInt64('-9223372036854775808')", -(2**63)),
    ("toUInt64('18446744073709551615')", 2**64 - 1),
    ("toInt128('-170141183460469231731687303715884105728')", -(2**127)),
    ("toUInt256('1606938044258990275541962092341162602522202993782792835301376')", 2**200),
    ("toFloat32('0.1')", 0.10000000149011612),
    ("toFloat64('-0.0')", -0.0),
    ("toFloat64('nan')", float("nan")),
    ("toFloat64('5e-324')", 5e-324),
    ("'a\\0b'", b"a\0b"),
    ("unhex('FF')", b"\xff"),
    ("repeat('x', 300)", b"x" * 300),
    ("toFixedString('ab', 3)", b"ab\0"),
    ("toDecimal32('-1.23', 2)", Decimal("-1.23")),
    ("toDecimal64('0', 10)", Decimal("0E-10")),
    ("toDecimal128('99999999999999999999999999999999999999', 0)", Decimal(10**38 - 1)),
    ("toDecimal256('-0.0001', 75)", Decimal((1, (1,) + (0,) * 71, -75))),
    ("toUUID('00112233-4455-6677-8899-aabbccddeeff')", "00112233-4455-6677-8899-aabbccddeeff"),
    ("toDate('1970-01-02')", 1),
    ("toDate32('1969-12-31')", -1),
    ("toDateTime('1970-01-01 00:00:09', 'UTC')", 9),
    ("fromUnixTimestamp64Milli(toInt64(-62135596800000), 'UTC')", -62_135_596_800_000),
    ("toLowCardinality('a')", b"a"),
    ("CAST(NULL, 'LowCardinality(Nullable(String))')", None),
    ("CAST(NULL, 'Nullable(Int32)')", None),
    ("CAST(1, 'Nullable(Int32)')", 1),
    ("[[1, 2], []]::Array(Array(Int32))", [[1, 2], []]),
    ("map('k', ['v'])", {"k": [b"v"]}),
    ("CAST((1, 'x'), 'Tuple(a Int32, `b, \\\\` (c` Nullable(String))')", {"a": 1, "b, ` (c": b"x"}),
]


@pytest.mark.parametrize(("expression", "value"), VALUES, ids=[expression for expression, _ in VALUES])
def test_a_value_is_exact(engine: Engine, expression: str, value: Any) -> None:
    rows = select(engine, f"SELECT {expression} AS x, 'behind' AS `y` FROM numbers(2)")
    assert [exact(row) for row in rows] == [exact({"x": value, "y": b"behind"})] * 2


@pytest.mark.parametrize("type", ["Nothing", "Tuple(Int32)", "Variant(Int32, String)", "Array(", "Int32 "])
def test_a_type_that_no_store_has_is_refused(type: str) -> None:
    with pytest.raises(ValueError, match=r"no reader|without a name"):
        rowbinary.reader(type)


def test_a_row_cut_off_is_refused(engine: Engine) -> None:
    data = engine.client.raw_query("SELECT toInt64(7) AS x", fmt=rowbinary.FORMAT)
    with pytest.raises(ValueError, match="cut off"):
        list(rowbinary.rows(data[:-1]))
