"""Cases as folders: golden/<case>/ is a project, expected/ what comes of it. `--update` rewrites expected/.

A case is equal (the same bytes), run (SQL on the engine, JSON and YAML parsed, ksqlDB statements recognised) and
settled (a second run writes nothing). A case with expected/stderr.txt says so in exactly these words; one without any
generated file is refused and nothing is written.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from fleetgen.cli import main
from fleetgen.files import Disk

CASES = sorted(path.parent for path in (Path(__file__).parent / "golden").glob("*/schemas"))
SAYS = "stderr.txt"


@pytest.fixture
def project(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    case: Path = request.param
    shutil.copytree(case, tmp_path / "project", ignore=shutil.ignore_patterns("expected"))
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def fleetgen(*arguments: str) -> Result:
    return CliRunner(env={"NO_COLOR": "1"}).invoke(main, list(arguments), catch_exceptions=False)


def generated(folder: Path) -> dict[str, str]:
    disk = Disk(folder)
    return {path.removeprefix("generated/"): (disk.read(path) or b"").decode() for path in disk.walk("generated")}


def expected(case: Path) -> dict[str, str]:
    files = [path for path in (case / "expected").rglob("*") if path.is_file()]
    return {str(path.relative_to(case / "expected")): path.read_text() for path in files}


def replace(case: Path, texts: dict[str, str]) -> None:
    shutil.rmtree(case / "expected", ignore_errors=True)
    for path, text in texts.items():
        target = case / "expected" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


each_case = pytest.mark.parametrize(
    ("project", "case"), [(case, case) for case in CASES], indirect=["project"], ids=[case.name for case in CASES]
)


def test_there_are_cases() -> None:
    assert len(CASES) > 30


@each_case
def test_equal_and_settled(project: Path, case: Path, request: pytest.FixtureRequest) -> None:
    result = fleetgen("render", "-q")
    texts = generated(project)
    if result.stderr:
        texts[SAYS] = result.stderr
    if request.config.getoption("--update"):
        replace(case, texts)
    assert texts == expected(case)
    assert result.exit_code == (2 if texts.keys() == {SAYS} else 0)
    assert result.stdout == ""
    if result.exit_code == 0:
        again = fleetgen("render")
        assert again.stderr.endswith(f"generated/: 0 files written, 0 removed, {len(generated(project))} unchanged\n")
        checked = fleetgen("check")
        assert checked.stdout == ""


@each_case
def test_run(project: Path, case: Path) -> None:
    if fleetgen("render", "-q").exit_code == 2:
        assert generated(project) == {}
        return
    compiled = fleetgen("check", "--compile")
    assert "FG501" not in compiled.stderr
    for path, text in generated(project).items():
        if path.endswith(".json"):
            json.loads(text)
        elif path.endswith(".yaml"):
            assert isinstance(yaml.safe_load(text), dict)
