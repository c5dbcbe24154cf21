"""The named types of all files, found before any is read, so that references may point anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from fleetgen.avro import names
from fleetgen.avro.findings import Findings, called
from fleetgen.errors import Place
from fleetgen.frozen import frozen
from fleetgen.model import Json

_NAMED: Final = ("record", "error", "enum", "fixed")
"""A tuple: what a broken schema has for a type may not be hashable."""

_Inner: TypeAlias = tuple[Json, str, str]
"""A type, the namespace around it, and its pointer."""


@frozen
class Definition:
    """A record, error, enum or fixed where it is written. `name` may still be one that Avro does not allow."""

    name: str
    namespace: str
    json: dict[str, Json]
    at: Place

    __eq__ = object.__eq__  # two places are two definitions, whatever stands there
    __hash__ = object.__hash__

    @property
    def fullname(self) -> str:
        return names.join(self.name, self.namespace)


class Definitions:
    """`by_name` has full names; `by_site` the identity of the object that is the definition."""

    def __init__(self) -> None:
        self.by_name: dict[str, Definition] = {}
        self.by_site: dict[int, Definition] = {}

    def site(self, json: dict[str, Json]) -> Definition | None:
        """The definition that this very object is; None if it has no name."""
        return self.by_site.get(id(json))

    def resolve(self, name: str, namespace: str) -> Definition | None:
        """What a name means inside a namespace; a name without dots that is unknown there may have no namespace."""
        if "." in name:
            return self.by_name.get(name)
        return self.by_name.get(names.join(name, namespace)) or self.by_name.get(name)


def declare(trees: Mapping[str, Json], findings: Findings) -> Definitions:
    """Every definition of every file; a name defined twice is an error where it is defined again."""
    known = Definitions()
    for path, tree in trees.items():
        for definition in _walk(path, tree):
            known.by_site[id(definition.json)] = definition
            first = known.by_name.setdefault(definition.fullname, definition)
            if first is not definition:
                message = f"{called(definition.fullname)} is already defined in {first.at.path}"
                help = "rename one of the two, or define it once and refer to it by its name"
                findings.error("FG125", Place(path, f"{definition.at.pointer}/name"), message, help)
    return known


def _walk(path: str, tree: Json) -> Iterator[Definition]:
    """In the order written."""
    stack: list[_Inner] = [(tree, "", "")]
    while stack:
        json, namespace, pointer = stack.pop()
        if isinstance(json, list):
            stack.extend((json[index], namespace, f"{pointer}/{index}") for index in range(len(json) - 1, -1, -1))
        elif isinstance(json, dict):
            if json.get("type") in _NAMED:
                definition = _definition(path, json, namespace, pointer)
                if definition is not None:
                    yield definition
                    namespace = definition.namespace
            stack.extend(_inner(json, namespace, pointer))


def _definition(path: str, json: dict[str, Json], namespace: str, pointer: str) -> Definition | None:
    name = json.get("name")
    if not isinstance(name, str):
        return None
    space = json.get("namespace")
    name, namespace = names.split(name, space if isinstance(space, str) else namespace)
    return Definition(name, namespace, json, Place(path, pointer))


def _inner(json: dict[str, Json], namespace: str, pointer: str) -> list[_Inner]:
    """The types inside a type object that can hold definitions, last first."""
    kind, fields = json.get("type"), json.get("fields")
    if kind in ("record", "error"):
        return (
            [
                (fields[index]["type"], namespace, f"{pointer}/fields/{index}/type")
                for index in range(len(fields) - 1, -1, -1)
                if isinstance(fields[index], dict) and _may_define(fields[index].get("type"))
            ]
            if isinstance(fields, list)
            else []
        )
    if kind in ("array", "map"):
        member = "items" if kind == "array" else "values"
        return [(json.get(member), namespace, f"{pointer}/{member}")]
    return [(kind, namespace, f"{pointer}/type")] if isinstance(kind, (dict, list)) else []


def _may_define(type: Json) -> bool:
    """Most types are primitives, and unions of null and a primitive: those need no second look."""
    if isinstance(type, dict):
        kind = type.get("type")
        return not isinstance(kind, str) or kind not in names.PRIMITIVES
    return isinstance(type, list) and not all(isinstance(branch, str) for branch in type)
