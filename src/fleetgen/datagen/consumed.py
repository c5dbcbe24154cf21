"""Samples with what a consumer of the topic adds to each message, as fields behind those of the record."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np

from fleetgen.datagen import jsontext, numerals
from fleetgen.datagen.columns import Column, Pool, Records, Scalars, Text
from fleetgen.datagen.context import Context, Draw
from fleetgen.datagen.jsontext import STRING
from fleetgen.datagen.sample import Batch
from fleetgen.model import Field, Json, Logical, LogicalType, Primitive, PrimitiveType, Type
from fleetgen.pipeline import Stream

Added: TypeAlias = tuple[Type, Json, Draw]
"""A type, the same in a schema, and its values."""

_LONG: Final = PrimitiveType(Primitive.LONG)
_TIME: Final = LogicalType(Logical.TIMESTAMP_MILLIS, _LONG)
_TIME_TEXT: Final = {"type": "long", "logicalType": "timestamp-millis"}


def join(batch: Batch, first: int, *, topic: str, offset: str, timestamp: str, key: str) -> Batch:
    """Under the names given; the offsets begin with `first`.

    The record must not hold itself: in the schema, that in it would have the fields too.
    """
    topics = jsontext.choices(STRING, [batch.stream.topic])
    added: dict[str, Added] = {
        topic: (STRING, "string", lambda context: Pool(np.zeros(context.size, np.int64), topics)),
        offset: (_LONG, "long", lambda context: Scalars(context.rows + (first - batch.start))),
        timestamp: (_TIME, _TIME_TEXT, lambda context: Scalars(batch.moments(context))),
        key: (STRING, "string", lambda context: _strings(batch.key_texts(batch.draw_keys(context)))),
    }
    return replace(batch, stream=_stream(batch.stream, added), draw=_draw(batch.draw, added))


def _strings(texts: list[str]) -> Column:
    if any("\0" in text for text in texts):
        return jsontext.pool(texts)
    return Text(numerals.rows([text.encode() for text in texts]), plain=False)


def _stream(stream: Stream, added: dict[str, Added]) -> Stream:
    fields = tuple(Field(name, type) for name, (type, _, _) in added.items())
    schema = json.loads(stream.schema)
    schema["fields"] += [{"name": name, "type": text} for name, (_, text, _) in added.items()]
    record = replace(stream.record, fields=(*stream.record.fields, *fields))
    return replace(stream, record=record, schema=json.dumps(schema))


def _draw(draw: Draw, added: dict[str, Added]) -> Draw:
    def both(context: Context) -> Records:
        known = draw(context)
        assert isinstance(known, Records)
        more = tuple(drawn(context) for _, _, drawn in added.values())
        return Records(known.size, (*known.names, *added), (*known.children, *more))

    return both
