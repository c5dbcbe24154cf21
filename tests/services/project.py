"""A project on disk, and fleetgen's command line in it: a process each, as users start it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "fleetgen")


@dataclass(frozen=True)
class Project:
    """`environ` is what the references of its profiles are resolved from."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")

    def run(self, *arguments: str, expect: int | None = None, **other: str) -> subprocess.CompletedProcess[str]:
        """`expect` is the exit code that it has to end with."""
        done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, **self._where(other))
        said = f"{' '.join(arguments)}: exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert expect is None or done.returncode == expect, said
        return done

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen([*COMMAND, *arguments], **pipes, **self._where({}))

    def _where(self, other: Mapping[str, str]) -> dict[str, Any]:
        return {"cwd": self.folder, "env": {**os.environ, **self.environ, **other}}
