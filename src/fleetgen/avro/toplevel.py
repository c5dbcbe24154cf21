"""What a schema file holds at its top: a record, a named type for others to use, or an array of those."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from fleetgen.avro.definitions import Definition, Definitions
from fleetgen.avro.findings import Findings, called, show
from fleetgen.avro.names import COMPLEX, NAMED, PRIMITIVES, nearest
from fleetgen.errors import Place
from fleetgen.model import Json

_HELP = 'a schema file holds {"type": "record", "name": .., "fields": [..]}, or an array of such definitions'


class Top(NamedTuple):
    json: Json
    at: Place


def find(trees: Mapping[str, Json], findings: Findings) -> list[Top]:
    """The types to read at the top of every file; what cannot stand there is an error."""
    return [top for path, tree in trees.items() for top in _in_file(path, tree, findings)]


def _in_file(path: str, tree: Json, findings: Findings) -> Iterator[Top]:
    if not isinstance(tree, list):
        yield from _one(Top(tree, Place(path)), findings)
        return
    if not any(isinstance(each, dict) for each in tree):
        findings.error("FG110", Place(path), "an array without a record", _HELP)
        return
    for index, each in enumerate(tree):
        top = Top(each, Place(path, f"/{index}"))
        if isinstance(each, str) and each not in PRIMITIVES:
            yield top  # a reference: the array is a union, and defines nothing here
        else:
            yield from _one(top, findings)


def _one(top: Top, findings: Findings) -> Iterator[Top]:
    json, at = top
    kind = json.get("type") if isinstance(json, dict) else None
    if isinstance(kind, str) and kind in NAMED:
        yield top
    elif isinstance(kind, dict):
        yield from _one(Top(kind, Place(at.path, f"{at.pointer}/type")), findings)
    elif isinstance(json, dict) and "type" not in json and "protocol" not in json:
        yield top
    else:
        near = nearest(kind, NAMED) if isinstance(kind, str) and kind not in COMPLEX else None
        help = f"did you mean {near}?" if near in NAMED else _HELP
        findings.error("FG110", at, f"{_shown(json)} is not a record", help)


def _shown(json: Json) -> str:
    if isinstance(json, dict):
        if "type" not in json:
            return "an Avro protocol"
        return "a union" if isinstance(json["type"], list) else f"a schema of type {show(json['type'])}"
    return show(json)


def refuse_unused(
    tops: list[Top], used: set[str], definitions: Definitions, unreadable: bytes, findings: Findings
) -> None:
    """A file that gives neither a record nor a type that anything refers to."""
    here: dict[str, list[Definition | None]] = {}
    for top in (top for top in tops if isinstance(top.json, dict)):
        here.setdefault(top.at.path, []).append(definitions.site(top.json))
    for inside in here.values():
        idle = [
            each for each in inside if each and each.json["type"] in ("enum", "fixed") and each.fullname not in used
        ]
        if len(idle) == len(inside) and f'{idle[0].name}"'.encode("utf-8", "replace") not in unreadable:
            first, kind = idle[0], idle[0].json["type"]
            message = (
                f"{called(first.fullname)} is not a record but {'an' if kind == 'enum' else 'a'} {kind}, and unused"
            )
            findings.error("FG110", first.at, message, f"refer to it from a record, or write a record: {_HELP}")
