"""The schema that a stream's messages are written with in the format avro: what the registry has for its topic.

A stream that nothing of ours fills has its own schema. What Connect's AvroConverter writes for Datagen it knows in
another form: it has no enums (strings), and no logical types but four.
"""

from __future__ import annotations

import json
from typing import Final

from fleetgen.mapping import pulled
from fleetgen.model import Json
from fleetgen.pipeline import Stream

_KEPT: Final = frozenset({"decimal", "date", "time-millis", "timestamp-millis"})
_LOGICAL: Final = frozenset({"logicalType", "precision", "scale"})


def subject(stream: Stream) -> str:
    """By the registry's own convention: what producers look for without being told."""
    return f"{stream.topic}-value"


def schema(stream: Stream) -> Json:
    """Without annotations, which are about sample values: a change of one would be a new version."""
    written: Json = json.loads(stream.schema)
    bare = _without_annotations(written)
    return _connect(bare, "", set()) if pulled.is_registered(stream) else bare


def _without_annotations(schema: Json) -> Json:
    match schema:
        case dict():
            return {
                key: value if key == "default" else _without_annotations(value)
                for key, value in schema.items()
                if key != "arg.properties"
            }
        case list():
            return [_without_annotations(each) for each in schema]
        case _:
            return schema


def _connect(schema: Json, space: str, enums: set[str]) -> Json:
    """`enums`: the full names of those defined so far, which are strings wherever they are named again."""
    match schema:
        case str():
            return "string" if full(schema, space) in enums else schema
        case list():
            return [_connect(branch, space, enums) for branch in schema]
        case {"type": "enum", "name": name}:
            enums.add(full(name, schema.get("namespace", space)))
            return "string"
        case {"type": "record" | "error", "name": name, "fields": fields}:
            inside = space_of(name, schema.get("namespace", space))
            return {**schema, "fields": [{**field, "type": _connect(field["type"], inside, enums)} for field in fields]}
        case {"type": "array", "items": items}:
            return {**schema, "items": _connect(items, space, enums)}
        case {"type": "map", "values": values}:
            return {**schema, "values": _connect(values, space, enums)}
        case {"type": dict() | list() as inner}:
            return _connect(inner, space, enums)
        case dict():
            return _kept(schema)
        case _:
            return schema


def _kept(schema: dict[str, Json]) -> Json:
    if schema.get("logicalType", "decimal") in _KEPT:
        return schema
    bare = {key: value for key, value in schema.items() if key not in _LOGICAL}
    return bare["type"] if len(bare) == 1 else bare


def full(name: str, space: str) -> str:
    return name if "." in name or not space else f"{space}.{name}"


def space_of(name: str, space: str) -> str:
    """The namespace that a named type gives to what is inside."""
    return name.rpartition(".")[0] if "." in name else space
