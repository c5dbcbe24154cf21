"""Sample records as the annotations mean them."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from fleetgen.datagen import present
from fleetgen.errors import FleetgenError
from fleetgen.pipeline import Format, Stream
from fleetgen.project import Project

_BATCH = 50_000


def sample(
    project: Project,
    name: str,
    *,
    rows: int,
    seed: int,
    end_ms: int,
    format: Format,
    target: Path | BinaryIO,
    shift: bool = False,
) -> None:
    """Write values only: one a line (json), or one container file (avro); `shift` moves iterated times to the present.

    A regular file is written whole or not at all; a device, a pipe or an open stream is written straight.
    """
    stream = project.stream(name)
    if shift:
        stream = present.shift(stream, end_ms)

    def write(file: BinaryIO) -> None:
        _write(stream, file, rows=rows, seed=seed, end_ms=end_ms, format=format)

    if not isinstance(target, Path):
        write(target)
    else:
        save(target, write)


def save(target: Path, write: Callable[[BinaryIO], None]) -> None:
    """Raises FleetgenError if the file cannot be written."""
    try:
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            with target.open("wb") as file:
                write(file)
        else:
            _replace(target.resolve(), write)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise FleetgenError(f"{target}: FG802 error: cannot be written: {error.strerror}") from error


def _replace(target: Path, write: Callable[[BinaryIO], None]) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)


def _write(stream: Stream, file: BinaryIO, *, rows: int, seed: int, end_ms: int, format: Format) -> None:
    from fleetgen.datagen import sample as samples

    if format is Format.AVRO:
        samples.write_avro(stream, file, rows=rows, seed=seed, end_ms=end_ms)
        return
    for start in range(0, rows, _BATCH):
        file.write(samples.batch(stream, seed, end_ms, start, min(start + _BATCH, rows)).lines())
