"""The commands over ClickHouse and Superset together, and killed in the middle; no secret is ever seen."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from services.served import Server, served
from services.superset.double import Answer, double
from services.superset.fleet import ROOT
from services.superset.rest import Rest
from services.superset.server import Superset

PROFILE: Final = """
[tool.fleetgen.profiles.here]
clickhouse = { platform = "server", url = "${env:CH_URL}", user = "${env:CH_USER}", password = "${env:CH_PASSWORD}" }
preset = { url = "${env:SUPERSET_URL}", user = "admin", password = "${env:SUPERSET_PASSWORD}" }
"""


class Project:
    """A copy of the example with one more profile."""

    def __init__(self, root: Path, **known: str) -> None:
        self.root = root
        self.known = known
        for name in ("schemas", "generated"):
            shutil.copytree(ROOT / name, root / name)
        (root / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text() + PROFILE)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "fleetgen", *arguments, "--profile", "here"]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=self.root, env={**os.environ, **self.known}, stdout=pipe, stderr=pipe, text=True
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=300)
        for secret in ("CH_PASSWORD", "SUPERSET_PASSWORD"):
            if len(self.known[secret]) > len("admin"):
                assert self.known[secret] not in out + err
        return process.returncode, out + err


@pytest.fixture
def clickhouse(tmp_path: Path) -> Iterator[Server]:
    with served(tmp_path / "clickhouse") as server:
        yield server


def known(clickhouse: Server, url: str) -> dict[str, str]:
    return {
        "CH_URL": clickhouse.url,
        "CH_USER": clickhouse.user,
        "CH_PASSWORD": clickhouse.password,
        "SUPERSET_URL": url,
        "SUPERSET_PASSWORD": "admin",
    }


def test_plan_apply_simulate_smoke(superset: Superset, clickhouse: Server, tmp_path: Path) -> None:
    Rest(superset.url).clear()
    project = Project(tmp_path / "project", **known(clickhouse, superset.url))
    code, text = project.run("plan")
    assert code == 3, text
    assert "+ preset chart Dead letters: missing" in text
    code, text = project.run("apply")
    assert code == 0, text
    assert "superset chart Latest locations: no data yet" in text
    assert project.run("simulate", "--rows", "500")[0] == 0
    code, text = project.run("smoke")
    assert code == 0, text
    assert "superset chart Top 10 sensor readings by driver: 10 rows" in text
    assert "superset chart Dead letters: no data yet" in text
    code, text = project.run("plan")
    assert (code, "Nothing to do" in text) == (0, True), text
    files = [path for path in project.root.rglob("*") if path.is_file()]
    assert not [path for path in files if clickhouse.password.encode() in path.read_bytes()]
    assert clickhouse.password not in superset.log()


def test_killed_between_looking_and_importing(clickhouse: Server, tmp_path: Path) -> None:
    """`kill -9` leaves nothing that the next apply stumbles over."""
    with double() as fake:
        project = Project(tmp_path / "project", **known(clickhouse, fake.url))
        fake.faults["POST /api/v1/dashboard/import/"] = [None, Answer(422, {}, delay=60.0)]
        process = project.start("apply")
        end = time.monotonic() + 120
        while len(fake.said("POST", "/api/v1/dashboard/import/")) < 2 and time.monotonic() < end:
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert not fake.imported
        assert clickhouse.query("SELECT count() FROM system.tables WHERE database = 'fleet'") != "0\n"
        locks = "SELECT name FROM system.tables WHERE database = 'fleet' AND position(name, 'lock_') > 0"
        for name in clickhouse.query(locks).split():
            clickhouse.query(f"DROP TABLE fleet.`{name}`")  # it would end by itself, in a minute
        _, text = project.run("apply")
        assert fake.imported, text


def test_a_superset_that_is_down_changes_nothing(clickhouse: Server, tmp_path: Path) -> None:
    with double() as gone:
        pass
    project = Project(tmp_path / "project", **known(clickhouse, gone.url))
    project.known["SUPERSET_PASSWORD"] = "canary-of-superset"
    code, text = project.run("apply")
    assert code == 2
    assert "FG750 error: Superset: POST /api/v1/security/login: cannot be reached" in text
    assert clickhouse.query("SELECT count() FROM system.databases WHERE name = 'fleet'") == "0\n"
