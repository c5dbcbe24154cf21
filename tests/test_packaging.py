"""The wheel, in an environment that has nothing else, in a folder that has only schemas."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCHEMA = """{"type": "record", "name": "ping", "fields": [{"name": "n", "type": ["null", "long"]}]}"""


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, env=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "uv", "build", "-q", "--wheel", "--no-build-isolation", "-o", folder, cwd=ROOT)
    return next(folder.glob("*.whl"))


def install(wheel: Path, folder: Path, extra: str = "") -> Path:
    run(sys.executable, "-m", "uv", "venv", "-q", "--python", sys.executable, folder / "env", cwd=folder)
    python = folder / "env/bin/python"
    run(sys.executable, "-m", "uv", "pip", "install", "-q", "--python", python, f"{wheel}{extra}", cwd=folder)
    return folder / "env/bin/fleetgen"


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    (tmp_path / "project/schemas").mkdir(parents=True)
    (tmp_path / "project/schemas/ping.avsc").write_text(SCHEMA)
    return tmp_path / "project"


def test_the_wheel_carries_templates_findings_and_types(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    ours = {
        f"fleetgen/templates/{path.relative_to(ROOT / 'templates')}" for path in (ROOT / "templates").rglob("*.jinja")
    }
    ours |= {f"fleetgen/findings/{path.name}" for path in (ROOT / "doc/findings").glob("*.md")}
    assert ours <= set(names)
    assert "fleetgen/py.typed" in names
    local = ROOT / "src/fleetgen/local"
    children = {f"fleetgen/local/children/{path.name}" for path in (local / "children").glob("*.py")}
    assert "fleetgen/local/children/serve_superset.py" in children
    assert {"fleetgen/local/requirements.txt", *children} <= set(names)
    assert {"fleetgen/editors/fleetgen.schema.json", "fleetgen/editors/avsc.schema.json"} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "schemas/"))]


def test_render_and_check_need_no_extras(wheel: Path, tmp_path: Path, schemas: Path) -> None:
    fleetgen = install(wheel, tmp_path)
    assert "0 removed" in run(fleetgen, "render", cwd=schemas).stderr
    run(fleetgen, "check", cwd=schemas)
    assert run(fleetgen, "explain", "FG302", cwd=schemas).stdout.startswith("FG302 A key that is not known\n")
    refused = subprocess.run([fleetgen, "demo"], cwd=schemas, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "pip install 'fleetgen[local]'" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_demo_runs_with_the_local_extra(wheel: Path, tmp_path: Path, schemas: Path) -> None:
    fleetgen = install(wheel, tmp_path, "[local]")
    shown = run(fleetgen, "demo", "--rows", "1000", cwd=schemas).stdout
    assert "1,000 sent, 1,000 stored, 0 refused" in shown
    assert (schemas / ".fleetgen/report.html").is_file()
