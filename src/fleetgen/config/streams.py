"""Streams: the records of schemas/ with what the configuration says of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from fleetgen.config.metrics import parse_duration
from fleetgen.config.reading import Reading, child, quote, suggest
from fleetgen.errors import Finding, Severity
from fleetgen.model import (
    ArrayType,
    Field,
    Logical,
    LogicalType,
    MapType,
    Primitive,
    PrimitiveType,
    RecordType,
    RecursiveType,
    Type,
    UnionType,
    is_null,
    unwrap,
)
from fleetgen.pipeline import Format, Role, Source, Stream

_NO_TIME: Final = frozenset({Logical.UUID, Logical.DURATION, Logical.TIME_MILLIS, Logical.TIME_MICROS})


class Schemas(NamedTuple):
    """What reading schemas/ gave. `whole` is False if a schema is broken: then a missing name proves nothing."""

    records: tuple[RecordType, ...]
    referenced: frozenset[str]
    texts: Mapping[str, str]
    whole: bool


def build(reading: Reading, configured: Mapping[str, Any], format: str, schemas: Schemas) -> tuple[Stream, ...]:
    """Sorted by name. What is wrong is noted; the streams are built as far as they go."""
    records = _choose(reading, configured, schemas)
    reading.findings += _alike(records)
    for name in configured:
        if name not in records and schemas.whole:
            message = f"no schema has a record {quote(name)}"
            reading.error("FG306", f"/streams{child('', name)}", message, suggest(name, records), key=True)
    streams = []
    for name in sorted(records):
        record = records[name]
        entry = configured.get(name, {})
        pointer = f"/streams{child('', name)}"
        _check(reading, pointer, entry, record)
        streams.append(_stream(name, record, entry, format, schemas.texts.get(record.fullname, "")))
    _refuse_shared_topics(reading, streams, configured)
    return tuple(streams)


def _choose(reading: Reading, configured: Mapping[str, Any], schemas: Schemas) -> dict[str, RecordType]:
    """The records that are streams, by name."""
    named: dict[str, list[RecordType]] = {}
    for record in schemas.records:
        named.setdefault(record.name, []).append(record)
    chosen = {}
    for name, records in named.items():
        free = [record for record in records if record.fullname not in schemas.referenced]
        streams = free or (records if name in configured else [])
        if streams:
            chosen[name] = streams[0]
        for other in streams[1:]:
            reading.findings.append(_meets(streams[0], other))
    return chosen


def _meets(first: RecordType, other: RecordType) -> Finding:
    return Finding(
        "FG310",
        Severity.ERROR,
        f"{other.fullname} would be a second stream {other.name!r}, beside {first.fullname} in {first.at.path}",
        "a stream bears its record's name without the namespace: rename one of the two records",
        other.at,
    )


def _alike(records: Mapping[str, RecordType]) -> Iterator[Finding]:
    """Names that macOS and Windows take for one, once they are file names."""
    seen: dict[str, RecordType] = {}
    for name, record in records.items():
        other = seen.setdefault(name.casefold(), record)
        if other is not record:
            message = f"the stream {name!r} differs only in case from {other.name!r} in {other.at.path}"
            help = "files are named after streams, and some systems see one file: rename one of the two records"
            yield Finding("FG315", Severity.ERROR, message, help, record.at)


def _stream(name: str, record: RecordType, entry: Mapping[str, Any], format: str, schema: str) -> Stream:
    source = entry.get("source", {})
    return Stream(
        name=name,
        record=record,
        topic=entry.get("topic", name),
        role=Role(entry.get("role", Role.EVENT)),
        key=tuple(entry.get("key", ())),
        time=entry.get("time"),
        format=Format(entry.get("format", format)),
        partitions=entry.get("partitions", 1),
        retention_ms=parse_duration(entry["retention"]) if "retention" in entry else None,
        ttl_days=int(entry["ttl"][:-1]) if "ttl" in entry else None,
        source=Source(
            kind=source.get("kind", Source().kind),
            max_interval=source.get("max-interval", Source().max_interval),
            iterations=source.get("iterations"),
            tasks=source.get("tasks", Source().tasks),
        ),
        schema=schema,
    )


def _check(reading: Reading, pointer: str, entry: Mapping[str, Any], record: RecordType) -> None:
    fields = {field.name: field for field in record.fields}
    for number, name in enumerate(entry.get("key", ())):
        field = _find(reading, f"{pointer}/key/{number}", name, fields, record)
        if field is not None:
            _check_key(reading, f"{pointer}/key/{number}", field)
    if "time" in entry:
        field = _find(reading, f"{pointer}/time", entry["time"], fields, record)
        if field is not None and not _is_time(field.type):
            message = f"the field {field.name} holds no time"
            help = "name a field that is a date, a timestamp, or a long of epoch milliseconds"
            reading.error("FG313", f"{pointer}/time", message, help)
    if entry.get("role") == Role.DIMENSION and "key" not in entry and reading.is_clean(f"{pointer}/key"):
        help = 'add key = [".."]: the fields that identify the thing whose newest message counts'
        reading.error("FG311", f"{pointer}/role", "a dimension needs a key", help)


def _find(reading: Reading, pointer: str, name: str, fields: Mapping[str, Field], record: RecordType) -> Field | None:
    if name not in fields:
        reading.error("FG306", pointer, f"the record {record.name} has no field {quote(name)}", suggest(name, fields))
    return fields.get(name)


def _check_key(reading: Reading, pointer: str, field: Field) -> None:
    """A key identifies: it is there in every message, and it is one value."""
    match field.type:
        case UnionType():
            reason = "may be null" if any(map(is_null, field.type.branches)) else "is a union"
        case RecordType() | ArrayType() | MapType() | RecursiveType():
            reason = "is not a single value"
        case LogicalType() if field.type.kind is Logical.DURATION:
            reason = "is three numbers"
        case _ if is_null(field.type):
            reason = "is always null"
        case _:
            return
    help = "name a required field of a single value: a number, a text, an enum, bytes, a date .."
    reading.error("FG312", pointer, f"the field {field.name} cannot be a key: it {reason}", help)


def _is_time(type: Type) -> bool:
    inner, _ = unwrap(type)
    match inner:
        case LogicalType():
            return inner.kind not in _NO_TIME
        case PrimitiveType():
            return inner.kind is Primitive.LONG
        case _:
            return False


def _refuse_shared_topics(reading: Reading, streams: Iterable[Stream], configured: Mapping[str, Any]) -> None:
    seen: dict[str, Stream] = {}
    for stream in streams:
        other = seen.setdefault(stream.topic.casefold(), stream)
        culprit = stream.name if "topic" in configured.get(stream.name, {}) else other.name
        help, both = "give each stream a topic of its own", f"{other.name} and {stream.name}"
        if other is not stream and other.topic == stream.topic:
            message = f"the topic {quote(stream.topic)} would hold two streams, {both}"
            reading.error("FG314", f"/streams/{culprit}/topic", message, help)
        elif other.name.casefold() != stream.name.casefold():
            topics = f"{quote(other.topic)} and {quote(stream.topic)}"
            message = f"the topics {topics} of {both} differ only in case"
            reading.error("FG315", f"/streams/{culprit}/topic", message, help)
