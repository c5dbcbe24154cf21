"""What Superset holds of a bundle's assets: found by uuid, else by the name that the importer would take over."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen
from fleetgen.targets.preset import assets, ids
from fleetgen.targets.preset.assets import KINDS, NAMES, Asset
from fleetgen.targets.preset.client import Session, member

_MORE: Final = {"dataset": ("schema", "database.database_name"), "dashboard": ("slug",)}
# Charts have no such name: a second of the same name is another one.
_NATURAL: Final = {"database": ("database_name",), "dataset": ("table_name", "schema"), "dashboard": ("slug",)}


@frozen
class Found:
    """A live asset under Superset's own number. `owned`: it has the uuid that is made from its name."""

    number: int
    asset: Asset
    owned: bool


@frozen
class Inventory:
    """`matched` by the uuid of the desired asset; `leftover` are ours and desired no longer; `all` came with them."""

    matched: Mapping[str, Found]
    leftover: tuple[Found, ...]
    all: tuple[Asset, ...]


def take(session: Session, desired: Sequence[Asset]) -> Inventory:
    """Raises FleetgenError if Superset cannot be read: that is never nothing."""
    database = next(asset for asset in desired if asset.kind == "database")
    rows = {kind: list(session.listed(kind, *_MORE.get(kind, ()))) for kind in KINDS}
    matched = {asset.uuid: row for asset in desired if (row := _row(asset, rows[asset.kind], database.name))}
    wanted = {asset.uuid for asset in desired}
    left = [(kind, row) for kind in KINDS for row in rows[kind] if _is_leftover(kind, row, database.name, wanted)]
    kept = [(asset.kind, matched[asset.uuid]) for asset in desired if asset.uuid in matched]
    exported = _exported(session, [*kept, *left])
    by_uuid = {asset.uuid: asset for asset in exported}
    return Inventory(
        {uuid: _found(row, by_uuid, uuid) for uuid, row in matched.items()},
        tuple(_found(row, by_uuid, row["uuid"]) for _, row in left),
        tuple(exported),
    )


def _row(asset: Asset, rows: Sequence[Mapping[str, Any]], database: str) -> Mapping[str, Any] | None:
    for row in rows:
        if row["uuid"] == asset.uuid:
            return row
    keys = _NATURAL.get(asset.kind, ())
    for row in rows:
        same = bool(keys) and all((row[key] or None) == (asset.data.get(key) or None) for key in keys)
        if same and (asset.kind != "dataset" or row["database"]["database_name"] == database):
            return row
    return None


def _is_leftover(kind: str, row: Mapping[str, Any], database: str, wanted: set[str]) -> bool:
    name = database if kind in ("database", "dashboard") else row[NAMES[kind]]
    return row["uuid"] not in wanted and row["uuid"] == ids.asset(kind, database, name)


def _found(row: Mapping[str, Any], exported: Mapping[str, Asset], uuid: str) -> Found:
    """Raises FleetgenError if the export lacks it: it was deleted in between."""
    asset = exported.get(row["uuid"])
    if asset is None:
        raise FleetgenError(
            f"FG750 error: Superset: the export lacks what it lists under the number {row['id']}\n"
            "  help: somebody is changing it at the same time; run it again"
        )
    return Found(row["id"], asset, row["uuid"] == uuid)


def _exported(session: Session, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Asset]:
    """Each once: what rests on another comes with it."""
    found: dict[str, Asset] = {}
    for kind in reversed(KINDS):
        numbers = [row["id"] for of, row in rows if of == kind and row["uuid"] not in found]
        if numbers:
            for asset in _unpacked(session.export(kind, numbers), kind):
                found.setdefault(asset.uuid, asset)
    return list(found.values())


def _unpacked(content: bytes, kind: str) -> list[Asset]:
    try:
        return assets.unpack(content)
    except zipfile.BadZipFile as error:
        raise FleetgenError(f"FG750 error: Superset: the export of {kind}s is no ZIP\n  help: run it again") from error


def charts_on(session: Session, dashboard: int) -> list[int]:
    """The numbers of the charts that are linked to a dashboard."""
    return [each["id"] for each in session.result(f"/api/v1/dashboard/{dashboard}/charts")]


def dashboards_of(session: Session, chart: int) -> list[tuple[int, str]]:
    """The dashboards that a chart is on, with their titles."""
    found = session.result(f"/api/v1/chart/{chart}").get("dashboards") or []
    return [(each["id"], str(each.get("dashboard_title", each["id"]))) for each in found]


def users_of(session: Session, dataset: int, apart: Iterable[int]) -> list[str]:
    """The names of the charts that a dataset is drawn by, apart from some."""
    body = session.ask("GET", f"/api/v1/dataset/{dataset}/related_objects")
    charts = member(member(body, "charts", "Superset"), "result", "Superset")
    left = set(apart)
    return sorted(each["slice_name"] for each in charts if each["id"] not in left)
