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
    _leave(0)


def _leave(code: int) -> NoReturn:
    with suppress(OSError, ValueError):  # the reader has gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
