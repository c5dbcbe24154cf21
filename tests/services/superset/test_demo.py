"""`fleetgen demo --superset`, started and stopped as users do it, or killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from services import processes
from services.project import Project
from services.required import missing
from services.superset import environment
from services.superset.fleet import ROOT
from services.superset.rest import Rest

ROWS = 500
NOBODY = {"username": "admin", "password": "admin", "provider": "db"}


@dataclass
class Demo:
    """What it said once it was up, after so many seconds, and the processes that it started."""

    process: subprocess.Popen[str]
    said: dict[str, Any]
    seconds: float
    children: set[int]

    @property
    def url(self) -> str:
        parts = urlsplit(self.said["url"])
        return f"{parts.scheme}://{parts.netloc}"

    def ended(self) -> None:
        """Nothing that it started is there, and nobody listens."""
        processes.wait_for_the_end(self.children)
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{self.url}/health", timeout=5)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    if reason := environment.why_not():
        missing(reason)
    made = Project(tmp_path_factory.mktemp("demo"))
    shutil.copytree(ROOT / "schemas", made.folder / "schemas")
    own = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    made.write("pyproject.toml", own[own.index("[tool.fleetgen]") :])
    return made


@contextmanager
def shown(project: Project) -> Iterator[Demo]:
    """Without a terminal; killed at the end if need be."""
    begun = time.monotonic()
    process = project.start("demo", "--superset", "--rows", str(ROWS), "--output", "json", "--no-input")
    try:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or lines[-1] not in ("}\n", ""):
            lines.append(process.stdout.readline())
        assert lines[-1], process.communicate()[1]
        children = processes.below(process.pid)
        assert len(children) == 2
        yield Demo(process, json.loads("".join(lines)), time.monotonic() - begun, children)
    finally:
        process.kill()
        process.communicate()


def test_it_shows_every_chart_until_it_is_stopped(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    with shown(project) as first:
        _look(first)
        for again in (("demo", "--superset"), ("demo",)):
            assert "FG702 error: " in project.run(*again, "--rows", "1", expect=2).stderr
        assert not processes.alive(first.children) ^ first.children
        first.process.send_signal(signal.SIGINT)
        assert first.process.wait(20) == 0
        first.ended()
    with shown(project) as second, capfd.disabled():
        sys.stderr.write(f"\nthe demo's Superset is up after {first.seconds:.1f} s, and {second.seconds:.1f} s again\n")
        assert second.said["password"] != first.said["password"]
        second.process.terminate()
        assert second.process.wait(20) == 0
        second.ended()


def _look(demo: Demo) -> None:
    """As a browser with the password would, and one without."""
    rest = Rest(demo.url, demo.said["password"])
    charts = {each["slice_name"]: each["id"] for each in rest.get("/api/v1/chart/?q=(page_size:100)")["result"]}
    rows = {name: rest.rows(number) for name, number in charts.items()}
    assert rows.pop("Dead letters") == []
    assert "Data ingestion over time" in rows
    assert all(rows.values()), rows
    assert {each["ok"] for each in demo.said["smoke"]} == {True}
    page = rest.session.get(demo.said["url"], cookies={"session": rest.cookie()}, timeout=30)
    assert (page.status_code, page.url) == (200, demo.said["url"])
    assert page.headers["Content-Security-Policy"].startswith("img-src 'self' blob: data:; connect-src 'self'")
    assert requests.post(f"{demo.url}/api/v1/security/login", json=NOBODY, timeout=30).status_code == 401


def test_nothing_is_left_where_others_could_read_it(project: Project) -> None:
    with shown(project) as demo:
        home = project.folder / ".fleetgen/demo-superset"
        assert home.stat().st_mode & 0o077 == 0
        written = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
        assert demo.said["password"].encode() not in written
        for pid in demo.children:
            assert demo.said["password"] not in Path(f"/proc/{pid}/cmdline").read_text()
        # Killed, it cannot stop anything: what it started has to notice.
        os.kill(demo.process.pid, signal.SIGKILL)
        demo.ended()


def test_a_server_that_ends_ends_the_demo(project: Project) -> None:
    with shown(project) as demo:
        (server,) = (pid for pid in demo.children if "serve_clickhouse" in Path(f"/proc/{pid}/cmdline").read_text())
        os.kill(server, signal.SIGKILL)
        assert demo.process.wait(20) == 2
        assert demo.process.stderr is not None
        assert "FG759 error: the ClickHouse of this machine has ended" in demo.process.stderr.read()
        demo.ended()
