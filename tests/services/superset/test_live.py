"""plan, apply and smoke of a real Superset: what is ours converges, what is people's stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser

from fleetgen.errors import FleetgenError
from fleetgen.plan import Policy
from fleetgen.targets.preset import assets
from services.served import Server
from services.superset import browser
from services.superset.applying import FILES, Project, differences, lines
from services.superset.rest import Rest
from services.superset.server import Superset

CHART: Final = "preset/charts/top_10_sensor_readings_by_driver.yaml"
ASSETS: Final = {f"{asset.kind} {asset.name}": asset for asset in assets.load(FILES)}
DASHBOARD: Final = "preset dashboard Fleet"


@pytest.fixture
def rest(superset: Superset) -> Rest:
    """An empty Superset."""
    rest = Rest(superset.url)
    rest.clear()
    return rest


@pytest.fixture
def project(rest: Rest, filled: Server, tmp_path: Path) -> Project:
    return Project(rest.url, filled, tmp_path)


def ids(rest: Rest) -> dict[str, dict[str, int]]:
    return {kind: rest.ids(kind) for kind in assets.KINDS}


def number(rest: Rest, what: str) -> int:
    return rest.ids(what.partition(" ")[0])[ASSETS[what].uuid]


def add_chart(rest: Rest, dashboards: list[int], dataset: int | None = None) -> int:
    params = {"viz_type": "table", "all_columns": ["vehicle_id"], "query_mode": "raw", "row_limit": 5}
    made = rest.post(
        "/api/v1/chart/",
        {
            "slice_name": "by hand",
            "viz_type": "table",
            "params": json.dumps(params),
            "datasource_id": dataset or number(rest, "dataset last_location"),
            "datasource_type": "table",
            "dashboards": dashboards,
        },
    )
    return int(made["id"])


def place(rest: Rest, dashboard: int, chart: int) -> None:
    """As the editor of the dashboard does: a row with the chart and a text."""
    found = rest.get(f"/api/v1/dashboard/{dashboard}")["result"]
    position: dict[str, Any] = json.loads(found["position_json"])
    row = {"type": "ROW", "id": "ROW-x", "children": ["CHART-x", "MARKDOWN-x"], "parents": ["ROOT_ID", "GRID_ID"]}
    above = ["ROOT_ID", "GRID_ID", "ROW-x"]
    meta = {"chartId": chart, "width": 4, "height": 30, "sliceName": "by hand"}
    text = {"code": "# Written by hand", "width": 4, "height": 30}
    position["GRID_ID"]["children"].append("ROW-x")
    position["ROW-x"] = {**row, "meta": {"background": "BACKGROUND_TRANSPARENT"}}
    position["CHART-x"] = {"type": "CHART", "id": "CHART-x", "children": [], "parents": above, "meta": meta}
    position["MARKDOWN-x"] = {"type": "MARKDOWN", "id": "MARKDOWN-x", "children": [], "parents": above, "meta": text}
    metadata = {**json.loads(found["json_metadata"]), "positions": position}
    rest.put(f"/api/v1/dashboard/{dashboard}", {"json_metadata": json.dumps(metadata)})


def change_dataset(rest: Rest, dataset: int) -> None:
    """As the editor of a dataset does: a label, a column and a metric of one's own."""
    found = rest.get(f"/api/v1/dataset/{dataset}")["result"]
    keys = ("id", "column_name", "verbose_name", "type", "expression", "is_dttm", "groupby", "filterable", "is_active")
    columns = [{key: column.get(key) for key in keys} for column in found["columns"]]
    for column in columns:
        if column["column_name"] == "vehicle_id":
            column["verbose_name"] = "The car"
    columns.append({"column_name": "hot", "expression": "engine_temperature > 220", "type": "Bool"})
    metrics = [
        {key: metric.get(key) for key in ("id", "metric_name", "expression", "verbose_name")}
        for metric in found["metrics"]
    ]
    metrics.append({"metric_name": "hottest", "expression": "max(engine_temperature)"})
    rest.put(f"/api/v1/dataset/{dataset}?override_columns=false", {"columns": columns, "metrics": metrics})


def test_it_converges_and_keeps_its_numbers(project: Project, rest: Rest) -> None:
    first = project.plan()
    assert {change.key for change in first.changes} == {f"preset {name}" for name in ASSETS}
    assert {change.reason for change in first.changes} == {"missing"}
    assert ids(rest) == {kind: {} for kind in assets.KINDS}
    project.apply()
    assert all(line.ok for line in project.smoke), project.smoke
    assert "superset chart Top 10 sensor readings by driver" in {line.what for line in project.smoke}
    assert lines(project.plan()) == []
    before = ids(rest)
    project.files[CHART] = FILES[CHART].replace("row_limit: 10", "row_limit: 7")
    (change,) = project.apply().changes
    assert change.key == "preset chart Top 10 sensor readings by driver"
    assert ("params: row_limit", "10", "7") in differences(change)
    assert ids(rest) == before
    assert lines(project.plan()) == []


def test_what_people_made_is_kept_and_what_is_ours_is_named(project: Project, rest: Rest, chromium: Browser) -> None:
    project.apply()
    dataset, dashboard = number(rest, "dataset fleet_mgmt_sensors"), number(rest, "dashboard Fleet")
    change_dataset(rest, dataset)
    chart = add_chart(rest, [dashboard])
    place(rest, dashboard, chart)
    made = project.plan()
    assert lines(made) == ["~ preset dataset fleet_mgmt_sensors: differs in column vehicle_id: verbose_name"]
    assert differences(made.changes[0]) == [("column vehicle_id: verbose_name", "The car", None)]
    assert project.notes == [
        "preset dataset fleet_mgmt_sensors: kept, though not generated: column hot, metric hottest",
        "preset dashboard Fleet: kept, though not generated: chart 'by hand', a text",
    ]
    project.apply()
    assert lines(project.plan()) == []
    found = rest.get(f"/api/v1/dataset/{dataset}")["result"]
    labels = {column["column_name"]: column["verbose_name"] for column in found["columns"]}
    assert labels["vehicle_id"] is None
    assert "hot" in labels
    assert "hottest" in {metric["metric_name"] for metric in found["metrics"]}
    linked = {each["id"] for each in rest.get(f"/api/v1/dashboard/{dashboard}/charts")["result"]}
    assert chart in linked
    seen = browser.look(chromium, f"{rest.url}/superset/dashboard/fleetgen-fleet/", rest.cookie(), len(linked))
    assert (seen.alerts, seen.failed) == ((), ())
    assert "by hand" in seen.drawn


def test_an_apply_killed_after_the_import_is_healed(
    project: Project, rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The import unlinks people's charts; they are linked again by calls after it."""
    project.apply()
    dashboard = number(rest, "dashboard Fleet")
    chart = add_chart(rest, [dashboard])
    place(rest, dashboard, chart)
    project.files[CHART] = FILES[CHART].replace("row_limit: 10", "row_limit: 7")
    with monkeypatch.context() as patch:
        patch.setattr("fleetgen.targets.preset.converging.foreign_charts", lambda *_: {})
        project.apply()
    assert chart not in {each["id"] for each in rest.get(f"/api/v1/dashboard/{dashboard}/charts")["result"]}
    assert lines(project.plan()) == [f"~ {DASHBOARD}: differs in chart number {chart}"]
    project.apply()
    assert chart in {each["id"] for each in rest.get(f"/api/v1/dashboard/{dashboard}/charts")["result"]}
    assert lines(project.plan()) == []


def test_a_takeover_by_name_is_refused_until_it_is_adopted(project: Project, rest: Rest, filled: Server) -> None:
    """Superset's import would take over each of the three silently, and give it another uuid."""
    uri = f"clickhousedb://{filled.user}:{filled.password}@127.0.0.1:{filled.http}/fleet"
    database = rest.post("/api/v1/database/", {"database_name": "fleet", "sqlalchemy_uri": uri})["id"]
    table = {"database": database, "schema": "fleet", "table_name": "last_location"}
    dataset = rest.post("/api/v1/dataset/", table)["id"]
    dashboard = rest.post("/api/v1/dashboard/", {"dashboard_title": "Mine", "slug": "fleetgen-fleet"})["id"]
    blocked = {change.key: change.blocked for change in project.plan().blocked}
    assert set(blocked) == {"preset database fleet", "preset dataset last_location", DASHBOARD}
    assert all("--adopt" in each for each in blocked.values())
    project.apply(Policy(adopt=True))
    assert rest.ids("database") == {ASSETS["database fleet"].uuid: database}
    assert number(rest, "dataset last_location") == dataset
    assert number(rest, "dashboard Fleet") == dashboard
    assert lines(project.plan()) == []


def test_what_left_goes_only_when_asked_and_never_while_it_is_used(project: Project, rest: Rest) -> None:
    project.apply()
    chart, table = "chart Readings per day", "dataset vehicles_at_many_locations"
    del project.files["preset/charts/readings_per_day.yaml"]
    del project.files["preset/datasets/fleet/vehicles_at_many_locations.yaml"]
    dashboard = project.files["preset/dashboards/fleet.yaml"]
    project.files["preset/dashboards/fleet.yaml"] = without_chart(dashboard)
    blocked = {change.key: change.blocked for change in project.plan().blocked}
    assert set(blocked) == {f"preset {chart}", f"preset {table}"}
    assert all("--prune" in each for each in blocked.values())

    by_hand = add_chart(rest, [], number(rest, table))
    other = rest.post("/api/v1/dashboard/", {"dashboard_title": "Another"})["id"]
    ours = number(rest, "dashboard Fleet")
    rest.put(f"/api/v1/chart/{number(rest, chart)}", {"dashboards": [ours, other]})
    reasons = {change.key: change.reason for change in project.plan(Policy(prune=True)).blocked}
    assert reasons == {
        f"preset {chart}": "generated no longer, but used by the dashboard 'Another'",
        f"preset {table}": "generated no longer, but used by the chart 'by hand'",
    }

    rest.delete(f"/api/v1/chart/{by_hand}")
    rest.delete(f"/api/v1/dashboard/{other}")
    project.apply(Policy(prune=True))
    assert ASSETS[chart].uuid not in rest.ids("chart")
    assert ASSETS[table].uuid not in rest.ids("dataset")
    assert lines(project.plan()) == []


def without_chart(dashboard: str) -> str:
    """The generated dashboard, its third chart gone, which has a row to itself."""
    kept = [line for line in dashboard.splitlines() if not line.startswith(("  ROW-2:", "  CHART-3:"))]
    return "\n".join(kept).replace('"ROW-2", ', "") + "\n"


def test_columns_that_left_go_when_asked(project: Project, rest: Rest) -> None:
    path = "preset/datasets/fleet/last_location.yaml"
    extra = '- column_name: "gone"\n  type: "Int32"\n  is_dttm: false\n  is_active: true\n  groupby: true\n'
    project.files[path] = FILES[path].replace("columns:\n", f"columns:\n{extra}", 1)
    project.apply()
    project.files[path] = FILES[path]
    assert lines(project.plan()) == []
    assert project.notes == ["preset dataset last_location: kept, though not generated: column gone"]
    assert lines(project.apply(Policy(prune=True))) == ["~ preset dataset last_location: differs in column gone"]
    found = rest.get(f"/api/v1/dataset/{number(rest, 'dataset last_location')}")["result"]
    assert "gone" not in {column["column_name"] for column in found["columns"]}
    assert lines(project.plan(Policy(prune=True))) == []


def test_a_password_that_was_lost_or_changed_is_seen_and_given_again(
    project: Project, rest: Rest, filled: Server
) -> None:
    project.apply()
    for uri, said in (
        (f"clickhousedb://{filled.user}:wrong@127.0.0.1:{filled.http}/fleet", "refused by ClickHouse"),
        (f"clickhousedb://{filled.user}@127.0.0.1:{filled.http}/fleet", None),
    ):
        rest.load(FILES, uri, "")
        (change,) = project.plan().changes
        assert (change.key, differences(change)) == ("preset database fleet", [("password", said, "stored")])
        project.apply()
        assert all(line.ok for line in project.smoke), project.smoke
        assert lines(project.plan()) == []


def test_a_failed_import_leaves_nothing_behind(project: Project, rest: Rest, filled: Server) -> None:
    """On SQLite no two datasets have the name of one table; Superset says "unknown reason", and keeps the database."""
    uri = f"clickhousedb://{filled.user}:{filled.password}@127.0.0.1:{filled.http}/fleet"
    other = rest.post("/api/v1/database/", {"database_name": "other", "sqlalchemy_uri": uri})["id"]
    rest.post("/api/v1/dataset/", {"database": other, "schema": "fleet", "table_name": "last_location"})
    with pytest.raises(FleetgenError, match=r"(?s)FG754 error: .*  help: it has datasets called last_location already"):
        project.apply()
    assert list(rest.ids("database").values()) == [other]


def test_a_backup_brings_back_what_was(project: Project, rest: Rest) -> None:
    project.apply()
    assert not list(project.root.glob(".fleetgen/superset-backups/*"))
    chart = number(rest, "chart Top 10 sensor readings by driver")
    rest.put(f"/api/v1/chart/{chart}", {"description": "precious"})
    project.apply()
    assert rest.get(f"/api/v1/chart/{chart}")["result"]["description"] is None
    (saved,) = project.root.glob(".fleetgen/superset-backups/*.zip")
    assert any(str(saved.relative_to(project.root)) in line.figure for line in project.smoke)
    rest.restore(saved.read_bytes())
    assert rest.get(f"/api/v1/chart/{chart}")["result"]["description"] == "precious"


def test_smoke_tells_a_gap_from_no_data(project: Project, filled: Server) -> None:
    project.apply()
    filled.query("RENAME TABLE fleet.fleet_mgmt_data TO fleet.away")
    try:
        project.apply()
    finally:
        filled.query("RENAME TABLE fleet.away TO fleet.fleet_mgmt_data")
    figures = {line.what: (line.ok, line.figure) for line in project.smoke}
    ok, figure = figures["superset chart Top 10 sensor readings by driver"]
    assert not ok
    assert "fleet_mgmt_data" in figure
    assert figures["superset chart Readings per day"][0]


def test_a_bundle_that_superset_refuses_is_told_file_by_file(project: Project, rest: Rest) -> None:
    project.files[CHART] = FILES[CHART] + "nope: 1\n"
    said = (
        r"FG753 error: Superset refuses the bundle: charts/top_10_sensor_readings_by_driver.yaml: nope: Unknown field"
    )
    with pytest.raises(FleetgenError, match=said):
        project.plan()
    assert ids(rest) == {kind: {} for kind in assets.KINDS}


def test_an_address_that_the_profile_does_not_tell_is_left_alone(project: Project, rest: Rest, filled: Server) -> None:
    """An embedded engine, or none: Superset knows its own way to ClickHouse, or nobody does."""
    project.tells_clickhouse = False
    with pytest.raises(FleetgenError, match="FG756 error: the profile does not say how Superset reaches ClickHouse"):
        project.plan()
    project.tells_clickhouse = True
    project.apply()
    project.tells_clickhouse = False
    assert lines(project.plan()) == []
    project.files[CHART] = FILES[CHART].replace("row_limit: 10", "row_limit: 7")
    project.apply()
    assert all(line.ok for line in project.smoke), project.smoke
    project.tells_clickhouse = True
    assert lines(project.plan()) == []
