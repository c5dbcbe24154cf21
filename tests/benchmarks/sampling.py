"""How fast the fleet is sampled, as columns, JSON lines and Avro files: python tests/benchmarks/sampling.py"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from fleetgen import project
from fleetgen.datagen.sample import Batch, batch, write_avro
from fleetgen.files import Disk
from fleetgen.pipeline import Stream

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


def _file(stream: Stream) -> None:
    write_avro(stream, io.BytesIO(), rows=ROWS, seed=0, end_ms=END)


def main() -> None:
    for stream in project.load(Disk(Path(__file__).parents[2]), {}).pipeline.streams:
        drawn = batch(stream, 0, END, 0, ROWS)
        columns, lines, file = rate(partial(_exhaust, drawn)), rate(drawn.lines), rate(partial(_file, stream))
        print(f"{stream.name:24} M rows/s: {columns:5.1f} as columns {lines:5.1f} as JSON lines {file:5.1f} as Avro")


if __name__ == "__main__":
    main()
