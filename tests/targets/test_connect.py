from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from engine import DATABASE, store
from fleetgen.errors import FleetgenError, Severity
from fleetgen.pipeline import Format, Pipeline, Source, Stream
from fleetgen.targets import connect
from fleetgen.targets.base import Output
from fleetgen.targets.clickhouse.engine import Engine
from fleetgen.templating import Templates
from streams import HOSTILE, codes, fleet, outputs, pipeline, record, stream

# What the connector, its converters and every Connect worker read; anything else would be ignored in silence.
SOURCE_KEYS = {
    "connector.class", "tasks.max", "kafka.topic", "max.interval", "iterations", "schema.string", "schema.keyfield",
    "key.converter", "value.converter", "value.converter.schemas.enable", "value.converter.decimal.format",
}  # fmt: skip


# What the managed connectors of Confluent Cloud document, as far as fleetgen sets it; transforms beside it.
CLOUD_SOURCE_KEYS = {
    "connector.class", "tasks.max", "kafka.auth.mode", "kafka.api.key", "kafka.api.secret", "kafka.service.account.id",
    "kafka.topic", "max.interval", "schema.string", "schema.keyfield", "output.data.format",
    "value.converter.schemas.enable", "value.converter.decimal.format",
}  # fmt: skip
CLOUD_SINK_KEYS = {
    "connector.class", "tasks.max", "kafka.auth.mode", "kafka.api.key", "kafka.api.secret", "kafka.service.account.id",
    "topics", "topic2TableMap", "hostname", "port", "ssl", "username", "password", "database", "input.key.format",
    "input.data.format", "value.converter.schemas.enable", "value.converter.decimal.format", "clickhouseSettings",
    "errors.tolerance", "errors.deadletterqueue.topic.name", "errors.deadletterqueue.context.headers.enable",
}  # fmt: skip
CLOUD_TRANSFORMS = {
    f"org.apache.kafka.connect.transforms.{name}$Value" for name in ("InsertField", "TimestampConverter")
}


def connectors(of: Pipeline, platform: str = "self-managed") -> dict[str, Any]:
    files = outputs(of)["connect"].files
    folder = f"connect/{platform}/"
    return {path.removeprefix(folder): json.loads(text) for path, text in files.items() if path.startswith(folder)}


def one(schema: dict[str, Any], **settings: Any) -> Pipeline:
    return pipeline(stream(schema, **settings))


def test_the_fleet_has_a_source_and_a_sink_a_stream() -> None:
    made = connectors(fleet())
    names = [
        f"fleet_mgmt_{name}-{kind}" for name in ("description", "location", "sensors") for kind in ("source", "sink")
    ]
    assert list(made) == [f"{name}.json" for name in names]
    assert [each["name"] for each in made.values()] == names
    for each in made.values():
        assert each.keys() == {"name", "config"}
        assert all(isinstance(value, str) for value in each["config"].values())


def test_a_source_holds_the_schema_itself() -> None:
    config = connectors(fleet())["fleet_mgmt_location-source.json"]["config"]
    assert config.keys() <= SOURCE_KEYS
    location = json.loads(config.pop("schema.string"))["fields"][1]
    assert "arg.properties" not in location, "Datagen does not read it there"
    assert len(location["type"]["arg.properties"]["options"]) == 30
    assert config == {
        "connector.class": "io.confluent.kafka.connect.datagen.DatagenConnector",
        "tasks.max": "1",
        "kafka.topic": "fleet_mgmt_location",
        "max.interval": "1000",
        "schema.keyfield": "vehicle_id",
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "false",
        "value.converter.decimal.format": "NUMERIC",
    }


def test_a_source_has_the_settings_of_its_stream() -> None:
    source = Source(max_interval=10, iterations=7, tasks=2)
    config = connectors(one(record("s", a="int"), topic="t", source=source))["s-source.json"]["config"]
    assert config.keys() <= SOURCE_KEYS
    wanted = {"tasks.max": "2", "max.interval": "10", "iterations": "7", "kafka.topic": "t"}
    assert wanted.items() <= config.items()
    assert "schema.keyfield" not in config


def test_a_sink_fills_the_push_landing() -> None:
    config = connectors(pipeline(stream(record("s", a="int"), topic="t"), database="fleet"))["s-sink.json"]["config"]
    wanted = {
        "connector.class": "com.clickhouse.kafka.connect.ClickHouseSinkConnector",
        "topics": "t",
        "topic2TableMap": "t=s_push",
        "database": "fleet",
        "errors.tolerance": "all",
        "errors.deadletterqueue.topic.name": "s-sink-dead-letters",
    }
    assert wanted.items() <= config.items()
    settings = dict(pair.split("=") for pair in config["clickhouseSettings"].split(","))
    assert settings == {
        "input_format_skip_unknown_fields": "0",
        "input_format_json_ignore_unknown_keys_in_named_tuple": "0",
        "input_format_column_name_matching_mode": "match_case",
    }


def test_references_are_whole_values_and_every_secret_is_one() -> None:
    config = connectors(one(record("s", a="int")))["s-sink.json"]["config"]
    references = {key: value for key, value in config.items() if "${" in value}
    assert references == {
        "hostname": "${profile:clickhouse.host}",
        "port": "${profile:clickhouse.port}",
        "ssl": "${profile:clickhouse.ssl}",
        "username": "${profile:clickhouse.user}",
        "password": "${profile:clickhouse.password}",
    }


def meta_fields(config: dict[str, str]) -> list[str]:
    keys = [f"transforms.meta.{part}.field" for part in ("topic", "partition", "offset", "timestamp")]
    assert config["transforms.time.field"] == config[keys[-1]]
    return [*(config[key] for key in keys), config["transforms.key.field"]]


def test_the_message_s_own_columns_make_way_for_the_fields() -> None:
    plain = connectors(one(record("s", a="int")))["s-sink.json"]["config"]
    assert meta_fields(plain) == ["_topic", "_partition", "_offset", "_timestamp", "_key"]
    taken = connectors(one(record("s", _topic="int", _timestamp="long", __timestamp="int", _key="int")))
    assert meta_fields(taken["s-sink.json"]["config"]) == ["__topic", "_partition", "_offset", "___timestamp", "__key"]


def test_every_transform_and_predicate_named_is_described() -> None:
    config = connectors(one(record("s", a="int")))["s-sink.json"]["config"]
    for name in config["transforms"].split(","):
        assert f"transforms.{name}.type" in config
        predicate = config.get(f"transforms.{name}.predicate")
        assert predicate is None or f"predicates.{predicate}.type" in config


def transformed(config: dict[str, str], message: dict[str, Any]) -> dict[str, Any]:
    """What the sink's transforms make of a message with key 1000 in s, partition 2, offset 7, at 1609459200123 ms."""
    assert config["transforms.time.format"] == "yyyy-MM-dd HH:mm:ss.SSS"
    topic, partition, offset, time, key = meta_fields(config)
    return message | {topic: "s", partition: 2, offset: 7, time: "2021-01-01 00:00:00.123", key: "1000"}


@pytest.mark.parametrize("fields", [{}, {"_timestamp": "long", "_key": "int", "_offset": "int"}])
def test_what_the_sink_sends_lands_with_the_message_s_own_time(engine: Engine, fields: dict[str, str]) -> None:
    """The sink cannot run here; its last step can: an insert of JSON lines with the settings of its configuration."""
    of = stream(record("s", a="int", **fields))
    config = connectors(pipeline(of))["s-sink.json"]["config"]
    sent = transformed(config, {"a": 1} | dict.fromkeys(fields, 5))
    table = f"{DATABASE}.{config['topic2TableMap'].removeprefix('s=')}"
    settings = dict(pair.split("=") for pair in config["clickhouseSettings"].split(","))
    with store(engine, of.record) as held:
        engine.client.raw_insert(table, insert_block=json.dumps(sent).encode(), fmt="JSONEachRow", settings=settings)
        assert held.letters() == []
        topic, partition, offset, time, _ = meta_fields(config)
        row = engine.rows(f"SELECT a, {topic}, {partition}, {offset}, toUnixTimestamp64Milli({time}) FROM {DATABASE}.s")
    assert row == [(1, "s", 2, 7, 1609459200123)]


@pytest.mark.parametrize("type", ["int", "long", "float", "double", "string", ["null", "int"]])
def test_a_single_plain_key_is_the_message_s(type: Any) -> None:
    made = one(record("s", id=type), key=("id",))
    assert connectors(made)["s-source.json"]["config"]["schema.keyfield"] == "id"
    assert not outputs(made)["connect"].findings


@pytest.mark.parametrize(
    "type",
    [
        "bytes",
        "boolean",
        {"type": "int", "logicalType": "date"},
        {"type": "long", "logicalType": "timestamp-millis"},
        {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2},
        ["int", "string"],
        {"type": "array", "items": "int"},
        {"type": "fixed", "name": "f", "size": 2},
    ],
)
def test_a_key_that_text_cannot_tell_is_left_out_and_said(type: Any) -> None:
    made = one(record("s", id=type), key=("id",))
    assert "schema.keyfield" not in connectors(made)["s-source.json"]["config"]
    assert codes(outputs(made)["connect"]) == ["FG421"]


def test_a_composite_key_is_left_out_and_said() -> None:
    made = one(record("s", a="int", b="int"), key=("a", "b"))
    assert "schema.keyfield" not in connectors(made)["s-source.json"]["config"]
    (finding,) = outputs(made)["connect"].findings
    assert finding.code == "FG421"
    assert finding.severity is Severity.WARNING
    assert "a, b" in finding.message


TIME = {"type": "int", "logicalType": "time-millis"}
NODE = {
    "type": "record",
    "name": "s",
    "fields": [{"name": "next", "type": ["null", "s"]}, {"name": "a", "type": "int"}],
}
TWINS = [{"type": "record", "name": f"{space}.r", "fields": [{"name": "a", "type": "int"}]} for space in ("x", "y")]


@pytest.mark.parametrize(
    ("schema", "code", "path"),
    [
        (record("s", a="null"), "FG422", "s.a "),
        (record("s", a=["null"]), "FG422", "s.a "),
        (record("s", a={"type": "array", "items": "null"}), "FG422", "s.a[] "),
        (record("s", a={"type": "map", "values": "null"}), "FG422", "s.a{} "),
        (record("s", a=record("r", b="null")), "FG422", "s.a.b "),
        (NODE, "FG423", "s.next "),
        (record("s", a=TIME), "FG424", "s.a "),
        (record("s", a=["null", TIME]), "FG424", "s.a "),
        (record("s", a=TIME | {"arg.properties": {"range": {"min": 0, "max": 86_400_001}}}), "FG424", "s.a "),
        (record("s", a=TIME | {"arg.properties": {"iteration": {"start": 0}}}), "FG424", "s.a "),
        (record("s", a=TWINS), "FG425", "s.a "),
    ],
)
def test_what_datagen_cannot_send_has_no_source_but_a_sink(schema: dict[str, Any], code: str, path: str) -> None:
    made = one(schema)
    assert list(connectors(made)) == ["s-sink.json"]
    (finding,) = outputs(made)["connect"].findings
    assert (finding.code, finding.severity) == (code, Severity.WARNING)
    assert finding.message.startswith(path)
    assert finding.place.path == "schemas/x.avsc"


@pytest.mark.parametrize(
    "args",
    [
        {"range": {"min": 0, "max": 86_400_000}},
        {"options": [1, 2]},
        {"iteration": {"start": 0, "restart": 86_400_000, "step": 1000}},
    ],
)
def test_a_time_inside_the_day_has_a_source_wherever_its_annotation_stands(args: dict[str, Any]) -> None:
    on_type = record("s", a=TIME | {"arg.properties": args})
    on_field = record("s", a=TIME)
    on_field["fields"][0]["arg.properties"] = args
    for schema in (on_type, on_field):
        assert "s-source.json" in connectors(one(schema))


def test_a_stream_that_something_else_fills_has_a_sink_only() -> None:
    made = one(record("s", a="null"), source=Source("none"))
    assert list(connectors(made)) == ["s-sink.json"]
    assert not outputs(made)["connect"].findings


def test_a_decimal_that_a_double_cannot_hold_is_said() -> None:
    def decimal(precision: int) -> dict[str, Any]:
        return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": 2}

    made = one(record("s", a=decimal(15), b={"type": "array", "items": decimal(16)}))
    (finding,) = outputs(made)["connect"].findings
    assert finding.code == "FG429"
    assert finding.message.startswith("s.b[] ")


def test_hostile_text_stays_text() -> None:
    schema = record("s", a={"type": "string", "arg.properties": {"options": [HOSTILE, "it's"]}}) | {"doc": HOSTILE}
    schema["fields"][0] |= {"doc": HOSTILE, "default": HOSTILE}
    made = one(schema)
    text = outputs(made)["connect"].files["connect/self-managed/s-source.json"]
    assert "$" not in text
    assert "'" not in text
    written = json.loads(connectors(made)["s-source.json"]["config"]["schema.string"])
    assert written["doc"] == HOSTILE
    assert written["fields"][0]["type"]["arg.properties"]["options"] == [HOSTILE, "it's"]
    assert written["fields"][0]["default"] == HOSTILE


def test_a_database_that_connect_would_resolve_has_no_sink() -> None:
    made = pipeline(stream(record("s", a="int")), database="${env:HOME}")
    output = outputs(made)["connect"]
    assert list(output.files) == ["connect/self-managed/s-source.json"]
    assert codes(output) == ["FG426"]


def test_a_hostile_database_is_a_string() -> None:
    database = HOSTILE.replace("${", "")
    made = connectors(pipeline(stream(record("s", a="int")), database=database))
    assert made["s-sink.json"]["config"]["database"] == database


def test_a_stream_without_a_landing_has_no_sink() -> None:
    made = one(record("s", a="int"))
    nothing = Output(Templates())
    files = connect.generate(made, Templates(), {"clickhouse": nothing}).files
    assert list(files) == ["connect/self-managed/s-source.json"]


AVRO = {
    "value.converter": "io.confluent.connect.avro.AvroConverter",
    "value.converter.schema.registry.url": "${profile:kafka.registry.url}",
}


def test_avro_is_converted_with_the_registry_of_the_profile() -> None:
    made = connectors(one(record("s", a="string"), format=Format.AVRO))
    for config in (each["config"] for each in made.values()):
        assert {key: value for key, value in config.items() if key.startswith("value.converter")} == AVRO
    assert made["s-sink.json"]["config"]["transforms"] == "meta,key"
    assert "clickhouseSettings" not in made["s-sink.json"]["config"]


def test_a_managed_connector_knows_its_registry() -> None:
    platforms = {"connect": ("self-managed", "confluent-cloud")}
    made = connectors(replace(one(record("s", a="int"), format=Format.AVRO), platforms=platforms), "confluent-cloud")
    source, sink = (made[f"s-{kind}.json"]["config"] for kind in ("source", "sink"))
    assert (source["output.data.format"], sink["input.data.format"]) == ("AVRO", "AVRO")
    assert source.keys() <= CLOUD_SOURCE_KEYS
    assert not [key for key in (*source, *sink) if key.startswith("value.converter")]
    assert sink["transforms"] == "meta,wide"


def test_a_registry_with_a_login_gets_it_by_reference() -> None:
    login = {
        "value.converter.basic.auth.credentials.source": "USER_INFO",
        "value.converter.basic.auth.user.info": "${profile:kafka.registry.user-info}",
    }
    made = connectors(replace(one(record("s", a="string"), format=Format.AVRO), registry_login=True))
    assert all(each["config"].items() >= login.items() for each in made.values())


def test_ints_are_widened_for_the_landing_where_a_transform_reaches_them() -> None:
    day = {"type": "int", "logicalType": "date"}
    some = {"type": "array", "items": "int"}
    fields = {"a": "int", "b": ["null", day], "c": "long", "r": record("r", x="int"), "l": some, "u": ["int", some]}
    made = one(record("s", **fields, un="int"), format=Format.AVRO)
    sink = connectors(made)["s-sink.json"]["config"]
    assert sink["transforms"] == "meta,wide,key"
    assert sink["transforms.wide.spec"] == "a:int64,b:int64,un:int64"
    said = [f.message.split()[0] for f in outputs(made)["connect"].findings if f.code == "FG462"]
    assert said == ["s.r.x", "s.l[]", "s.u"]


SYMBOLS = {"type": "enum", "name": "e", "symbols": ["A"]}
FIXED = {"type": "fixed", "name": "x", "size": 4, "logicalType": "decimal", "precision": 4}


@pytest.mark.parametrize(
    ("type", "refused"),
    [
        (["string", SYMBOLS], True),
        ([SYMBOLS, {**SYMBOLS, "name": "f"}], True),
        ([SYMBOLS, {"type": "string", "logicalType": "uuid"}], True),
        (["int", SYMBOLS], False),
        (FIXED, True),
        ({"type": "array", "items": ["null", FIXED]}, True),
        ({"type": "bytes", "logicalType": "decimal", "precision": 4}, False),
    ],
)
def test_what_datagen_cannot_write_in_avro_has_no_source(type: Any, refused: bool) -> None:
    output = outputs(one(record("s", a=type), format=Format.AVRO))["connect"]
    assert ("FG427" in codes(output)) == refused
    assert ("connect/self-managed/s-source.json" not in output.files) == refused
    in_json = outputs(one(record("s", a=type)))["connect"]
    assert "connect/self-managed/s-source.json" in in_json.files


def test_types_are_connect_s() -> None:
    every: Stream = stream(
        record(
            "s", b="boolean", i="int", l="long", f="float", d="double", y="bytes", t="string",
            e={"type": "enum", "name": "e", "symbols": ["A"]}, x={"type": "fixed", "name": "f", "size": 2},
            da={"type": "int", "logicalType": "date"}, tu={"type": "long", "logicalType": "timestamp-micros"},
            de={"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2},
            a={"type": "array", "items": ["null", "int"]}, m={"type": "map", "values": "string"},
            u=["null", "int", "string"], r=["null", record("r", q="int")],
        )
    )  # fmt: skip
    assert outputs(pipeline(every))["connect"].types["s"] == {
        "b": "BOOLEAN", "i": "INT32", "l": "INT64", "f": "FLOAT32", "d": "FLOAT64", "y": "BYTES", "t": "STRING",
        "e": "STRING", "x": "BYTES", "da": "Date", "tu": "INT64", "de": "Decimal(4, 2)", "a": "ARRAY<optional INT32>",
        "m": "MAP<STRING, STRING>", "u": "optional STRUCT<int optional INT32, string optional STRING>",
        "r": "optional STRUCT<q INT32>", "r.q": "INT32",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ('{"name": {{ name | json }}, }', "no JSON"),
        ('{"name": "other", "config": {}}', "no connector named 's-source'"),
        ('{"name": {{ name | json }}, "config": {"tasks.max": 1}}', "strings only, unlike tasks.max"),
    ],
)
def test_a_template_of_the_project_is_held_to_what_connect_takes(template: str, said: str) -> None:
    with pytest.raises(FleetgenError, match=re.escape("templates/connect/source.json.jinja: FG428")) as caught:
        outputs(one(record("s", a="int")), {"connect/source.json.jinja": template})
    assert said in str(caught.value)
    assert "\n  help: compare it" in str(caught.value)


def on_cloud(of: Pipeline, *, service_account: bool = False) -> Pipeline:
    platforms = {**of.platforms, "connect": ("self-managed", "confluent-cloud")}
    return replace(of, platforms=platforms, service_account=service_account)


def test_a_source_on_confluent_cloud_is_the_managed_one() -> None:
    made = connectors(on_cloud(fleet()), "confluent-cloud")
    plain = connectors(fleet())
    assert made.keys() == plain.keys()
    found, same = (each["fleet_mgmt_location-source.json"]["config"] for each in (made, plain))
    assert found.keys() <= CLOUD_SOURCE_KEYS
    assert {key: value for key, value in found.items() if same.get(key) != value} == {
        "connector.class": "DatagenSource",
        "output.data.format": "JSON",
        "kafka.auth.mode": "KAFKA_API_KEY",
        "kafka.api.key": "${profile:kafka.user}",
        "kafka.api.secret": "${profile:kafka.password}",
    }


def test_a_source_on_confluent_cloud_has_no_iterations() -> None:
    made = on_cloud(one(record("s", a="int"), source=Source(max_interval=10, iterations=7, tasks=2)))
    config = connectors(made, "confluent-cloud")["s-source.json"]["config"]
    assert config.keys() <= CLOUD_SOURCE_KEYS
    assert (config["tasks.max"], config["max.interval"]) == ("2", "10")
    assert connectors(made)["s-source.json"]["config"]["iterations"] == "7"


def test_a_sink_on_confluent_cloud_fills_the_same_landing_as_strictly() -> None:
    made = on_cloud(one(record("s", a="int", _timestamp="long"), topic="t"))
    found, plain = (connectors(made, name)["s-sink.json"]["config"] for name in ("confluent-cloud", "self-managed"))
    assert {key for key in found if not key.startswith("transforms")} <= CLOUD_SINK_KEYS
    assert (found["connector.class"], found["transforms"]) == ("ClickHouseSink", "meta,time")
    assert {found[f"transforms.{name}.type"] for name in found["transforms"].split(",")} == CLOUD_TRANSFORMS
    assert (found["input.data.format"], found["input.key.format"]) == ("JSON", "STRING")
    kept = ("topics", "topic2TableMap", "clickhouseSettings", "errors.deadletterqueue.topic.name", "database")
    kept += tuple(key for key in found if key.startswith(("transforms.", "value.converter.")))
    assert {key: found[key] for key in kept} == {key: plain[key] for key in kept}


@pytest.mark.parametrize("name", ["s-source.json", "s-sink.json"])
def test_a_service_account_takes_the_place_of_the_key(name: str) -> None:
    made = on_cloud(one(record("s", a="int")), service_account=True)
    config = connectors(made, "confluent-cloud")[name]["config"]
    assert {key: value for key, value in config.items() if key.startswith("kafka.") and key != "kafka.topic"} == {
        "kafka.auth.mode": "SERVICE_ACCOUNT",
        "kafka.service.account.id": "${profile:connect.service-account}",
    }
    assert "kafka.auth.mode" not in connectors(made)[name]["config"]
