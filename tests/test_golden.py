"""Cases as folders: golden/<case>/ is a project, expected/ what comes of it. `--update` rewrites expected/.

A case is equal (the same bytes), run (SQL on the engine, the bundle against Superset's schemas, ksqlDB statements and
the connectors' schemas parsed) and settled (a second run writes nothing). What is said on stderr stands in
expected/stderr.txt, in exactly these words; a case that has only that is refused, and nothing is written.

manifest.txt and .gitattributes are not in expected/: what they must be follows from the other files.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import fastavro
import pytest
from click.testing import CliRunner, Result

import bundle
from fleetgen.cli import main
from fleetgen.files import Disk
from fleetgen.targets.clickhouse import compile as clickhouse
from fleetgen.targets.clickhouse.engine import Engine
from fleetgen.targets.ksql import statements

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
    return {path.relative_to(case / "expected").as_posix(): path.read_bytes().decode() for path in files}


def replace(case: Path, texts: dict[str, str]) -> None:
    shutil.rmtree(case / "expected", ignore_errors=True)
    for path, text in texts.items():
        target = case / "expected" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())


def sums(texts: dict[str, str]) -> str:
    """What `sha256sum` prints of them."""
    return "".join(f"{hashlib.sha256(text.encode()).hexdigest()}  {path}\n" for path, text in sorted(texts.items()))


each_case = pytest.mark.parametrize(
    ("project", "case"), [(case, case) for case in CASES], indirect=["project"], ids=[case.name for case in CASES]
)


def test_there_are_cases() -> None:
    assert len(CASES) > 100


@each_case
def test_equal_and_settled(project: Path, case: Path, request: pytest.FixtureRequest) -> None:
    result = fleetgen("render", "-q")
    texts = generated(project)
    count = len(texts)
    if texts:
        assert texts.pop("manifest.txt") == sums(texts)
        assert texts.pop(".gitattributes") == "* text eol=lf linguist-generated=true\n"
    if result.stderr:
        texts[SAYS] = result.stderr
    if request.config.getoption("--update"):
        replace(case, texts)
    assert texts == expected(case)
    assert (result.exit_code, result.stdout) == (0 if count else 2, "")
    if count:
        again = fleetgen("render")
        assert again.stderr == f"{result.stderr}generated/: 0 files written, 0 removed, {count} unchanged\n"
        checked = fleetgen("check", "-q")
        assert (checked.exit_code, checked.stdout) == (1 if " error: " in result.stderr else 0, "")


@each_case
def test_run(project: Path, case: Path, engine: Engine) -> None:
    result = fleetgen("render", "-q")
    texts = generated(project)
    if result.exit_code == 2:
        assert texts == {}
        return
    sql = {path: text for path, text in texts.items() if path.startswith("clickhouse/")}
    assert clickhouse.compile(sql, {}, engine) == []
    if " error: " not in result.stderr:  # what an error leaves out may be missing elsewhere
        assert bundle.faults({path: text for path, text in texts.items() if path.startswith("preset/")}) == []
    for path, text in texts.items():
        if path.startswith("ksql/") and "FG461" not in result.stderr:
            assert statements.parse(text), path
        elif path.startswith("connect/"):
            read_connector(text)
        elif path.startswith("kafka/subjects/"):
            fastavro.parse_schema(json.loads(text))
        elif path.startswith("kafka/"):
            assert json.loads(text).keys() == {"name", "partitions", "config"}


def read_connector(text: str) -> None:
    config = json.loads(text)["config"]
    assert all(isinstance(value, str) for value in config.values())
    if "schema.string" in config:
        fastavro.parse_schema(json.loads(config["schema.string"]))
