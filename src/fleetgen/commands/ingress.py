"""Sample messages as what a push landing takes: values, with the columns that a consumer of the topic adds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from fleetgen.mapping.store import meta
from fleetgen.pipeline import Format, Stream
from fleetgen.targets.clickhouse.engine import Engine

if TYPE_CHECKING:
    from fleetgen.datagen.sample import Batch


def insert(
    engine: Engine, table: str, stream: Stream, batch: Batch, first: int, settings: Mapping[str, int] | None
) -> None:
    """The batch into a push landing (quoted already); its offsets begin with `first`."""
    match stream.format:
        case Format.JSON:
            engine.insert(table, lines(stream, batch, first), settings)
        case Format.AVRO:
            engine.insert_file(table, file(stream, batch, first), settings)


def lines(stream: Stream, batch: Batch, first: int) -> bytes:
    """JSON: each value's line, with our columns in front.

    The time is text: an integer would be read as seconds by ClickHouse 26.8 and later.
    """
    import numpy

    names = meta(stream)
    head = f"{{{_member(names.topic)}{json.dumps(stream.topic)}, {_member(names.offset)}%d, {_member(names.timestamp)}"
    line = f'{head}"%s", {_member(names.key)}%s%s%s'
    times = numpy.datetime_as_string(batch.times().astype("datetime64[ms]"))
    rows = zip(times.tolist(), batch.keys(), batch.lines().decode().removesuffix("\n").split("\n"), strict=True)
    return "\n".join(
        line % (first + number, time.replace("T", " "), json.dumps(key), "" if value == "{}" else ", ", value[1:])
        for number, (time, key, value) in enumerate(rows)
    ).encode()


def _member(name: str) -> str:
    return json.dumps(name).replace("%", "%%") + ": "


def file(stream: Stream, batch: Batch, first: int) -> bytes:
    """Avro: a container file, our columns as fields behind those of the schema."""
    from fleetgen.datagen import consumed, container

    ours = meta(stream)
    names = {"topic": ours.topic, "offset": ours.offset, "timestamp": ours.timestamp, "key": ours.key}
    messages = consumed.join(batch, first, **names)
    return container.header(messages.stream) + b"".join(messages.blocks())
