"""Which processes there are, as Linux tells it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path


def below(parent: int) -> set[int]:
    """The children of a process, and theirs."""
    above = {int(each.name): _parent(each) for each in Path("/proc").iterdir() if each.name.isdecimal()}
    found: set[int] = set()
    wanted = {parent}
    while wanted:
        wanted = {pid for pid, parent in above.items() if parent in wanted}
        found |= wanted
    return found


def alive(pids: Iterable[int]) -> set[int]:
    """Those of them that still run; one that has ended and that nobody asked for does not."""
    return {pid for pid in pids if _stat(Path(f"/proc/{pid}"))[:1] not in ([], ["Z"])}


def wait_for_the_end(pids: set[int], patience: float = 10.0) -> None:
    end = time.monotonic() + patience
    while left := alive(pids):
        assert time.monotonic() < end, f"after {patience} s there are still {left}"
        time.sleep(0.05)


def _parent(process: Path) -> int:
    stat = _stat(process)
    return int(stat[1]) if stat else 0


def _stat(process: Path) -> list[str]:
    """State, parent .. of a process; nothing if there is none."""
    try:
        return (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
