"""Is the dashboard alive: each chart asked for its data, by Superset itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fleetgen.errors import FleetgenError
from fleetgen.http import HttpError
from fleetgen.targets.preset.assets import Asset
from fleetgen.targets.preset.client import Session
from fleetgen.targets.service import Line

_EMPTY: Final = "no data yet"


def look(session: Session, found: Sequence[Asset]) -> Iterator[Line]:
    """Superset, then a line for each chart and for the dashboard."""
    yield Line("superset", True, _version(session))
    datasets = {each.uuid: each for each in found if each.kind == "dataset"}
    for asset in found:
        if asset.kind == "chart":
            yield _chart(session, asset, datasets[asset.data["dataset_uuid"]])
        elif asset.kind == "dashboard":
            yield _dashboard(session, asset)


def _version(session: Session) -> str:
    try:
        return str(session.ask("GET", "/version")["version_string"])
    except (FleetgenError, KeyError, TypeError):  # older releases do not tell
        return "there"


def _chart(session: Session, chart: Asset, dataset: Asset) -> Line:
    """A gap is a missing chart, a failed query, and no row although its table has some."""
    what = f"superset chart {chart.name}"
    try:
        number = session.ask("GET", f"/api/v1/chart/{chart.uuid}")["result"]["id"]
        rows = _rows(session.ask("GET", f"/api/v1/chart/{number}/data/?force=true"))
        if rows:
            return Line(what, True, f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}")
        count = _count(session, dataset)
    except HttpError as error:
        return Line(what, False, "missing" if error.status == 404 else _reason(error))
    return Line(what, not count, "empty, although its table is not" if count else _EMPTY)


def _count(session: Session, dataset: Asset) -> int:
    number = session.ask("GET", f"/api/v1/dataset/{dataset.uuid}")["result"]["id"]
    metric = {"expressionType": "SQL", "sqlExpression": "COUNT(*)", "label": "rows"}
    query = {"columns": [], "metrics": [metric], "row_limit": 1}
    asked = {"datasource": {"id": number, "type": "table"}, "queries": [query], "force": True}
    rows = _rows(session.ask("POST", "/api/v1/chart/data", asked))
    return int(rows[0]["rows"]) if rows else 0


def _rows(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    result = body["result"][0]
    return list(result.get("data") or [])


def _dashboard(session: Session, asset: Asset) -> Line:
    what = f"superset dashboard {asset.name}"
    try:
        found = session.ask("GET", f"/api/v1/dashboard/{asset.uuid}")["result"]
    except HttpError as error:
        return Line(what, False, "missing" if error.status == 404 else _reason(error))
    return Line(what, True, f"{session.base.rstrip('/')}{found.get('url') or ''}")


def _reason(error: HttpError) -> str:
    """The first line of what it says, without our own code before it."""
    return str(error).splitlines()[0].partition("error: ")[2]
