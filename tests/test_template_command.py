"""template list, eject and diff: an override follows its original, and changes no output by being one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fleetgen import overrides, places, templating
from fleetgen.cli import main
from fleetgen.files import Disk

ROOT = Path(__file__).parents[1]
TABLE = "clickhouse/table.sql.jinja"


def fleetgen(*arguments: str) -> Result:
    return CliRunner(env={"NO_COLOR": "1"}).invoke(main, list(arguments), catch_exceptions=False)


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "schemas", tmp_path / "fleet/schemas")
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "fleet")
    monkeypatch.chdir(tmp_path / "fleet")
    return tmp_path / "fleet"


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Bundled templates that a test can change, as another version of fleetgen would."""
    folder = tmp_path / "bundled"
    shutil.copytree(places.bundled(), folder)
    for module in (templating, overrides):
        monkeypatch.setattr(module, "bundled", lambda: folder)
    return folder


def test_ejecting_everything_changes_nothing(fleet: Path) -> None:
    assert fleetgen("render").exit_code == 0
    demo = fleetgen("demo", "--rows", "50", "--output", "json")
    report = (fleet / ".fleetgen/report.html").read_text()
    for name in overrides.names():
        assert fleetgen("template", "eject", name).stdout == f"wrote templates/{name}\n"
    checked = fleetgen("check")
    assert (checked.exit_code, checked.stdout) == (0, "")
    assert fleetgen("demo", "--rows", "50", "--output", "json").stdout == demo.stdout
    assert (fleet / ".fleetgen/report.html").read_text() == report
    assert {each["status"] for each in json.loads(fleetgen("template", "list", "--output", "json").stdout)} == {
        "overridden"
    }
    assert fleetgen("template", "diff", "-q").output == ""


def test_the_list_says_which_are_overridden(fleet: Path) -> None:
    fleetgen("template", "eject", TABLE)
    (fleet / "templates/clickhouse/tabel.sql.jinja").write_text("")
    (fleet / "templates/notes.txt").write_text("")
    lines = fleetgen("template", "list").stdout.splitlines()
    assert [line for line in lines if "(" in line] == [
        "clickhouse/tabel.sql.jinja  (in templates/ only)",
        f"{TABLE}  (overridden by templates/)",
    ]
    assert len(lines) == len(overrides.names()) + 1


def test_the_first_line_tells_the_base(fleet: Path) -> None:
    fleetgen("template", "eject", TABLE)
    first, rest = (fleet / "templates" / TABLE).read_text().split("\n", 1)
    assert rest == (ROOT / "templates" / TABLE).read_text()
    assert first == f"{{# ejected from fleetgen's {TABLE}, sha256 {overrides.checksum(rest)} #}}"


def test_eject_overwrites_nothing(fleet: Path) -> None:
    (fleet / "templates/clickhouse").mkdir(parents=True)
    (fleet / "templates" / TABLE).write_text("mine")
    done = fleetgen("template", "eject", TABLE)
    assert done.exit_code == 4
    assert f"templates/{TABLE}: FG607 error: is there already\n  help: `fleetgen template diff" in done.stderr
    assert (fleet / "templates" / TABLE).read_text() == "mine"


def test_diff_is_of_what_was_changed(fleet: Path) -> None:
    fleetgen("template", "eject", TABLE)
    target = fleet / "templates" / TABLE
    target.write_text(target.read_text() + "-- mine\n")
    done = fleetgen("template", "diff")
    assert done.stdout.startswith(f"--- bundled/{TABLE}\n+++ templates/{TABLE}\n@@ ")
    assert [line for line in done.stdout.splitlines()[2:] if line.startswith(("+", "-"))] == ["+-- mine"]
    assert done.stderr == ""


def test_an_override_hears_of_its_original_and_can_follow_it(fleet: Path, newer: Path) -> None:
    fleetgen("template", "eject", TABLE)
    fleetgen("render")
    assert "FG606" not in fleetgen("check").stderr
    bundled = (newer / TABLE).read_text()
    (newer / TABLE).write_text(bundled + "{# another #}\n")
    checked = fleetgen("check")
    assert checked.exit_code == 0
    assert f"templates/{TABLE}:1:1: FG606 warning: the bundled template has changed" in checked.stderr
    assert f"{TABLE}  (overridden by templates/, and the bundled one has changed" in fleetgen("template", "list").stdout
    done = fleetgen("template", "diff", "table.sql")
    assert "-{# another #}" in done.stdout
    first = done.stderr.split("make this the first line: ")[1]
    (fleet / "templates" / TABLE).write_text(first + (newer / TABLE).read_text())
    assert fleetgen("template", "diff").stderr == f"templates/{TABLE}: says what the bundled one says\n"
    assert "FG606" not in fleetgen("check").stderr


def test_an_override_without_a_first_line_is_compared_and_never_outdated(fleet: Path, newer: Path) -> None:
    (fleet / "templates/clickhouse").mkdir(parents=True)
    shutil.copy(newer / TABLE, fleet / "templates" / TABLE)
    (newer / TABLE).write_text("{# another #}\n")
    done = fleetgen("template", "diff", TABLE)
    assert "-{# another #}" in done.stdout
    assert done.stderr == f"templates/{TABLE}: does not say what it was ejected from\n"
    assert "FG606" not in fleetgen("render").stderr


@pytest.mark.parametrize("name", [TABLE, f"templates/{TABLE}", f"./templates/{TABLE}", "table.sql", "clickhouse/table"])
def test_a_template_is_meant_by_whatever_tells_it_apart(fleet: Path, name: str) -> None:
    assert fleetgen("template", "eject", name).stdout == f"wrote templates/{TABLE}\n"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["eject", "ksql/strem.sql"], 2, "FG605 error: no template 'ksql/strem.sql' comes with fleetgen\n  help: "
         "did you mean 'ksql/stream.sql.jinja'?"),
        (["eject", "tabel.sql"], 2, f"help: did you mean '{TABLE}'?"),
        (["eject", "x"], 2, "help: `fleetgen template list` names them all"),
        (["eject", "../../pyproject.toml"], 2, "FG605 error: no template '../../pyproject.toml' comes with fleetgen"),
        (["diff", "viwe.sql"], 2, "help: did you mean 'clickhouse/view.sql.jinja'?"),
        (["diff", "view.sql"], 2, "templates/clickhouse/view.sql.jinja: FG605 error: there is no such file"),
        (["ejct", TABLE], 2, "No such command 'ejct'. Did you mean 'eject'?"),
    ],
)  # fmt: skip
def test_mistakes(fleet: Path, arguments: list[str], code: int, says: str) -> None:
    done = fleetgen("template", *arguments)
    assert (done.exit_code, done.stdout) == (code, "")
    assert says in done.stderr
    assert Disk(fleet).walk("templates") == []


def test_nothing_overridden(fleet: Path) -> None:
    assert fleetgen("template", "diff").output == "templates/ overrides no bundled template\n"


def test_in_a_checkout_of_fleetgen_the_folder_is_the_bundled_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert "(" not in fleetgen("template", "list").stdout
    for arguments in (["eject", TABLE], ["diff"], ["diff", TABLE]):
        done = fleetgen("template", *arguments)
        assert (done.exit_code, done.stdout) == (2, "")
        assert "templates: FG608 error: these are the bundled templates" in done.stderr
