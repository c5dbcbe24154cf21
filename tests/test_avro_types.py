"""Every type and logical type of Avro, read to the model."""

from __future__ import annotations

import json
from typing import Any

import pytest

from avro_text import field, record
from fleetgen import avro
from fleetgen.errors import Place
from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    Field,
    FixedType,
    Logical,
    LogicalType,
    MapType,
    Primitive,
    PrimitiveType,
    RecordType,
    RecursiveType,
    Type,
    UnionType,
)

INT, LONG, NULL = (PrimitiveType(kind) for kind in (Primitive.INT, Primitive.LONG, Primitive.NULL))
STRING, BYTES = PrimitiveType(Primitive.STRING), PrimitiveType(Primitive.BYTES)


def read(text: str) -> Field:
    loaded = avro.load({"schemas/a.avsc": field(text).encode()})
    assert loaded.findings == ()
    return loaded.records[0].fields[0]


def fixed(size: int, **attributes: Any) -> str:
    return json.dumps({"type": "fixed", "name": "F", "size": size, **attributes})


def logical(base: str, kind: str, **attributes: Any) -> str:
    return json.dumps({"type": base, "logicalType": kind, **attributes})


@pytest.mark.parametrize("kind", Primitive)
def test_primitive(kind: Primitive) -> None:
    assert read(f'"{kind}"').type == PrimitiveType(kind)
    assert read(f'{{"type": "{kind}"}}').type == PrimitiveType(kind)
    assert read(f'{{"type": {{"type": "{kind}"}}}}').type == PrimitiveType(kind)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"type": "array", "items": "int"}', ArrayType(INT)),
        ('{"type": "map", "values": ["null", "int"]}', MapType(UnionType((NULL, INT)))),
        ('["int", "null", "string"]', UnionType((INT, NULL, STRING))),
        ('["null"]', UnionType((NULL,))),
        (fixed(2147483647), FixedType("F", "", 2147483647)),
        (fixed(1, namespace="a.b", aliases=["c.G"], doc="d"), FixedType("F", "a.b", 1, "d", ("c.G",))),
        (
            '{"type": "enum", "name": "e.E", "symbols": ["_", "B"], "default": "B", "doc": "d", "aliases": ["G"]}',
            EnumType("E", "e", ("_", "B"), "B", "d", ("G",)),
        ),
        ('{"type": "record", "name": "R", "fields": []}', RecordType("R", "", ())),
        ('{"type": "error", "name": "R", "fields": []}', RecordType("R", "", ())),
    ],
)
def test_complex(text: str, expected: Type) -> None:
    assert read(text).type == expected


BASES = {
    Logical.DATE: "int",
    Logical.TIME_MILLIS: "int",
    Logical.UUID: "string",
}


@pytest.mark.parametrize("kind", [kind for kind in Logical if kind is not Logical.DURATION])
def test_logical(kind: Logical) -> None:
    base = BASES.get(kind, "long")
    assert read(logical(base, kind)).type == LogicalType(kind, PrimitiveType(Primitive(base)))


def test_logical_fixed() -> None:
    assert read(fixed(16, logicalType="uuid")).type == LogicalType(Logical.UUID, FixedType("F", "", 16))
    assert read(fixed(12, logicalType="duration")).type == LogicalType(Logical.DURATION, FixedType("F", "", 12))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (logical("bytes", "decimal", precision=1), DecimalType(1, 0, BYTES)),
        (logical("bytes", "decimal", precision=76, scale=76), DecimalType(76, 76, BYTES)),
        (fixed(4, logicalType="decimal", precision=9, scale=2), DecimalType(9, 2, FixedType("F", "", 4))),
        (fixed(16, logicalType="decimal", precision=38), DecimalType(38, 0, FixedType("F", "", 16))),
    ],
)
def test_decimal(text: str, expected: Type) -> None:
    assert read(text).type == expected


@pytest.mark.parametrize(
    ("text", "base", "pointer", "code"),
    [
        (logical("long", "timestamp-seconds"), LONG, "/logicalType", "FG191"),
        (logical("long", "Date"), LONG, "/logicalType", "FG191"),
        ('{"type": "long", "logicalType": 5}', LONG, "/logicalType", "FG191"),
        (logical("long", "date"), LONG, "/logicalType", "FG192"),
        (logical("string", "timestamp-millis"), STRING, "/logicalType", "FG192"),
        (logical("string", "decimal", precision=4), STRING, "/logicalType", "FG192"),
        (logical("bytes", "uuid"), BYTES, "/logicalType", "FG192"),
        (fixed(15, logicalType="uuid"), FixedType("F", "", 15), "/logicalType", "FG192"),
        (fixed(16, logicalType="duration"), FixedType("F", "", 16), "/logicalType", "FG192"),
        ('{"type": {"type": "long"}, "logicalType": "timestamp-millis"}', LONG, "/logicalType", "FG194"),
        ('{"type": "fixed", "name": "F", "size": 1, "doc": 5}', FixedType("F", "", 1), "/doc", "FG193"),
    ],
)
def test_what_is_ignored_is_warned_of(text: str, base: Type, pointer: str, code: str) -> None:
    loaded = avro.load({"schemas/a.avsc": field(text).encode()})
    assert loaded.records[0].fields[0].type == base
    (finding,) = loaded.findings
    assert (finding.code, finding.place) == (code, Place("schemas/a.avsc", f"/fields/0/type{pointer}"))
    assert finding.help


def test_a_logical_type_beside_the_type_of_a_field_is_warned_of() -> None:
    loaded = avro.load({"a.avsc": field('"long"', ', "logicalType": "timestamp-millis"').encode()})
    assert loaded.records[0].fields[0].type == LONG
    assert [(finding.code, finding.place.pointer) for finding in loaded.findings] == [
        ("FG194", "/fields/0/logicalType")
    ]


def test_field() -> None:
    rest = ', "doc": "d", "default": [], "aliases": ["y"], "order": "IGNORE", "arg.properties": {"length": 1}'
    (car,) = avro.load({"a.avsc": field('{"type": "array", "items": "int"}', rest).encode()}).records
    (x,) = car.fields
    assert (x.doc, x.aliases, x.order, x.args) == ("d", ("y",), "ignore", {"length": 1})
    assert x.default is not None
    assert x.default.value == []
    assert read('"int"').default is None


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "int", "arg.properties": {"a": 1}}',
        '{"type": "array", "items": "int", "arg.properties": {"a": 1}}',
        '{"type": "map", "values": "int", "arg.properties": {"a": 1}}',
        '{"type": "enum", "name": "E", "symbols": ["A"], "arg.properties": {"a": 1}}',
        '{"type": "record", "name": "R", "fields": [], "arg.properties": {"a": 1}}',
        '{"type": "bytes", "logicalType": "decimal", "precision": 2, "arg.properties": {"a": 1}}',
        '{"type": "long", "logicalType": "timestamp-nanos", "arg.properties": {"a": 1}}',
        fixed(12, logicalType="duration", **{"arg.properties": {"a": 1}}),
    ],
)
def test_annotations_are_kept_as_written(text: str) -> None:
    assert read(text).type.args == {"a": 1}


def test_places() -> None:
    car = record(
        '{"name": "a", "type": ["null", {"type": "array", "items": "Wheel"}]}',
        '{"name": "next", "type": ["null", "Car"]}',
    )
    wheel = record('{"name": "size", "type": {"type": "int", "logicalType": "date"}}', name="Wheel")
    loaded = avro.load({"car.avsc": car.encode(), "wheel.avsc": f"[{wheel}]".encode()})
    a, following = loaded.records[0].fields
    assert loaded.records[0].at == Place("car.avsc", "")
    assert a.at == Place("car.avsc", "/fields/0")
    assert a.type.at == Place("car.avsc", "/fields/0/type")
    assert isinstance(a.type, UnionType)
    array = a.type.branches[1]
    assert array.at == Place("car.avsc", "/fields/0/type/1")
    assert isinstance(array, ArrayType)
    assert array.items.at == Place("wheel.avsc", "/0")
    assert isinstance(array.items, RecordType)
    assert array.items.fields[0].type.at == Place("wheel.avsc", "/0/fields/0/type")
    assert isinstance(following.type, UnionType)
    assert following.type.branches[1] == RecursiveType("Car")
    assert following.type.branches[1].at == Place("car.avsc", "/fields/1/type/1")


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + record().encode(),
        b'// a record\n{"type": "record", // of\n /* no */ "name": "Car", "doc": "http://x", "fields": []}\r\n',
        b'{"fields": [], "name": "Car", "type": "record", "namespace": null}',
    ],
)
def test_files_that_are_fine(data: bytes) -> None:
    assert avro.load({"a.avro": data}).records == (RecordType("Car", "", (), "http://x" if b"//" in data else ""),)


def test_a_project_of_nothing_is_fine() -> None:
    assert avro.load({}) == avro.Loaded((), frozenset(), {}, ())
