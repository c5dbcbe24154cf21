"""What a stream in format avro loses on the way into ClickHouse, although it is held."""

from __future__ import annotations

from collections.abc import Iterator

from fleetgen.errors import Finding, Severity
from fleetgen.mapping import avro_limits, pulled
from fleetgen.pipeline import Format, Stream


def warnings(stream: Stream) -> Iterator[Finding]:
    if stream.format is not Format.AVRO:
        return
    for field in stream.record.fields:
        if avro_limits.emptied(field.type):
            message = f"{stream.name}.{field.name}: ClickHouse's Avro reader makes an empty array or map of null"
            help = 'do without null there, or use format = "json", which keeps the two apart'
            yield Finding("FG416", Severity.WARNING, message, help, field.at)
        if stream.source.kind == "datagen" and pulled.differing(field.type) is not None:
            message = (
                f"{stream.name}.{field.name}: the Kafka landing reads its union as Connect's AvroConverter registers "
                "it, and nothing else"
            )
            help = (
                'set source = { kind = "none" } if the producers register the schema itself; '
                "the push landing takes files that have the schema itself"
            )
            yield Finding("FG417", Severity.WARNING, message, help, field.at)
