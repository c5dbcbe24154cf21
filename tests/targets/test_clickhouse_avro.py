"""What is generated for ClickHouse in the format avro: types, settings, limits with their places, and odd schemas."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any, Final

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

import avro_bytes
from avro_files import avro_stream, file_of, push, push_file
from engine import DATABASE, TEMPLATES, counted, store_of
from fleetgen.datagen import container
from fleetgen.mapping import avro, describe
from fleetgen.messages import loads
from fleetgen.model import Json
from fleetgen.pipeline import Pipeline, Source, Stream
from fleetgen.targets import clickhouse
from fleetgen.targets.base import Output
from fleetgen.targets.clickhouse.compile import compile
from fleetgen.targets.clickhouse.engine import Engine, EngineError

ENUM: Final = {"type": "enum", "name": "e", "symbols": ["A", "B"]}
RECORD: Final = {"type": "record", "name": "r", "fields": [
    {"name": "a", "type": "int"}, {"name": "from", "type": ["null", "string"]}
]}  # fmt: skip


def logical(base: str, kind: str, **members: Json) -> Json:
    return {"type": base, "logicalType": kind, **members}


def fixed(size: int, **members: Json) -> Json:
    return {"type": "fixed", "name": f"f{size}", "size": size, **members}


def array(items: Json) -> Json:
    return {"type": "array", "items": items}


def one(type: Json, **members: Json) -> Json:
    return {"type": "record", "name": "s", "fields": [{"name": "f", "type": type, **members}]}


def generate(*streams: Stream, platform: str = "server") -> Output:
    return clickhouse.generate(Pipeline(DATABASE, streams, platforms={"clickhouse": (platform,)}), TEMPLATES, {})


def said(output: Output) -> list[tuple[str, str]]:
    return [(finding.code, finding.place.pointer) for finding in output.findings]


LANDED: Final = [
    ("null", "Nullable(UInt8)"),
    ("boolean", "Nullable(Bool)"),
    ("int", "Nullable(Int64)"),
    (["null", "long"], "Nullable(Int64)"),
    ("float", "Nullable(Float32)"),
    ("double", "Nullable(Float64)"),
    ("bytes", "Nullable(String)"),
    ("string", "Nullable(String)"),
    (ENUM, "Nullable(String)"),
    (fixed(3), "Nullable(FixedString(3))"),
    (logical("int", "date"), "Nullable(Int64)"),
    (logical("long", "timestamp-micros"), "Nullable(Int64)"),
    (logical("string", "uuid"), "Nullable(String)"),
    (fixed(16, logicalType="uuid"), "Nullable(FixedString(16))"),
    (fixed(12, logicalType="duration"), "Nullable(FixedString(12))"),
    (logical("bytes", "decimal", precision=12, scale=3), "Nullable(Decimal(12, 3))"),
    (array(["null", array("int")]), "Array(Array(Nullable(Int64)))"),
    ({"type": "map", "values": "string"}, "Map(String, Nullable(String))"),
    (RECORD, "Nullable(Tuple(a Nullable(Int64), `from` Nullable(String)))"),
    (["null", {"type": "record", "name": "r", "fields": []}], "Nullable(Tuple())"),
    (["string", "int"], "Variant(Int32, String)"),
    (
        ["null", logical("int", "date"), logical("long", "timestamp-millis"), logical("string", "uuid"), ENUM],
        "Variant(Date32, DateTime64(3), Enum8('A' = 0, 'B' = 1), UUID)",
    ),
    (["int", RECORD], "Variant(Int32, Tuple(a Int32, `from` Nullable(String)))"),
    (array(["int", ["null", "string"][1], "null"]), "Array(Variant(Int32, String))"),
    (["int", array(["null", RECORD])], "Variant(Array(Nullable(Tuple(a Int32, `from` Nullable(String)))), Int32)"),
]


@pytest.mark.parametrize(("type", "wire"), LANDED, ids=[wire for _, wire in LANDED])
def test_the_landing_has_native_types(engine: Engine, type: Json, wire: str) -> None:
    stream = avro_stream(one(type))
    assert describe.wire_types(stream)["f"] == wire
    output = generate(stream)
    assert compile(output.files, {}, engine) == []


def test_a_wide_enum_has_sixteen_bits_in_a_union() -> None:
    wide = {"type": "enum", "name": "e", "symbols": [f"S{n}" for n in range(129)]}
    assert describe.wire_types(avro_stream(one(["int", wide])))["f"].startswith("Variant(Enum16('S0' = 0, ")


def test_the_landings_say_their_format_and_what_reading_it_needs() -> None:
    files = generate(avro_stream(one("int"))).files
    pulled, pushed = (files[f"clickhouse/server/landing-{how}/s.sql"] for how in ("kafka", "push"))
    settings = pulled[pulled.index("SETTINGS") : pulled.index(";")].split("\n    ")
    assert "kafka_format = 'AvroConfluent'," in settings
    assert "format_avro_schema_registry_url = '${profile:kafka.registry.url}'," in settings
    assert "input_format_avro_allow_missing_fields = 1," in settings
    assert "JSON" not in pulled.replace("toJSONString", "")
    assert "inserts them here as Avro" in pushed


def test_a_registry_with_a_login_has_it_in_its_address() -> None:
    wanted = Pipeline(
        DATABASE, (avro_stream(one("int")),), platforms={"clickhouse": ("server",)}, registry_login=True
    )  # fmt: skip
    text = clickhouse.generate(wanted, TEMPLATES, {}).files["clickhouse/server/landing-kafka/s.sql"]
    assert "format_avro_schema_registry_url = '${profile:kafka.registry.login-url}'" in text


# What the reader cannot read

FIVE: Final = Decimal(5)
UNREADABLE: Final[list[tuple[Json, str, Any]]] = [
    (["string", "bytes"], "/fields/0/type", ("bytes", b"x")),
    ([ENUM, {**ENUM, "name": "g"}], "/fields/0/type", ("g", "A")),
    (array([RECORD, {**RECORD, "name": "q"}]), "/fields/0/type/items", [("q", {"a": 1, "from": None})]),
    (["int", array("null")], "/fields/0/type/1/items", ("array", [None])),
    (["int", {"type": "map", "values": "null"}], "/fields/0/type/1/values", ("map", {"k": None})),
    (
        ["int", {**RECORD, "fields": [{"name": "a", "type": "null"}]}],
        "/fields/0/type/1/fields/0/type",
        ("r", {"a": None}),
    ),
    (fixed(5, logicalType="decimal", precision=9), "/fields/0/type", FIVE),
    (["null", array(fixed(9, logicalType="decimal", precision=18))], "/fields/0/type/1/items", [FIVE]),
]


@pytest.mark.parametrize(("type", "pointer", "value"), [*UNREADABLE, (["null", "s"], "/fields/0/type/1", None)])
def test_what_the_reader_cannot_read_leaves_the_stream_out(type: Json, pointer: str, value: Any) -> None:
    output = generate(avro_stream(one(type)))
    assert said(output) == [("FG410", pointer)]
    assert output.types == {}
    assert list(output.files) == ["clickhouse/server/database.sql"]


@pytest.mark.parametrize(("type", "pointer", "value"), UNREADABLE)
def test_the_reader_really_cannot(engine: Engine, type: Json, pointer: str, value: Any) -> None:
    """The limits are the engine's own: without the findings, the table or the insert fails."""
    stream = avro_stream(one(type))
    wire, file = describe.wire_types(stream)["f"], io.BytesIO()
    container.write(stream, [{"f": value}], file)
    with pytest.raises((DatabaseError, EngineError), match=r"Code: (36|44|48|321)\."):
        through(engine, wire, file.getvalue())


def through(engine: Engine, wire: str, file: bytes) -> None:
    """A column of that type made, filled and read."""
    engine.run("DROP TABLE IF EXISTS unreadable")
    settings = ", ".join(avro.PUSHED.TABLE_SETTINGS)
    engine.run(f"CREATE TABLE unreadable (f {wire}) ENGINE = Memory SETTINGS {settings}")
    engine.insert_file("unreadable", file)
    engine.client.raw_query("SELECT f FROM unreadable", fmt="TSV")


@pytest.mark.parametrize(
    ("type", "source", "expected"),
    [
        (["null", array("int")], "none", ["FG416"]),
        ({**RECORD, "fields": [{"name": "a", "type": array(["null", array("int")])}]}, "none", ["FG416"]),
        (["int", array("int"), "null"], "none", []),
        (["int", ENUM], "datagen", ["FG417"]),
        (["int", ENUM], "none", []),
        ([logical("int", "date"), logical("string", "uuid")], "datagen", ["FG417"]),
        (["int", "string", RECORD], "datagen", []),
        (["string", ENUM], "datagen", []),  # Connect cannot send it, so the landing reads the schema itself
        (ENUM, "datagen", []),
    ],
)
def test_what_is_held_with_a_warning(type: Json, source: str, expected: list[str]) -> None:
    output = generate(avro_stream(one(type), source=Source(source)))
    assert [code for code, _ in said(output)] == expected
    assert "s" in output.types


def test_a_default_that_leaves_a_field_out_is_told_at_any_depth() -> None:
    inner = {"type": "record", "name": "i", "fields": [{"name": "a", "type": "int", "default": 1}]}
    outer = {"type": "record", "name": "o", "fields": [{"name": "i", "type": inner, "default": {}}]}
    output = generate(avro_stream(one(array(outer), default=[]), source=Source("none")))
    assert said(output) == [("FG418", "/fields/0/type/items/fields/0")]
    whole = {**outer, "fields": [{"name": "i", "type": inner, "default": {"a": 2}}]}
    assert said(generate(avro_stream(one(array(whole), default=[{"i": {"a": 3}}]), source=Source("none")))) == []


def test_sent_files_do_without_such_defaults(engine: Engine) -> None:
    inner = {"type": "record", "name": "i", "fields": [{"name": "a", "type": "int", "default": 1}]}
    with store_of(engine, avro_stream(one(inner, default={}))) as held:
        push(held, [{"f": {"a": 5}}])
        assert held.values() == [{"f": {"a": 5}}]


# Which union a Kafka landing reads


def kafka_type(type: Json, source: str) -> str:
    text = generate(avro_stream(one(type), source=Source(source))).files["clickhouse/server/landing-kafka/s.sql"]
    return next(line.strip() for line in text.splitlines() if line.startswith("    `f` "))


def test_a_pulled_union_has_the_form_of_its_source() -> None:
    union = ["int", ENUM, {**RECORD, "fields": [{"name": "u", "type": logical("string", "uuid")}]}]
    itself = "`f` Variant(Enum8('A' = 0, 'B' = 1), Int32, Tuple(u UUID))"
    assert kafka_type(union, "none") == itself
    assert kafka_type(union, "datagen") == "`f` Variant(Int32, String, Tuple(u String))"
    assert kafka_type(["string", ENUM], "datagen") == "`f` Variant(Enum8('A' = 0, 'B' = 1), String)"


# Other writers

INNER: Final = {"type": "record", "name": "q", "fields": [{"name": "z", "type": "int"}]}
OUTER: Final = {"type": "record", "name": "o", "fields": [{"name": "q", "type": INNER}]}
UUID: Final = "0f8fad5b-d9cb-469f-a165-70867728950e"


def test_a_field_that_the_writer_did_not_know_has_its_default(engine: Engine) -> None:
    defaults: dict[str, tuple[Json, Json, Any]] = {
        "i": ("int", -5, -5),
        "d": ("double", 1e300, 1e300),
        "s": ("string", "it's \\ \n", "it's \\ \n"),
        "y": ("bytes", "\u00ff\u0000", b"\xff\0"),
        "x": (fixed(2), "\u00ff\u0001", b"\xff\1"),
        "b": ("boolean", True, True),
        "e": (ENUM, "B", "B"),
        "n": (["null", "int"], None, None),
        "c": (logical("bytes", "decimal", precision=5, scale=2), "\u00ff\u0085", Decimal("-1.23")),
        "t": (logical("long", "timestamp-millis"), 5, 5),
        "u": (logical("string", "uuid"), UUID, UUID),
        "a": (array("int"), [], []),
        "o": (OUTER, {"q": {"z": 3}}, {"q": {"z": 3}}),
        "r": ({**RECORD, "fields": [*RECORD["fields"], {"name": "l", "type": array("int")}, {
            "name": "m", "type": {"type": "map", "values": "double"}, "default": {"k": 1}}]},
            {"a": 1, "from": None, "l": [2]}, {"a": 1, "from": None, "l": [2], "m": {"k": 1.0}}),
    }  # fmt: skip
    fields = [{"name": name, "type": type, "default": default} for name, (type, default, _) in defaults.items()]
    old = {"type": "record", "name": "s", "fields": [{"name": "id", "type": "int"}]}
    with store_of(engine, avro_stream({**old, "fields": [*old["fields"], *fields]})) as held:
        push_file(held, file_of(old, [{"id": 1}]))
        assert held.letters() == []
        assert held.values() == [{"id": 1, **{name: value for name, (_, _, value) in defaults.items()}}]


def test_a_default_with_a_union_in_it_is_not_known(engine: Engine) -> None:
    """What was not sent is refused, and nothing breaks."""
    inner = {"type": "record", "name": "r", "fields": [
        {"name": "l", "type": array(["int", "string"])}, {"name": "u", "type": ["int", "string"]}
    ]}  # fmt: skip
    new = {"type": "record", "name": "s", "fields": [
        {"name": "id", "type": "int"}, {"name": "f", "type": inner, "default": {"l": [], "u": 1}},
        {"name": "u", "type": ["int", "string"], "default": 1},
    ]}  # fmt: skip
    with store_of(engine, avro_stream(new)) as held:
        push_file(held, file_of({**new, "fields": new["fields"][:1]}, [{"id": 1}]))
        assert [letter.fields for letter in held.letters()] == [("f", "u")]


def test_a_required_field_without_a_default_is_missed(engine: Engine) -> None:
    new = {"type": "record", "name": "s", "fields": [{"name": "a", "type": "int"}, {"name": "b", "type": "int"}]}
    with store_of(engine, avro_stream(new)) as held:
        push_file(held, file_of({**new, "fields": new["fields"][:1]}, [{"a": 1}]))
        assert [letter.fields for letter in held.letters()] == [("b",)]
        assert loads(held.letters()[0].raw) == {"a": 1, "b": None}


WIDER: Final = {**RECORD, "fields": [*RECORD["fields"], {"name": "z", "type": "int"}]}


def test_null_is_no_default(engine: Engine) -> None:
    stream = avro_stream(one("int", default=7))
    with store_of(engine, stream) as held:
        push_file(held, file_of(one(["null", "int"]), [{"f": None}]))
        assert [letter.fields for letter in held.letters()] == [("f",)]


@pytest.mark.parametrize(
    ("due", "writer", "value", "code"),
    [
        ("int", "string", "1", 44),
        (RECORD, {**RECORD, "fields": RECORD["fields"][:1]}, {"a": 1}, 117),
        (RECORD, WIDER, {"a": 1, "from": None, "z": 1}, 117),
        (["int", "string"], ["int", "string", "double"], 1, 44),
        (["int", "string"], "int", 1, 44),
        (logical("bytes", "decimal", precision=5), logical("bytes", "decimal", precision=6), FIVE, 36),
        (fixed(2), fixed(3), b"abc", 44),
    ],
)  # fmt: skip
def test_a_writer_of_another_kind_fails_the_whole_insert(
    engine: Engine, due: Json, writer: Json, value: Any, code: int
) -> None:
    with store_of(engine, avro_stream(one(due))) as held:
        with pytest.raises(DatabaseError) as failure:
            push_file(held, file_of(one(writer), [{"f": value}]))
        assert failure.value.code == code
        assert (held.rows(), held.letters()) == ([], [])


@pytest.mark.parametrize(
    ("due", "writer", "value", "stored"),
    [("int", "double", 1.5, 1), ("int", "boolean", True, 1), ("long", "int", 5, 5), ("double", "float", 0.5, 0.5)],
)
def test_what_the_reader_converts_without_a_word(
    engine: Engine, due: Json, writer: Json, value: Any, stored: Any
) -> None:
    with store_of(engine, avro_stream(one(due))) as held:
        push_file(held, file_of(one(writer), [{"f": value}]))
        assert held.values() == [{"f": stored}]


def test_an_unknown_field_at_the_top_is_not_seen(engine: Engine) -> None:
    writer = {**one("int"), "fields": [*one("int")["fields"], {"name": "z", "type": "string"}]}
    with store_of(engine, avro_stream(one("int"))) as held:
        push_file(held, file_of(writer, [{"f": 1, "z": "x"}]))
        assert held.values() == [{"f": 1}]


def test_a_dead_letter_is_text_whatever_the_bytes(engine: Engine) -> None:
    schema = {"type": "record", "name": "s", "fields": [
        {"name": "y", "type": "bytes"}, {"name": "d", "type": "double"}, {"name": "i", "type": "int"}
    ]}  # fmt: skip
    stream = avro_stream(schema)
    with store_of(engine, stream) as held:
        values = [{"y": b"\xff\0", "d": float("nan"), "i": 2**31, "_offset": 0}]
        push_file(held, avro_bytes.container(avro_bytes.loose(stream.record), values))
        (letter,) = held.letters()
        assert loads(letter.raw) == {"y": "\ufffd\0", "d": "nan", "i": 2**31}


# Odd schemas


def nested(levels: int, inner: Json) -> Json:
    for level in range(levels):
        inner = {"type": "record", "name": f"r{level}", "fields": [{"name": "a", "type": inner}]}
    return inner


def deep(levels: int, value: Any) -> Any:
    for _ in range(levels):
        value = {"a": value}
    return value


UNION: Final = ["null", "int", "string", "boolean", "double", "float", "long", array("int"), ENUM, fixed(2), RECORD,
    {"type": "map", "values": "int"}]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        ({}, [{}, {}]),
        ({"f": "null"}, [{"f": None}]),
        ({"f": {"type": "record", "name": "r", "fields": []}}, [{"f": {}}]),
        ({"f": ["null", "string", {"type": "record", "name": "r", "fields": []}]}, [{"f": ("r", {})}, {"f": None}]),
        ({"f": ["int", {"type": "enum", "name": "e", "symbols": [f"SYMBOL_{n}" for n in range(10_000)]}]},
            [{"f": ("e", "SYMBOL_9999")}, {"f": ("int", 1)}]),
        ({f"field_{n}": ["null", "int"] for n in range(1000)}, [{f"field_{n}": n for n in range(1000)}]),
        ({"f": nested(12, ["null", "int"])}, [{"f": deep(12, 1)}, {"f": deep(12, None)}]),
        ({"f": ["int", nested(12, ["null", "int", "string"])]}, [{"f": ("r11", deep(12, ("string", "x")))}]),
        ({"f": ["null", {"type": "record", "name": "o", "fields": [{"name": "a", "type": ["null", RECORD]}]}]},
            [{"f": None}, {"f": {"a": None}}, {"f": {"a": {"a": 1, "from": None}}}]),
        ({"f": UNION}, [{"f": None}, {"f": ("int", 1)}, {"f": ("array", [])}, {"f": ("map", {})}, {"f": ("e", "B")},
            {"f": ("float", 0.5)}, {"f": ("r", {"a": 1, "from": "x"})}, {"f": ("f2", b"\xff\0")}]),
    ],
    ids=["no field", "null", "empty record", "empty record in a union", "10,000 symbols", "1000 fields", "12 levels",
        "12 levels in a union", "nullable records of nullable fields", "12 branches"],
)  # fmt: skip
def test_odd_schemas_come_back(engine: Engine, fields: dict[str, Json], values: list[dict[str, Any]]) -> None:
    schema = {"type": "record", "name": "s", "fields": [{"name": name, "type": type} for name, type in fields.items()]}
    stream = avro_stream(schema)
    with store_of(engine, stream) as held:
        push(held, values)
        assert held.letters() == []
        assert counted(held.values()) == counted(values)
    output = generate(stream)
    assert "clickhouse/server/landing-kafka/s.sql" in output.files
