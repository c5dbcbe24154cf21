"""How far a long command is: a line that changes on a terminal, nothing else elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType


class Progress:
    """Call it with a stream's name and its rows so far."""

    def __init__(self, *, quiet: bool) -> None:
        self._shown = not quiet and sys.stderr.isatty()

    def __enter__(self) -> Progress:
        return self

    def __call__(self, name: str, rows: int) -> None:
        if self._shown:
            print(f"\r\x1b[K{name}: {rows:,}", end="", file=sys.stderr, flush=True)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
