"""Avro container files: header and blocks for what is encoded already, whole files for records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, BinaryIO, Final, TypeAlias

from fleetgen.datagen import avrovalues
from fleetgen.model import Json
from fleetgen.pipeline import Stream

SYNC: Final = b"fleetgen sample."
"""What stands between blocks: 16 bytes, the same in every file, so that equal samples are equal files."""

Choose: TypeAlias = Callable[[Any], Any]
"""A value with each branch of a union named in full, as fastavro wants it: it would guess otherwise."""


def header(stream: Stream, more: Sequence[Json] = ()) -> bytes:
    """What a file begins with; its schema is as `write` has it."""
    meta = {"avro.codec": b"null", "avro.schema": json.dumps(_schema(stream, more)).encode()}
    members = b"".join(avrovalues.sized(name.encode()) + avrovalues.sized(data) for name, data in meta.items())
    return b"".join([b"Obj\x01", avrovalues.varint(len(meta)), members, avrovalues.varint(0), SYNC])


def block(count: int, data: bytes) -> bytes:
    """`count` records in their encoding, as a file has them."""
    return b"".join([avrovalues.varint(count), avrovalues.sized(data), SYNC])


def write(stream: Stream, records: Iterable[dict[str, Any]], file: BinaryIO, more: Sequence[Json] = ()) -> None:
    """Values in the shape that records have; the file's schema is the stream's, without what only its readers need.

    `more`: fields, as a schema has them, behind those of the stream.
    """
    write_as(_schema(stream, more), records, file)


def write_as(writer: Json, records: Iterable[dict[str, Any]], file: BinaryIO) -> None:
    """The same by a writer with any schema."""
    import fastavro

    schema = fastavro.parse_schema(writer)
    choose = _chooser(schema, {})
    rows = records if choose is None else map(choose, records)
    fastavro.writer(file, schema, rows, codec="null", sync_marker=SYNC)


def _schema(stream: Stream, more: Sequence[Json]) -> dict[str, Json]:
    written = _bare(json.loads(stream.schema))
    return {**written, "fields": [*written["fields"], *more]}


def _bare(schema: Json) -> Json:
    match schema:
        case dict():
            return {key: _bare(value) for key, value in schema.items() if not _is_left_out(key, value)}
        case list():
            return [_bare(value) for value in schema]
        case _:
            return schema


def _is_left_out(key: str, value: Json) -> bool:
    """Annotations, and defaults with parts: ClickHouse's reader refuses a record's that does not name every field."""
    return key == "arg.properties" or (key == "default" and isinstance(value, dict | list))


def _chooser(schema: Json, named: dict[str, Choose | None]) -> Choose | None:
    """None if there is no union inside. `named`: those of the types defined so far, by full name."""
    match schema:
        case str():
            return partial(_later, named, schema) if named.get(schema) else None
        case list():
            return partial(_branch, [(_tag(branch), _chooser(branch, named)) for branch in schema])
        case {"type": "record" | "error", "name": name, "fields": fields}:
            named[name] = partial(_later, named, name)
            found = {field["name"]: _chooser(field["type"], named) for field in fields}
            held = {name: choose for name, choose in found.items() if choose is not None}
            named[name] = partial(_record, held) if held else None
            return named[name]
        case {"type": "array", "items": items}:
            choose = _chooser(items, named)
            return choose and partial(_array, choose)
        case {"type": "map", "values": values}:
            choose = _chooser(values, named)
            return choose and partial(_map, choose)
        case {"type": list() | dict() as inner}:
            return _chooser(inner, named)
        case _:
            return None


def _tag(branch: Json) -> str:
    if not isinstance(branch, dict):
        return str(branch)
    return str(branch["name"] if branch["type"] in ("record", "error", "enum", "fixed") else branch["type"])


def _later(named: dict[str, Choose | None], name: str, value: Any) -> Any:
    choose = named[name]
    return value if choose is None else choose(value)


def _branch(branches: list[tuple[str, Choose | None]], value: Any) -> Any:
    if value is None:
        return None
    held = [branch for branch in branches if branch[0] != "null"]
    if len(held) > 1:
        short, value = value
        held = [branch for branch in held if branch[0].rpartition(".")[2] == short]
    tag, choose = held[0]
    return tag, value if choose is None else choose(value)


def _record(held: dict[str, Choose], value: dict[str, Any]) -> dict[str, Any]:
    return {**value, **{name: choose(value[name]) for name, choose in held.items()}}


def _array(choose: Choose, value: list[Any]) -> list[Any]:
    return list(map(choose, value))


def _map(choose: Choose, value: dict[str, Any]) -> dict[str, Any]:
    return {key: choose(member) for key, member in value.items()}
