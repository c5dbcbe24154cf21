"""The grid of a dashboard: rows of twelve columns, charts in the order declared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from fleetgen.targets.preset.charts import ChartFile

ROW: Final = 12
HALF: Final = 6
HEIGHT: Final = {"calendar": 40}


def position(title: str, charts: Iterable[ChartFile]) -> dict[str, Any]:
    """Superset's position tree. Each chart's `chartId` is a placeholder that only has to be unique."""
    rows = _rows(charts)
    names = [f"ROW-{number}" for number, _ in enumerate(rows, 1)]
    tree: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": names, "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": title}},
    }
    number = 0
    for row, members in zip(names, rows, strict=True):
        cells = [_cell(number + offset, row, chart, width) for offset, (chart, width) in enumerate(members, 1)]
        tree[row] = _row(row, cells)
        tree.update((cell["id"], cell) for cell in cells)
        number += len(cells)
    return tree


def _rows(charts: Iterable[ChartFile]) -> list[list[tuple[ChartFile, int]]]:
    """Two charts a row, a calendar alone; whatever is alone takes the whole row."""
    rows: list[list[ChartFile]] = []
    for chart in charts:
        if rows and len(rows[-1]) == 1 and "calendar" not in (chart.kind, rows[-1][0].kind):
            rows[-1].append(chart)
        else:
            rows.append([chart])
    return [[(chart, ROW if len(row) == 1 else HALF) for chart in row] for row in rows]


def _row(name: str, cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "ROW",
        "id": name,
        "children": [cell["id"] for cell in cells],
        "parents": ["ROOT_ID", "GRID_ID"],
        "meta": {"background": "BACKGROUND_TRANSPARENT"},
    }


def _cell(number: int, row: str, chart: ChartFile, width: int) -> dict[str, Any]:
    meta = {
        "chartId": number,
        "width": width,
        "height": HEIGHT.get(chart.kind, 50),
        "sliceName": chart.name,
        "uuid": chart.uuid,
    }
    parents = ["ROOT_ID", "GRID_ID", row]
    return {"type": "CHART", "id": f"CHART-{number}", "children": [], "parents": parents, "meta": meta}
