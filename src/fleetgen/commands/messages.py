"""Sample messages as the topic gets them from Datagen by way of its connector's converters."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import TYPE_CHECKING, Final

from fleetgen import avro
from fleetgen.mapping import registered
from fleetgen.mapping.key import always_keyed, message_key
from fleetgen.model import RecordType
from fleetgen.pipeline import Format, Stream

if TYPE_CHECKING:
    from fleetgen.datagen.sample import Batch
    from fleetgen.targets.kafka.producing import Message

_MAGIC: Final = b"\0"


def messages(batch: Batch, values: Callable[[Batch], Iterator[bytes]]) -> Iterator[Message]:
    """The key is the text of the one key field; without one it is null, as it is where that field is null."""
    return zip(_keys(batch), values(batch), batch.times().tolist(), strict=True)


def _keys(batch: Batch) -> Iterable[str | None]:
    if message_key(batch.stream) is None:
        return repeat(None, batch.stop - batch.start)
    keys = batch.keys()
    return keys if always_keyed(batch.stream) else [None if key == "null" else key for key in keys]


def lines(batch: Batch) -> Iterator[bytes]:
    """JSON as Connect's JsonConverter writes it without schemas."""
    return iter(batch.lines().removesuffix(b"\n").split(b"\n"))


def encoder(stream: Stream, id: int) -> Callable[[Batch], Iterator[bytes]]:
    """Confluent's wire format: a zero byte, the schema's number in the registry, and the record in Avro's encoding."""
    head = _MAGIC + id.to_bytes(4, "big")
    written = _written(stream)

    def encode(batch: Batch) -> Iterator[bytes]:
        from fleetgen.datagen import avrobytes

        scope = avrobytes.Scope()
        for part in batch.parts():
            yield from (head + row for row in avrobytes.rows(written, part, scope))

    return encode


def _written(stream: Stream) -> RecordType:
    """The record as the registered schema has it."""
    text = json.dumps(registered.schema(stream)).encode()
    (record,) = avro.load({stream.path: text}).records
    return record


def value(stream: Stream, id: int | None) -> Callable[[Batch], Iterator[bytes]]:
    """How a stream's values are written; `id` is for the format avro."""
    match stream.format:
        case Format.JSON:
            return lines
        case Format.AVRO:
            assert id is not None
            return encoder(stream, id)
