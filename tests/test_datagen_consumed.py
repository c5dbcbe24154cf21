"""Avro files of messages hold the records, and what a consumer adds to them."""

from __future__ import annotations

import io
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import streams
from budgets import DRAWN_TEXTS
from datagen_streams import END
from fleetgen.commands import ingress
from fleetgen.datagen import container
from fleetgen.datagen.sample import batch
from fleetgen.mapping.store import meta
from fleetgen.model import Json
from fleetgen.pipeline import Stream
from fleetgen.readback import exact
from fleetgen.strategies.schemas import schemas

KEYS = [
    {"name": "n", "type": {"type": "int", "arg.properties": {"range": {"min": -9, "max": 9}}}},
    {"name": "s", "type": {"type": "string", "arg.properties": {"options": ['a "b" é', "", "nul\0", "\n"]}}},
]


def _read(stream: Stream, start: int, stop: int, first: int) -> list[dict[str, Any]]:
    reader: Any = fastavro.reader(_plain(ingress.file(stream, batch(stream, 3, END, start, stop), first)))
    return list(reader)


def _plain(file: bytes) -> io.BytesIO:
    """Without logical types: values as they are encoded."""
    return io.BytesIO(file.replace(b'"logicalType"', b'"LogicalType"'))


@pytest.mark.parametrize("key", [(), ("n",), ("s",), ("s", "n")])
def test_each_message_has_its_topic_offset_time_and_key(key: tuple[str, ...]) -> None:
    stream = streams.stream({"type": "record", "name": "S", "fields": KEYS}, key=key)
    given = batch(stream, 3, END, 8000, 8500)
    known = zip(given.records(), given.times().tolist(), given.keys(), strict=True)
    assert _read(stream, 8000, 8500, 70) == [
        {**value, "_topic": stream.topic, "_offset": offset, "_timestamp": time, "_key": text}
        for offset, (value, time, text) in enumerate(known, 70)
    ]


@settings(max_examples=DRAWN_TEXTS // 8)
@given(schemas(recursion=False), st.integers(0, 9))
def test_the_records_of_any_stream_are_in_front(schema: Json, rows: int) -> None:
    stream = streams.stream(schema)
    ours, size = meta(stream), len(stream.record.fields)
    read = [list(record.items()) for record in _read(stream, 2, 2 + rows, 5)]
    alone = container.header(stream) + b"".join(batch(stream, 3, END, 2, 2 + rows).blocks())
    assert exact([dict(record[:size]) for record in read]) == exact(list(fastavro.reader(_plain(alone))))
    assert [dict(record[size:])[ours.offset] for record in read] == list(range(5, 5 + rows))
