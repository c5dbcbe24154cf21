"""Streams of records as ksqlDB's STREAMs and TABLEs."""

from __future__ import annotations

from collections.abc import Iterator

from fleetgen.errors import Finding, Severity
from fleetgen.frozen import frozen
from fleetgen.mapping.key import message_key
from fleetgen.model import Field
from fleetgen.pipeline import Role, Stream
from fleetgen.quoting import ksql_literal
from fleetgen.targets.ksql.names import PSEUDO, spell
from fleetgen.targets.ksql.types import Inexpressible, ksql_type


@frozen
class Source:
    """A CREATE STREAM or CREATE TABLE, its parts as ksqlDB text. `key` is the field that is the message's key."""

    kind: str
    name: str
    columns: tuple[str, ...]
    properties: tuple[str, ...]
    key: Field | None = None


def reasons(stream: Stream) -> Iterator[Finding]:
    """Why ksqlDB cannot have the stream: one finding a field. None: it can."""
    if not stream.record.fields:
        yield _left_out(
            stream, None, Inexpressible("FG432", "has no fields, and a stream has columns", "give it a field")
        )
    for field in stream.record.fields:
        try:
            ksql_type(field.type)
        except Inexpressible as error:
            yield _left_out(stream, field, error)
        if field.name in PSEUDO:
            message = "bears the name of a column that ksqlDB adds itself"
            yield _left_out(stream, field, Inexpressible("FG434", message, "write the name in lower case"))


def _left_out(stream: Stream, field: Field | None, error: Inexpressible) -> Finding:
    what = stream.name if field is None else f"{stream.name}.{field.name}"
    place = stream.record.at if field is None else field.at
    return Finding(
        error.code, Severity.WARNING, f"{what} {error.message}: the stream is left out of ksqlDB", error.help, place
    )


def key_warnings(stream: Stream) -> Iterator[Finding]:
    """A key that a message's text cannot tell stays an ordinary column."""
    if not stream.key or message_key(stream) is not None:
        return
    kind = "a STREAM without KEY" + (", not a TABLE" if stream.role is Role.DIMENSION else "")
    yield Finding(
        "FG436",
        Severity.WARNING,
        f"{stream.name} has the key {', '.join(stream.key)}, which is no single field that text can tell: "
        f"in ksqlDB it is {kind}",
        "use one field of type int, long, float, double, string or enum as the key",
        stream.record.at,
    )


def primary(stream: Stream, name: str) -> Source:
    """The stream itself: a TABLE for a dimension that has its key in the messages, else a STREAM."""
    key = message_key(stream)
    is_table = stream.role is Role.DIMENSION and key is not None
    return _source(stream, "TABLE" if is_table else "STREAM", name, owns_topic=True)


def latest(stream: Stream, name: str) -> Source:
    """The newest message a key, over the topic that the stream made.

    A TABLE that made it would have it compacted, which refuses messages without key.
    """
    return _source(stream, "TABLE", name, owns_topic=False)


def key_format(key: Field) -> str:
    """Datagen's keys are text: KAFKA reads text as it is, DELIMITED reads the number in it.

    KAFKA would take the four characters of "1234" for the number 825373492.
    """
    return "KAFKA" if ksql_type(key.type) == "VARCHAR" else "DELIMITED"


def _source(stream: Stream, kind: str, name: str, *, owns_topic: bool) -> Source:
    key = message_key(stream)
    names = spell(field.name for field in stream.record.fields)
    constraint = " PRIMARY KEY" if kind == "TABLE" else " KEY"
    columns = tuple(
        f"{names[field.name]} {ksql_type(field.type)}{constraint if field is key else ''}"
        for field in stream.record.fields
    )
    return Source(kind, name, columns, tuple(_properties(stream, kind, key, owns_topic)), key)


def _properties(stream: Stream, kind: str, key: Field | None, owns_topic: bool) -> Iterator[str]:
    """The WITH clause. CLEANUP_POLICY is refused there; the topic of a TABLE is compacted, and keeps its rows."""
    yield f"KAFKA_TOPIC = {ksql_literal(stream.topic)}"
    if key is not None:
        yield f"KEY_FORMAT = {ksql_literal(key_format(key))}"
    yield f"VALUE_FORMAT = {ksql_literal(stream.format.value.upper())}"
    if owns_topic:
        yield f"PARTITIONS = {stream.partitions}"
    if owns_topic and kind == "STREAM" and stream.retention_ms is not None:
        yield f"RETENTION_MS = {stream.retention_ms}"
