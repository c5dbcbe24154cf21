"""A generated asset with what people have added to the live one: the importer would take it away."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from fleetgen.targets.preset import layout
from fleetgen.targets.preset.assets import Asset, Data

_ROWS: Final = (("columns", "column_name"), ("metrics", "metric_name"))
_BOUND: Final = ("datasource", "slice_id")  # the importer writes them itself


def merged(ours: Asset, live: Asset | None, dropped: Collection[str] = (), gone: Collection[str] = ()) -> Asset:
    """What is imported. `dropped` names columns and metrics that are to go, "column x"; `gone` are uuids of charts."""
    if live is None:
        return ours
    match ours.kind:
        case "dataset":
            data = {**ours.data, **{kind: _rows(ours.data, live.data, kind, key, dropped) for kind, key in _ROWS}}
        case "chart":
            kept = {key: value for key, value in (live.data.get("params") or {}).items() if key not in _BOUND}
            data = {**ours.data, "params": {**kept, **ours.data["params"]}}
        case "dashboard":
            metadata = layout.filters(ours.data["metadata"], live.data.get("metadata") or {})
            position = layout.merged(ours.data["position"], live.data.get("position") or {}, gone)
            data = {**ours.data, "metadata": metadata, "position": position}
        case _:
            data = {**ours.data, "extra": {**(live.data.get("extra") or {}), **(ours.data.get("extra") or {})}}
    return Asset(ours.kind, ours.path, data)


def foreign(ours: Asset, live: Asset) -> Iterator[tuple[str, Data]]:
    """Columns and metrics of a live dataset that are not generated: ("column x", the column)."""
    for kind, key in _ROWS:
        named = {row[key] for row in ours.data.get(kind) or []}
        for row in live.data.get(kind) or []:
            if row[key] not in named:
                yield f"{kind.removesuffix('s')} {row[key]}", row


def is_leftover(what: str, row: Data) -> bool:
    """Whether it was generated, or mirrors the table: nobody's work. A calculated column is somebody's, so is a metric
    that is not called as ours are.
    """
    if what.startswith("column "):
        return not row.get("expression")
    name = str(row["metric_name"])
    return str(row.get("expression", "")).replace("`", "") == name == row.get("verbose_name")


def _rows(ours: Data, live: Data, kind: str, key: str, dropped: Collection[str]) -> list[Any]:
    rows = list(ours.get(kind) or [])
    named = {row[key] for row in rows}
    kept = [row for row in live.get(kind) or [] if row[key] not in named]
    return rows + [row for row in kept if f"{kind.removesuffix('s')} {row[key]}" not in dropped]


def unlinked(live: Asset, linked: Collection[int], ours: Collection[str]) -> list[int]:
    """Charts of others that stand on a dashboard and are not linked to it: an apply was interrupted."""
    there = layout.foreign(live.data.get("position") or {}, ours)
    numbers = (node["meta"].get("chartId") for node in there if node["type"] == "CHART")
    return sorted(number for number in numbers if isinstance(number, int) and number not in linked)
