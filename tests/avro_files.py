"""Streams in the format avro, and container files for their push landings: of the schema itself, or of any other."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import fastavro

from engine import DATABASE, Store, stream
from fleetgen import avro
from fleetgen.datagen import container
from fleetgen.messages import dumps
from fleetgen.model import Json
from fleetgen.pipeline import Format, Stream
from fleetgen.quoting import ch_ident

MISSING: Final = {"input_format_avro_allow_missing_fields": 1}
"""With it a file need not have every column of the landing."""

NUMBER: Final = {"name": "_offset", "type": "long"}


def avro_stream(schema: Json, **members: Any) -> Stream:
    """A stream of one schema, itself as JSON."""
    loaded = avro.load({"schemas/drawn.avsc": dumps(schema).encode()})
    (record,) = loaded.records
    return stream(record, format=Format.AVRO, schema=loaded.schemas[record.fullname], **members)


def push(held: Store, values: Sequence[dict[str, Any]]) -> None:
    """Record values in a file of the stream's schema; each bears its number in `_offset`."""
    file = io.BytesIO()
    more = [] if "_offset" in {field.name for field in held.stream.record.fields} else [NUMBER]
    rows = ({**value, "_offset": n} for n, value in enumerate(values)) if more else values
    container.write(held.stream, rows, file, more)
    push_file(held, file.getvalue())


def push_file(held: Store, file: bytes, settings: Mapping[str, Any] = MISSING) -> None:
    table = f"{ch_ident(DATABASE)}.{ch_ident(f'{held.stream.name}_push')}"
    held.engine.client.raw_insert(table, insert_block=file, fmt="Avro", settings=dict(settings))


def file_of(writer: Json, rows: Iterable[Any], disguise: str = "") -> bytes:
    """A container file of any writer's schema.

    fastavro refuses values that a logical type does not have. Spelled as `disguise`, it takes the type for its base.
    """
    file = io.BytesIO()
    fastavro.writer(file, fastavro.parse_schema(writer), rows, codec="null")
    return file.getvalue().replace(disguise.encode(), b"logicalType") if disguise else file.getvalue()
