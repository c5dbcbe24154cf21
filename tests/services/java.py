"""A Java process that a test may stop, kill and start again; what it keeps lives in its home."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests

from services import maven


@dataclass(slots=True)
class Java:
    """`answers` says whether it is up; `wait` is how many seconds it may take. Its output goes to `home`/log."""

    home: Path
    command: list[str]
    answers: Callable[[], bool]
    wait: float
    environ: Mapping[str, str] = field(default_factory=dict)
    child: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return (self.home / "log").read_text(errors="replace")

    def start(self) -> None:
        """Raises RuntimeError with its log if it does not answer in time."""
        assert self.child is None
        with (self.home / "log").open("ab") as log:
            environ = {**os.environ, **self.environ}
            command = ["java", *maven.FAST, *self.command]
            self.child = subprocess.Popen(command, cwd=self.home, env=environ, stdout=log, stderr=log)
        try:
            self._wait(self.child)
        except BaseException:
            self.kill()
            raise

    def stop(self, patience: float = 10.0) -> None:
        """As its owner would; killed after so many seconds."""
        if self.child is not None:
            self.child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(patience)
        self.kill()

    def kill(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.wait()
            self.child = None

    def _wait(self, child: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + self.wait
        while child.poll() is None and time.monotonic() < end:
            with contextlib.suppress(requests.ConnectionError, requests.Timeout):
                if self.answers():
                    return
            time.sleep(0.05)
        raise RuntimeError(f"{self.home.name} did not start: {self.log[-1000:]}")


@contextlib.contextmanager
def running(java: Java) -> Iterator[Java]:
    """Up, and killed at the end: what it keeps is thrown away."""
    java.start()
    try:
        yield java
    finally:
        java.kill()
