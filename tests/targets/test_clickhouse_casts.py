"""Every pair of scalar types: what is called safe keeps each value, and what is not is counted as it happens."""

from __future__ import annotations

from typing import Final

import pytest

from clickhouse_plans import dropped
from fleetgen.plan import Risk
from fleetgen.quoting import ch_string
from fleetgen.targets.clickhouse import casts
from fleetgen.targets.clickhouse.engine import Engine, EngineError

VALUES: Final = {
    "Bool": ("true", "false"),
    "UInt8": ("0", "255"),
    "Int16": ("-32768", "32767", "7"),
    "Int32": ("-2147483648", "2147483647", "16777217", "7"),
    "UInt32": ("0", "4294967295", "7"),
    "Int64": ("-9223372036854775808", "9007199254740993", "7"),
    "Float32": ("0.1", "1e30", "7"),
    "Float64": ("0.1", "1e300", "7"),
    "Decimal(9, 2)": ("'1234567.89'", "'-0.01'", "'7'"),
    "Decimal(12, 2)": ("'1234567890.12'", "'7'"),
    "Decimal(12, 4)": ("'12345678.0001'", "'7'"),
    "String": ("'7'", "'x'", "''", "'1.5'"),
    "LowCardinality(String)": ("'7'", "'x'", "''"),
    "FixedString(2)": ("'ab'", "'7\\0'"),
    "UUID": ("'0f8fad5b-d9cb-469f-a165-70867728950e'",),
    "Date32": ("'2020-02-29'", "'1900-01-01'"),
    "DateTime64(3, 'UTC')": ("'2020-02-29 01:02:03.456'",),
    "DateTime64(6, 'UTC')": ("'2020-02-29 01:02:03.456789'", "'2020-02-29 00:00:00'"),
    "Enum8('a' = 1, 'b' = 2)": ("'a'", "'b'"),
    "Enum16('a' = 1, 'b' = 2, 'c' = 300)": ("'a'", "'c'"),
}


@pytest.mark.parametrize("old", VALUES)
def test_each_pair_is_as_announced(engine: Engine, old: str) -> None:
    with dropped(engine):
        engine.run("CREATE DATABASE d")
        for new in VALUES:
            if new != old:
                _tried(engine, old, new)


def _tried(engine: Engine, old: str, new: str) -> None:
    """`o` keeps what the column was."""
    engine.run(f"CREATE OR REPLACE TABLE d.t (a {old}, o String) ENGINE = MergeTree ORDER BY tuple()")
    engine.run(f"INSERT INTO d.t (a) VALUES {', '.join(f'({value})' for value in VALUES[old])}")
    engine.run("ALTER TABLE d.t UPDATE o = toString(a) WHERE 1", {"mutations_sync": 2})
    cast = casts.classify(old, new)
    if cast.risk is Risk.REFUSED:
        return
    failing = engine.number(f"SELECT countIf({casts.failing('a', old, new)}) FROM d.t")
    lost = engine.number(f"SELECT countIf({casts.lost('a', old, new)}) FROM d.t") if cast.checked else 0
    if failing:
        with pytest.raises(EngineError):
            engine.run(f"ALTER TABLE d.t MODIFY COLUMN a {new}", {"mutations_sync": 2})
        engine.run("KILL MUTATION WHERE database = 'd'")
        return
    engine.run(f"ALTER TABLE d.t MODIFY COLUMN a {new}", {"mutations_sync": 2})
    if lost and "Enum" in old:  # such rows cannot even be read
        with pytest.raises(EngineError, match="691"):
            engine.rows("SELECT toString(a) FROM d.t")
        return
    back = "toString(a)" if "String" in old or "Enum" in old or "Decimal" in old else ""
    back = back or f"toString(accurateCastOrNull(a, {ch_string(old)}))"
    changed = engine.number(f"SELECT countIf(ifNull({back} != o, 1)) FROM d.t")
    if cast.risk is Risk.DESTRUCTIVE:
        assert lost >= changed, (old, new, engine.rows("SELECT * FROM d.t"))
    else:
        assert changed == 0, (old, new, engine.rows("SELECT * FROM d.t"))
