"""Findings in the order in which they are told, each with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from fleetgen import positions
from fleetgen.errors import Finding, Place
from fleetgen.files import Tree

_Locate: TypeAlias = Callable[[str], tuple[int, int]]


def located(findings: Iterable[Finding], tree: Tree) -> list[Finding]:
    """Sorted by file, line and code; what was said twice once."""
    files = _Files(tree)
    found = {_at(finding, files.locate(finding.place)): None for finding in findings}
    return sorted(
        found, key=lambda each: (each.place.path, each.place.line, each.place.column, each.code, each.message)
    )


def _at(finding: Finding, place: Place) -> Finding:
    return Finding(finding.code, finding.severity, finding.message, finding.help, place)


class _Files:
    """The files that findings are about, each read once."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._known: dict[str, _Locate | None] = {}

    def locate(self, place: Place) -> Place:
        path = place.path
        if place.line or not path.endswith((".avsc", ".avro", ".toml")):
            return place
        if path not in self._known:
            self._known[path] = self._read(path)
        locate = self._known[path]
        return place if locate is None else Place(path, place.pointer, *locate(place.pointer))

    def _read(self, path: str) -> _Locate | None:
        content = self._tree.read(path)
        if content is None:
            return None
        text = content.decode(errors="replace").removeprefix("\ufeff")
        if not path.endswith(".toml"):
            return positions.Text(text).locate
        from fleetgen import positions_toml

        return positions_toml.Text(text).locate
