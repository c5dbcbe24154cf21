"""Mends in the schemas' text what is certain: an annotation on a field, a misspelt key of one."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Final, NamedTuple

from fleetgen import edits, positions
from fleetgen.avro import names
from fleetgen.commands.generate import generate
from fleetgen.datagen.dialect import KEYS
from fleetgen.errors import Finding, FleetgenError, Place
from fleetgen.files import Tree
from fleetgen.frozen import frozen
from fleetgen.model import Json
from fleetgen.project import SCHEMAS, load
from fleetgen.templating import Templates

_ARGS: Final = "arg.properties"
_ROUNDS: Final = 20
"""What one fix uncovers the next round mends; each takes at least one finding away."""


@frozen
class Fix:
    """Done, at a place of the text as it was."""

    place: Place
    message: str


class _Change(NamedTuple):
    """One edit of a file's text, and the tree that it has to have afterwards."""

    edits: list[edits.Edit]
    tree: Json
    message: str


@frozen
class Mended:
    """The tree of files with the schemas mended."""

    tree: Tree
    contents: Mapping[str, bytes]

    def read(self, path: str) -> bytes | None:
        return self.contents[path] if path in self.contents else self.tree.read(path)

    def walk(self, folder: str) -> list[str]:
        return self.tree.walk(folder)


def fix(tree: Tree, environ: Mapping[str, str], root: Path) -> list[Fix]:
    """Mends the files, each at once. Raises FleetgenError for a project that cannot be read, or a file not written."""
    done, contents = mend(tree, environ)
    for path, content in contents.items():
        _write(root / path, content)
    return done


def mend(tree: Tree, environ: Mapping[str, str]) -> tuple[list[Fix], Mapping[str, bytes]]:
    """What there is to mend, and the files as they are then. Raises FleetgenError for a project that cannot be read."""
    mended, done = Mended(tree, {}), list[Fix]()
    for _ in range(_ROUNDS):
        project = load(mended, environ)
        findings = [each for each in generate(project, Templates(tree.read)).findings if each.code in _CHANGES]
        fixes, contents = _mend(findings, mended)
        if not fixes:
            break
        done += fixes
        mended = Mended(tree, {**mended.contents, **contents})
    return done, mended.contents


def _mend(findings: Iterable[Finding], tree: Tree) -> tuple[list[Fix], dict[str, bytes]]:
    """Of what is told of a file: keys first, because a moved annotation takes its keys to other places."""
    done, contents = list[Fix](), dict[str, bytes]()
    told = dict.fromkeys((each.code != "FG202", each.code, each.place.path, each.place.pointer) for each in findings)
    for _, code, path, pointer in sorted(told):
        text = (contents.get(path) or tree.read(path) or b"").decode()
        parsed = _parse(text)
        change = _CHANGES[code](text, parsed, pointer, _Elsewhere(tree))
        if change is None:
            continue
        after = edits.apply(text, change.edits)
        if _parse(after) != change.tree:
            continue  # the text is stranger than these edits know: better none
        line, column = positions.locate(text, pointer)
        done.append(Fix(Place(path, pointer, line, column), change.message))
        contents[path] = after.encode()
    return done, contents


def _parse(text: str) -> Json:
    blank = positions.blank_comments(text).removeprefix("\ufeff")
    try:
        return json.loads(blank)
    except ValueError:
        return None


def _at(tree: Json, pointer: str) -> Any:
    for step in positions.steps(pointer):
        tree = tree[int(step)] if isinstance(tree, list) else tree[step]
    return tree


class _Elsewhere:
    """The other schemas, for references to a type."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def refers(self, name: str) -> bool:
        """Whether any schema refers to a type of that name, in whatever namespace."""
        paths = (path for path in self._tree.walk(SCHEMAS) if path.endswith((".avsc", ".avro")))
        trees = (_parse((self._tree.read(path) or b"").decode()) for path in paths)
        short = name.rpartition(".")[2]
        return any(each.rpartition(".")[2] == short for tree in trees for each in _references(tree))


def _references(json: Json) -> Iterator[str]:
    """The names in the places of types."""
    if isinstance(json, str):
        yield json
    elif isinstance(json, list):
        for each in json:
            yield from _references(each)
    elif isinstance(json, dict):
        for key in ("type", "items", "values"):
            yield from _references(json.get(key))
        fields = json.get("fields")
        for each in fields if isinstance(fields, list) else ():
            yield from _references(each.get("type") if isinstance(each, dict) else None)


def _rename(text: str, tree: Json, pointer: str, elsewhere: _Elsewhere) -> _Change | None:
    """A key that is nearly one, and only one, of the keys there are."""
    parent, _, step = pointer.rpartition("/")
    key, around = positions.steps(f"/{step}")[0], _at(tree, parent)
    meant = nearest(key)
    if meant is None or meant in around:
        return None
    after = deepcopy(tree)
    inside = _at(after, parent)
    inside[meant] = inside.pop(key)
    return _Change(edits.rename(text, pointer, meant), after, f"{key!r} is {meant!r} now")


def nearest(key: str) -> str | None:
    """The one key that was certainly meant."""
    from difflib import get_close_matches

    plain = re.sub(r"[^a-z]", "", key.lower())
    close = [plain] if plain in KEYS else get_close_matches(plain, KEYS, 2, 0.7)
    return close[0] if len(close) == 1 else None


def _move(text: str, tree: Json, pointer: str, elsewhere: _Elsewhere) -> _Change | None:
    """From the field into its type, of [null, X] into X, unless one is there already or others refer to the type."""
    parent = pointer.rpartition("/")[0]
    field = _at(tree, parent)
    target = _bearing(field["type"], f"{parent}/type")
    host = None if target is None else _at(tree, target)
    if target is None or not _may_bear(host, elsewhere) or not isinstance(field[_ARGS], dict):
        return None
    after = deepcopy(tree)
    args = _at(after, parent).pop(_ARGS)
    outer, _, last = target.rpartition("/")
    around, inside = _at(after, outer), _at(after, target)
    annotated = {"type": inside, _ARGS: args} if isinstance(inside, str) else {**inside, _ARGS: args}
    around[int(last) if isinstance(around, list) else last] = annotated
    return _Change(edits.move(text, pointer, target), after, f"the annotation of {field['name']} is in its type now")


def _bearing(type: Json, pointer: str) -> str | None:
    """Where the one type that is not null stands."""
    if isinstance(type, list):
        branches = [at for at, branch in enumerate(type) if branch != "null" and branch != {"type": "null"}]
        return _bearing(type[branches[0]], f"{pointer}/{branches[0]}") if len(branches) == 1 else None
    if isinstance(type, dict) and isinstance(type.get("type"), dict):
        return _bearing(type["type"], f"{pointer}/type")
    return pointer


def _may_bear(type: Json, elsewhere: _Elsewhere) -> bool:
    if isinstance(type, str):
        return type in names.PRIMITIVES
    kind = type.get("type")
    if _ARGS in type or not isinstance(kind, str):
        return False
    if kind in names.NAMED:
        return not elsewhere.refers(type["name"])
    return kind in (*names.PRIMITIVES, "array", "map")


_CHANGES: Final = {"FG201": _move, "FG202": _rename}


def _write(path: Path, content: bytes) -> None:
    """All or nothing, to where a symbolic link leads, with the rights that the file has."""
    target = path.resolve()
    beside = target.with_name(f".{target.name}.fleetgen")
    try:
        beside.write_bytes(content)
        beside.chmod(target.stat().st_mode & 0o7777)
        os.replace(beside, target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        message = f"{path.name}: FG807 error: the mended schema cannot be written: {error.strerror}"
        raise FleetgenError(f"{message}\n  help: give yourself the right to write the file and its folder") from error
