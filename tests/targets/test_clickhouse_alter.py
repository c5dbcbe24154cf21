"""Every row of the ALTER matrix on the engine: what the plan says of a change is what happens to the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from clickhouse_plans import applied, dropped, planned
from fleetgen.plan import Change, Policy, Risk
from fleetgen.targets.clickhouse.engine import Engine

PATH = "clickhouse/server/database.sql"
ALLOW = Policy(allow_destructive=True)


def files(columns: str, storage: str = "ENGINE = MergeTree ORDER BY `id`") -> Mapping[str, str]:
    return {PATH: "CREATE DATABASE IF NOT EXISTS `d`;\n"
                  f"CREATE TABLE IF NOT EXISTS `d`.`t`\n(\n    `id` Int32,\n    {columns}\n)\n{storage}\n"
                  "COMMENT '[fleetgen]';\n"}  # fmt: skip


def rows(engine: Engine, query: str = "SELECT * FROM d.t ORDER BY id") -> list[tuple[Any, ...]]:
    return [tuple(row) for row in engine.rows(query)]


def only(changes: tuple[Change, ...]) -> Change:
    (change,) = changes
    return change


SAFE, REWRITES, DESTRUCTIVE, REFUSED = Risk.SAFE, Risk.REWRITES, Risk.DESTRUCTIVE, Risk.REFUSED


@dataclass(frozen=True)
class Row:
    """From a column's declaration to another; `values` as SQL, `after` what they read then; None: as before."""

    before: str
    after: str
    values: tuple[str, ...]
    risk: Risk
    read: tuple[Any, ...] | None = None
    says: str = ""


MATRIX = [
    # metadata alone
    Row("`a` Decimal(10, 2)", "`a` Decimal(12, 2)", ("'1.25'",), SAFE),
    Row("`a` Enum8('x' = 1)", "`a` Enum8('x' = 1, 'y' = 2)", ("'x'",), SAFE),
    Row("`a` DateTime64(3, 'UTC')", "`a` DateTime64(3, 'Europe/Paris')", ("'2020-01-01 00:00:00'",), SAFE),
    Row("`a` Int32", "`a` Int32 COMMENT 'it''s'", ("7",), SAFE),
    Row("`a` Int32", "`a` Int32 CODEC(Delta, ZSTD(1))", ("7",), SAFE),
    Row("`a` Int32 CODEC(T64)", "`a` Int32", ("7",), SAFE),
    Row("`a` Int32", "`a` Int32 DEFAULT 3", ("7",), SAFE),
    Row("`a` Int32 DEFAULT 3", "`a` Int32", ("7",), SAFE),
    # rewritten, nothing lost
    Row("`a` Int32 CODEC(T64, ZSTD(1))", "`a` Int64 CODEC(T64, ZSTD(1))", ("2147483647", "1"), REWRITES,
        says="2 rows"),
    Row("`a` UInt8", "`a` Int16", ("255",), REWRITES),
    Row("`a` Float32", "`a` Float64", ("0.5",), REWRITES),
    Row("`a` Int32", "`a` Float64", ("2147483647",), REWRITES, (2147483647.0,)),
    Row("`a` Int32", "`a` Nullable(Int32)", ("7",), REWRITES),
    Row("`a` Int32", "`a` Nullable(Int64)", ("7",), REWRITES),
    Row("`a` String CODEC(ZSTD(1))", "`a` LowCardinality(String)", ("'s'",), REWRITES),
    Row("`a` LowCardinality(String)", "`a` String CODEC(ZSTD(1))", ("'s'",), REWRITES),
    Row("`a` LowCardinality(String)", "`a` LowCardinality(Nullable(String))", ("'s'",), REWRITES),
    Row("`a` Enum8('x' = 1)", "`a` Enum16('x' = 1, 'y' = 300)", ("'x'",), REWRITES),
    Row("`a` Enum8('x' = 1)", "`a` LowCardinality(String)", ("'x'",), REWRITES),
    Row("`a` Array(Int32)", "`a` Array(Int64)", ("[1, 2]",), REWRITES, ([1, 2],)),
    Row("`a` Map(String, Int32)", "`a` Map(String, Int64)", ("map('k', 1)",), REWRITES, ({"k": 1},)),
    Row("`a` Array(Tuple(x Int32))", "`a` Array(Tuple(x Int64, y Nullable(String)))", ("[tuple(1)]",), REWRITES,
        ([{"x": 1, "y": None}],)),
    Row("`a` Decimal(10, 2)", "`a` Decimal(12, 4)", ("'1.25'",), REWRITES, (Decimal("1.25"),)),
    Row("`a` DateTime64(3, 'UTC')", "`a` DateTime64(6, 'UTC')", ("'2020-01-01 00:00:00.123'",), REWRITES),
    Row("`a` Int32 CODEC(T64, ZSTD(1))", "`a` String CODEC(ZSTD(1))", ("-7",), REWRITES, ("-7",)),
    Row("`a` UUID", "`a` String", ("'0f8fad5b-d9cb-469f-a165-70867728950e'",), REWRITES,
        ("0f8fad5b-d9cb-469f-a165-70867728950e",)),
    # ClickHouse lets it pass, and it loses
    Row("`a` Int32", "`a` Int16", ("70000", "5"), DESTRUCTIVE, (4464, 5), "1 of 2 rows would change"),
    Row("`a` Int32", "`a` UInt32", ("-1",), DESTRUCTIVE, (4294967295,), "1 of 1 rows"),
    Row("`a` Int32", "`a` Float32", ("16777217", "1"), DESTRUCTIVE, (16777216.0, 1.0), "1 of 2 rows"),
    Row("`a` Float64", "`a` Int32", ("1.5", "2"), DESTRUCTIVE, (1, 2), "1 of 2 rows"),
    Row("`a` Decimal(10, 3)", "`a` Decimal(10, 2)", ("'1.239'", "'1.2'"), DESTRUCTIVE, None, "1 of 2 rows"),
    Row("`a` DateTime64(6, 'UTC')", "`a` DateTime64(3, 'UTC')", ("'2020-01-01 00:00:00.000001'",), DESTRUCTIVE,
        says="1 of 1"),
    Row("`a` Nullable(Int32)", "`a` Int32 DEFAULT 9", ("NULL", "3"), DESTRUCTIVE, None, "1 of 2 rows"),
    Row("`a` Enum8('x' = 1, 'y' = 2)", "`a` Enum8('x' = 1)", ("'x'", "'x'"), DESTRUCTIVE, None, "0 of 2 rows"),
    Row("`a` Array(Tuple(x Int32))", "`a` Array(Tuple(z Int32))", ("[tuple(1)]",), DESTRUCTIVE, None, "loses"),
    Row("`a` Array(Int64)", "`a` Array(Int32)", ("[1]",), DESTRUCTIVE, ([1],)),
    Row("`a` String", "`a` Int32", ("'12'",), DESTRUCTIVE, (12,), "0 of 1 rows"),
    Row("`a` String", "`a` UUID", ("'0f8fad5b-d9cb-469f-a165-70867728950e'",), DESTRUCTIVE, None, "0 of 1"),
    # ClickHouse would fail half-way, or make nonsense
    Row("`a` String", "`a` Int32", ("'12'", "'x'"), REFUSED, says="1 rows do not convert"),
    Row("`a` String", "`a` FixedString(1)", ("'ab'",), REFUSED, says="1 rows do not convert"),
    Row("`a` Int64", "`a` DateTime64(3, 'UTC')", ("1600000000123",), REFUSED, says="other times than they mean"),
    Row("`a` Nullable(Int32)", "`a` Int32", ("1",), REFUSED, says="no default"),
    Row("`a` Enum8('x' = 1, 'y' = 2)", "`a` Enum8('y' = 1, 'x' = 2)", ("'x'",), REFUSED, says="numbers of symbols"),
    Row("`a` FixedString(2)", "`a` FixedString(3)", ("'ab'",), REFUSED, says="one size"),
    Row("`a` Int32", "`a` Array(Int32)", ("1",), REFUSED),
]  # fmt: skip


@pytest.mark.parametrize("row", MATRIX, ids=[f"{each.before}-{each.after}-{each.risk.name}" for each in MATRIX])
def test_a_column_changes_as_announced(engine: Engine, row: Row) -> None:
    with dropped(engine):
        applied(engine, files(row.before))
        engine.run(f"INSERT INTO d.t (id, a) VALUES {', '.join(f'({n}, {v})' for n, v in enumerate(row.values))}")
        before = rows(engine)
        change = only(planned(engine, files(row.after)).changes)
        assert (change.risk, row.says in change.reason) == (row.risk, True), change.reason
        assert bool(change.blocked) == (row.risk in (DESTRUCTIVE, REFUSED))
        assert rows(engine) == before
        done = applied(engine, files(row.after), ALLOW)
        assert bool(done.blocked) == (row.risk is REFUSED)
        if row.risk in (SAFE, REWRITES) and row.read is None:
            assert rows(engine, "SELECT id, toString(a) FROM d.t ORDER BY id") is not None
            assert [str(value) for _, value in rows(engine)] == [
                str(value) for _, value in before
            ] or "Paris" in row.after
        elif row.read is not None:
            assert tuple(value for _, value in rows(engine)) == row.read
        if row.risk is not REFUSED:
            assert planned(engine, files(row.after)).changes == ()
        else:
            assert rows(engine) == before


def test_without_rows_nothing_is_rewritten(engine: Engine) -> None:
    with dropped(engine):
        applied(engine, files("`a` Int32"))
        assert only(applied(engine, files("`a` Int64")).changes).risk is SAFE


def test_a_new_column_reads_its_default_and_stands_in_its_place(engine: Engine) -> None:
    with dropped(engine):
        applied(engine, files("`a` Int32"))
        engine.run("INSERT INTO d.t VALUES (1, 2)")
        new = files("`n` Nullable(String),\n    `a` Int32,\n    `b` Int64 DEFAULT 7 COMMENT 'b' CODEC(T64, ZSTD(1))")
        change = only(applied(engine, new).changes)
        assert (change.risk, len(change.steps)) == (SAFE, 2)
        assert "rows that are there read 7" in change.reason
        assert rows(engine) == [(1, None, 2, 7)]
        assert planned(engine, new).changes == ()


def test_an_alias_renames_with_the_rows(engine: Engine) -> None:
    with dropped(engine):
        applied(engine, files("`a` Int32"))
        engine.run("INSERT INTO d.t VALUES (1, 2)")
        new = files("`b` Int64 -- was `z`, `a`")
        change = only(applied(engine, new).changes)
        assert (change.risk, "a becomes b" in change.reason) == (REWRITES, True)
        assert rows(engine) == [(1, 2)]
        assert planned(engine, new).changes == ()


def test_a_rename_without_an_alias_is_a_loss(engine: Engine) -> None:
    new = files("`b` Int32,\n    `z` Int32")
    with dropped(engine):
        applied(engine, files("`a` Int32,\n    `z` Int32"))
        engine.run("INSERT INTO d.t VALUES (1, 2, 3), (2, 0, 3)")
        change = only(planned(engine, new).changes)
        says = (
            'a is no longer wanted: 1 rows hold a value (if it is called b now, say so: "aliases": ["a"] on b); '
            "b is new, and rows that are there read what is empty for its type"
        )
        assert (change.risk, change.reason) == (DESTRUCTIVE, says)
        assert change.blocked == "allow it with --allow-destructive"
        applied(engine, new, ALLOW)
        assert rows(engine) == [(1, 0, 3), (2, 0, 3)]
        assert planned(engine, new).changes == ()


def test_columns_move(engine: Engine) -> None:
    with dropped(engine):
        applied(engine, files("`a` Int32,\n    `b` Int32,\n    `c` Int32"))
        engine.run("INSERT INTO d.t (id, a, b, c) VALUES (1, 2, 3, 4)")
        new = files("`c` Int32,\n    `a` Int32,\n    `b` Int32")
        assert only(applied(engine, new).changes).risk is SAFE
        assert rows(engine) == [(1, 4, 2, 3)]
        assert planned(engine, new).changes == ()


def test_a_column_at_the_end_was_added_by_hand(engine: Engine) -> None:
    with dropped(engine):
        applied(engine, files("`a` Int32"))
        engine.run("ALTER TABLE d.t ADD COLUMN theirs String DEFAULT 'x'")
        engine.run("INSERT INTO d.t (id) VALUES (1)")
        found = planned(engine, files("`a` Int32"))
        assert found.changes == ()
        assert found.notes == ("d.t: theirs: added by hand or by the sink, not in the schema: left alone",)
        assert only(planned(engine, files("`a` Int64")).changes).risk is REWRITES
        assert only(planned(engine, files("`a` Int32"), ALLOW).changes).risk is DESTRUCTIVE


MERGE = "ENGINE = MergeTree"


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (f"{MERGE} ORDER BY (`id`, `a`)", f"{MERGE} ORDER BY `id`", "ORDER BY cannot be altered: it is id, a"),
        (f"{MERGE} ORDER BY `id`", f"{MERGE} ORDER BY (`id`, `a`)", "ORDER BY cannot be altered"),
        (f"{MERGE} ORDER BY `id`", f"{MERGE} PARTITION BY `a` ORDER BY `id`", "PARTITION BY cannot be altered"),
        (f"{MERGE} ORDER BY `id`", "ENGINE = ReplacingMergeTree(`a`) ORDER BY `id`", "ENGINE cannot be altered"),
        (f"{MERGE} ORDER BY (`id`, `a`)", f"{MERGE} PRIMARY KEY `id` ORDER BY (`id`, `a`)", "PRIMARY KEY cannot"),
    ],
)
def test_what_needs_a_rebuild_says_why(engine: Engine, before: str, after: str, says: str) -> None:
    with dropped(engine):
        applied(engine, files("`a` Int32", before))
        change = only(applied(engine, files("`a` Int32", after), ALLOW).changes)
        assert (change.risk, change.steps) == (REFUSED, ())
        assert says in change.reason
        assert "exchange the two by hand" in change.blocked


@pytest.mark.parametrize("new", ["`b` Int32", "`b` Int32 -- was `a`", "`a` Int64"])
def test_a_key_column_stays(engine: Engine, new: str) -> None:
    key = f"{MERGE} ORDER BY `a`"
    with dropped(engine):
        applied(engine, files("`a` Int32", key))
        change = only(planned(engine, files(new, f"{MERGE} ORDER BY `{new[1]}`"), ALLOW).changes)
        assert change.risk is REFUSED


def test_the_order_grows_by_a_new_column(engine: Engine) -> None:
    new = files("`a` Int32,\n    `b` Int32", f"{MERGE} ORDER BY (`id`, `b`)")
    with dropped(engine):
        applied(engine, files("`a` Int32"))
        engine.run("INSERT INTO d.t VALUES (1, 2)")
        assert only(applied(engine, new).changes).risk is SAFE
        assert rows(engine) == [(1, 2, 0)]
        assert planned(engine, new).changes == ()


AT = "`at` DateTime64(3, 'UTC')"


def test_a_ttl_tells_what_it_expires(engine: Engine) -> None:
    plain = f"{MERGE} ORDER BY `id`"
    week = f"{plain} TTL toDateTime(`at`) + INTERVAL 7 DAY"
    month = f"{plain} TTL toDateTime(`at`) + INTERVAL 30 DAY"
    with dropped(engine):
        applied(engine, files(AT, plain))
        engine.run("INSERT INTO d.t SELECT 1, now64(3) - INTERVAL 10 DAY UNION ALL SELECT 2, now64(3)")
        change = only(applied(engine, files(AT, month)).changes)
        assert (change.risk, "rewrites 2 rows" in change.reason) == (REWRITES, True)
        change = only(planned(engine, files(AT, week)).changes)
        assert (change.risk, "1 rows are expired by it at once" in change.reason) == (DESTRUCTIVE, True)
        applied(engine, files(AT, week), ALLOW)
        assert [row[0] for row in rows(engine)] == [2]
        assert only(applied(engine, files(AT, plain)).changes).risk is SAFE
        assert planned(engine, files(AT, plain)).changes == ()


def test_settings_and_indices(engine: Engine) -> None:
    new = files(
        "`a` Int32,\n    INDEX `i` `a` TYPE minmax GRANULARITY 4",
        f"{MERGE} ORDER BY `id` SETTINGS merge_with_ttl_timeout = 60",
    )
    with dropped(engine):
        applied(engine, files("`a` Int32"))
        assert only(applied(engine, new).changes).risk is SAFE
        assert planned(engine, new).changes == ()
        assert only(applied(engine, files("`a` Int32")).changes).risk is SAFE
        assert planned(engine, files("`a` Int32")).changes == ()


def test_a_thing_without_our_mark_is_taken_over_only_when_asked(engine: Engine) -> None:
    with dropped(engine):
        engine.run("CREATE DATABASE d")
        engine.run("CREATE TABLE d.t (id Int32, a Int32) ENGINE = MergeTree ORDER BY id COMMENT 'mine'")
        change = only(planned(engine, files("`a` Int64")).changes)
        assert "--adopt" in change.blocked
        assert {each.fact for each in change.differences} == {"column a type", "comment"}
        applied(engine, files("`a` Int64"), Policy(adopt=True))
        assert planned(engine, files("`a` Int64")).changes == ()


def test_what_is_generated_no_more_goes_only_when_asked(engine: Engine) -> None:
    gone = {PATH: "CREATE DATABASE IF NOT EXISTS `d`;\n"}
    with dropped(engine):
        applied(engine, files("`a` Int32"))
        engine.run("INSERT INTO d.t VALUES (1, 2)")
        change = only(planned(engine, gone).changes)
        assert "--prune" in change.blocked
        assert "1 rows go with it" in change.reason
        engine.run("CREATE TABLE d.theirs (a Int8) ENGINE = Memory")
        applied(engine, gone, Policy(prune=True))
        assert rows(engine, "SHOW TABLES FROM d") == [("theirs",)]


def test_another_thing_of_the_name_is_refused(engine: Engine) -> None:
    with dropped(engine):
        engine.run("CREATE DATABASE d")
        engine.run("CREATE VIEW d.t AS SELECT 1 AS id COMMENT '[fleetgen]'")
        change = only(planned(engine, files("`a` Int32")).changes)
        assert (change.risk, change.reason) == (REFUSED, "there is a view of its name")


def test_a_column_that_somebodys_view_reads_stays(engine: Engine) -> None:
    """ClickHouse would let it go, and then refuse every insert."""
    before, after = files("`a` Int32,\n    `z` Int32"), files("`b` Int32, -- was `a`\n    `z` Int32")
    with dropped(engine):
        applied(engine, before)
        engine.run("CREATE TABLE d.totals (n Int64) ENGINE = MergeTree ORDER BY n")
        engine.run("CREATE MATERIALIZED VIEW d.theirs TO d.totals AS SELECT sum(a) AS n FROM d.t")
        change = only(planned(engine, after, ALLOW).changes)
        assert (change.risk, change.steps) == (REFUSED, ())
        assert change.reason == "the materialized view d.theirs reads a: without it every insert would fail"
        assert change.blocked == "drop d.theirs before, and make it again over the new columns"
        engine.run("ALTER TABLE d.theirs MODIFY QUERY SELECT sum(z) AS n FROM d.t")
        applied(engine, after)
        assert planned(engine, after).changes == ()
        engine.run("INSERT INTO d.t VALUES (1, 2, 3)")


def test_a_renamed_record_does_not_begin_anew(engine: Engine) -> None:
    old = {PATH: files("`a` Int32")[PATH]}
    new = {PATH: old[PATH].replace("`t`\n(\n", "`u`\n( -- was `s`, `t`\n")}
    with dropped(engine):
        applied(engine, old)
        engine.run("INSERT INTO d.t VALUES (1, 2)")
        change = next(each for each in planned(engine, new).changes if each.name == "d.u")
        assert (change.risk, change.steps) == (REFUSED, ())
        assert change.reason == "its record was called otherwise, and d.t has its 1 rows"
        assert "RENAME TABLE `d`.`t` TO `d`.`u`" in change.blocked
        engine.run("RENAME TABLE d.t TO d.u")
        assert planned(engine, new).changes == ()
