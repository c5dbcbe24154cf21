"""How far a long command is: a line that changes on a terminal, one line at the end elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType


class Progress:
    """Call it with a stream's name and how many of its `total` are done; `unit` is what is counted, in the plural."""

    def __init__(self, total: int, unit: str, *, quiet: bool) -> None:
        self._total = total
        self._unit = unit
        self._quiet = quiet
        self._live = not quiet and sys.stderr.isatty()
        self._began = self._latest = time.monotonic()
        self._done: dict[str, int] = {}
        self._since: dict[str, float] = {}

    def __enter__(self) -> Progress:
        return self

    def __call__(self, name: str, done: int) -> None:
        # A stream begins where the one before it ended.
        since = self._since.setdefault(name, self._latest)
        self._done[name] = done
        self._latest = time.monotonic()
        if self._live:
            print(f"\r\x1b[K{self._line(name, done, self._latest - since)}", end="", file=sys.stderr, flush=True)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        if error is None and not self._quiet and self._done:
            seconds = max(time.monotonic() - self._began, 0.001)
            done = sum(self._done.values())
            print(f"{done:,} {self._unit} in {seconds:.1f} s, {done / seconds:,.0f} a second", file=sys.stderr)

    def _line(self, name: str, done: int, seconds: float) -> str:
        rate = done / max(seconds, 0.001)
        left = (self._total - done) / rate if rate else 0.0
        clock = f"{int(left) // 60}:{int(left) % 60:02}"
        return f"{name}: {done:,} of {self._total:,} {self._unit}, {rate:,.0f} a second, {clock} left"
