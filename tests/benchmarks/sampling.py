"""How fast the fleet is sampled, as columns and as JSON lines: python tests/benchmarks/sampling.py"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from fleetgen import project
from fleetgen.datagen.sample import Batch, batch
from fleetgen.files import Disk

ROWS = 400_000
END = 1_790_000_000_000


def rate(work: Callable[[], object]) -> float:
    """Millions of rows a second, the best of five."""
    best = min(_seconds(work) for _ in range(5))
    return ROWS / best / 1e6


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _exhaust(drawn: Batch) -> None:
    for _ in drawn.parts():
        pass


def main() -> None:
    for stream in project.load(Disk(Path(__file__).parents[2]), {}).pipeline.streams:
        drawn = batch(stream, 0, END, 0, ROWS)
        columns, lines = rate(partial(_exhaust, drawn)), rate(drawn.lines)
        print(f"{stream.name:24} {columns:6.1f} M rows/s as columns {lines:5.1f} M rows/s as JSON lines")


if __name__ == "__main__":
    main()
