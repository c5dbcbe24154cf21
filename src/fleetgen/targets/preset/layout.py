"""A dashboard's grid and filters: which charts stand where, and what people put beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, TypeAlias

from fleetgen.targets.preset.filters import OURS

Node: TypeAlias = dict[str, Any]
Position: TypeAlias = Mapping[str, Any]

FILTERS: Final = "native_filter_configuration"
_ROW: Final = 12
_LEAVES: Final = ("CHART", "MARKDOWN")


def nodes(position: Position) -> dict[str, Node]:
    """Without the member that is the version."""
    return {key: node for key, node in position.items() if isinstance(node, dict) and "type" in node}


def names(position: Position) -> dict[str, str]:
    """uuid -> name of the charts on it."""
    return {node["meta"]["uuid"]: node["meta"].get("sliceName", "") for node in _charts(position)}


def places(position: Position, ours: Mapping[str, str]) -> dict[str, str]:
    """Of our charts the order in which they are read, and their sizes. Where people moved theirs does not count."""
    order = [node for node in _read(nodes(position)) if node.get("meta", {}).get("uuid") in ours]
    found = {"charts": " | ".join(ours[node["meta"]["uuid"]] for node in order)} if order else {}
    sizes = {f"size of {ours[node['meta']['uuid']]}": _size(node) for node in order}
    return found | sizes


def merged(ours: Position, live: Position, gone: Collection[str] = ()) -> dict[str, Any]:
    """Our grid with what people have added to it. Where our charts are as they should be, theirs is the arrangement.

    `gone` are uuids of charts that are generated no longer.
    """
    wanted = names(ours)
    numbers = {node["meta"]["uuid"]: node["meta"]["chartId"] for node in _charts(live)}
    if places(live, wanted) == places(ours, wanted) and set(wanted) <= set(numbers) and numbers.keys().isdisjoint(gone):
        kept: dict[str, Any] = {key: _unbound(node, wanted) for key, node in live.items()}
        return kept | {"HEADER_ID": ours["HEADER_ID"]} if "HEADER_ID" in ours else kept
    return _with_foreign(_numbered(ours, numbers), foreign(live, {*wanted, *gone}), wanted)


def foreign(position: Position, ours: Collection[str]) -> list[Node]:
    """The charts and texts that people put on it; `ours` are uuids of charts that are not theirs."""
    leaves = [node for node in _read(nodes(position)) if node["type"] in _LEAVES]
    return [node for node in leaves if node.get("meta", {}).get("uuid") not in ours]


def filters(ours: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """Our dashboard metadata over the live, whose other members and filters stay."""
    wanted = list(ours.get(FILTERS) or [])
    ids = {each["id"] for each in wanted}
    kept = [each for each in live.get(FILTERS) or [] if each["id"] not in ids and not each["id"].startswith(OURS)]
    return {**live, **ours, FILTERS: [*wanted, *kept]}


def _charts(position: Position) -> list[Node]:
    return [node for node in nodes(position).values() if node["type"] == "CHART" and "uuid" in node.get("meta", {})]


def _read(tree: Mapping[str, Node], key: str = "ROOT_ID") -> Iterator[Node]:
    """In reading order. What no root leads to is not drawn."""
    node = tree.get(key)
    if node is not None:
        yield node
        for child in node.get("children", []):
            yield from _read(tree, child)


def _size(node: Node) -> str:
    return f"{node['meta'].get('width')} x {node['meta'].get('height')}"


def _unbound(node: Any, ours: Collection[str]) -> Any:
    """A foreign chart is known by its number alone: the importer stops linking at a uuid that is not in the bundle."""
    if not isinstance(node, dict) or node.get("type") != "CHART" or node.get("meta", {}).get("uuid") in ours:
        return node
    return {**node, "meta": {key: value for key, value in node["meta"].items() if key != "uuid"}}


def _numbered(ours: Position, numbers: Mapping[str, int]) -> dict[str, Any]:
    """With the charts' own numbers, as far as they have one: other members refer to those."""
    free = max(numbers.values(), default=0)
    made: dict[str, Any] = {}
    for key, node in ours.items():
        if isinstance(node, dict) and node.get("type") == "CHART":
            free += 1
            node = {**node, "meta": {**node["meta"], "chartId": numbers.get(node["meta"]["uuid"], free)}}
        made[key] = node
    return made


def _with_foreign(made: dict[str, Any], kept: list[Node], ours: Collection[str]) -> dict[str, Any]:
    """What people added comes below, as many in a row as fit."""
    rows: list[list[Node]] = []
    left = 0
    for node in kept:
        width = int(node.get("meta", {}).get("width", _ROW))
        if not rows or width > left:
            rows.append([])
            left = _ROW
        rows[-1].append(node)
        left -= width
    for number, row in enumerate(rows, 1):
        _add(made, f"ROW-KEPT-{number}", row, ours)
    return made


def _add(made: dict[str, Any], key: str, row: list[Node], ours: Collection[str]) -> None:
    grid = made["GRID_ID"]
    made["GRID_ID"] = {**grid, "children": [*grid["children"], key]}
    meta = {"background": "BACKGROUND_TRANSPARENT"}
    above = ["ROOT_ID", "GRID_ID"]
    made[key] = {"type": "ROW", "id": key, "children": [node["id"] for node in row], "parents": above, "meta": meta}
    made.update((node["id"], {**_unbound(node, ours), "parents": [*above, key]}) for node in row)
