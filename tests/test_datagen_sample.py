"""Samples of any schema are its records, however they are written, and any slice of them is the same by itself."""

from __future__ import annotations

import io
import json
import uuid
from decimal import Decimal
from itertools import chain, pairwise
from typing import Any

import fastavro
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle
import streams
from budgets import DRAWN_TEXTS
from datagen_streams import END, field, sampled
from fleetgen import messages
from fleetgen.datagen import avrobytes, avrovalues, container
from fleetgen.datagen.columns import Branches, Decimals, Pool, Records, Scalars
from fleetgen.datagen.sample import BLOCK, batch, write_avro
from fleetgen.model import (
    ArrayType,
    DecimalType,
    FixedType,
    Json,
    MapType,
    RecordType,
    RecursiveType,
    Type,
    UnionType,
    branch_name,
    unwrap,
)
from fleetgen.pipeline import Stream
from fleetgen.readback import exact
from fleetgen.strategies.schemas import schemas

ROWS = 6


@settings(max_examples=DRAWN_TEXTS // 4)
@given(schemas(), st.integers(0, 2**64))
def test_every_message_is_accepted_and_says_its_record(schema: Json, seed: int) -> None:
    stream = streams.stream(schema)
    drawn = batch(stream, seed, END, 0, ROWS)
    lines = drawn.lines().decode().splitlines(keepends=True)
    assert len(lines) == ROWS
    for line, record in zip(lines, drawn.records(), strict=True):
        message = messages.loads(line)
        assert isinstance(oracle.judge(stream.record, message), oracle.Stored), line
        assert exact(messages.decode(stream.record, message)) == exact(record)


@settings(max_examples=DRAWN_TEXTS // 4)
@given(schemas(), st.integers(0, 50), st.integers(0, 9), st.integers(0, 9))
def test_a_slice_is_the_same_by_itself(schema: Json, start: int, first: int, second: int) -> None:
    stream = streams.stream(schema)
    parts = [batch(stream, 3, END, start, start + first), batch(stream, 3, END, start + first, start + first + second)]
    whole = batch(stream, 3, END, start, start + first + second)
    assert b"".join(part.lines() for part in parts) == whole.lines()
    assert exact(list(chain.from_iterable(part.records() for part in parts))) == exact(list(whole.records()))
    assert np.array_equal(np.concatenate([part.times() for part in parts]), whole.times())
    assert parts[0].keys() + parts[1].keys() == whole.keys()


@settings(max_examples=DRAWN_TEXTS // 4)
@given(schemas())
def test_a_container_file_holds_the_records(schema: Json) -> None:
    stream = streams.stream(schema)
    read = list(fastavro.reader(io.BytesIO(_container(stream).replace(b'"logicalType"', b'"LogicalType"'))))
    records = list(batch(stream, 0, END, 0, ROWS).records())
    assert exact(read) == exact([_bare(stream.record, record, {}) for record in records])
    assert _container(stream) == _container(stream)


@settings(max_examples=DRAWN_TEXTS // 4)
@given(schemas())
def test_single_values_are_encoded_as_columns_are(schema: Json) -> None:
    record = streams.stream(schema).record
    drawn = batch(streams.stream(schema), 0, END, 0, ROWS)
    written = b"".join(avrovalues.write(record, value, {}) for value in drawn.records())
    assert avrobytes.encode(record, drawn.columns(), avrobytes.Scope()) == written


def _container(stream: Stream, rows: int = ROWS) -> bytes:
    file = io.BytesIO()
    write_avro(stream, file, rows=rows, seed=0, end_ms=END)
    return file.getvalue()


@pytest.mark.parametrize("name", ["fleet_mgmt_sensors", "fleet_mgmt_location", "fleet_mgmt_description"])
def test_slices_that_end_with_a_block_are_pieces_of_the_container_file(name: str) -> None:
    stream = streams.fleet().stream(name)
    assert stream is not None
    ends = [0, BLOCK, 3 * BLOCK, 30_000]
    parts = [b"".join(batch(stream, 0, END, start, stop).blocks()) for start, stop in pairwise(ends)]
    whole = _container(stream, 30_000)
    assert whole == container.header(stream) + b"".join(parts)
    read = fastavro.block_reader(io.BytesIO(whole))
    assert [block.num_records for block in read] == [8192, 8192, 8192, 5424]
    given = list(batch(stream, 0, END, 0, 30_000).records())
    assert list(fastavro.reader(io.BytesIO(whole.replace(b'"logicalType"', b'"LogicalType"')))) == given


POINT = {"type": "record", "name": "P", "fields": [{"name": "x", "type": "float"}, {"name": "e", "type": [
    "null", {"type": "enum", "name": "E", "symbols": ["A", "B"]}]}]}  # fmt: skip
MONEY = {"type": "bytes", "logicalType": "decimal", "precision": 40, "scale": 2}


@pytest.mark.parametrize("rows", [3, 500])
@pytest.mark.parametrize(
    ("type", "values"),
    [
        (["null", "string", {"type": "array", "items": "long"}], [None, {"string": "é\0"}, {"array": [1, -1]}]),
        (["string", "null"], [None, {"string": ""}]),
        ({"type": "map", "values": ["null", "double"]}, [{}, {"a": None, "b": {"double": 0.5}}]),
        (POINT, [{"x": 0.5, "e": None}, {"x": -1, "e": {"E": "B"}}]),
        (MONEY, [0.25, -1, 10**37]),
        ("boolean", [True]),
    ],
)
def test_a_container_file_holds_options_that_are_drawn_seldom_and_often(type: Any, values: Any, rows: int) -> None:
    stream = field(type, {"options": values}, on_field=True)
    read = list(fastavro.reader(io.BytesIO(_container(stream, rows).replace(b'"logicalType"', b'"LogicalType"'))))
    records = list(batch(stream, 0, END, 0, rows).records())
    assert exact(read) == exact([_bare(stream.record, record, {}) for record in records])
    held = batch(stream, 0, END, 0, 1).columns().children[0]
    assert isinstance(held, Branches if isinstance(type, list) else Pool)


def test_blocks_of_wide_records_have_fewer_rows() -> None:
    stream = field({"type": "array", "items": "string"}, {"length": {"min": 1500, "max": 1501}}, on_field=True)
    sizes = [block.num_records for block in fastavro.block_reader(io.BytesIO(_container(stream, 5000)))]
    size = sizes[0]
    assert size < BLOCK
    assert BLOCK % size == 0
    assert sizes == [size] * (5000 // size) + [5000 % size] * (5000 % size > 0)
    pieces = [batch(stream, 0, END, start, start + size).blocks() for start in (0, size)]
    assert b"".join(chain.from_iterable(pieces)) == b"".join(batch(stream, 0, END, 0, 2 * size).blocks())


NUMBERS = [sign * (2**bits + near) for sign in (1, -1) for bits in range(63) for near in (-1, 0, 1)]


@pytest.mark.parametrize("numbers", [[*NUMBERS, 2**63 - 1, -(2**63)], [0], [-1, 63], [64], [-(2**31), 2**31 - 1], []])
def test_integers_are_varints(numbers: list[int]) -> None:
    record = streams.stream({"type": "record", "name": "S", "fields": [{"name": "v", "type": "long"}]}).record
    column = Records(len(numbers), ("v",), (Scalars(np.array(numbers, np.int64)),))
    file = io.BytesIO(avrobytes.encode(record, column, avrobytes.Scope()))
    assert [fastavro.schemaless_reader(file, "long", None) for _ in numbers] == numbers
    assert not file.read()


@pytest.mark.parametrize("size", [None, 8, 9, 20])
def test_decimals_are_the_fewest_bytes_or_as_many_as_the_fixed_has(size: int | None) -> None:
    fixed = {"type": "bytes"} if size is None else {"type": "fixed", "name": "F", "size": size}
    stream = field({**fixed, "logicalType": "decimal", "precision": 18, "scale": 2})
    numbers = [number for number in NUMBERS if abs(number) < 10**18]
    file = io.BytesIO()
    for data in (np.array(numbers, np.int64), np.array(numbers, object)):
        column = Records(len(numbers), ("v",), (Decimals(data, 2),))
        file.write(avrobytes.encode(stream.record, column, avrobytes.Scope()))
    file.seek(0)
    read = [fastavro.schemaless_reader(file, {**fixed}, None) for _ in numbers * 2]
    least = [(number + (number < 0)).bit_length() // 8 + 1 for number in numbers * 2]
    assert read == [
        number.to_bytes(size or fewest, "big", signed=True) for number, fewest in zip(numbers * 2, least, strict=True)
    ]


def _bare(type: Type, value: Any, enclosing: dict[str, RecordType]) -> Any:
    """What a reader without logical types gives: unscaled bytes for decimals, no names of branches."""
    inner = unwrap(type)[0]
    match inner:
        case UnionType() if value is not None:
            branch = next(branch for branch in inner.branches if branch_name(branch) == value[0])
            return _bare(branch, value[1], enclosing)
        case DecimalType() if value is not None:
            sign, digits, _ = value.as_tuple()
            unscaled = int("".join(map(str, digits))) * (-1 if sign else 1)
            least = (unscaled + (unscaled < 0)).bit_length() // 8 + 1
            size = inner.base.size if isinstance(inner.base, FixedType) else least
            return unscaled.to_bytes(size, "big", signed=True)
        case ArrayType() if value is not None:
            return [_bare(inner.items, item, enclosing) for item in value]
        case MapType() if value is not None:
            return {key: _bare(inner.values, item, enclosing) for key, item in value.items()}
        case RecordType() if value is not None:
            inside = {**enclosing, inner.fullname: inner}
            return {field.name: _bare(field.type, value[field.name], inside) for field in inner.fields}
        case RecursiveType() if value is not None:
            return _bare(enclosing[inner.fullname], value, enclosing)
        case _:
            return value


def test_the_container_file_has_a_fixed_marker_and_no_annotations() -> None:
    file = _container(field("int", {"range": {"min": 0, "max": 9}}))
    assert b"arg.properties" not in file
    assert file.endswith(b"fleetgen sample.")
    reader = fastavro.reader(io.BytesIO(file))
    assert reader.metadata["avro.codec"] == "null"


def test_seeds_and_streams_differ_and_the_number_of_rows_does_not_matter() -> None:
    stream = field("long")
    assert sampled(stream, 10) == sampled(stream, 1000)[:10]
    assert sampled(stream, 10) != sampled(stream, 10, seed=1)
    other = streams.stream({"type": "record", "name": "T", "fields": [{"name": "v", "type": "long"}]})
    assert sampled(stream, 10) != sampled(other, 10)


def test_streams_share_the_values_of_a_key() -> None:
    args = {"range": {"min": 1000, "max": 9999}}
    fields = [{"name": "id", "type": {"type": "int", "arg.properties": args}}, {"name": "n", "type": "int"}]
    first, second = (streams.stream({"type": "record", "name": name, "fields": fields}, key=("id",)) for name in "AB")
    one, two = (list(batch(stream, 5, END, 0, 100).records()) for stream in (first, second))
    assert [record["id"] for record in one] == [record["id"] for record in two]
    assert [record["n"] for record in one] != [record["n"] for record in two]


@pytest.mark.parametrize(
    ("key", "text"),
    [((), ""), (("n",), "7"), (("s",), 'a "b" é'), (("s", "n"), '{"s":"a \\"b\\" é","n":7}')],
)
def test_a_key_is_text(key: tuple[str, ...], text: str) -> None:
    fields = [
        {"name": "n", "type": {"type": "int", "arg.properties": {"options": [7]}}},
        {"name": "s", "type": {"type": "string", "arg.properties": {"options": ['a "b" é']}}},
    ]
    stream = streams.stream({"type": "record", "name": "S", "fields": fields}, key=key)
    assert batch(stream, 0, END, 0, 3).keys() == [text] * 3


def test_message_times_spread_over_the_thirty_days_before_the_end() -> None:
    times = batch(field("int"), 0, END, 0, 30_000).times()
    day = 86_400_000
    assert END - 30 * day <= times.min()
    assert times.max() < END
    days = np.bincount((END - 1 - times) // day, minlength=30)
    assert len(days) == 30
    assert days.min() > 800
    assert days.max() < 1200


def test_one_row_of_every_stream_is_about_one_moment() -> None:
    other = streams.stream({"type": "record", "name": "T", "fields": [{"name": "v", "type": "int"}]})
    apart = batch(field("int"), 0, END, 0, 1000).times() - batch(other, 0, END, 0, 1000).times()
    assert np.abs(apart).max() < 60_000
    assert 300 < (apart > 0).sum() < 700


@pytest.mark.parametrize("end_ms", [-62_135_596_800_000, 0, 253_402_300_799_999])
@pytest.mark.parametrize(
    "kind", ["date", "timestamp-millis", "timestamp-micros", "timestamp-nanos", "local-timestamp-millis", "time-micros"]
)
def test_times_stay_valid_whatever_the_end(kind: str, end_ms: int) -> None:
    base = "int" if kind == "date" else "long"
    stream = field({"type": base, "logicalType": kind})
    for line in batch(stream, 0, end_ms, 0, 50).lines().splitlines():
        assert isinstance(oracle.judge(stream.record, messages.loads(line)), oracle.Stored)


def test_times_without_annotation_are_near_the_end() -> None:
    per_ms = {"timestamp-millis": 1, "timestamp-micros": 1000, "local-timestamp-nanos": 1_000_000}
    for kind, ticks in per_ms.items():
        values = sampled(field({"type": "long", "logicalType": kind}))
        assert all(END - 30 * 86_400_000 <= value // ticks < END for value in values)
    assert {END // 86_400_000 - value for value in sampled(field({"type": "int", "logicalType": "date"}))} == {
        *range(31)
    }


def test_plain_strings_are_printable_words() -> None:
    values = sampled(field("string"))
    assert all(value.isascii() and value.isprintable() and value for value in values)
    assert len(set(values)) > 100


def test_uuids_are_canonical_and_of_version_four() -> None:
    for value in sampled(field({"type": "string", "logicalType": "uuid"})):
        assert str(uuid.UUID(value)) == value
        assert uuid.UUID(value).version == 4
        assert uuid.UUID(value).variant == uuid.RFC_4122


@pytest.mark.parametrize(("precision", "scale"), [(1, 0), (5, 5), (18, 2), (19, 4), (76, 38), (100, 0), (400, 399)])
def test_decimals_use_their_whole_precision(precision: int, scale: int) -> None:
    stream = field({"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale})
    values = sampled(stream)
    assert all(-value.as_tuple().exponent == scale for value in values)
    assert max(len(value.as_tuple().digits) for value in values) == precision
    lines = batch(stream, 0, END, 0, 500).lines().splitlines()
    assert [json.loads(line, parse_float=Decimal, parse_int=Decimal)["v"] for line in lines] == values


def test_records_that_hold_themselves_end() -> None:
    node = {"type": "record", "name": "Node", "fields": [
        {"name": "left", "type": ["null", "Node"]},
        {"name": "children", "type": {"type": "array", "items": "Node"}},
        {"name": "named", "type": {"type": "map", "values": "Node"}},
    ]}  # fmt: skip
    records = list(batch(streams.stream(node), 0, END, 0, 300).records())
    assert max(map(_depth, records)) == 3
    assert any(record["left"] is None for record in records)


def _depth(record: dict[str, Any]) -> int:
    held = [*record["children"], *record["named"].values(), *([record["left"]] if record["left"] else [])]
    return 1 + max(map(_depth, held), default=0)


def test_no_rows_are_nothing() -> None:
    empty = batch(field("int", key=("v",)), 0, END, 5, 5)
    assert (empty.lines(), list(empty.records()), empty.keys(), len(empty.times())) == (b"", [], [], 0)
