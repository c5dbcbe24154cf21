"""The commands as a user runs them: what they print, where, with which exit code, and what they leave behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INT_FIELD = '{"type": "record", "name": "car", "fields": [{"name": "wheels", "type": "int"}]}'


def fleetgen(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fleetgen", *arguments],
        cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, env={**os.environ, **environ},
    )  # fmt: skip


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A copy of this repository's own project."""
    for name in ("schemas", "generated"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A folder that has only one schema."""
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/car.avsc").write_text(INT_FIELD)
    return tmp_path


def test_what_is_committed_is_what_the_schemas_say(fleet: Path) -> None:
    done = fleetgen(fleet, "check")
    assert (done.returncode, done.stdout) == (0, "")
    assert re.search(r"schemas/fleet_mgmt_location\.avsc:\d+:\d+: FG2\d\d warning: ", done.stderr)


def test_every_kind_of_difference_fails_the_check(fleet: Path) -> None:
    (fleet / "generated/kafka/fleet_mgmt_sensors.json").unlink()
    (fleet / "generated/clickhouse/embedded/tables/fleet_mgmt_location.sql").write_text("edited\n")
    (fleet / "generated/docs/mine.md").write_text("mine\n")
    (fleet / "schemas/fleet_mgmt_description.avsc").unlink()
    text = (fleet / "pyproject.toml").read_text()
    (fleet / "pyproject.toml").write_text(text[: text.index("[tool.fleetgen]")])
    done = fleetgen(fleet, "check")
    assert done.returncode == 1
    lines = (line.split(" ", 1) for line in done.stdout.splitlines() if re.match(r"[a-z]+ generated/", line))
    said = {path: word for word, path in lines}
    assert said["generated/kafka/fleet_mgmt_sensors.json"] == "missing"
    assert said["generated/clickhouse/embedded/tables/fleet_mgmt_location.sql"] == "changed"
    assert said["generated/docs/mine.md"] == "untracked"
    assert said["generated/kafka/fleet_mgmt_description.json"] == "stale"
    assert "-edited\n" in done.stdout
    assert "+++ generated/clickhouse/embedded/tables/fleet_mgmt_location.sql (as the schemas say)" in done.stdout


def test_render_twice(plain: Path) -> None:
    first = fleetgen(plain, "render")
    assert first.returncode == 0
    assert re.fullmatch(r"generated/: \d+ files written, 0 removed, 0 unchanged\n", first.stderr.splitlines(True)[-1])
    second = fleetgen(plain, "render")
    assert re.fullmatch(r"generated/: 0 files written, 0 removed, \d+ unchanged\n", second.stderr.splitlines(True)[-1])


def test_an_edited_file_blocks_render(plain: Path) -> None:
    fleetgen(plain, "render")
    target = plain / "generated/kafka/car.json"
    target.write_text("{}\n")
    (plain / "schemas/car.avsc").write_text(INT_FIELD.replace("wheels", "doors"))
    before = (plain / "generated/clickhouse/embedded/tables/car.sql").read_text()
    fleetgen(plain, "render")
    assert (plain / "generated/clickhouse/embedded/tables/car.sql").read_text() == before
    done = fleetgen(plain, "render")
    assert done.returncode == 4
    assert done.stderr.splitlines()[-2] == (
        "generated/kafka/car.json: FG803 error: was edited by hand, or is not fleetgen's"
    )
    assert fleetgen(plain, "render", "--force").returncode == 0
    assert fleetgen(plain, "check").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["rendr"], "No such command 'rendr'. Did you mean 'render'?"),
        (["sample", "cra"], "FG345 error: there is no stream 'cra'\n  help: did you mean 'car'?"),
        (["apply", "--profile", "locl"], "FG345 error: there is no profile 'locl'\n  help: did you mean 'local'?"),
        (["sample", "car", "--end", "yesterday"], "'yesterday' is not an ISO 8601 time"),
        (["sample", "car", "--rows", "-1"], "-1 is not in the range x>=0"),
        (["check", "--nope"], "No such option '--nope'"),
    ],
)
def test_a_usage_error_is_2_and_names_what_is_near(plain: Path, arguments: list[str], says: str) -> None:
    done = fleetgen(plain, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


@pytest.mark.parametrize("command", ["render", "check", "apply", "smoke", "simulate", "demo"])
def test_a_broken_schema_is_2_in_every_command_and_nothing_is_written(plain: Path, command: str) -> None:
    (plain / "schemas/car.avsc").write_text(INT_FIELD.replace('"int"', '"itn"'))
    done = fleetgen(plain, command)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.match(r"schemas/car\.avsc:1:73: FG1\d\d error: ", done.stderr)
    assert "  help: " in done.stderr
    assert sorted(path.name for path in plain.iterdir()) == ["schemas"]


def test_a_folder_without_schemas_says_what_was_looked_for(tmp_path: Path) -> None:
    done = fleetgen(tmp_path, "render")
    assert done.returncode == 2
    assert "schemas" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("after", [0.05, 0.1, 0.15, 0.2, 0.25, 0.3])
def test_render_killed_leaves_no_half_file_and_the_next_converges(fleet: Path, after: float) -> None:
    text = (fleet / "pyproject.toml").read_text()
    (fleet / "pyproject.toml").write_text(text.replace('database = "fleet"', 'database = "other"'))
    running = subprocess.Popen([sys.executable, "-m", "fleetgen", "render"], cwd=fleet, stderr=subprocess.DEVNULL)
    time.sleep(after)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert all(path.read_bytes().endswith(b"\n") for path in (fleet / "generated").rglob("*") if path.is_file())
    assert fleetgen(fleet, "render").returncode == 0
    assert fleetgen(fleet, "check").returncode == 0


def test_apply_smoke_and_simulate(fleet: Path) -> None:
    first = fleetgen(fleet, "apply")
    assert first.returncode == 0, first.stderr
    assert "Applied 12 changes." in first.stdout
    again = fleetgen(fleet, "apply")
    assert again.stdout.startswith("Nothing to do.\n")
    assert "fleet.fleet_mgmt_sensors: no data yet" in again.stdout
    sent = json.loads(fleetgen(fleet, "simulate", "--rows", "500", "--output", "json").stdout)
    assert sent["streams"]["fleet_mgmt_sensors"] == {"sent": 500}
    smoke = fleetgen(fleet, "smoke")
    assert smoke.returncode == 0
    assert "ok  table fleet.fleet_mgmt_sensors: 500 rows" in smoke.stdout
    assert "ok  chart Top 10 sensor readings by driver: 10 points" in smoke.stdout


def test_a_dropped_table_is_a_gap_and_apply_mends_it(fleet: Path) -> None:
    fleetgen(fleet, "apply")
    drop = (
        "from pathlib import Path; from fleetgen.targets.clickhouse.engine import embedded\n"
        "with embedded(Path('.fleetgen/clickhouse')) as e: e.run('DROP TABLE fleet.fleet_mgmt_sensors SYNC')"
    )
    subprocess.run([sys.executable, "-c", drop], cwd=fleet, check=True)
    smoke = fleetgen(fleet, "smoke")
    assert smoke.returncode == 1
    assert "GAP table fleet.fleet_mgmt_sensors: missing" in smoke.stdout
    assert "+ clickhouse table fleet.fleet_mgmt_sensors: missing" in fleetgen(fleet, "apply").stdout
    assert fleetgen(fleet, "smoke").returncode == 0


def test_a_table_that_would_change_blocks_apply_and_nothing_is_changed(plain: Path) -> None:
    fleetgen(plain, "render")
    assert fleetgen(plain, "apply").returncode == 0
    (plain / "schemas/car.avsc").write_text(INT_FIELD.replace('"int"', '"boolean"'))
    fleetgen(plain, "render")
    done = fleetgen(plain, "apply")
    assert done.returncode == 4
    assert "FG707 error: clickhouse table fleetgen.car: wheels: Int32 to Bool does not keep every value" in done.stderr
    assert "allow it with --allow-destructive" in done.stderr


def test_apply_refuses_what_was_not_reviewed(plain: Path) -> None:
    fleetgen(plain, "render")
    (plain / "schemas/car.avsc").write_text(INT_FIELD.replace("wheels", "doors"))
    done = fleetgen(plain, "apply")
    assert done.returncode == 4
    assert "FG704 error: generated/ is not what the schemas say" in done.stderr
    assert not (plain / ".fleetgen/clickhouse").exists()


def test_apply_makes_a_changed_landing_anew_and_widens_its_store(plain: Path) -> None:
    fleetgen(plain, "render")
    assert fleetgen(plain, "apply").returncode == 0
    assert fleetgen(plain, "simulate", "--rows", "5").returncode == 0
    own = plain / "templates/clickhouse/landing_push.sql.jinja"
    own.parent.mkdir(parents=True)
    text = (ROOT / own.relative_to(plain)).read_text()
    own.write_text(text.replace("(\n{% for", "(\n    `more` Nullable(String),\n{% for", 1))
    fleetgen(plain, "render")
    done = fleetgen(plain, "apply")
    assert done.returncode == 0, done.stderr
    assert "table fleetgen.car_push: exists, but differs" in done.stdout
    assert "ok  table fleetgen.car: 5 rows" in done.stdout
    (plain / "schemas/car.avsc").write_text(INT_FIELD.replace('"int"', '"long"'))
    fleetgen(plain, "render")
    done = fleetgen(plain, "apply")
    assert done.returncode == 0, done.stderr
    assert "clickhouse table fleetgen.car: wheels from Int32 to Int64: rewrites 5 rows" in done.stdout
    assert "ok  table fleetgen.car: 5 rows" in done.stdout
    assert fleetgen(plain, "apply").stdout.startswith("Nothing to do.\n")


def test_smoke_before_apply(plain: Path) -> None:
    fleetgen(plain, "render")
    done = fleetgen(plain, "smoke")
    assert done.returncode == 2
    assert "has not been applied" in done.stderr


def test_compile_names_the_generated_file_and_the_template(plain: Path) -> None:
    template = ROOT / "templates/clickhouse/table.sql.jinja"
    own = plain / "templates/clickhouse/table.sql.jinja"
    own.parent.mkdir(parents=True)
    own.write_text(template.read_text().replace("ENGINE = ", "ORDER BY nope()\nENGINE = ", 1))
    fleetgen(plain, "render")
    assert fleetgen(plain, "check").returncode == 0
    done = fleetgen(plain, "check", "--compile")
    assert done.returncode == 1
    assert "generated/clickhouse/embedded/tables/car.sql: FG501 error: ClickHouse refuses it" in done.stderr
    assert "templates/clickhouse/table.sql.jinja" in done.stderr


def test_demo_in_a_folder_that_has_only_schemas(plain: Path) -> None:
    done = fleetgen(plain, "demo", "--rows", "2000", "--output", "json")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["streams"] == {"car": {"sent": 2000, "stored": 2000, "refused": 0}}
    assert (plain / shown["report"]).read_text().startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in plain.iterdir()) == [".fleetgen", "schemas"]


def test_demo_of_the_fleet(fleet: Path) -> None:
    done = fleetgen(fleet, "demo", "--rows", "3000", "-o", "page.html")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"fleet_mgmt_description  3,000 sent, 3,000 stored, 0 refused, [\d,]+ kept", lines[0])
    assert lines[2] == "fleet_mgmt_sensors      3,000 sent, 3,000 stored, 0 refused"
    assert "readings_by_driver: " in done.stdout
    assert lines[-1] == "Report: page.html"
    assert (fleet / "page.html").is_file()


def test_a_closed_pipe_is_no_error(plain: Path) -> None:
    command = f"{sys.executable} -m fleetgen sample car --rows 300000 | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=plain, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert json.loads(done.stdout).keys() == {"wheels"}


@pytest.mark.parametrize(
    "command", ["sample car", "sample car --format avro", "explain FG201", "template list", "check --output json"]
)
def test_an_output_that_takes_no_more_is_one_clear_line(plain: Path, command: str) -> None:
    full = f"{sys.executable} -m fleetgen {command} > /dev/full"
    done = subprocess.run(["bash", "-c", full], cwd=plain, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "FG802 error: the output cannot be written: No space left on device"
    assert "Traceback" not in done.stderr


def test_a_closed_output_is_no_error(plain: Path) -> None:
    closed = f"{sys.executable} -m fleetgen explain FG201 >&-"
    done = subprocess.run(["bash", "-c", closed], cwd=plain, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_sample_writes_devices_and_pipes_straight(plain: Path) -> None:
    assert fleetgen(plain, "sample", "car", "-o", "/dev/null").returncode == 0
    assert Path("/dev/null").is_char_device()
    os.mkfifo(plain / "pipe")
    reader = subprocess.Popen(["cat", plain / "pipe"], stdout=subprocess.PIPE, text=True)
    assert fleetgen(plain, "sample", "car", "--rows", "3", "-o", "pipe").returncode == 0
    assert len(reader.communicate(timeout=20)[0].splitlines()) == 3


def test_colour_only_on_a_terminal_and_never_with_no_color(plain: Path) -> None:
    (plain / "schemas/car.avsc").write_text(INT_FIELD.replace('"int"', '"itn"'))
    assert "\x1b[" not in fleetgen(plain, "check").stderr
    typed = subprocess.run(
        ["script", "-qec", f"{sys.executable} -m fleetgen check", "/dev/null"],
        cwd=plain, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert "FG1" in typed.stdout
    assert "\x1b[3" not in typed.stdout
