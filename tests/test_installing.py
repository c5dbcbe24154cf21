"""Superset's environment: what keeps it from being made is told in one line, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import namedtuple
from pathlib import Path

import pytest

from fleetgen.errors import FleetgenError
from fleetgen.local import environment, installing
from services import processes

Usage = namedtuple("Usage", "total used free")
SCHEMA = """{"type": "record", "name": "ping", "fields": [{"name": "n", "type": "long"}]}"""


def ignore(line: str) -> None:
    pass


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where it is made: a cache of the test's own."""
    monkeypatch.setenv("FLEETGEN_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache/superset"


def test_without_a_network_the_demo_says_so_before_it_does_anything(tmp_path: Path, shelf: Path) -> None:
    (tmp_path / "project/schemas").mkdir(parents=True)
    (tmp_path / "project/schemas/ping.avsc").write_text(SCHEMA)
    environ = {**os.environ, "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0",
               "UV_CACHE_DIR": str(tmp_path / "uv"), "NO_PROXY": "127.0.0.1"}  # fmt: skip
    command = [sys.executable, "-m", "fleetgen", "demo", "--superset"]
    done = subprocess.run(command, cwd=tmp_path / "project", env=environ, capture_output=True, text=True)
    assert done.returncode == 2
    assert "FG808 error: Superset cannot be installed: the index of Python packages cannot be reached: " in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in shelf.iterdir()] == ["lock"]
    assert not (tmp_path / "project/.fleetgen").exists()


def test_without_room(tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage(2_000_000_000, 1_000_000_000, 1_000_000_000))
    with pytest.raises(FleetgenError, match=r"FG808 error: .*: less than 1\.5 GB are free for "):
        environment.folder(tmp_path / "project", ignore)


def test_without_uv_and_a_python_that_fits(tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "PYTHONS", ("3.1",))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FleetgenError, match=r"FG808 error: .* neither uv here nor Python 3\.1\n  help: pip install uv"):
        environment.folder(tmp_path / "project", ignore)


def test_without_uv_pip_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "nothing.txt").write_text("# no package\n")
    installing.install(tmp_path / "made", tmp_path / "nothing.txt", ignore)
    assert subprocess.run([tmp_path / "made/bin/python", "-c", "import pip"], check=False).returncode == 0


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("error: failed to write: No space left on device (os error 28)", "the disk is full"),
        ("error: No interpreter found for Python 3.11 in managed installations", r"there is no Python 3\.11 or 3\.12"),
        ("WARNING: Failed to establish: NewConnectionError: Name or service not known", "the index of Python packages"),
        ("ERROR: the hashes do not match", "ERROR: the hashes do not match"),
    ],
)
def test_what_an_installer_says_is_told(said: str, reason: str) -> None:
    with pytest.raises(FleetgenError, match=f"FG808 error: Superset cannot be installed: {reason}"):
        installing.run([sys.executable, "-c", f"import sys; sys.exit({said!r})"], ignore)


def test_no_cache_folder_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEETGEN_CACHE_DIR", str(tmp_path / "project/cache"))
    with pytest.raises(FleetgenError, match=r"FG808 error: .*: there is no cache folder .*\n.*FLEETGEN_CACHE_DIR"):
        environment.folder(tmp_path / "project", ignore)


def test_of_two_that_begin_at_once_one_makes_it_and_a_broken_one_is_made_again(
    tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def make(work: Path, requirements: Path, tell: installing.Tell) -> None:
        time.sleep(0.2)
        (work / "bin").mkdir(parents=True)
        (work / "bin/python").symlink_to(sys.executable)
        (work / "superset.db").touch()
        made.append(work)

    monkeypatch.setattr(installing, "install", make)
    monkeypatch.setattr(installing, "run", lambda *arguments: None)
    said: list[str] = []
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(environment.folder(tmp_path / "project", said.append)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert found[0] == found[1]
    assert "waiting for another fleetgen that installs Superset" in said
    assert sorted(path.name for path in shelf.iterdir()) == sorted([found[0].name, "lock"])
    (found[0] / "bin/python").unlink()  # its Python was removed, or somebody's cleaning took a part
    assert environment.folder(tmp_path / "project", ignore) == found[0]
    assert len(made) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_installs_ends_with_fleetgen(tmp_path: Path, number: signal.Signals) -> None:
    program = "from fleetgen.local import installing; installing.run(['sh', '-c', 'sleep 60 & sleep 60'], print)"
    process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE)
    while len(found := processes.below(process.pid)) < 4:
        time.sleep(0.01)
    process.send_signal(number)
    process.communicate(timeout=20)
    processes.wait_for_the_end(found)
