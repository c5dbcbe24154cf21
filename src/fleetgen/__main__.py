"""The command `fleetgen`, and `python -m fleetgen`."""

from __future__ import annotations

import gc


def run() -> None:
    """The command line.

    Most of what a run makes lives as long as the run: to look through it for garbage again and again, and once more at
    the end, would be a tenth of a check.
    """
    gc.disable()
    from fleetgen.cli import main

    gc.freeze()
    gc.set_threshold(200_000)
    gc.enable()
    try:
        main()
    finally:
        gc.freeze()


if __name__ == "__main__":
    run()
