"""generated/kafka/subjects: the schema that messages are written with, in the form that its writer registers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

import pytest

from avro_files import avro_stream
from fleetgen.mapping import registered
from fleetgen.model import Json
from fleetgen.pipeline import Pipeline, Source
from fleetgen.targets import kafka
from fleetgen.templating import Templates

KIND: Final = {"type": "enum", "name": "kind", "symbols": ["A", "B"], "doc": "Which."}


def logical(kind: str, base: str = "long") -> dict[str, Json]:
    return {"type": base, "logicalType": kind}


def record(type: Json, **more: Json) -> dict[str, Any]:
    return {"type": "record", "name": "ride", "namespace": "city", "fields": [{"name": "x", "type": type, **more}]}


@pytest.mark.parametrize(
    ("type", "by_connect"),
    [
        ("int", "int"),
        (KIND, "string"),
        (["null", KIND], ["null", "string"]),
        ({"type": "array", "items": KIND}, {"type": "array", "items": "string"}),
        ({"type": "map", "values": KIND}, {"type": "map", "values": "string"}),
        (logical("timestamp-millis"), logical("timestamp-millis")),
        (logical("date", "int"), logical("date", "int")),
        (logical("timestamp-micros"), "long"),
        (logical("uuid", "string"), "string"),
        (logical("local-timestamp-millis"), "long"),
        (
            {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2},
            {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2},
        ),
    ],
)
def test_the_form_is_that_of_the_writer(type: Json, by_connect: Json) -> None:
    """Datagen's connector makes another of it; what comes from elsewhere has the schema itself."""
    assert registered.schema(avro_stream(record(type), source=Source("none"))) == record(type)
    assert registered.schema(avro_stream(record(type))) == record(by_connect)


def test_an_enum_is_a_string_wherever_it_is_named_again() -> None:
    fields = [{"name": "a", "type": "city.kind"}, {"name": "c", "type": KIND}, {"name": "d", "type": "kind"}]
    inner = {"type": "record", "name": "part", "namespace": "other", "fields": fields}
    schema = record(KIND)
    schema["fields"] += [{"name": "y", "type": ["null", "kind"]}, {"name": "z", "type": inner}]
    written = registered.schema(avro_stream(schema))
    assert [field["type"] for field in written["fields"][:2]] == ["string", ["null", "string"]]
    assert {field["type"] for field in written["fields"][2]["type"]["fields"]} == {"string"}
    assert '"kind"' not in json.dumps(written)


def test_annotations_are_left_out_and_defaults_are_kept() -> None:
    annotated = {"type": "string", "arg.properties": {"options": ["arg.properties"]}}
    written = registered.schema(
        avro_stream(record(annotated, default="arg.properties", doc="words"), source=Source("none"))
    )
    assert written == record({"type": "string"}, default="arg.properties", doc="words")


def test_two_streams_of_one_topic_cannot_both_be_registered() -> None:
    streams = [avro_stream({**record("int"), "name": name}) for name in ("a", "b")]
    both = tuple(replace(stream, topic="t") for stream in streams)
    output = kafka.generate(Pipeline("x", both), Templates(), {})
    assert [finding.code for finding in output.findings] == ["FG405"]
    assert json.loads(output.files["kafka/subjects/t-value.avsc"])["name"] == "a"
