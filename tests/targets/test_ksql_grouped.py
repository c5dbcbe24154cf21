"""Grouped views as ksqlDB's TABLEs: what is computed, under which names, and what is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgets import DRAWN_TEXTS
from fleetgen.errors import Severity
from fleetgen.mapping import views
from fleetgen.mapping.table import table as table_of
from fleetgen.pipeline import GroupedView, Having, Join, JoinedView, LatestView, Metric, Pipeline, Role, Stream, View
from fleetgen.strategies import schemas
from fleetgen.targets.ksql.statements import CreateQuery, Set, parse
from streams import codes, fleet, outputs, pipeline, record, stream

QUERIES = "ksql/self-managed/queries"
COUNT = {"n": Metric("count")}
DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}
UUID = {"type": "string", "logicalType": "uuid"}
MILLIS = {"type": "long", "logicalType": "timestamp-millis"}


def event(**fields: Any) -> Stream:
    return stream(record("s", id="int", **fields), key=("id",))


def dimension(**fields: Any) -> Stream:
    return stream(record("d", id="int", **fields), key=("id",), role=Role.DIMENSION)


def view(base: str, *group: str, metrics: Mapping[str, Metric] = COUNT, **settings: Any) -> GroupedView:
    return GroupedView("g", base, group, metrics, **settings)


def of(*parts: Stream | View) -> Pipeline:
    streams = [part for part in parts if isinstance(part, Stream)]
    return pipeline(*streams, views=tuple(part for part in parts if not isinstance(part, Stream)))


def table(made: Pipeline, name: str = "g") -> CreateQuery:
    setting, found = parse(outputs(made)["ksql"].files[f"{QUERIES}/{name}.sql"])
    assert setting == Set("auto.offset.reset", "earliest")
    assert isinstance(found, CreateQuery)
    assert found.kind == "TABLE"
    return found


def comments(made: Pipeline, name: str = "g") -> list[str]:
    lines = outputs(made)["ksql"].files[f"{QUERIES}/{name}.sql"].splitlines()
    return [line for line in lines[2:] if line.startswith("--")]


def test_the_fleet_s_readings_by_driver() -> None:
    found = table(fleet(), "readings_by_driver")
    assert found.name == "READINGS_BY_DRIVER"
    assert found.properties == {"KAFKA_TOPIC": "readings_by_driver", "KEY_FORMAT": "JSON", "VALUE_FORMAT": "JSON"}
    assert found.select.source == "FLEET_DATA"
    assert found.select.group == ("S.vehicle_id", "S.driver_name", "S.license_plate")
    assert list(found.select.items) == [column.name for column in views.columns(fleet(), "readings_by_driver")]
    assert found.select.items["readings"] == "COUNT(*)"
    (said,) = comments(fleet(), "readings_by_driver")
    assert said.startswith("-- Rows without driver_name or license_plate are in no group here")


def test_a_stream_is_grouped_by_its_columns() -> None:
    place = record("place", lat="double")
    made = of(event(place=place, **{"from": "string"}), view("s", "id", "from", "place_lat", ksql_name="G-1"))
    found = table(made)
    assert (found.name, found.properties["KAFKA_TOPIC"]) == ("G-1", "G-1")
    assert found.select.group == ("S.ID", "S.FROM", "S.PLACE->LAT")
    assert found.select.items == {"id": "S.ID", "from": "S.FROM", "place_lat": "S.PLACE->LAT", "n": "COUNT(*)"}
    assert comments(made) == []


@pytest.mark.parametrize(
    ("type", "expected"),
    [
        ("int", "DELIMITED"), ("long", "DELIMITED"), ("double", "DELIMITED"), ("string", "KAFKA"), ("boolean", "JSON"),
        (MILLIS, "JSON"), (DECIMAL, "JSON"), (["null", "string"], "KAFKA"), (["null", "int"], "DELIMITED"),
    ],
)  # fmt: skip
def test_a_single_key_is_the_text_that_keys_are_wherever_that_can_be(type: Any, expected: str) -> None:
    made = of(event(a=type), view("s", "a"))
    assert table(made).properties["KEY_FORMAT"] == expected
    assert bool(comments(made)) == isinstance(type, list), "only what may be null is said to be missing"


@pytest.mark.parametrize(
    ("type", "metric", "expected"),
    [
        ("int", "sum", "SUM(CAST(S.A AS BIGINT))"),
        ("long", "sum", "SUM(S.A)"),
        ("double", "sum", "SUM(S.A)"),
        (DECIMAL, "sum", "SUM(CAST(S.A AS DECIMAL(38,2)))"),
        ("int", "avg", "AVG(CAST(S.A AS BIGINT))"),
        ("float", "avg", "AVG(S.A)"),
        (DECIMAL, "avg", "AVG(CAST(S.A AS DOUBLE))"),
        ("string", "min", "MIN(S.A)"),
        (MILLIS, "max", "MAX(S.A)"),
        (DECIMAL, "max", "MAX(S.A)"),
        ("string", "uniq", "COUNT_DISTINCT(S.A)"),
    ],
)
def test_an_aggregate_gives_what_clickhouse_gives(type: Any, metric: str, expected: str) -> None:
    made = of(event(a=type), view("s", "id", metrics={"m": Metric(metric, ("a",))}))
    assert table(made).select.items["m"] == expected
    assert comments(made) == []


def test_what_is_zero_instead_of_null_is_said() -> None:
    metrics = {name: Metric(name, ("a",)) for name in ("sum", "avg", "min", "uniq")}
    made = of(event(a=["null", "int"]), view("s", "id", metrics=metrics))
    assert comments(made) == ["-- Of a group without any value this is 0, and NULL in ClickHouse: sum, avg."]


@pytest.mark.parametrize(("value", "written"), [(3, "3"), (-3, "-3"), (0.00001, "0.00001"), (2.0, "2"), (-1.5, "-1.5")])
def test_a_bound_is_a_plain_number(value: float, written: str) -> None:
    having = Having("m", ">=", value)
    made = of(event(a="long"), view("s", "id", metrics={"m": Metric("sum", ("a",))}, having=having))
    assert table(made).select.having == f"SUM(S.A)>={written}"


def test_the_newest_rows_of_a_dimension_are_counted_and_summed() -> None:
    metrics = COUNT | {"total": Metric("sum", ("a",)), "mean": Metric("avg", ("a",))}
    found = table(of(dimension(a="long", kind="string"), view("d", "kind", metrics=metrics)))
    assert (found.select.source, found.select.items["n"]) == ("D", "COUNT(*)")


def joined(*parts: Stream | View) -> Pipeline:
    return of(event(a="int"), dimension(title="string"), JoinedView("v", "s", (Join("d", "latest"),), {}), *parts)


def test_a_joined_view_is_grouped_by_its_own_names() -> None:
    made = joined(view("v", "title", metrics={"m": Metric("max", ("_timestamp",)), "k": Metric("min", ("id",))}))
    assert table(made).select.items == {"title": "S.title", "m": "MAX(S._timestamp)", "k": "MIN(S.id)"}
    assert table(made).properties["KEY_FORMAT"] == "KAFKA"
    assert comments(made)[0].startswith("-- Rows without title are in no group here")


UNKEYED = stream(record("d", id="bytes"), key=("id",), role=Role.DIMENSION)
LEFT_OUT = [
    (of(event(a="int"), view("s", "id", metrics={"m": Metric("median", ("a",))})), "has median(a), which is none of"),
    (of(event(a="int"), view("s", "id", metrics={"m": Metric("uniqExact", ("a",))})), "has uniqExact(a), which is exa"),
    (of(event(a="int"), view("s", "id", metrics={"m": Metric("uniq", ("a", "id"))})), "has uniq(a, id), which is ove"),
    (of(event(a=UUID), view("s", "id", metrics={"m": Metric("min", ("a",))})), "has min(a), which is over a VARCHAR"),
    (of(event(a="boolean"), view("s", "id", metrics={"m": Metric("sum", ("a",))})), "has sum(a), which is over a BOOL"),
    (of(event(a="bytes"), view("s", "id", metrics={"m": Metric("max", ("a",))})), "has max(a), which is over a BYTES"),
    (of(event(a=MILLIS), view("s", "id", metrics={"m": Metric("avg", ("a",))})), "has avg(a), which is over a TIMEST"),
    (of(dimension(a="int"), view("d", "id", metrics={"m": Metric("max", ("a",))})), "has max(a), which is over the ne"),
    (of(dimension(a="int"), view("d", "id", metrics={"m": Metric("uniq", ("a",))})), "has uniq(a), which is over the "),
    (of(event(a={"type": "array", "items": "int"}), view("s", "a")), "groups by 'a', which is no single value"),
    (of(event(a="null"), view("s", "id")), "starts from 's', which ksqlDB does not have"),
    (of(UNKEYED, view("d", "id")), "starts from the dimension"),
    (joined(view("v", "title"), GroupedView("h", "g", ("title",), COUNT)), "starts from 'g', which ksqlDB does not"),
    (joined(LatestView("l", "s", ("id",)), view("l", "id")), "starts from 'l', which ksqlDB does not have"),
    (of(event(), view("s", "id", metrics={"ROWTIME": Metric("count")})), "has a column of the name 'ROWTIME'"),
]  # fmt: skip


@pytest.mark.parametrize(("made", "said"), LEFT_OUT, ids=[said[:30] for _, said in LEFT_OUT])
def test_what_ksqldb_cannot_compute_is_left_out_and_said(made: Pipeline, said: str) -> None:
    output = outputs(made)["ksql"]
    (finding,) = [finding for finding in output.findings if finding.code == "FG460"]
    assert finding.severity is Severity.WARNING
    name = finding.message.split()[1]
    assert finding.message.startswith(f"view {name} {said}")
    assert finding.message.endswith(": it is left out of ksqlDB")
    assert f"{QUERIES}/{name}.sql" not in output.files


def test_a_view_that_is_left_out_takes_no_name() -> None:
    other = stream(record("x", a="int"), topic="g")
    metrics = {"m": Metric("median", ("a",))}
    assert codes(outputs(of(event(a="int"), other, view("s", "id", metrics=metrics)))["ksql"]) == ["FG460"]


def test_two_of_one_name_are_an_error() -> None:
    other = stream(record("x", a="int"), topic="g")
    output = outputs(of(event(a="int"), other, view("s", "id")))["ksql"]
    assert codes(output) == ["FG435"]
    assert f"{QUERIES}/g.sql" not in output.files


@settings(max_examples=DRAWN_TEXTS)
@given(schemas(), st.data())
def test_whatever_the_schema_a_group_reads_back_or_is_said_to_be_missing(
    schema: dict[str, Any], data: st.DataObject
) -> None:
    base = stream(schema)
    names = [column.name for column in table_of(pipeline(base), base.name).columns]
    group = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    function = data.draw(st.sampled_from(["count", "sum", "avg", "min", "max", "uniq"]))
    metric = Metric(function, () if function == "count" else (data.draw(st.sampled_from(names)),))
    made = of(base, view(base.name, *group, metrics={"measured": metric}))
    output = outputs(made)["ksql"]
    if f"{QUERIES}/g.sql" not in output.files:
        assert {"FG460", "FG435"} & set(codes(output))
        return
    found = table(made)
    assert list(found.select.items) == [*group, "measured"]
    assert len(found.select.group) == len(group)
