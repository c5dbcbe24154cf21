"""The Superset bundle: valid for the importer, the same uuids for ever, and text that reads back as it was written."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jinja2
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import bundle
from fleetgen import sql
from fleetgen.model import (
    ArrayType,
    EnumType,
    Field,
    Logical,
    LogicalType,
    MapType,
    Primitive,
    PrimitiveType,
    RecordType,
    UnionType,
)
from fleetgen.pipeline import Chart, GroupedView, Having, Join, JoinedView, LatestView, Metric, Pipeline, Role, Stream
from fleetgen.quoting import to_yaml, yaml_comment
from fleetgen.targets import clickhouse, preset
from fleetgen.targets.base import Output
from fleetgen.targets.clickhouse.engine import Engine
from fleetgen.targets.preset import charts, paths, types
from fleetgen.templating import Templates

INT, LONG, DOUBLE, STRING = (PrimitiveType(Primitive(kind)) for kind in ("int", "long", "double", "string"))
MILLIS = LogicalType(Logical.TIMESTAMP_MILLIS, LONG)
COUNT = Metric("count")

HOSTILE = [
    "",
    "plain",
    'it\'s "quoted" `here` \\ \\u0041 \\ud83d',
    "{{ env }} {% raw %} {# no #} }} %} {{{ {{{{",
    "${env:HOME} ${profile:x} $x",
    "yes",
    "null",
    "1e3",
    "2026-01-01",
    "- a: b # c",
    "line\nnext\r\n\ttab \u0085\u2028\u2029 end",
    "\x00\x01\x1b\x7f\x9f",
    "größer 😀 \U0010ffff \ufeff",
    "<script>alert(1)</script> */ -- ;",
    "x" * 3000,
]


def stream(name: str, *fields: Field, **more: Any) -> Stream:
    return Stream(name, RecordType(name, "n", fields, doc=more.pop("doc", "")), topic=name, **more)


def fleet() -> Pipeline:
    vehicle = Field("vehicle_id", INT, doc="the vehicle")
    place = RecordType("location", "fleet_mgmt", (Field("latitude", DOUBLE), Field("longitude", DOUBLE)))
    return Pipeline(
        database="fleet",
        streams=(
            stream(
                "fleet_mgmt_description",
                vehicle,
                Field("driver_name", STRING),
                Field("license_plate", STRING),
                role=Role.DIMENSION,
                key=("vehicle_id",),
            ),
            stream(
                "fleet_mgmt_location",
                vehicle,
                Field("location", place),
                Field("ts", MILLIS),
                key=("vehicle_id",),
                time="ts",
            ),
            stream(
                "fleet_mgmt_sensors",
                vehicle,
                Field("engine_temperature", INT),
                Field("average_rpm", INT),
                key=("vehicle_id",),
                doc="Sensor readings.",
            ),
        ),
        views=(
            JoinedView(
                "fleet_mgmt_data",
                "fleet_mgmt_sensors",
                (Join("fleet_mgmt_location", "latest-before"), Join("fleet_mgmt_description", "latest")),
                {"location_latitude": "latitude", "location_longitude": "longitude"},
            ),
            GroupedView("readings_by_driver", "fleet_mgmt_data", ("vehicle_id", "driver_name"), {"readings": COUNT}),
            LatestView("last_location", "fleet_mgmt_location", ("vehicle_id",)),
            GroupedView(
                "vehicles_at_many_locations",
                "fleet_mgmt_location",
                ("vehicle_id",),
                {"locations": Metric("uniqExact", ("location_latitude", "location_longitude"))},
                Having("locations", ">", 1),
            ),
        ),
        charts=(
            Chart("Data ingestion over time", "time-bar", "fleet_mgmt_data", COUNT),
            Chart("Top 10 sensor readings by driver", "bar", "fleet_mgmt_data", COUNT, dimension="driver_name"),
            Chart("Readings per day", "calendar", "fleet_mgmt_data", COUNT),
        ),
    )


def render(pipeline: Pipeline) -> Output:
    return preset.generate(pipeline, Templates(), {})


def asset(output: Output, path: str) -> Any:
    return yaml.safe_load(output.files[f"preset/{path}"])


def test_fleet_is_a_valid_bundle() -> None:
    output = render(fleet())
    assert bundle.faults(output.files) == []
    assert output.findings == []
    assert sorted(output.files) == [
        "preset/charts/data_ingestion_over_time.yaml",
        "preset/charts/dead_letters.yaml",
        "preset/charts/latest_locations.yaml",
        "preset/charts/readings_per_day.yaml",
        "preset/charts/top_10_sensor_readings_by_driver.yaml",
        "preset/dashboards/fleet.yaml",
        "preset/databases/fleet.yaml",
        "preset/datasets/fleet/dead_letters.yaml",
        "preset/datasets/fleet/fleet_mgmt_data.yaml",
        "preset/datasets/fleet/fleet_mgmt_description.yaml",
        "preset/datasets/fleet/fleet_mgmt_location.yaml",
        "preset/datasets/fleet/fleet_mgmt_sensors.yaml",
        "preset/datasets/fleet/last_location.yaml",
        "preset/datasets/fleet/readings_by_driver.yaml",
        "preset/datasets/fleet/vehicles_at_many_locations.yaml",
        "preset/metadata.yaml",
    ]
    assert set(output.origins) == set(output.files)
    assert all(text.endswith("\n") and not text.endswith("\n\n") and "\r" not in text for text in output.files.values())
    assert all(text.startswith("# Generated by fleetgen from ") for text in output.files.values())


def test_ids_are_for_ever() -> None:
    """Superset finds people's charts by these: a change here is a change for every user."""
    output = render(fleet())
    uuids = {path: asset["uuid"] for path, asset in bundle.load(output.files).items() if "uuid" in asset}
    assert uuids == {
        "preset/databases/fleet.yaml": "2bf7656c-20be-523f-be64-ee56eeedec97",
        "preset/datasets/fleet/fleet_mgmt_description.yaml": "0c0b42bc-72f6-5ed8-8536-9dd3cc614e87",
        "preset/datasets/fleet/fleet_mgmt_location.yaml": "36dab86f-dcbd-5c30-adfe-51863abb9e81",
        "preset/datasets/fleet/fleet_mgmt_sensors.yaml": "98248240-2c53-57f3-8bc7-3623d4c30f2c",
        "preset/datasets/fleet/fleet_mgmt_data.yaml": "dcd96885-0a64-52a7-ad38-e9cf46ee6ad4",
        "preset/datasets/fleet/readings_by_driver.yaml": "2ccbc1d3-2538-5e91-b3fc-2f8aa88eb212",
        "preset/datasets/fleet/last_location.yaml": "1a0e378c-86cb-59d9-9bbb-e44cfc2a7c9d",
        "preset/datasets/fleet/vehicles_at_many_locations.yaml": "be72ed61-0d22-570d-90c4-995c11d8a64b",
        "preset/charts/data_ingestion_over_time.yaml": "071ae355-7103-53df-943c-520d054903c5",
        "preset/charts/top_10_sensor_readings_by_driver.yaml": "fe3bc54e-e861-57a7-8699-a3d25ace119c",
        "preset/charts/readings_per_day.yaml": "8d2f131c-0ffd-53c1-9f3d-1a3466171a88",
        "preset/charts/dead_letters.yaml": "073b655e-80dc-5116-8eca-118fd320eaeb",
        "preset/charts/latest_locations.yaml": "56af40e1-d9a3-514b-a969-57136290eda3",
        "preset/datasets/fleet/dead_letters.yaml": "50b9cf0e-4a8a-5f83-b252-733d74804d53",
        "preset/dashboards/fleet.yaml": "e6e726de-8418-58b8-bdc8-93c91a9690d1",
    }


def test_database_holds_no_secret() -> None:
    database = asset(render(fleet()), "databases/fleet.yaml")
    assert database["sqlalchemy_uri"] == "clickhousedb://fleetgen:XXXXXXXXXX@clickhouse:8123/fleet"
    assert database["allow_file_upload"] is False
    assert "password" not in database


def test_columns_say_what_they_are() -> None:
    dataset = asset(render(fleet()), "datasets/fleet/fleet_mgmt_location.yaml")
    columns = {column["column_name"]: column for column in dataset["columns"]}
    assert dataset["main_dttm_col"] == "_timestamp"
    assert columns["vehicle_id"]["description"] == "the vehicle"
    assert columns["ts"]["type"] == "DateTime64(3, 'UTC')"
    assert [name for name, column in columns.items() if column["is_dttm"]] == ["ts", "_timestamp", "_ingested_at"]
    assert render(fleet()).types["fleet_mgmt_location"] == {
        "vehicle_id": "Int32",
        "location.latitude": "Float64",
        "location.longitude": "Float64",
        "ts": "DateTime64(3, 'UTC')",
    }


def test_a_dimension_counts_the_newest_row_of_a_key() -> None:
    output = render(fleet())
    description = asset(output, "datasets/fleet/fleet_mgmt_description.yaml")
    assert description["sql"] == "SELECT * FROM `fleet`.`fleet_mgmt_description` FINAL"
    assert asset(output, "datasets/fleet/fleet_mgmt_sensors.yaml")["sql"] is None


def test_a_view_may_rename_the_time() -> None:
    view = JoinedView("v", "s", (), {"_timestamp": "heard"})
    pipeline = Pipeline("db", (stream("s", Field("f", INT)),), (view,), (Chart("c", "calendar", "v", COUNT),))
    output = render(pipeline)
    assert bundle.faults(output.files) == []
    assert asset(output, "datasets/db/v.yaml")["main_dttm_col"] == "heard"
    assert asset(output, "charts/c.yaml")["params"]["granularity_sqla"] == "heard"


def test_metrics_are_counts_and_numbers_that_are_no_keys() -> None:
    dataset = asset(render(fleet()), "datasets/fleet/fleet_mgmt_sensors.yaml")
    assert {metric["metric_name"]: metric["expression"] for metric in dataset["metrics"]} == {
        "count": "COUNT(*)",
        "avg(engine_temperature)": "avg(`engine_temperature`)",
        "max(engine_temperature)": "max(`engine_temperature`)",
        "avg(average_rpm)": "avg(`average_rpm`)",
        "max(average_rpm)": "max(`average_rpm`)",
    }
    grouped = asset(render(fleet()), "datasets/fleet/readings_by_driver.yaml")
    assert [metric["metric_name"] for metric in grouped["metrics"]] == ["count", "avg(readings)", "max(readings)"]
    assert grouped["main_dttm_col"] is None


def test_a_union_has_the_types_of_all_its_columns() -> None:
    field = Field("u", UnionType((PrimitiveType(Primitive.NULL), INT, STRING)))
    output = render(Pipeline("db", (stream("s", field),)))
    assert output.types == {"s": {"u": "u_int Nullable(Int32), u_string Nullable(String)"}}


@pytest.mark.parametrize("text", HOSTILE)
def test_text_reads_back(text: str) -> None:
    name = (text or "empty")[:250]
    pipeline = Pipeline(
        "db",
        (stream("s", Field("f", INT, doc=text), doc=text),),
        charts=(Chart(name, "time-bar", "s", COUNT), Chart(f"{name[:248]} 2", "bar", "s", COUNT, dimension="f")),
    )
    output = render(pipeline)
    assert bundle.faults(output.files) == []
    dataset = asset(output, "datasets/db/s.yaml")
    assert dataset["description"] == (text or None)
    assert dataset["columns"][0]["description"] == (text or None)
    charts = [found for path, found in bundle.load(output.files).items() if bundle.kind(path) == "chart"]
    assert {chart["slice_name"] for chart in charts} == {name, f"{name[:248]} 2", "Dead letters"}
    position = asset(output, "dashboards/db.yaml")["position"]
    assert position["CHART-1"]["meta"]["sliceName"] == name
    for path, rendered in output.files.items():
        assert jinja2.Template(rendered, keep_trailing_newline=True).render() == rendered, path


@given(
    st.recursive(
        st.text() | st.booleans() | st.none() | st.integers(),
        lambda v: st.lists(v) | st.dictionaries(st.text(max_size=9), v),
    )
)
def test_yaml_filter_reads_back(value: Any) -> None:
    text = to_yaml(value)
    assert text.isascii()
    assert yaml.safe_load(f"a: {text}\n") == {"a": value}
    assert jinja2.Template(text).render() == text


@given(st.text())
def test_yaml_comment_stays_a_comment(text: str) -> None:
    line = f"# {yaml_comment(text)}"
    assert yaml.safe_load(f"{line}\na: 1\n") == {"a": 1}
    assert line.isprintable()
    assert jinja2.Template(line).render() == line


def test_charts_of_one_slug_have_two_files() -> None:
    assert paths.slugs(["Top 10", "top-10", "top 10 2", "TOP_10!", "Größe", "日本", "", "x" * 300]) == [
        "top_10",
        "top_10_2",
        "top_10_2_2",
        "top_10_3",
        "gr_e",
        "chart",
        "chart_2",
        "x" * 80,
    ]


def test_names_that_the_importer_would_skip() -> None:
    output = render(Pipeline("_db", (stream("_s", Field("f", INT)),), charts=(Chart("_c", "time-bar", "_s", COUNT),)))
    assert bundle.faults(output.files) == []
    assert asset(output, "datasets/_db/0_s.yaml")["table_name"] == "_s"
    assert asset(output, "databases/0_db.yaml")["database_name"] == "_db"


def test_columns_that_bear_our_names() -> None:
    fields = [Field(name, STRING) for name in ("_timestamp", "count", "Day", "Day_", "from", "select")]
    charts = (
        Chart("a", "time-bar", "s", COUNT),
        Chart("b", "calendar", "s", Metric("uniqExact", ("count", "from"))),
        Chart("c", "bar", "s", COUNT, dimension="select"),
    )
    output = render(Pipeline("db", (stream("s", *fields),), charts=charts))
    assert bundle.faults(output.files) == []
    assert output.findings == []
    assert asset(output, "datasets/db/s.yaml")["main_dttm_col"] == "__timestamp"
    bar = asset(output, "charts/a.yaml")["params"]
    assert bar["x_axis"] == {"expressionType": "SQL", "sqlExpression": "__timestamp", "label": "Day__"}
    assert bar["metrics"] == ["count()"]
    assert asset(output, "charts/b.yaml")["params"]["metrics"] == ["uniqExact(count, from)"]


def test_a_stream_that_clickhouse_left_out() -> None:
    """Two fields would be one column: no table, so nothing here that reads it."""
    pipeline = fleet()
    location = pipeline.streams[1]
    broken = replace(location.record, fields=(*location.record.fields, Field("location_latitude", DOUBLE)))
    streams = (pipeline.streams[0], replace(location, record=broken), pipeline.streams[2])
    output = render(replace(pipeline, streams=streams))
    assert bundle.faults(output.files) == []
    assert sorted(output.types) == ["fleet_mgmt_description", "fleet_mgmt_sensors"]
    assert [finding.message for finding in output.findings] == [
        "the view fleet_mgmt_data has no table in ClickHouse: it has no dataset",
        "the view readings_by_driver has no table in ClickHouse: it has no dataset",
        "the view last_location has no table in ClickHouse: it has no dataset",
        "the view vehicles_at_many_locations has no table in ClickHouse: it has no dataset",
        "the chart 'Data ingestion over time' is left out: fleet_mgmt_data has no dataset",
        "the chart 'Top 10 sensor readings by driver' is left out: fleet_mgmt_data has no dataset",
        "the chart 'Readings per day' is left out: fleet_mgmt_data has no dataset",
    ]
    assert {finding.code for finding in output.findings} == {"FG440"}
    assert "preset/dashboards/fleet.yaml" not in output.files


@pytest.mark.parametrize(
    ("chart", "code", "message"),
    [
        (
            Chart("c", "bar", "fleet_mgmt_data", COUNT, dimension="driver"),
            "FG442",
            "chart 'c' asks for 'driver', which 'fleet_mgmt_data' does not have",
        ),
        (
            Chart("c", "time-bar", "fleet_mgmt_data", Metric("sum", ("rpm",))),
            "FG442",
            "chart 'c' asks for 'rpm', which 'fleet_mgmt_data' does not have",
        ),
        (
            Chart("c", "calendar", "readings_by_driver", COUNT),
            "FG442",
            "chart 'c' counts days of 'readings_by_driver', where there is no '_timestamp'",
        ),
        (
            Chart("c", "time-bar", "fleet_mgmt_data", COUNT, time="average_rpm"),
            "FG442",
            "chart 'c' counts days of 'fleet_mgmt_data', where 'average_rpm' is Int32, no date or time",
        ),
        (
            Chart("Readings per day", "calendar", "fleet_mgmt_data", COUNT),
            "FG443",
            "two charts are called 'Readings per day': Superset would have one",
        ),
        (
            Chart("n" * 251, "calendar", "fleet_mgmt_data", COUNT),
            "FG441",
            f"the chart name '{'n' * 251}' is longer than the 250 characters that Superset keeps: left out",
        ),
    ],
)
def test_a_chart_that_cannot_be(chart: Chart, code: str, message: str) -> None:
    pipeline = fleet()
    output = render(replace(pipeline, charts=(*pipeline.charts, chart)))
    assert [(finding.code, finding.message) for finding in output.findings] == [(code, message)]
    assert bundle.faults(output.files) == []
    assert output.files == render(pipeline).files


def test_names_that_are_too_long() -> None:
    pipeline = Pipeline("db", (stream("s" * 251, Field("f", INT)), stream("t", Field("f" * 256, INT))))
    output = render(pipeline)
    assert [finding.code for finding in output.findings] == ["FG441", "FG441"]
    assert sorted(output.files) == ["preset/databases/db.yaml", "preset/metadata.yaml"]
    assert bundle.faults(render(Pipeline("db", (stream("s" * 250, Field("f" * 255, INT)),))).files) == []


def test_a_calendar_stands_alone_and_a_last_chart_is_wide() -> None:
    kinds = ["calendar", "time-bar", "time-bar", "time-bar", "calendar", "calendar"]
    charts = tuple(Chart(f"c{n}", kind, "s", COUNT) for n, kind in enumerate(kinds))
    output = render(Pipeline("db", (stream("s", Field("f", INT)),), charts=charts))
    assert bundle.faults(output.files) == []
    position = asset(output, "dashboards/db.yaml")["position"]
    rows = [position[row]["children"] for row in position["GRID_ID"]["children"]]
    assert rows == [["CHART-1"], ["CHART-2", "CHART-3"], ["CHART-4"], ["CHART-5"], ["CHART-6"], ["CHART-7"]]


def test_query_context_asks_what_the_chart_shows() -> None:
    chart = asset(render(fleet()), "charts/top_10_sensor_readings_by_driver.yaml")
    (query,) = json.loads(chart["query_context"])["queries"]
    assert query["columns"] == ["driver_name"]
    assert query["row_limit"] == chart["params"]["row_limit"] == 10
    calendar = asset(render(fleet()), "charts/readings_per_day.yaml")
    (query,) = json.loads(calendar["query_context"])["queries"]
    assert query["time_range"] == calendar["params"]["time_range"] == charts.CALENDAR_RANGE


@pytest.mark.parametrize(
    ("type", "temporal", "numeric", "scalar"),
    [
        ("Int32", False, True, True),
        ("Nullable(UInt64)", False, True, True),
        ("Decimal(9, 2)", False, True, True),
        ("Float64", False, True, True),
        ("IntervalDay", False, False, True),
        ("Date32", True, False, True),
        ("Nullable(DateTime64(9, 'UTC'))", True, False, True),
        ("LowCardinality(Nullable(String))", False, False, True),
        ("Array(Int32)", False, False, False),
        ("Map(String, DateTime)", False, False, False),
        ("Array(Tuple(is_set Bool, a Nullable(Int32)))", False, False, False),
        ("UUID", False, False, True),
    ],
)
def test_types(type: str, temporal: bool, numeric: bool, scalar: bool) -> None:
    assert (types.is_temporal(type), types.is_numeric(type), types.is_scalar(type)) == (temporal, numeric, scalar)


def test_nested_columns_are_neither_grouped_nor_filtered() -> None:
    fields = (Field("a", ArrayType(INT)), Field("m", MapType(STRING)), Field("n", INT))
    dataset = asset(render(Pipeline("db", (stream("s", *fields),))), "datasets/db/s.yaml")
    columns = {column["column_name"]: (column["groupby"], column["filterable"]) for column in dataset["columns"]}
    assert (columns["a"], columns["m"], columns["n"]) == ((False, False), (False, False), (True, True))


def points(pipeline: Pipeline) -> dict[str, Any] | None:
    output = render(pipeline)
    assert bundle.faults(output.files) == []
    path = "charts/latest_locations.yaml"
    return dict(asset(output, path)["params"]) if f"preset/{path}" in output.files else None


def test_the_latest_locations_are_points_of_longitude_and_latitude() -> None:
    params = points(fleet())
    assert params is not None
    assert (params["viz_type"], params["entity"]) == ("bubble_v2", "vehicle_id")
    assert params["x"]["sqlExpression"] == "max(`location_longitude`)"
    assert params["y"]["sqlExpression"] == "max(`location_latitude`)"


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("latitude", "longitude"), True),
        (("LAT", "LON"), True),
        (("home_lat", "home_lng"), True),
        (("from_lat", "to_lon"), False),
        (("lat", "altitude"), False),
        (("plate", "balloon"), False),
        (("Latitude", "Longitude"), True),  # the labels are taken
    ],
)
def test_where_things_are_is_told_by_names(names: tuple[str, str], found: bool) -> None:
    fields = (Field("car", INT), *(Field(name, DOUBLE) for name in names))
    spots, latest = stream("s", *fields, key=("car",)), LatestView("l", "s", ("car",))
    charts = (Chart("c", "time-bar", "s", COUNT),)
    assert (points(Pipeline("db", (spots,), (latest,), charts)) is not None) == found
    assert (points(Pipeline("db", (spots,), (), charts)) is not None) == found
    assert points(Pipeline("db", (replace(spots, key=()),), (), charts)) is None  # of no thing
    dimension = stream("s", *fields, key=("car",), role=Role.DIMENSION)
    assert (points(Pipeline("db", (dimension,), (), charts)) is not None) == found


def test_things_of_two_keys_are_one_point_each() -> None:
    fields = (Field("fleet", STRING), Field("car", INT), Field("lat", DOUBLE), Field("lon", DOUBLE))
    view = LatestView("l", "s", ("fleet", "car"))
    params = points(Pipeline("db", (stream("s", *fields),), (view,), (Chart("c", "time-bar", "s", COUNT),)))
    assert params is not None
    assert params["entity"]["sqlExpression"] == "concat(toString(`fleet`), ' ', toString(`car`))"


def test_text_is_no_place() -> None:
    fields = (Field("car", INT), Field("lat", STRING), Field("lon", STRING))
    view = LatestView("l", "s", ("car",))
    assert points(Pipeline("db", (stream("s", *fields),), (view,), (Chart("c", "time-bar", "s", COUNT),))) is None


def test_whoever_names_a_chart_like_ours_has_theirs() -> None:
    pipeline = Pipeline("db", (stream("s", Field("f", INT)),), charts=(Chart("Dead letters", "time-bar", "s", COUNT),))
    output = render(pipeline)
    assert bundle.faults(output.files) == []
    assert asset(output, "charts/dead_letters.yaml")["viz_type"] == "echarts_timeseries_bar"


def test_without_charts_there_is_no_dashboard_and_no_dead_letters() -> None:
    output = render(replace(fleet(), charts=()))
    assert not any("dashboards" in path or "dead_letters" in path for path in output.files)


def test_filters_are_time_and_what_has_few_values() -> None:
    symbols = EnumType("colour", "n", ("RED", "BLUE"))
    flag = PrimitiveType(Primitive.BOOLEAN)
    fields = (Field("colour", symbols), Field("open", flag), Field("name", STRING), Field("driver", STRING))
    charts = (Chart("a", "time-bar", "s", COUNT), Chart("b", "bar", "s", COUNT, dimension="driver"))
    output = render(Pipeline("db", (stream("s", *fields),), charts=charts))
    assert bundle.faults(output.files) == []
    filters = asset(output, "dashboards/db.yaml")["metadata"]["native_filter_configuration"]
    assert [(each["name"], each["filterType"]) for each in filters] == [
        ("Time", "filter_time"),
        ("colour", "filter_select"),
        ("open", "filter_select"),
        ("driver", "filter_select"),
    ]
    assert filters[1]["targets"] == [
        {"datasetUuid": asset(output, "datasets/db/s.yaml")["uuid"], "column": {"name": "colour"}}
    ]


def test_the_columns_of_dead_letters_are_those_of_the_table(engine: Engine) -> None:
    pipeline = replace(fleet(), platforms={"clickhouse": ("embedded",)})
    text = clickhouse.generate(pipeline, Templates(), {}).files["clickhouse/embedded/database.sql"]
    for statement in sql.statements(text):
        engine.run(statement)
    described = engine.rows("DESCRIBE TABLE `fleet`.`dead_letters`")
    columns = asset(render(fleet()), "datasets/fleet/dead_letters.yaml")["columns"]
    assert [(each["column_name"], each["type"], each["description"]) for each in columns] == [
        (row[0], row[1], row[4]) for row in described
    ]


def test_of_an_event_the_newest_place_counts(engine: Engine) -> None:
    fields = (Field("car", INT), Field("lat", DOUBLE), Field("lon", DOUBLE))
    params = points(Pipeline("db", (stream("s", *fields, key=("car",)),), (), (Chart("c", "time-bar", "s", COUNT),)))
    assert params is not None
    asked = ", ".join(f"{params[axis]['sqlExpression']} AS {params[axis]['label']}" for axis in ("x", "y", "size"))
    rows = "(1, 50., 8., '2026-01-02'), (1, 60., 9., '2026-01-01'), (2, -33., 151., '2026-01-01')"
    values = f"values('car Int32, lat Float64, lon Float64, _timestamp DateTime64(3)', {rows})"
    found = engine.rows(f"SELECT {params['entity']}, {asked} FROM {values} GROUP BY car ORDER BY car")
    assert [tuple(row) for row in found] == [(1, 8.0, 50.0, 2), (2, 151.0, -33.0, 1)]
