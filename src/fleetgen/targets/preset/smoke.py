"""Is the dashboard alive: each chart asked for its data, by Superset itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fleetgen.errors import FleetgenError
from fleetgen.http import HttpError
from fleetgen.targets.preset.assets import Asset
from fleetgen.targets.preset.client import Session, member
from fleetgen.targets.service import Line

_EMPTY: Final = "no data yet"


def look(session: Session, found: Sequence[Asset]) -> Iterator[Line]:
    """Superset, then a line for each chart and for the dashboard."""
    yield Line("superset", True, _version(session))
    datasets = {each.uuid: each for each in found if each.kind == "dataset"}
    for asset in found:
        if asset.kind == "chart":
            yield _chart(session, asset, datasets.get(asset.data.get("dataset_uuid", "")))
        elif asset.kind == "dashboard":
            yield _dashboard(session, asset)


def _version(session: Session) -> str:
    try:
        return str(session.ask("GET", "/version")["version_string"])
    except (FleetgenError, KeyError, TypeError):  # older releases do not tell
        return "there"


def _chart(session: Session, chart: Asset, dataset: Asset | None) -> Line:
    """A gap is a missing chart, a failed query, and no row although its table has some."""
    what = f"superset chart {chart.name}"
    try:
        number = session.result(f"/api/v1/chart/{chart.uuid}")["id"]
        rows = _rows(session.ask("GET", f"/api/v1/chart/{number}/data/?force=true"))
        if rows:
            return Line(what, True, f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}")
        count = _count(session, dataset) if dataset else 0
    except FleetgenError as error:
        return Line(what, False, _reason(error))
    return Line(what, not count, "empty, although its table is not" if count else _EMPTY)


def _count(session: Session, dataset: Asset) -> int:
    number = session.result(f"/api/v1/dataset/{dataset.uuid}")["id"]
    metric = {"expressionType": "SQL", "sqlExpression": "COUNT(*)", "label": "rows"}
    query = {"columns": [], "metrics": [metric], "row_limit": 1}
    asked = {"datasource": {"id": number, "type": "table"}, "queries": [query], "force": True}
    rows = _rows(session.ask("POST", "/api/v1/chart/data", asked))
    return int(rows[0]["rows"]) if rows else 0


def _rows(body: object) -> list[Mapping[str, Any]]:
    """Raises FleetgenError for what is no answer of a chart."""
    results = member(body, "result", "Superset")
    return list(member(results[0] if results else None, "data", "Superset") or [])


def _dashboard(session: Session, asset: Asset) -> Line:
    what = f"superset dashboard {asset.name}"
    try:
        found = session.result(f"/api/v1/dashboard/{asset.uuid}")
    except FleetgenError as error:
        return Line(what, False, _reason(error))
    return Line(what, True, f"{session.base.rstrip('/')}{found.get('url') or ''}")


def _reason(error: FleetgenError) -> str:
    """The first line of what it says, without our own code before it."""
    if isinstance(error, HttpError) and error.status == 404:
        return "missing"
    return str(error).splitlines()[0].partition("error: ")[2]
