"""A real Superset in a child process, on a copy of the prepared metadata database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fleetgen.local import superset as local
from services.superset import environment

USER = PASSWORD = "admin"


@dataclass(frozen=True, slots=True)
class Superset:
    """Where it listens, and the folder of its metadata database and its log."""

    url: str
    home: Path

    def log(self) -> str:
        return (self.home / "out").read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def superset(home: Path, *, wait: float = 120.0) -> Iterator[Superset]:
    """Stopped at the end. Raises FleetgenError with its log if it does not answer within `wait` seconds."""
    with local.started(environment.folder(), home, PASSWORD) as starting:
        yield Superset(starting.url(wait), home)
