"""A schema as one line of JSON that stands alone: references written out, annotations where Datagen reads them."""

from __future__ import annotations

import json
from collections import Counter
from typing import Final, NamedTuple

from fleetgen.avro import names
from fleetgen.avro.definitions import Definition, Definitions
from fleetgen.model import Json

ARGS: Final = "arg.properties"

_encode: Final = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode


def write(definition: Definition, definitions: Definitions) -> str:
    """The text of a definition that was read without an error.

    `$` and `'` are written as escapes: Connect and ksqlDB put their own meaning into them, JSON none.
    """
    writer = _Writer(definitions)
    tree = writer.use(definition, "")
    writer.settle()
    return _encode(tree).replace("$", "\\u0024").replace("'", "\\u0027")


class _Move(NamedTuple):
    """A field's annotation that belongs on the named type defined in that field."""

    field: dict[str, Json]
    target: dict[str, Json]
    fullname: str


class _Writer:
    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self.uses: Counter[str] = Counter()
        self.moves: list[_Move] = []
        self.names: dict[int, str] = {}

    def use(self, definition: Definition, namespace: str) -> Json:
        """The definition itself where it is first needed, later its name. `namespace` is that around it."""
        self.uses[definition.fullname] += 1
        if self.uses[definition.fullname] > 1:
            return definition.fullname
        written = _in_namespace(definition, namespace)
        self.names[id(written)] = definition.fullname
        if definition.json["type"] in ("record", "error"):
            written["fields"] = [self._field(each, definition.namespace) for each in definition.json["fields"]]
        return written

    def settle(self) -> None:
        """Moves annotations onto named types that are used once: every other use would take them over."""
        for move in self.moves:
            if self.uses[move.fullname] == 1:
                move.target[ARGS] = move.field.pop(ARGS)

    def _type(self, type: Json, namespace: str) -> Json:
        """The type as it stands in the text; the very object that was read where nothing about it changes."""
        if isinstance(type, str):
            return type if type in names.PRIMITIVES else self._name(type, namespace)
        if isinstance(type, list):
            return [self._type(branch, namespace) for branch in type]
        kind = type["type"]
        if not isinstance(kind, str):
            return self._type(kind, namespace)
        if kind in names.NAMED:
            definition = self.definitions.site(type)
            assert definition is not None, "a named type without a name is broken"
            return self.use(definition, namespace)
        if kind == "array":
            return {**type, "items": self._type(type["items"], namespace)}
        if kind == "map":
            return {**type, "values": self._type(type["values"], namespace)}
        return type if kind in names.PRIMITIVES else self._name(kind, namespace)

    def _name(self, name: str, namespace: str) -> Json:
        definition = self.definitions.resolve(name, namespace)
        assert definition is not None, "an unknown name is broken"
        return self.use(definition, namespace)

    def _field(self, json: dict[str, Json], namespace: str) -> dict[str, Json]:
        type = self._type(json["type"], namespace)
        if type is json["type"] and ARGS not in json and "default" not in json:
            return json
        written = {**json, "type": type}
        if isinstance(json.get(ARGS), dict):
            self._move(written)
        return _with_exact_default(written)

    def _move(self, written: dict[str, Json]) -> None:
        """A field's annotation goes to its type, of [null, X] to X, unless one stands there or a mere name does."""
        type = written["type"]
        branches = type if isinstance(type, list) else [type]
        bearing = [index for index, branch in enumerate(branches) if not _is_null(branch)]
        if len(bearing) != 1:
            return
        target = branches[bearing[0]]
        if isinstance(target, str):
            if target not in names.PRIMITIVES:
                return
            target = {"type": target}
        if ARGS in target:
            return
        if target["type"] in names.NAMED:
            self.moves.append(_Move(written, target, self.names[id(target)]))
            return
        annotated = {**target, ARGS: written.pop(ARGS)}
        index = bearing[0]
        written["type"] = [*type[:index], annotated, *type[index + 1 :]] if isinstance(type, list) else annotated


def _is_null(type: Json) -> bool:
    return type == "null" or (isinstance(type, dict) and type["type"] == "null")


def _in_namespace(definition: Definition, around: str) -> dict[str, Json]:
    """A copy that has its namespace also here: `around` is what it would inherit.

    A dotted name says its namespace alone, yet fastavro passes that on to the types inside only if it is spelt out.
    """
    json = definition.json
    dotted, space = "." in json["name"], json.get("namespace")
    if space or (space == "" and not dotted):
        return {**json}
    if not dotted and "namespace" not in json and around == definition.namespace:
        return {**json}
    written: dict[str, Json] = {}
    for key, value in json.items():
        if key != "namespace":
            written[key] = value
        if key == "name":
            written["namespace"] = definition.namespace
    return written


def _with_exact_default(written: dict[str, Json]) -> dict[str, Json]:
    """fastavro takes a whole number as default of "double", but not of {"type": "double"}; both take 0.0."""
    type, default = written["type"], written.get("default")
    if isinstance(type, dict) and type["type"] in ("float", "double") and isinstance(default, int):
        written["default"] = float(default)
    return written
