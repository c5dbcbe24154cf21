"""Two schemas of one meaning have one form: what readers and writers need of it, in facts that can be compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from fleetgen.mapping.registered import full, space_of
from fleetgen.model import Json

_PRIMITIVES: Final = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
_LOGICAL: Final = ("logicalType", "precision", "scale")
_RECORD: Final = "record"


def facts(schema: Json, *, lenient: bool = False) -> dict[str, str]:
    """A record by its fields, anything else whole. `lenient`: as Connect's converter would have registered it."""
    form = _Form(lenient).type(schema, "")
    if not isinstance(form, dict) or form["type"] != _RECORD:
        return {"schema": _text(form)}
    head = {key: value for key, value in form.items() if key not in ("fields", "type")}
    return {_RECORD: _text(head), **{f"field {field['name']}": _text(field) for field in form["fields"]}}


def is_of_connect(schema: Json) -> bool:
    """Whether Connect's converter registered it: named types tell their name in Connect."""
    match schema:
        case dict():
            return any(key.startswith("connect.") or is_of_connect(value) for key, value in schema.items())
        case list():
            return any(map(is_of_connect, schema))
        case _:
            return False


def inlined(schema: Json, references: Mapping[str, Json]) -> Json:
    """With each referenced type where it is named first, as one schema that needs no other."""
    left = dict(references)
    return _inline(schema, "", left)


def _inline(schema: Json, space: str, left: dict[str, Json]) -> Json:
    match schema:
        case str():
            found = left.pop(full(schema, space), None) or left.pop(schema, None)
            return schema if found is None else _inline(found, "", left)
        case list():
            return [_inline(branch, space, left) for branch in schema]
        case {"type": "record" | "error", "name": name, "fields": fields}:
            inside = space_of(name, schema.get("namespace", space))
            return {**schema, "fields": [{**field, "type": _inline(field["type"], inside, left)} for field in fields]}
        case {"type": "array", "items": items}:
            return {**schema, "items": _inline(items, space, left)}
        case {"type": "map", "values": values}:
            return {**schema, "values": _inline(values, space, left)}
        case {"type": dict() | list() as inner}:
            return _inline(inner, space, left)
        case _:
            return schema


class _Form:
    """Names in full, no words for people, nothing that a reader does not resolve by."""

    def __init__(self, lenient: bool) -> None:
        self._lenient = lenient

    def type(self, schema: Json, space: str) -> Any:
        match schema:
            case str():
                return schema if schema in _PRIMITIVES else full(schema, space)
            case list():
                branches = [self.type(branch, space) for branch in schema]
                return sorted(branches, key=_text) if self._lenient else branches
            case {"type": "record" | "error", "fields": fields}:
                named = self._named(schema, space)
                inside = named["name"].rpartition(".")[0]
                return {**named, "type": _RECORD, "fields": [self._field(field, inside) for field in fields]}
            case {"type": "enum"}:
                return {**self._named(schema, space), **_members(schema, "symbols", "default")}
            case {"type": "fixed"}:
                return {**self._named(schema, space), **_members(schema, "size", *_LOGICAL)}
            case {"type": "array", "items": items}:
                return {"type": "array", "items": self.type(items, space)}
            case {"type": "map", "values": values}:
                return {"type": "map", "values": self.type(values, space)}
            case {"type": dict() | list() as inner}:
                return self.type(inner, space)
            case {"type": str() as inner}:
                logical = _members(schema, *_LOGICAL)
                return {"type": inner, **logical} if "logicalType" in logical else self.type(inner, space)
            case _:
                return schema

    def _named(self, schema: dict[str, Json], space: str) -> dict[str, Any]:
        name = full(schema["name"], schema.get("namespace", space))
        aliases = [full(alias, name.rpartition(".")[0]) for alias in schema.get("aliases", ())]
        told = {} if self._lenient or not aliases else {"aliases": aliases}
        return {"name": name, "type": schema["type"], **told}

    def _field(self, field: dict[str, Json], space: str) -> dict[str, Any]:
        """Connect's converter gives what may be null the default null, and knows no aliases."""
        optional = isinstance(field["type"], list) and "null" in field["type"]
        skipped = self._lenient and optional and field.get("default") is None
        told = _members(field, "default", *(() if self._lenient else ("aliases",)))
        if skipped:
            told.pop("default", None)
        return {"name": field["name"], "type": self.type(field["type"], space), **told}


def _members(schema: Mapping[str, Json], *keys: str) -> dict[str, Json]:
    return {key: schema[key] for key in keys if key in schema}


def _text(form: Any) -> str:
    return json.dumps(form, sort_keys=True, ensure_ascii=False)
