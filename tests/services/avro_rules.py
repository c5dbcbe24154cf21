"""Whether what one Avro schema wrote another can read, by the rules of Avro's specification, and why not.

Written for the registry in the process, apart from fleetgen's own understanding of Avro.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

Schema: TypeAlias = Any
_PROMOTED: Final[Mapping[str, tuple[str, ...]]] = {
    "int": ("long", "float", "double"),
    "long": ("float", "double"),
    "float": ("double",),
    "string": ("bytes",),
    "bytes": ("string",),
}
_LEVELS: Final = ("BACKWARD", "FORWARD", "FULL")
LEVELS: Final = ("NONE", *_LEVELS, *(f"{level}_TRANSITIVE" for level in _LEVELS))


def parsed(text: str) -> Schema:
    """Raises ValueError if the text is no Avro schema."""
    import fastavro
    from fastavro.schema import SchemaParseException, UnknownType

    schema = json.loads(text)
    try:
        fastavro.parse_schema(schema)
    except (SchemaParseException, UnknownType, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not Avro: {error}") from error
    return schema


def refusals(new: Schema, earlier: list[Schema], level: str) -> list[str]:
    """Why the level forbids the new schema after the earlier ones, the last of which is the latest."""
    compared = earlier if level.endswith("_TRANSITIVE") else earlier[-1:]
    direction = level.removesuffix("_TRANSITIVE")
    found: list[str] = []
    for old in compared:
        if direction in ("BACKWARD", "FULL"):
            found += Reading(new, old).problems()
        if direction in ("FORWARD", "FULL"):
            found += Reading(old, new).problems()
    return found


class Reading:
    """One schema's values, read with another. What refers to a name is looked up in its own schema."""

    def __init__(self, reader: Schema, writer: Schema) -> None:
        self._reader, self._writer = reader, writer
        self._of_reader, self._of_writer = dict(_named(reader)), dict(_named(writer))
        self._seen: set[tuple[int, int]] = set()

    def problems(self) -> list[str]:
        return list(self._between(self._reader, self._writer, ""))

    def _between(self, reader: Schema, writer: Schema, path: str) -> Iterator[str]:
        reader, writer = _found(reader, self._of_reader), _found(writer, self._of_writer)
        if isinstance(writer, list):
            for branch in writer:
                yield from self._between(reader, branch, path)
        elif isinstance(reader, list):
            if all(list(self._between(branch, writer, path)) for branch in reader):
                yield _told("MISSING_UNION_BRANCH", f"no branch of the reader takes {_kind(writer)}", path)
        elif (id(reader), id(writer)) not in self._seen:
            self._seen.add((id(reader), id(writer)))
            yield from self._alike(reader, writer, path)

    def _alike(self, reader: Schema, writer: Schema, path: str) -> Iterator[str]:
        kind, other = _kind(reader), _kind(writer)
        if kind != other:
            if kind not in _PROMOTED.get(other, ()):
                yield _told("TYPE_MISMATCH", f"reader type: {kind} not compatible with writer type: {other}", path)
        elif kind in ("record", "error", "enum", "fixed") and not _same_name(reader, writer):
            yield _told("NAME_MISMATCH", f"expected: {writer['name']}", path)
        elif kind in ("record", "error"):
            yield from self._fields(reader, writer, path)
        elif kind == "enum":
            lost = [symbol for symbol in writer["symbols"] if symbol not in reader["symbols"]]
            if lost and "default" not in reader:
                yield _told("MISSING_ENUM_SYMBOLS", f"symbols {lost} are missing in the reader", path)
        elif kind == "fixed":
            if reader["size"] != writer["size"]:
                yield _told("FIXED_SIZE_MISMATCH", f"expected: {writer['size']}, found: {reader['size']}", path)
        elif kind == "array":
            yield from self._between(reader["items"], writer["items"], f"{path}/items")
        elif kind == "map":
            yield from self._between(reader["values"], writer["values"], f"{path}/values")

    def _fields(self, reader: Schema, writer: Schema, path: str) -> Iterator[str]:
        written = {field["name"]: field for field in writer["fields"]}
        for field in reader["fields"]:
            names = (field["name"], *field.get("aliases", ()))
            source = next((written[name] for name in names if name in written), None)
            where = f"{path}/fields/{field['name']}"
            if source is not None:
                yield from self._between(field["type"], source["type"], where)
            elif "default" not in field:
                what = (
                    f"The field '{field['name']}' in the new schema has no default value and is missing in the old one"
                )
                yield _told("READER_FIELD_MISSING_DEFAULT_VALUE", what, where)


def _told(kind: str, what: str, path: str) -> str:
    return f"{{errorType:'{kind}', description:'{what}', additionalInfo:'{path or '/'}'}}"


def _kind(schema: Schema) -> str:
    if isinstance(schema, str):
        return schema
    inner = schema["type"]
    return inner if isinstance(inner, str) else _kind(inner)


def _same_name(reader: Schema, writer: Schema) -> bool:
    names = {_short(name) for name in (reader["name"], *reader.get("aliases", ()))}
    return _short(writer["name"]) in names


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _found(schema: Schema, named: Mapping[str, Schema]) -> Schema:
    if isinstance(schema, str):
        return named.get(_short(schema), schema)
    if isinstance(schema, dict) and isinstance(schema["type"], (dict, list)):
        return _found(schema["type"], named)
    return schema


def _named(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Every type that bears a name, by its short name."""
    if isinstance(schema, list):
        for branch in schema:
            yield from _named(branch)
    elif isinstance(schema, dict):
        if "name" in schema and "type" in schema:
            yield _short(schema["name"]), schema
        for part in ("type", "items", "values"):
            yield from _named(schema.get(part))
        for field in schema.get("fields", ()):
            yield from _named(field["type"])
