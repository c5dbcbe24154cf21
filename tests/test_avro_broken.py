"""Broken schema files, one error each: it says exactly what is wrong, where, and nothing more than that."""

from __future__ import annotations

import pytest

from avro_text import complaints, field, record

FILES: dict[str, tuple[str | bytes, list[str]]] = {
    "empty": ("", ["1:1 FG102 the file is empty"]),
    "blank": ("  \n\n", ["1:1 FG102 the file is empty"]),
    "only comments": ("// nothing yet\n", ["1:1 FG102 the file is empty"]),
    "not json": ('{"type": "record",\n "name": Car}', ["2:10 FG103 not JSON: Expecting value"]),
    "unclosed": (
        '{"type": "record", "name": "Car",',
        ["1:34 FG103 not JSON: Expecting property name enclosed in double quotes"],
    ),
    "single quotes": ("{'type': 'record'}", ["1:2 FG103 not JSON: Expecting property name enclosed in double quotes"]),
    "trailing content": (record('{"name": "x", "type": "int"}') + "\n{}", ["4:1 FG103 not JSON: Extra data"]),
    "latin-1": (
        b'{"type": "record",\n "doc": "caf\xe9"}',
        ["2:13 FG101 the file is not UTF-8: byte 0xe9 at offset 31"],
    ),
    "utf-16": (b"\xff\xfe{\x00}\x00", ["1:1 FG101 the file is not UTF-8: byte 0xff at offset 0"]),
    "NaN": (field('"double"', ', "default": NaN'), ["2:44 FG103 not JSON: NaN"]),
    "-Infinity": (field('"double"', ', "default": -Infinity'), ["2:44 FG103 not JSON: -Infinity"]),
    "too large": (
        field('"double"', ', "default": 1e400'),
        ["2:44 FG106 the number 1e400 is too large for a double or a long"],
    ),
    "too many digits": (
        field('"double"', ', "default": ' + "9" * 5000),
        ["2:44 FG106 the number 99999999999999999999.. is too large for a double or a long"],
    ),
    "lone surrogate": (
        field('"string"', r', "doc": "\ud800"'),
        ["2:40 FG105 half of a surrogate pair, which UTF-8 cannot hold"],
    ),
    "surrogate key": (
        field('"string"', r', "\udfff": 1'),
        ["2:1 FG105 half of a surrogate pair, which UTF-8 cannot hold"],
    ),
    "duplicate key": (
        '{"type": "record", "name": "Car",\n "name": "Bus", "fields": []}',
        ['2:2 FG104 the key "name" stands twice in one object'],
    ),
    "duplicate key inside": (
        record('{"name": "x",\n "type": "int", "type": "long"}'),
        ['3:17 FG104 the key "type" stands twice in one object'],
    ),
    "deep json": ("[" * 10000, ["1:401 FG107 more than 400 brackets inside each other"]),
    "deep balanced": (field("[" * 500 + "]" * 500), ["2:420 FG107 more than 400 brackets inside each other"]),
    "control char": (field('"string"', ', "doc": "a\tb"'), ["2:42 FG103 not JSON: Invalid control character at"]),
    "string": ('"int"', ['1:1 FG110 "int" is not a record']),
    "unknown string": ('"Car"', ['1:1 FG110 "Car" is not a record']),
    "number": ("5", ["1:1 FG110 5 is not a record"]),
    "null": ("null", ["1:1 FG110 null is not a record"]),
    "array type": ('{"type": "array", "items": "int"}', ['1:1 FG110 a schema of type "array" is not a record']),
    "primitive object": ('{"type": "string"}', ['1:1 FG110 a schema of type "string" is not a record']),
    "array of nothing": ("[]", ["1:1 FG110 an array without a record"]),
    "array of primitives": ('["null", "int"]', ["1:1 FG110 an array without a record"]),
    "primitive in array": (f"[{record()}, 1]", ["3:5 FG110 1 is not a record"]),
    "protocol": ('{"protocol": "P", "types": []}', ["1:1 FG110 an Avro protocol is not a record"]),
    "object without type": ('{"name": "Car", "fields": []}', ['1:1 FG122 the schema has no "type"']),
    "unused enum": (
        '{"type": "enum", "name": "E", "symbols": ["A"]}',
        ["1:1 FG110 E is not a record but an enum, and unused"],
    ),
    "unused fixed": (
        '{"type": "fixed", "name": "F", "size": 4}',
        ["1:1 FG110 F is not a record but a fixed, and unused"],
    ),
    "misspelt record": (
        '{"type": "recrod", "name": "Car", "fields": []}',
        ['1:1 FG110 a schema of type "recrod" is not a record'],
    ),
    "union at top type": ('{"type": ["null", "int"]}', ["1:1 FG110 a union is not a record"]),
    "record without name": ('{"type": "record", "fields": []}', ['1:1 FG122 the schema: a record has no "name"']),
    "record without fields": ('{"type": "record", "name": "Car"}', ['1:1 FG122 Car has no "fields"']),
    "fields object": ('{"type": "record", "name": "Car", "fields": {}}', ['1:45 FG123 Car: "fields" is not an array']),
    "name number": (
        '{"type": "record", "name": 5, "fields": []}',
        ['1:28 FG123 the schema: a record: "name" is not text'],
    ),
    "bad name": (record(name="my-car"), ['1:28 FG124 "my-car" is no name for a type']),
    "name of two dots": (record(name="a..Car"), ['1:28 FG124 "a..Car" is no name for a type']),
    "leading dot": (record(name=".Car"), ['1:28 FG124 ".Car" is no name for a type']),
    "bad namespace": (
        '{"type": "record", "name": "Car", "namespace": "a.1b", "fields": []}',
        ['1:48 FG124 "a.1b" is no namespace'],
    ),
    "namespace number": (
        '{"type": "record", "name": "Car", "namespace": 1, "fields": []}',
        ['1:48 FG123 the schema: "namespace" is not text'],
    ),
    "primitive name": (record(name="string"), ["1:28 FG126 string is a primitive type and cannot be defined again"]),
    "unicode name": (record(name="Größe"), ['1:28 FG124 "Gr\\u00f6\\u00dfe" is no name for a type']),
    "field not object": (record('"x"'), ['2:1 FG123 Car: "x" is no field']),
    "field without name": (record('{"type": "int"}'), ['2:1 FG122 Car: a field has no "name"']),
    "field without type": (record('{"name": "x"}'), ['2:1 FG122 Car.x has no "type"']),
    "field name number": (record('{"name": 1, "type": "int"}'), ['2:10 FG123 Car: a field: "name" is not text']),
    "field bad name": (
        record('{"name": "my field", "type": "int"}'),
        ['2:10 FG124 Car: "my field" is no name for a field'],
    ),
    "field name dotted": (record('{"name": "a.b", "type": "int"}'), ['2:10 FG124 Car: "a.b" is no name for a field']),
    "field twice": (
        record('{"name": "x", "type": "int"}', '{"name": "x", "type": "long"}'),
        ["3:10 FG127 Car has two fields named x"],
    ),
    "unknown": (field('"strng"'), ['2:23 FG120 Car.x: unknown type "strng"']),
    "case": (field('"Int"'), ['2:23 FG120 Car.x: unknown type "Int"']),
    "other language": (field('"integer"'), ['2:23 FG120 Car.x: unknown type "integer"']),
    "unknown no near": (field('"zzzzzz"'), ['2:23 FG120 Car.x: unknown type "zzzzzz"']),
    "enum as name": (
        field('"enum"', ', "symbols": ["A"]'),
        ['2:23 FG120 Car.x: the type "enum" needs an object of its own'],
    ),
    "logical as name": (
        field('"timestamp-millis"'),
        ['2:23 FG120 Car.x: "timestamp-millis" is a logical type, not a type'],
    ),
    "decimal as name": (field('"decimal"'), ['2:23 FG120 Car.x: "decimal" is a logical type, not a type']),
    "unknown in items": (field('{"type": "array", "items": "Wheel"}'), ['2:50 FG120 Car.x: unknown type "Wheel"']),
    "unknown in union": (field('["null", "Wheel"]'), ['2:32 FG120 Car.x: unknown type "Wheel"']),
    "unknown object": (field('{"type": "Wheel"}'), ['2:32 FG120 Car.x: unknown type "Wheel"']),
    "null type": (field("null"), ["2:23 FG121 Car.x: null is no type"]),
    "true type": (field("true"), ["2:23 FG121 Car.x: true is no type"]),
    "number type": (field("1"), ["2:23 FG121 Car.x: 1 is no type"]),
    "type number": (field('{"type": 1}'), ["2:32 FG121 Car.x: 1 where the name of a type is needed"]),
    "type union": (
        field('{"type": ["null", "int"]}'),
        ["2:32 FG121 Car.x: a union where the name of a type is needed"],
    ),
    "no type": (field('{"items": "int"}'), ['2:23 FG122 Car.x has no "type"']),
    "array no items": (field('{"type": "array"}'), ['2:23 FG122 Car.x: an array has no "items"']),
    "map no values": (field('{"type": "map", "items": "int"}'), ['2:23 FG122 Car.x: a map has no "values"']),
    "array items null": (field('{"type": "array", "items": null}'), ["2:50 FG121 Car.x: null is no type"]),
    "empty union": (field("[]"), ["2:23 FG132 Car.x: a union without branches has no values"]),
    "nested union": (field('["null", ["int", "string"]]'), ["2:32 FG130 Car.x: a union inside a union"]),
    "two arrays": (
        field('[{"type": "array", "items": "int"}, {"type": "array", "items": "long"}]'),
        ["2:59 FG131 Car.x: the union has two branches of type array"],
    ),
    "two maps": (
        field('[{"type": "map", "values": "int"}, {"type": "map", "values": "long"}]'),
        ["2:58 FG131 Car.x: the union has two branches of type map"],
    ),
    "twice int": (field('["null", "int", "int"]'), ["2:39 FG131 Car.x: the union has two branches of type int"]),
    "logical twice": (
        field('["long", {"type": "long", "logicalType": "timestamp-millis"}]'),
        ["2:32 FG131 Car.x: the union has two branches of type long"],
    ),
    "named twice": (
        record(
            '{"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["A"]}}',
            '{"name": "x", "type": ["E", "null", "E"]}',
        ),
        ["3:37 FG131 Car.x: the union has two branches of type E"],
    ),
    "enum no symbols": (field('{"type": "enum", "name": "E"}'), ['2:23 FG122 E has no "symbols"']),
    "enum empty": (
        field('{"type": "enum", "name": "E", "symbols": []}'),
        ["2:64 FG135 E: an enum without symbols has no values"],
    ),
    "enum symbol": (
        field('{"type": "enum", "name": "E", "symbols": ["A", "b-c", 1]}'),
        ['2:70 FG133 E: "b-c" is no symbol', "2:77 FG133 E: 1 is no symbol"],
    ),
    "enum twice": (
        field('{"type": "enum", "name": "E", "symbols": ["A", "B", "A"]}'),
        ["2:75 FG134 E: the symbol A stands twice"],
    ),
    "enum default": (
        field('{"type": "enum", "name": "E", "symbols": ["A"], "default": "B"}'),
        ['2:82 FG136 E: the default "B" is none of its symbols'],
    ),
    "enum symbols text": (
        field('{"type": "enum", "name": "E", "symbols": "A"}'),
        ['2:64 FG123 E: "symbols" is not an array'],
    ),
    "fixed no size": (field('{"type": "fixed", "name": "F"}'), ['2:23 FG122 F has no "size"']),
    "fixed 0": (
        field('{"type": "fixed", "name": "F", "size": 0}'),
        ["2:62 FG137 F: size 0 is not a whole number from 1 to 2147483647"],
    ),
    "fixed -1": (
        field('{"type": "fixed", "name": "F", "size": -1}'),
        ["2:62 FG137 F: size -1 is not a whole number from 1 to 2147483647"],
    ),
    "fixed text": (
        field('{"type": "fixed", "name": "F", "size": "16"}'),
        ['2:62 FG137 F: size "16" is not a whole number from 1 to 2147483647'],
    ),
    "fixed 1.0": (
        field('{"type": "fixed", "name": "F", "size": 1.0}'),
        ["2:62 FG137 F: size 1.0 is not a whole number from 1 to 2147483647"],
    ),
    "fixed true": (
        field('{"type": "fixed", "name": "F", "size": true}'),
        ["2:62 FG137 F: size true is not a whole number from 1 to 2147483647"],
    ),
    "fixed huge": (
        field('{"type": "fixed", "name": "F", "size": 2147483648}'),
        ["2:62 FG137 F: size 2147483648 is not a whole number from 1 to 2147483647"],
    ),
    "decimal none": (
        field('{"type": "bytes", "logicalType": "decimal"}'),
        ["2:23 FG140 Car.x: a decimal without precision"],
    ),
    "decimal 0": (
        field('{"type": "bytes", "logicalType": "decimal", "precision": 0}'),
        ["2:80 FG140 Car.x: decimal precision 0 is not a whole number from 1 up"],
    ),
    "decimal 1.5": (
        field('{"type": "bytes", "logicalType": "decimal", "precision": 1.5}'),
        ["2:80 FG140 Car.x: decimal precision 1.5 is not a whole number from 1 up"],
    ),
    "decimal text": (
        field('{"type": "bytes", "logicalType": "decimal", "precision": "9"}'),
        ['2:80 FG140 Car.x: decimal precision "9" is not a whole number from 1 up'],
    ),
    "scale -1": (
        field('{"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": -1}'),
        ["2:92 FG140 Car.x: decimal scale -1 is not a whole number from 0 to the precision, 9"],
    ),
    "scale large": (
        field('{"type": "bytes", "logicalType": "decimal", "precision": 2, "scale": 3}'),
        ["2:92 FG140 Car.x: decimal scale 3 is not a whole number from 0 to the precision, 2"],
    ),
    "decimal fixed": (
        field('{"type": "fixed", "name": "F", "size": 4, "logicalType": "decimal", "precision": 10}'),
        ["2:104 FG140 F: decimal precision 10 is more than a fixed of 4 bytes holds, 9 digits"],
    ),
    "redefined": (
        record(
            '{"name": "a", "type": {"type": "enum", "name": "E", "symbols": ["A"]}}',
            '{"name": "b", "type": {"type": "enum", "name": "E", "symbols": ["A"]}}',
        ),
        ["3:48 FG125 E is already defined in a.avsc"],
    ),
    "redefined itself": (
        field('{"type": "record", "name": "Car", "fields": []}'),
        ["2:50 FG125 Car is already defined in a.avsc"],
    ),
    "order": (field('"int"', ', "order": "up"'), ['2:39 FG139 Car.x: order "up" is unknown']),
    "order number": (field('"int"', ', "order": 1'), ["2:39 FG139 Car.x: order 1 is unknown"]),
    "aliases text": (field('"int"', ', "aliases": "y"'), ['2:41 FG123 Car.x: "aliases" is not an array']),
    "aliases bad": (
        field('"int"', ', "aliases": ["y", "a.b", 1]'),
        ['2:47 FG124 Car.x: "a.b" is no name for an alias', "2:54 FG124 Car.x: 1 is no name for an alias"],
    ),
    "record alias": (
        '{"type": "record", "name": "Car", "aliases": ["old.Car", "1"], "fields": []}',
        ['1:58 FG124 Car: "1" is no name for an alias'],
    ),
    "endless": (field('"Car"'), ["2:23 FG111 Car has no finite value: it must hold Car again"]),
    "endless through": (
        field('{"type": "record", "name": "Wheel", "fields": [{"name": "car", "type": ["Car"]}]}'),
        ["2:95 FG111 Car has no finite value: it must hold Car again"],
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_broken_file(name: str) -> None:
    text, expected = FILES[name]
    data = text if isinstance(text, bytes) else text.encode()
    assert complaints({"a.avsc": data}) == [f"a.avsc:{line}" for line in expected]


def test_a_trailing_comma_is_not_json() -> None:
    """Its wording and place differ between Pythons."""
    lines = complaints({"a.avsc": record('{"name": "x", "type": "int"},').encode()})
    assert len(lines) == 1
    assert " FG103 not JSON: " in lines[0]
