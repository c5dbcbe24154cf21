"""One import of the whole bundle: read first, merged, saved, looked at by Superset, and only then done."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from fleetgen.errors import FleetgenError
from fleetgen.http import HttpError
from fleetgen.targets.preset import assets, backup, importing, inventory, layout, merging
from fleetgen.targets.preset.assets import Asset
from fleetgen.targets.preset.client import Session
from fleetgen.targets.preset.inventory import Inventory


def converge(
    session: Session,
    root: Path,
    ours: Mapping[str, Asset],
    there: Inventory,
    dropped: Mapping[str, Collection[str]],
    passwords: Mapping[str, str],
) -> str:
    """The path of the backup; empty where nothing was there. `dropped` names by asset the rows that are to go.

    Raises FleetgenError that says what was left behind.
    """
    saved = backup.write(root, there.all) if there.all else ""
    packed = assets.pack(_merged(ours, there, dropped))
    importing.look(session, packed, passwords)
    linked = foreign_charts(session, ours, there)
    try:
        importing.load(session, packed, passwords)
    except HttpError as error:
        raise _failed(session, ours, there, error) from None
    for chart, dashboards in linked.items():
        session.ask("PUT", f"/api/v1/chart/{chart}", {"dashboards": dashboards})
    return saved


def known(ours: Mapping[str, Asset], there: Inventory) -> set[str]:
    """The uuids that are not people's."""
    return {each.asset.uuid for each in there.leftover} | {each.uuid for each in ours.values()}


def foreign_charts(session: Session, ours: Mapping[str, Asset], there: Inventory) -> dict[int, list[int]]:
    """The charts that people put on our dashboard, each with all its dashboards: the import unlinks them."""
    found: dict[int, list[int]] = {}
    for each in there.matched.values():
        if each.asset.kind == "dashboard":
            for node in layout.foreign(each.asset.data.get("position") or {}, known(ours, there)):
                number = node["meta"].get("chartId")
                if node["type"] == "CHART" and isinstance(number, int):
                    on = {dashboard for dashboard, _ in inventory.dashboards_of(session, number)}
                    found[number] = sorted({*on, each.number})
    return found


def _merged(ours: Mapping[str, Asset], there: Inventory, dropped: Mapping[str, Collection[str]]) -> list[Asset]:
    gone = {each.asset.uuid for each in there.leftover}
    live = {uuid: found.asset for uuid, found in there.matched.items()}
    return [merging.merged(each, live.get(each.uuid), dropped.get(key, ()), gone) for key, each in ours.items()]


def _failed(session: Session, ours: Mapping[str, Asset], there: Inventory, error: HttpError) -> FleetgenError:
    """An import that was not done, with what it left behind taken away; or one of which nobody knows."""
    if "unknown reason" not in str(error.body):
        return error
    database = next(each for each in ours.values() if each.kind == "database")
    if database.uuid not in there.matched:
        _remove_row(session, database.uuid)
    tables = {each.name for each in ours.values() if each.kind == "dataset"}
    uuids = {each.uuid for each in ours.values()}
    double = [row for row in session.listed("dataset") if row["table_name"] in tables and row["uuid"] not in uuids]
    names = ", ".join(sorted({row["table_name"] for row in double}))
    help = "its log says why"
    if names:
        help = f"it has datasets called {names} already: on SQLite, Superset's own database holds one of a name"
    return FleetgenError(f"FG754 error: Superset does not import the bundle, and does not say why\n  help: {help}")


def _remove_row(session: Session, uuid: str) -> None:
    """A failed import leaves the row of a new database behind."""
    for row in session.listed("database"):
        if row["uuid"] == uuid:
            session.ask("DELETE", f"/api/v1/database/{row['id']}", expect=(200, 404, 422))
