"""The generated ClickHouse files: they run, twice, whatever the names; and what cannot be held says so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from engine import DATABASE, TEMPLATES, load, pipeline, select, store, stream
from fleetgen import sql
from fleetgen.mapping.landing import VIRTUAL
from fleetgen.model import Json
from fleetgen.pipeline import GroupedView, Join, JoinedView, LatestView, Metric, Pipeline, Role, Stream, View
from fleetgen.targets import clickhouse
from fleetgen.targets.base import Output
from fleetgen.targets.clickhouse.engine import Engine, EngineError

_BOTH = {"clickhouse": ("embedded", "server")}
_DOC = 'it\'s `a` \\ "b" -- c */ {{ d }} ${env:HOME} $$ ; \n next -- \u2028 \U0001f600'


def _record(name: str, *fields: Json, **members: Json) -> Any:
    return load({"type": "record", "name": name, "fields": list(fields), **members})


def _field(name: str, type: Json = "int", **members: Json) -> Json:
    return {"name": name, "type": type, **members}


def _generate(*streams: Stream, views: tuple[View, ...] = (), database: str = DATABASE) -> Output:
    return clickhouse.generate(Pipeline(database, streams, views, platforms=_BOTH), TEMPLATES, {})


def _codes(output: Output) -> list[str]:
    return [finding.code for finding in output.findings]


def _statements(output: Output, platform: str) -> list[tuple[str, str]]:
    """In the order in which they can run."""
    folders = ["database.sql", "tables", "landing-push", "landing-kafka", "views"]
    paths = [path for path in output.files if path.startswith(f"clickhouse/{platform}/")]
    paths.sort(key=lambda path: folders.index(path.split("/")[2]))
    return [(path, statement) for path in paths for statement in sql.statements(output.files[path])]


def _run(engine: Engine, path: str, statement: str) -> None:
    try:
        engine.run(statement.replace("${profile:kafka.bootstrap}", "127.0.0.1:1"))
    except EngineError as error:
        # The embedded engine says so of each Kafka table that it makes.
        if error.code != 49 or "landing-kafka" not in path:
            raise


@contextmanager
def _dropped(engine: Engine, *databases: str) -> Iterator[None]:
    try:
        yield
    finally:
        for database in databases:
            engine.run(f"DROP DATABASE IF EXISTS {database} SYNC")


_HOSTILE = [
    "select",
    "from",
    "null",
    "table",
    "true",
    "q",
    "_q",
    "e0",
    "r",
    "_topic",
    "__topic",
    "_key",
    "error",
    "raw",
]
_ELEMENTS = ["select", "FROM", "table", "true", "NaN", "inf", "distinct", "All", "values", "Int32", "Array", "is_set"]


def _hostile(name: str = "dead", *without: str) -> Stream:
    inside = {"type": "record", "name": "in", "fields": [_field(name, ["null", "string"]) for name in _ELEMENTS]}
    fields = [_field(each, doc=_DOC) for each in _HOSTILE if each not in without]
    nested = {"type": "array", "items": inside}
    optional = ["null", {"type": "map", "values": {"type": "array", "items": "in"}}]
    record = _record(name, *fields, _field("nested", nested), _field("m", optional), doc=_DOC)
    return stream(record, key=("select",), ttl_days=7)


def test_every_statement_runs_and_runs_again(engine: Engine) -> None:
    """Names that other people's words have, and docs that try to get out."""
    dimension = stream(_record("select", _field("id", "string"), doc=_DOC), role=Role.DIMENSION, key=("id",))
    views = (
        LatestView("order", "dead", ("select",)),
        GroupedView("group", "dead", ("from",), {"count": Metric("count"), "sum": Metric("sum", ("null",))}),
    )
    output = _generate(_hostile(), _hostile("pulled", *VIRTUAL), dimension, views=views)
    assert set(_codes(output)) == {"FG413"}
    with _dropped(engine, f"{DATABASE}_kafka", DATABASE):
        for _ in range(2):
            for path, statement in _statements(output, "embedded"):
                _run(engine, path, statement)
        comments = {
            row[0]: row[1]
            for row in engine.rows(
                f"SELECT name, comment FROM system.columns WHERE database = '{DATABASE}' AND table = 'dead'"
            )
        }
        assert {comments[name] for name in _HOSTILE} == {_DOC}
        assert engine.rows(f"SELECT comment FROM system.tables WHERE database = '{DATABASE}' AND name = 'dead'") == [
            (f"{_DOC} [fleetgen]",)
        ]
        tables = {row[0] for row in engine.rows(f"SHOW TABLES FROM {DATABASE}_kafka")}
        assert tables == {f"{name}_kafka{end}" for name in ("pulled", "select") for end in ("", "_store", "_rejects")}


def test_a_hostile_record_passes(engine: Engine) -> None:
    """The elements of nested tuples too: variantElement goes by the spelling of their type."""
    held = _hostile()
    inside = dict.fromkeys(_ELEMENTS, "x")
    line = {**dict.fromkeys(_HOSTILE, 1), "nested": [inside], "m": {"k": [inside]}}
    output = _generate(held)
    with _dropped(engine, DATABASE):
        for path, statement in _statements(output, "embedded"):
            if "landing-kafka" not in path:
                _run(engine, path, statement)
        engine.insert(
            f"{DATABASE}.dead_push", json.dumps(line).encode() + b"\n" + json.dumps({**line, "e0": 1.5}).encode()
        )
        assert [row["error"] for row in select(engine, f"SELECT error FROM {DATABASE}.dead_letters")] == [b"e0"]
        assert (
            engine.number(
                f"SELECT count() FROM {DATABASE}.dead WHERE nested[1].select = 'x' AND `m`['k'][1].`true` = 'x'"
            )
            == 1
        )


def test_the_server_differs_from_the_embedded_engine_only_in_where_kafka_lives() -> None:
    output = _generate(stream(_record("s", _field("a"))))
    pairs = [(path, path.replace("/embedded/", "/server/")) for path in output.files if "/embedded/" in path]
    differing = [ours for ours, theirs in pairs if output.files[ours] != output.files[theirs]]
    assert differing == ["clickhouse/embedded/landing-kafka/s.sql"]
    assert "`proof_kafka`.`s_kafka`" in output.files[differing[0]]
    assert "CREATE DATABASE" not in output.files["clickhouse/server/landing-kafka/s.sql"]


def _facts(engine: Engine, table: str) -> tuple[str, ...]:
    where = f"database = '{DATABASE}' AND name = '{table}'"
    query = f"SELECT engine_full, partition_key, sorting_key FROM system.tables WHERE {where}"
    return tuple(engine.rows(query)[0])


def test_an_event_is_ordered_by_key_and_time_and_expires_by_the_message(engine: Engine) -> None:
    with store(engine, _record("s", _field("a"), _field("b", "string")), key=("b", "a"), ttl_days=3):
        full, partition, order = _facts(engine, "s")
    assert order == "b, a, _timestamp, _partition, _offset"
    assert partition == "toYYYYMM(_timestamp)"
    assert "TTL toDateTime(_timestamp) + toIntervalDay(3)" in full


def test_a_dimension_keeps_the_newest_row_of_a_key(engine: Engine) -> None:
    with store(engine, _record("s", _field("a"), _field("b")), role=Role.DIMENSION, key=("a",)) as held:
        assert _facts(engine, "s")[1:] == ("", "a")
        times = ["2026-01-01 00:00:02", "2026-01-01 00:00:03", "2026-01-01 00:00:01"]
        for number, time in enumerate(times):
            held.push_text([json.dumps({"a": 1, "b": number, "_timestamp": time})])
        assert [row["b"] for row in held.rows()] == [1]


def _pulled(output: Output, stream: str) -> list[str]:
    """The Kafka landing's statements with a table in place of the queue that has what Kafka's engine knows."""
    known = (
        "`_topic` LowCardinality(String) DEFAULT 't', `_partition` UInt64 DEFAULT 3, `_offset` UInt64 DEFAULT 9, "
        "`_key` String DEFAULT 'k', "
        "`_timestamp_ms` Nullable(DateTime64(3)) DEFAULT toDateTime64('2026-01-01', 3, 'UTC'), "
        "`_error` String, `_raw_message` String"
    )
    text = output.files[f"clickhouse/server/landing-kafka/{stream}.sql"]
    queue = re.compile(r"\n\)\nENGINE = Kafka.*?;\n", re.DOTALL)
    return sql.statements(queue.sub(f",\n{known}) ENGINE = Null;\n", text))


def test_what_kafka_brings_is_stored_or_refused_with_what_it_knows(engine: Engine) -> None:
    output = _generate(stream(_record("s", _field("a"), _field("b", ["null", "string"]))))
    with _dropped(engine, DATABASE):
        for path, statement in _statements(output, "server"):
            if "landing-kafka" not in path:
                _run(engine, path, statement)
        for statement in _pulled(output, "s"):
            engine.run(statement)
        lines = [{"a": 1}, {"a": 1.5}, {"_error": "cannot parse", "_raw_message": "{"}]
        engine.insert(f"{DATABASE}.s_kafka", "\n".join(map(json.dumps, lines)).encode())
        stored = engine.rows(f"SELECT a, b, _topic, _partition, _offset, toString(_timestamp) FROM {DATABASE}.s")
        assert [tuple(row) for row in stored] == [(1, None, "t", 3, 9, "2026-01-01 00:00:00.000")]
        refused = engine.rows(
            f"SELECT raw, error, topic, partition, offset, key FROM {DATABASE}.dead_letters ORDER BY error"
        )
        assert [tuple(row) for row in refused] == [
            ('{"a": "1.5", "b": null}', "a", "t", 3, 9, "k"),
            ("{", "cannot parse", "t", 3, 9, "k"),
        ]


def test_a_refused_message_can_be_mended_and_sent_again(engine: Engine) -> None:
    item = {"type": "record", "name": "i", "fields": [_field("x"), _field("y", ["null", "string"])]}
    record = _record("s", _field("a"), _field("items", {"type": "array", "items": item}), _field("d", "double"))
    with store(engine, record) as held:
        held.push([{"a": 1.5, "items": [{"x": 1, "y": 'q"\u0000'}], "d": 0.1}])
        (letter,) = held.letters()
        assert letter.fields == ("a",)
        held.push_text([letter.raw.replace('"1.5"', "2")])
        assert held.values() == [{"a": 2, "items": [{"x": 1, "y": 'q"\u0000'}], "d": 0.1}]


def _nested(depth: int) -> Json:
    if depth == 0:
        return "int"
    return {"type": "record", "name": f"r{depth}", "fields": [_field("a", ["null", _nested(depth - 1)])]}


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        ([], {}),
        ([_field("a", "null")], {"a": None}),
        (
            [_field("a", {"type": "enum", "name": "e", "symbols": [f"SYMBOL_{n}" for n in range(10_000)]})],
            {"a": "SYMBOL_9"},
        ),
        ([_field(f"field_{n}", ["null", "string"]) for n in range(1000)], {}),
        ([_field(f"field_{n}") for n in range(120)], {f"field_{n}": n for n in range(120)}),
        ([_field("a", _nested(12))], {"a": {"a": {"a": None}}}),
    ],
    ids=["no field", "null", "10,000 symbols", "1000 fields", "more filters than a plan merges", "12 levels"],
)
def test_extreme_records_have_tables(engine: Engine, fields: list[Json], row: Json) -> None:
    record = _record("s", *fields)
    assert "clickhouse/embedded/landing-kafka/s.sql" in _generate(stream(record)).files
    with store(engine, record) as held:
        held.push([row, row])
        assert len(held.rows()) == 2
        assert held.letters() == []


def test_a_wide_record_still_refuses(engine: Engine) -> None:
    with store(engine, _record("s", *(_field(f"f{n}") for n in range(120)))) as held:
        held.push([{f"f{n}": n for n in range(119)}])
        assert [letter.fields for letter in held.letters()] == [("f119",)]
        assert held.rows() == []


def _fixed(name: str, size: int) -> Json:
    return {"type": "fixed", "name": name, "size": size}


_WITH_A = {"type": "record", "name": "p", "fields": [_field("a")]}


@pytest.mark.parametrize(
    ("type", "code", "pointer"),
    [
        ({"type": "bytes", "logicalType": "decimal", "precision": 77}, "FG410", "/fields/1/type"),
        (
            {"type": "map", "values": {"type": "record", "name": "p", "fields": [_field("null")]}},
            "FG410",
            "/fields/1/type/values/fields/0",
        ),
        (
            {"type": "array", "items": [{**_WITH_A, "namespace": "a"}, {**_WITH_A, "namespace": "b"}]},
            "FG411",
            "/fields/1/type/items",
        ),
        (
            {
                "type": "record",
                "name": "p",
                "fields": [_field("a_b"), _field("a", {**_WITH_A, "fields": [_field("b")], "name": "o"})],
            },
            "FG411",
            "/fields/1",
        ),
        ({"type": "array", "items": ["null", {**_WITH_A, "fields": [_field("is_set")]}]}, "FG411", "/fields/1/type"),
    ],
)
def test_what_clickhouse_cannot_hold_is_left_out_with_its_place(type: Json, code: str, pointer: str) -> None:
    output = _generate(stream(_record("s", _field("a"), _field("f", type))))
    assert sorted(output.files) == ["clickhouse/embedded/database.sql", "clickhouse/server/database.sql"]
    assert output.types == {}
    assert {(finding.code, finding.place.pointer) for finding in output.findings} == {(code, pointer)}


def test_columns_that_meet_across_fields_are_told_at_the_later() -> None:
    output = _generate(stream(_record("s", _field("p_a"), _field("p", _WITH_A))))
    assert [(finding.code, finding.place.pointer) for finding in output.findings] == [("FG411", "/fields/1")]


@pytest.mark.parametrize("name", ["_error", "_raw_message"])
def test_a_stream_whose_failures_could_not_be_told_is_not_pulled(name: str) -> None:
    output = _generate(stream(_record("s", _field(name))))
    assert _codes(output) == ["FG413"]
    assert [path for path in output.files if "landing-" in path] == [
        f"clickhouse/{platform}/landing-push/s.sql" for platform in ("embedded", "server")
    ]


def test_deep_nesting_is_warned_of() -> None:
    assert _codes(_generate(stream(_record("s", _field("a", _nested(12)))))) == []
    assert _codes(_generate(stream(_record("s", _field("a", _nested(13)))))) == ["FG415"]


@pytest.mark.parametrize("later", ["s_push", "s_kafka", "s_push_store", "s_kafka_rejects"])
def test_two_tables_of_one_name_are_an_error(later: str) -> None:
    output = _generate(*(stream(_record(name, _field("a"))) for name in ("s", later)))
    assert _codes(output) == ["FG401"]
    assert f"clickhouse/embedded/tables/{later}.sql" not in output.files
    assert "clickhouse/embedded/tables/s.sql" in output.files


def test_dead_letters_and_views_have_names_too() -> None:
    views = (LatestView("s_push", "s", ("a",)), LatestView("v", "dead_letters", ("a",)), LatestView("w", "v", ("a",)))
    streams = [stream(_record(name, _field("a"))) for name in ("dead_letters", "s")]
    assert _codes(_generate(*streams, views=views)) == ["FG401", "FG401", "FG402", "FG402"]


def test_a_view_of_two_like_columns_is_an_error() -> None:
    left = stream(_record("left", _field("a"), _field("b")))
    right = stream(_record("right", _field("a"), _field("b")), key=("a",))
    plain = JoinedView("v", "left", (Join("right", "latest"),), {})
    assert _codes(_generate(left, right, views=(plain,))) == ["FG403"]
    renamed = JoinedView("v", "left", (Join("right", "latest"),), {"b": "theirs"})
    assert _codes(_generate(left, right, views=(renamed,))) == []


def test_a_join_before_nothing_is_an_error() -> None:
    counted = GroupedView("g", "s", ("a",), {"n": Metric("count")})
    joined = JoinedView("v", "g", (Join("s", "latest-before"),), {})
    assert _codes(_generate(stream(_record("s", _field("a")), key=("a",)), views=(counted, joined))) == ["FG404"]


def test_docs_are_told_each_field_through_the_layers() -> None:
    record = _record("s", _field("a"), _field("p", ["null", _WITH_A]), _field("u", ["int", "string"]))
    output = clickhouse.generate(pipeline(stream(record)), TEMPLATES, {})
    assert output.types["s"] == {
        "a": "Int32",
        "p": "p_is_set Bool",
        "p.a": "Nullable(Int32)",
        "u": "u_int Nullable(Int32), u_string Nullable(String)",
    }
