"""What a sink does to each value on its way: it adds what ClickHouse cannot know of the message."""

from __future__ import annotations

from typing import Final

from fleetgen.mapping.store import Meta
from fleetgen.pipeline import Format, Stream
from fleetgen.targets.connect.sink import widened
from fleetgen.targets.connect.values import Properties

_KAFKA: Final = "org.apache.kafka.connect.transforms"
_FORMAT: Final = "yyyy-MM-dd HH:mm:ss.SSS"


def properties(stream: Stream, meta: Meta, *, is_managed: bool) -> Properties:
    """InsertField gives the message's time as a number of milliseconds, and ClickHouse 26.8 and later read a number in
    JSON as seconds (measured: 1609459200123 becomes the end of year 9999): TimestampConverter makes it text, which
    every version reads alike. A value with a schema has a time as such. Its 32-bit numbers are cast to the landing's
    64 bits. KeyToValue is the sink's own and fails on a message without value; Confluent Cloud has none of others.
    """
    steps = {"meta": _meta(meta)}
    if stream.format is Format.JSON:
        steps["time"] = _time(meta)
    if wide := widened(stream):
        steps["wide"] = (("type", f"{_KAFKA}.Cast$Value"), ("spec", ",".join(f"{name}:int64" for name in wide)))
    if not is_managed:
        steps["key"] = _key(meta)
    named = ((f"transforms.{name}.{key}", value) for name, step in steps.items() for key, value in step)
    return (("transforms", ",".join(steps)), *named, *(() if is_managed else _TOMBSTONE))


_TOMBSTONE: Final = (
    ("predicates", "tombstone"),
    ("predicates.tombstone.type", f"{_KAFKA}.predicates.RecordIsTombstone"),
)


def _meta(meta: Meta) -> Properties:
    return (
        ("type", f"{_KAFKA}.InsertField$Value"),
        ("topic.field", meta.topic),
        ("partition.field", meta.partition),
        ("offset.field", meta.offset),
        ("timestamp.field", meta.timestamp),
    )


def _time(meta: Meta) -> Properties:
    return (
        ("type", f"{_KAFKA}.TimestampConverter$Value"),
        ("field", meta.timestamp),
        ("target.type", "string"),
        ("format", _FORMAT),
    )


def _key(meta: Meta) -> Properties:
    return (
        ("type", "com.clickhouse.kafka.connect.transforms.KeyToValue"),
        ("field", meta.key),
        ("predicate", "tombstone"),
        ("negate", "true"),
    )
