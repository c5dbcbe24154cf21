"""A real Superset in a child process, on a copy of the prepared metadata database."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

from services.superset import environment

USER = PASSWORD = "admin"


@dataclass(frozen=True, slots=True)
class Superset:
    """Where it listens, and the folder of its metadata database and its log."""

    url: str
    home: Path

    def log(self) -> str:
        return (self.home / "log").read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def superset(home: Path, *, wait: float = 90.0) -> Iterator[Superset]:
    """Stopped at the end. Raises RuntimeError with its log if it does not answer within `wait` seconds."""
    home.mkdir(parents=True, exist_ok=True)
    made = environment.folder()
    shutil.copyfile(made / "superset.db", home / "superset.db")
    (home / "port").unlink(missing_ok=True)
    command = [str(made / "bin/python"), str(environment.INSIDE / "serve.py"), "0"]
    with (home / "log").open("wb") as log:
        child = subprocess.Popen(
            command, cwd=home, env=environment.environ(home), stdin=subprocess.PIPE, stdout=log, stderr=log
        )
    try:
        yield _answering(child, home, wait)
    finally:
        child.kill()  # what it keeps is thrown away
        child.wait()
        if child.stdin:
            child.stdin.close()


def _answering(child: subprocess.Popen[bytes], home: Path, wait: float) -> Superset:
    end = time.monotonic() + wait
    while child.poll() is None and time.monotonic() < end:
        port = (home / "port").read_text(encoding="utf-8") if (home / "port").exists() else ""
        if port.endswith("\n"):
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"http://127.0.0.1:{port.strip()}/health", timeout=5).text == "OK":
                    return Superset(f"http://127.0.0.1:{port.strip()}", home)
        time.sleep(0.05)
    raise RuntimeError(f"Superset did not start: {(home / 'log').read_text(errors='replace')[-1500:]}")
