"""plan and apply as a user meets them, on the embedded engine."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from fleetgen.cli import planning
from fleetgen.commands import apply as applying
from fleetgen.commands import smoke
from fleetgen.commands.plan import proved
from fleetgen.commands.services import Services
from fleetgen.errors import FleetgenError
from fleetgen.pipeline import Pipeline
from fleetgen.plan import Action, Change, Resource
from fleetgen.profile import Profile
from fleetgen.targets.service import Line

SCHEMA = '{"type": "record", "name": "car", "fields": [{"name": "wheels", "type": "int"}]}'
PROFILE = '[profiles.prod]\nprotected = true\nclickhouse = { platform = "embedded", path = "engine" }\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/car.avsc").write_text(SCHEMA)
    (tmp_path / "fleetgen.toml").write_text(PROFILE)
    assert fleetgen(tmp_path, "render").returncode == 0
    return tmp_path


def fleetgen(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fleetgen", *arguments]
    environ = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environ, stdin=subprocess.DEVNULL)


def test_what_was_reviewed_is_done_and_then_there_is_nothing_to_do(folder: Path) -> None:
    planned = fleetgen(folder, "plan", "-o", "plan.json")
    assert planned.returncode == 3, planned.stderr
    lines = planned.stdout.splitlines()
    assert "+ clickhouse table fleetgen.car: missing" in lines
    assert lines[lines.index("+ clickhouse table fleetgen.car: missing") + 1].startswith(
        "    after clickhouse database"
    )
    assert lines[-1].startswith("Plan: ")
    assert lines[-1].endswith(" to add, 0 to change, 0 to replace, 0 to delete, 0 blocked.")
    applied = fleetgen(folder, "apply", "plan.json")
    assert applied.returncode == 0, applied.stderr
    assert "ok  table fleetgen.car: no data yet" in applied.stdout
    again = fleetgen(folder, "plan")
    assert (again.returncode, again.stdout) == (0, "Nothing to do: live is what generated/ says.\n")
    same = fleetgen(folder, "apply", "plan.json")
    assert (same.returncode, same.stdout.splitlines()[0]) == (0, "Nothing to do.")


def test_json_and_the_saved_plan_are_the_same_and_ddl_shows_every_statement(folder: Path) -> None:
    planned = fleetgen(folder, "plan", "--output", "json", "-o", "plan.json")
    assert planned.returncode == 3
    assert planned.stdout == (folder / "plan.json").read_text()
    tree = json.loads(planned.stdout)
    assert (tree["version"], tree["profile"], tree["summary"]["add"]) == (1, "local", len(tree["changes"]))
    shown = fleetgen(folder, "plan", "--ddl").stdout
    for change in tree["changes"]:
        for step in change["steps"]:
            assert all(line in shown for line in step["call"][0].splitlines())


def test_a_plan_holds_for_the_files_that_it_was_made_from(folder: Path) -> None:
    fleetgen(folder, "plan", "-o", "plan.json")
    (folder / "schemas/car.avsc").write_text(SCHEMA.replace("wheels", "doors"))
    assert fleetgen(folder, "render").returncode == 0
    done = fleetgen(folder, "apply", "plan.json")
    assert done.returncode == 4
    assert done.stderr.startswith("FG761 error: generated/ is not what the plan was made from\n  help: ")
    assert "table fleetgen.car:" not in fleetgen(folder, "smoke").stdout.replace("GAP table fleetgen.car: missing", "")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 99}', "\x00", "no plan"])
def test_what_is_no_plan_is_refused(folder: Path, text: str) -> None:
    (folder / "plan.json").write_text(text)
    done = fleetgen(folder, "apply", "plan.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("FG760 error: plan.json is no")
    assert not (folder / ".fleetgen/clickhouse/metadata/fleetgen").exists()


def test_a_plan_is_for_its_profile_and_its_options(folder: Path) -> None:
    fleetgen(folder, "plan", "-o", "plan.json")
    other = fleetgen(folder, "apply", "plan.json", "--profile", "prod")
    assert (other.returncode, "is a plan for the profile 'local', not for 'prod'" in other.stderr) == (2, True)
    more = fleetgen(folder, "apply", "plan.json", "--prune")
    assert (more.returncode, "was not planned with these options" in more.stderr) == (2, True)


def test_a_plan_that_cannot_be_saved_is_one_line(folder: Path) -> None:
    done = fleetgen(folder, "plan", "-o", "absent/plan.json")
    assert done.returncode == 2
    dash = fleetgen(folder, "plan", "-o", "-")
    assert (dash.returncode, "--output json" in dash.stderr, (folder / "-").exists()) == (2, True, False)
    assert done.stderr.startswith(
        "absent/plan.json: FG802 error: cannot be written: No such file or directory\n  help: "
    )


def test_a_plan_that_is_not_saved_whole_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files may have 64 bytes at most, as on a disk that is nearly full."""
    monkeypatch.chdir(tmp_path)
    Path("plan.json").write_text("before")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, limit[1]))
    try:
        with pytest.raises(FleetgenError, match=r"^plan\.json: FG802 error: cannot be written: .*\n  help: "):
            planning.save(Path("plan.json"), "x" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert Path("plan.json").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]


def test_a_protected_profile_wants_its_name(folder: Path) -> None:
    done = fleetgen(folder, "apply", "--profile", "prod")
    assert done.returncode == 4
    assert "FG762 error: the profile 'prod' is protected" in done.stderr
    assert fleetgen(folder, "apply", "--profile", "prod", "--confirm", "pro").returncode == 4
    assert fleetgen(folder, "smoke", "--profile", "prod").returncode == 1
    done = fleetgen(folder, "apply", "--profile", "prod", "--confirm", "prod")
    assert done.returncode == 0, done.stderr
    assert fleetgen(folder, "apply", "--profile", "prod").stdout.startswith("Nothing to do.\n")


def test_plan_refuses_what_was_not_reviewed(folder: Path) -> None:
    (folder / "schemas/car.avsc").write_text(SCHEMA.replace("wheels", "doors"))
    done = fleetgen(folder, "plan")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("FG704 error: generated/ is not what the schemas say: ")


def test_of_a_long_text_the_part_is_shown_that_differs_and_of_what_goes_only_its_name(folder: Path) -> None:
    names = [f"wheel{number}" for number in range(20)]
    schema = json.loads(SCHEMA) | {"fields": [{"name": name, "type": "int"} for name in names]}
    (folder / "schemas/car.avsc").write_text(json.dumps(schema))
    (folder / "schemas/van.avsc").write_text(SCHEMA.replace("car", "van"))
    assert fleetgen(folder, "render").returncode == 0
    assert fleetgen(folder, "apply").returncode == 0
    schema["fields"][15]["type"] = "long"
    (folder / "schemas/car.avsc").write_text(json.dumps(schema))
    (folder / "schemas/van.avsc").unlink()
    assert fleetgen(folder, "render").returncode == 0
    planned = fleetgen(folder, "plan")
    assert planned.returncode == 4, planned.stderr
    (line,) = (
        each for each in planned.stdout.splitlines() if each.startswith("    view fleetgen.car_push_store select")
    )
    before, after = line.partition(": ")[2].split(" -> ")
    assert "toInt32OrNull(q.wheel15)" in before
    assert "toInt64OrNull(q.wheel15)" in after
    assert len(line) < 300
    assert "- clickhouse table fleetgen.van: " in planned.stdout
    assert "-> (none)" not in planned.stdout
    assert "-> (none)" in fleetgen(folder, "plan", "-v").stdout


def test_a_source_connector_that_nothing_desires_is_ours_where_its_store_is() -> None:
    ours, stale, other = (Resource("connect", "connector", f"{name}-source") for name in ("car", "van", "bus"))
    sink = Resource("connect", "connector", "bus-sink")
    stores = [Resource("clickhouse", "table", f"fleet.{name}") for name in ("car", "van")]
    theirs = Resource("clickhouse", "table", "fleet.bus", owned=False)
    assert proved([ours, stale, other, sink], [ours], [*stores, theirs]) == [ours, stale, sink]
    assert proved([ours], [ours], []) == [ours]


def test_where_only_smoke_stops_it_is_told_that_all_was_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(pipeline: Pipeline, found: Services) -> tuple[Line, ...]:
        raise FleetgenError("FG730 error: Kafka Connect: cannot be reached\n  help: look at the address")

    monkeypatch.setattr(smoke, "look", stop)
    made = Change("t", "thing", "a", Action.CREATE, "missing")
    found, pipeline = Services(Profile("here"), {}, {}, ()), Pipeline("here", ())
    with pytest.raises(FleetgenError, match=r"(?s)^FG730 .*all changes were applied before that; `fleetgen smoke`"):
        applying.looked(pipeline, found, (made, made))
    with pytest.raises(FleetgenError, match=r"look at the address$"):
        applying.looked(pipeline, found, ())
