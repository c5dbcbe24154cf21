"""Findings in the order in which they are told, each with its line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fleetgen import positions, positions_toml
from fleetgen.errors import Finding, Place
from fleetgen.files import Tree


def located(findings: Iterable[Finding], tree: Tree) -> list[Finding]:
    """Sorted by file, line and code; what was said twice once."""
    found = {replace(finding, place=_locate(finding.place, tree)): None for finding in findings}
    return sorted(
        found, key=lambda each: (each.place.path, each.place.line, each.place.column, each.code, each.message)
    )


def _locate(place: Place, tree: Tree) -> Place:
    if place.line or not place.path.endswith((".avsc", ".avro", ".toml")):
        return place
    content = tree.read(place.path)
    if content is None:
        return place
    text = content.decode("utf-8-sig", errors="replace")
    locate = positions_toml.locate if place.path.endswith(".toml") else positions.locate
    line, column = locate(text, place.pointer)
    return replace(place, line=line, column=column)
