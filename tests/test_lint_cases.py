"""A folder a case: a project, and in says.txt what is said of it, with its place. Other lines than these are none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from fleetgen.cli import main

CASES = sorted(path.parent for path in (Path(__file__).parent / "lint").glob("*/schemas"))


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_says(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    project = tmp_path / "project"
    shutil.copytree(case, project, ignore=shutil.ignore_patterns("says.txt"))
    monkeypatch.chdir(project)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    rendered = CliRunner(env={"NO_COLOR": "1"}).invoke(main, ["render", "-q"], catch_exceptions=False)
    if request.config.getoption("--update"):
        (case / "says.txt").write_bytes(rendered.stderr.encode())
    assert rendered.stderr == (case / "says.txt").read_bytes().decode()
    assert rendered.exit_code == 0
    checked = CliRunner(env={"NO_COLOR": "1"}).invoke(main, ["check", "-q"], catch_exceptions=False)
    assert (checked.stdout, checked.stderr) == ("", rendered.stderr)
    assert checked.exit_code == (1 if " error: " in rendered.stderr else 0)
