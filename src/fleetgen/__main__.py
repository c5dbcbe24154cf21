"""The command `fleetgen`, and `python -m fleetgen`."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import Final, NoReturn

_TIDIES_UP: Final = ("chdb", "chdb_core", "clickhouse_connect", "coverage", "hypothesis")
"""Libraries that may have something to do when the process ends."""


def run() -> NoReturn:
    """The command line.

    Most of what a run makes lives as long as the run: to look through it for garbage again and again, and to take it
    apart piece by piece at the end, would be a sixth of a check.
    """
    gc.disable()
    from fleetgen.cli import main

    gc.freeze()
    gc.set_threshold(200_000)
    gc.enable()
    try:
        main()
    except SystemExit as ended:
        if any(name in sys.modules for name in _TIDIES_UP) or not isinstance(ended.code, int):
            raise
        _leave(ended.code)
    except OSError as error:
        if error.filename is not None:
            raise
        _lose(error)
    _leave(0)


def _leave(code: int) -> NoReturn:
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                stream.flush()
    except BrokenPipeError:
        pass  # the reader has gone
    except OSError as error:
        _lose(error)
    os._exit(code)


def _lose(error: OSError) -> NoReturn:
    """What stdout leads to takes no more. Errors of files that a command writes are told where they happen."""
    with suppress(OSError):
        os.write(2, f"FG802 error: the output cannot be written: {error.strerror}\n".encode())
    os._exit(2)


if __name__ == "__main__":
    run()
