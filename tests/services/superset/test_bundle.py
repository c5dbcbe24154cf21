"""The generated bundle in a real Superset 6.1, its data from a real ClickHouse, looked at with a real browser."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser

import bundle
from services.served import Server
from services.superset import browser, environment, fleet, server
from services.superset.rest import Rest
from services.superset.server import Superset

GENERATED: Final = fleet.ROOT / "generated"
FILES: Final = {
    path.relative_to(GENERATED).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(GENERATED.glob("preset/**/*.yaml"))
}
CHARTS: Final = {
    asset["slice_name"]: asset["uuid"] for path, asset in bundle.load(FILES).items() if bundle.kind(path) == "chart"
}
KINDS: Final = ("database", "dataset", "chart", "dashboard")


@pytest.fixture(scope="module")
def imported(superset: Superset, filled: Server) -> Rest:
    rest = Rest(superset.url)
    rest.clear()
    rest.load(FILES, f"clickhousedb://{filled.user}:XXXXXXXXXX@127.0.0.1:{filled.http}/fleet", filled.password)
    return rest


def test_a_second_import_changes_the_same_assets(imported: Rest, filled: Server) -> None:
    before = {kind: imported.ids(kind) for kind in KINDS}
    imported.load(FILES, f"clickhousedb://{filled.user}:XXXXXXXXXX@127.0.0.1:{filled.http}/fleet", filled.password)
    assert {kind: imported.ids(kind) for kind in KINDS} == before
    wanted = {asset["uuid"] for asset in bundle.load(FILES).values() if "uuid" in asset}
    assert {uuid for ids in before.values() for uuid in ids} == wanted


def test_every_chart_answers(imported: Rest, filled: Server) -> None:
    ids = imported.ids("chart")
    rows = {name: len(imported.rows(ids[uuid])) for name, uuid in CHARTS.items()}
    assert all(rows.values()), rows
    assert rows["Top 10 sensor readings by driver"] == 10
    assert 30 <= rows["Readings per day"] <= 32
    assert rows["Latest locations"] == int(filled.query("SELECT count() FROM fleet.last_location"))
    (refused,) = imported.rows(ids[CHARTS["Dead letters"]])
    assert refused["count"] == fleet.REFUSED
    assert (refused["topic"], "engine_temperature" in refused["error"]) == ("fleet_mgmt_sensors", True)


def test_the_dashboard_is_drawn_without_an_alert(
    imported: Rest, chromium: Browser, request: pytest.FixtureRequest
) -> None:
    """With --update its picture goes into doc/."""
    picture = fleet.ROOT / "doc/dashboard.png" if request.config.getoption("--update") else None
    url = f"{imported.url}/superset/dashboard/fleetgen-fleet/"
    seen = browser.look(chromium, url, imported.cookie(), len(CHARTS), picture, 1320)
    assert (seen.alerts, seen.failed) == ((), ())
    assert sorted(seen.drawn) == sorted(CHARTS)
    assert seen.filters == ("Time", "driver_name")


def test_a_chart_that_fails_is_seen(imported: Rest, filled: Server, chromium: Browser) -> None:
    """What tells the browser's silence above from blindness."""
    filled.query("RENAME TABLE fleet.fleet_mgmt_data TO fleet.away")
    try:
        url = f"{imported.url}/superset/dashboard/fleetgen-fleet/?force=true"
        seen = browser.look(chromium, url, imported.cookie(), len(CHARTS))
    finally:
        filled.query("RENAME TABLE fleet.away TO fleet.fleet_mgmt_data")
    assert "Top 10 sensor readings by driver" not in seen.drawn
    assert any("UNKNOWN_TABLE" in alert or "Unknown table" in alert for alert in seen.alerts), seen
    assert seen.failed


def test_the_import_schemas_are_those_of_this_superset(tmp_path: Path, superset: Superset) -> None:
    """Those of 4.1, 5.0 and 6.0 were taken in the same way from installations that are not kept."""
    dumped = tmp_path / "schemas.json"
    command = [str(environment.folder() / "bin/python"), str(environment.INSIDE / "schemas.py"), str(dumped)]
    subprocess.run(command, env=environment.environ(tmp_path), check=True, capture_output=True)
    assert dumped.read_text(encoding="utf-8") == (bundle.SCHEMAS / "6.1.0.json").read_text(encoding="utf-8")


def test_a_bundle_of_a_newer_key_is_refused_by_the_older_schemas() -> None:
    """The schemas bite: `theme_id` came with 6.0, `datetime_format` with 6.1, `nope` is in none."""
    dashboard, table = "preset/dashboards/fleet.yaml", "preset/datasets/fleet/last_location.yaml"
    newer = {**FILES, dashboard: FILES[dashboard] + "theme_id: null\n"}
    assert {fault.split(": ")[1] for fault in bundle.faults(newer)} == {"4.1.4", "5.0.0"}
    column = FILES[table].replace("python_date_format", "datetime_format")
    assert {fault.split(": ")[1] for fault in bundle.faults({**FILES, table: column})} == {"4.1.4", "5.0.0", "6.0.0"}
    unknown = bundle.faults({**FILES, dashboard: FILES[dashboard] + "nope: 1\n"})
    assert {fault.split(": ")[1] for fault in unknown} == set(bundle.VERSIONS)


def test_superset_starts_in_seconds(tmp_path_factory: pytest.TempPathFactory, superset: Superset) -> None:
    """From the prepared database; beside the one of the session, since nothing is fixed."""
    assert superset.url
    start = time.monotonic()
    with server.superset(tmp_path_factory.mktemp("second")) as second:
        assert time.monotonic() - start < 30
        assert second.url != superset.url
        assert Rest(second.url).ids("chart") == {}
