"""Views and charts on the engine: their rows, and that they have the columns that the mapping says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from engine import DATABASE, PLATFORMS, TEMPLATES, applied, in_order, load, select
from fleetgen import sql
from fleetgen.mapping import views
from fleetgen.model import Json
from fleetgen.pipeline import (
    Chart,
    GroupedView,
    Having,
    Join,
    JoinedView,
    LatestView,
    Metric,
    Pipeline,
    Role,
    Stream,
)
from fleetgen.quoting import ch_ident
from fleetgen.targets import clickhouse
from fleetgen.targets.clickhouse.engine import Engine

_POINT = {
    "type": "record",
    "name": "point",
    "fields": [{"name": "latitude", "type": "double"}, {"name": "longitude", "type": "double"}],
}


def _stream(name: str, role: Role, *fields: tuple[str, Json], key: tuple[str, ...] = ("id",)) -> Stream:
    members = [{"name": "id", "type": "int"}, *({"name": field, "type": type} for field, type in fields)]
    record = load({"type": "record", "name": name, "fields": members})
    return Stream(name, record, name, role, key)


_DESCRIPTION = _stream(
    "description",
    Role.DIMENSION,
    ("driver", {"type": "string", "arg.properties": {"options": ["a", "b"]}}),
    ("tags", {"type": "array", "items": "string"}),
    ("colour", {"type": "enum", "name": "colour", "symbols": ["RED", "BLUE"]}),
)
_LOCATION = _stream(
    "location",
    Role.EVENT,
    ("location", _POINT),
    ("ts", {"type": "long", "logicalType": "timestamp-millis"}),
    ("speed", ["null", "float"]),
)
_SENSORS = _stream(
    "sensors",
    Role.EVENT,
    ("rpm", "int"),
    ("cost", {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}),
    ("ok", "boolean"),
)
_DATA = JoinedView(
    "data",
    "sensors",
    (Join("location", "latest-before"), Join("description", "latest")),
    {"location_latitude": "latitude", "location_longitude": "longitude"},
)
_VIEWS = (
    _DATA,
    JoinedView("newest_known", "sensors", (Join("location", "latest"),), {}),
    JoinedView("wide", "data", (Join("other", "latest"),), {"_timestamp": "read_at"}),
    JoinedView("descriptions", "description", (Join("location", "latest-before"),), {}),
    GroupedView(
        "by_driver",
        "data",
        ("driver", "id"),
        {
            "rpm": Metric("sum", ("rpm",)),
            "n": Metric("count"),
            "mean": Metric("avg", ("speed",)),
            "middle": Metric("median", ("cost",)),
            "cost": Metric("sum", ("cost",)),
            "first": Metric("min", ("ts",)),
            "last_driver": Metric("max", ("driver",)),
            "lowest": Metric("min", ("rpm",)),
            "places": Metric("uniqExact", ("latitude", "longitude")),
            "about": Metric("uniq", ("colour",)),
        },
    ),
    GroupedView("busy", "location", ("id",), {"n": Metric("uniqExact", ("ts",))}, Having("n", ">", 1)),
    LatestView("last", "location", ("id",)),
    LatestView("last_description", "description", ("driver",)),
)
_OTHER = _stream("other", Role.DIMENSION, ("name", "string"))
_PIPELINE = Pipeline(DATABASE, (_DESCRIPTION, _LOCATION, _OTHER, _SENSORS), _VIEWS, platforms=PLATFORMS)


@pytest.fixture(scope="module")
def made(engine: Engine) -> Iterator[Engine]:
    with applied(engine, _PIPELINE):
        yield engine


@pytest.fixture
def empty(made: Engine) -> Engine:
    for stream in _PIPELINE.streams:
        made.run(f"TRUNCATE TABLE {ch_ident(DATABASE)}.{ch_ident(stream.name)}")
    return made


def _put(engine: Engine, name: str, *rows: tuple[Any, ...]) -> None:
    """Rows straight into a store, in the order of its columns: seconds of the message time, then the payload."""
    columns = views.columns(_PIPELINE, name)
    payload = [column.name for column in columns if column.path]
    names = ", ".join(map(ch_ident, ["_timestamp", "_offset", *payload]))
    for number, (seconds, *values) in enumerate(rows):
        texts = ", ".join([f"toDateTime64({seconds}, 3, 'UTC')", str(number), *map(str, values)])
        engine.run(f"INSERT INTO {ch_ident(DATABASE)}.{ch_ident(name)} ({names}) VALUES ({texts})")


def _rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in engine.rows(query)]


@pytest.mark.parametrize("view", [view.name for view in _VIEWS])
def test_a_view_has_the_columns_that_the_mapping_says(made: Engine, view: str) -> None:
    expected = [(column.name, column.type) for column in views.columns(_PIPELINE, view)]
    found = [(row[0], row[1].replace("\n", "")) for row in made.rows(f"DESCRIBE TABLE `{DATABASE}`.`{view}`")]
    assert found == expected


def test_a_joined_view_has_base_then_joined_columns_then_the_time() -> None:
    names = [column.name for column in views.columns(_PIPELINE, "data")]
    assert names == [
        "id",
        "rpm",
        "cost",
        "ok",
        "latitude",
        "longitude",
        "ts",
        "speed",
        "driver",
        "tags",
        "colour",
        "_timestamp",
    ]


def test_a_joined_view_never_multiplies_and_never_loses(empty: Engine) -> None:
    _put(
        empty,
        "sensors",
        (10, 1, 100, 1.5, 1),
        (20, 1, 200, 1, 1),
        (20, 1, 200, 1, 1),
        (5, 2, 300, 0, 0),
        (9, 9, 0, 0, 0),
    )
    _put(
        empty,
        "location",
        (10, 1, 1.5, 2.5, 0, "NULL"),
        (10, 1, 1.5, 2.5, 1000, 3),
        (11, 1, 7.5, 2.5, 0, "NULL"),
        (6, 2, 0, 0, 0, "NULL"),
    )
    _put(
        empty,
        "description",
        (1, 1, "'a'", "['x']", "'RED'"),
        (2, 1, "'b'", "['y']", "'RED'"),
        (1, 3, "'a'", "[]", "'RED'"),
    )
    rows = _rows(empty, f"SELECT id, rpm, latitude, driver, tags FROM {DATABASE}.data ORDER BY id, rpm")
    assert rows == [
        (1, 100, 1.5, "b", ["y"]),
        (1, 200, 7.5, "b", ["y"]),
        (1, 200, 7.5, "b", ["y"]),
        (2, 300, None, None, []),
        (9, 0, None, None, []),
    ]


def test_an_event_joined_latest_gives_its_newest_row_whenever_it_came(empty: Engine) -> None:
    _put(empty, "sensors", (10, 1, 100, 1, 1), (30, 1, 200, 1, 1))
    _put(empty, "location", (20, 1, 1, 1, 0, 1), (20, 1, 2, 2, 0, 2), (19, 1, 3, 3, 0, 3))
    assert _rows(empty, f"SELECT rpm, speed FROM {DATABASE}.newest_known ORDER BY rpm") == [(100, 2.0), (200, 2.0)]


def test_a_view_on_a_view_keeps_the_rows(empty: Engine) -> None:
    _put(empty, "sensors", (10, 1, 100, 1, 1), (20, 2, 200, 1, 1))
    _put(empty, "other", (1, 1, "'x'"), (2, 1, "'y'"))
    assert _rows(empty, f"SELECT id, name FROM {DATABASE}.wide ORDER BY id") == [(1, "y"), (2, None)]


def test_metrics_are_of_the_columns_and_not_of_each_other(empty: Engine) -> None:
    _put(empty, "sensors", (10, 1, 100, 1.5, 1), (20, 1, 50, 2.5, 1))
    rows = _rows(empty, f"SELECT driver, id, rpm, n, cost, lowest, places FROM {DATABASE}.by_driver")
    assert [(*row[:4], float(row[4]), *row[5:]) for row in rows] == [(None, 1, 150, 2, 4.0, 50, 0)]


def test_having_bounds_a_metric(empty: Engine) -> None:
    _put(empty, "location", (1, 1, 0, 0, 0, 1), (2, 1, 0, 0, 5, 1), (1, 2, 0, 0, 0, 1))
    assert _rows(empty, f"SELECT id, n FROM {DATABASE}.busy") == [(1, 2)]


def test_the_latest_is_chosen_before_anybody_filters(empty: Engine) -> None:
    _put(empty, "location", (5, 1, 1, 0, 0, 1), (5, 1, 2, 0, 0, 2), (4, 1, 3, 0, 0, 3), (1, 2, 9, 0, 0, 4))
    assert _rows(empty, f"SELECT id, location_latitude FROM {DATABASE}.last ORDER BY id") == [(1, 2.0), (2, 9.0)]
    assert _rows(empty, f"SELECT id FROM {DATABASE}.last WHERE speed = 1") == []


@pytest.mark.parametrize("view", ["sensors", "data", "location", "last"])
def test_a_day_chart_counts_by_day(empty: Engine, view: str) -> None:
    _put(empty, "sensors", (86_400, 1, 1, 1, 1), (86_401, 2, 1, 1, 1), (172_800, 3, 1, 1, 1))
    _put(empty, "location", (86_400, 1, 1, 1, 1, 1), (86_401, 2, 1, 1, 1, 1), (172_800, 3, 1, 1, 1, 1))
    query = views.chart_query(_PIPELINE, Chart("c", "time-bar", view, Metric("count")))
    assert [(str(x), y) for x, y in empty.rows(query)] == [("1970-01-02", 2), ("1970-01-03", 1)]


def test_a_day_chart_leaves_out_rows_without_a_time(empty: Engine) -> None:
    _put(empty, "sensors", (86_400, 1, 1, 1, 1), (86_401, 2, 1, 1, 1))
    _put(empty, "location", (86_400, 1, 1, 1, 1, 1))
    query = views.chart_query(_PIPELINE, Chart("c", "calendar", "data", Metric("count"), time="ts"))
    assert [(str(x), y) for x, y in empty.rows(query)] == [("1970-01-01", 1)]


def test_a_bar_chart_has_the_largest_first(empty: Engine) -> None:
    _put(empty, "sensors", (1, 1, 5, 1, 1), (1, 2, 7, 1, 1), (1, 3, 7, 1, 1), (1, 4, 1, 1, 1))
    chart = Chart("c", "bar", "sensors", Metric("sum", ("rpm",)), "id", limit=3)
    assert _rows(empty, views.chart_query(_PIPELINE, chart)) == [(2, 7), (3, 7), (1, 5)]


@contextmanager
def _made_although_warned(engine: Engine, wanted: Pipeline) -> Iterator[None]:
    output = clickhouse.generate(wanted, TEMPLATES, {})
    assert {finding.code for finding in output.findings} == {"FG413"}
    for text in in_order(output.files, [view.name for view in wanted.views]):
        for statement in sql.statements(text):
            engine.run(statement)
    yield
    engine.run("DROP DATABASE q")


def test_no_query_depends_on_names(engine: Engine) -> None:
    """Columns called like aliases, metadata, metrics, the database."""
    words = ["q", "t0", "t1", "x", "y", "e0", "r", "select", "_timestamp", "_offset", "keys", "null", "count"]
    maps = [(word, {"type": "map", "values": "int"}) for word in words]
    hostile = _stream("hostile", Role.EVENT, *maps)
    nested = {"type": "record", "name": "n", "fields": [{"name": word, "type": "int"} for word in ("keys", "q", "t0")]}
    other = _stream("other", Role.DIMENSION, ("z", nested))
    names = [column.name for column in views.columns(Pipeline("q", (hostile, other)), "hostile")]
    assert names[-4:-1] == ["_partition", "__offset", "__timestamp"]
    wanted = Pipeline(
        "q",
        (hostile, other),
        (
            JoinedView("j", "hostile", (Join("other", "latest"),), {}),
            JoinedView("a", "other", (Join("hostile", "latest-before"),), {"_timestamp": "theirs"}),
            GroupedView("g", "j", ("id",), {"q": Metric("uniqExact", ("q", "keys")), "_q": Metric("count")}),
            LatestView("l", "hostile", ("id",)),
        ),
        platforms=PLATFORMS,
    )
    with _made_although_warned(engine, wanted):
        line = '{"id": 1, "q": {"a": 1}, ' + ", ".join(f'"{word}": {{}}' for word in words[1:]) + "}"
        engine.insert("q.hostile_push", line.encode())
        engine.insert("q.other_push", b'{"id": 1, "z": {"keys": 1, "q": 2, "t0": 3}}')
        assert select(engine, "SELECT raw, error FROM q.dead_letters") == []
        (row,) = select(engine, "SELECT * FROM q.j")
        assert (list(row["q"].values()), row["z_keys"], row["z_q"], row["z_t0"]) == ([1], 1, 2, 3)
        assert _rows(engine, "SELECT id, q, _q FROM q.g") == [(1, 1, 1)]
        assert len(engine.rows("SELECT * FROM q.l")) == len(engine.rows("SELECT * FROM q.a")) == 1
        for view in ("j", "g", "l", "a", "hostile", "other"):
            made = [name for name, *_ in engine.rows(f"DESCRIBE TABLE `q`.`{view}`")]
            assert made == [column.name for column in views.columns(wanted, view)]
