"""A server in a child process, which ends when the process that started it does, however that ends."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen

CHILDREN: Final = Path(__file__).parent / "children"
"""The programs of the child processes."""
_STOPPING: Final = 5.0
"""Seconds that a server gets before it is killed."""
_TAIL: Final = 1500


@frozen
class Child:
    """`service` names it in errors; what it prints goes to the file `out` in `home`."""

    service: str
    home: Path
    process: subprocess.Popen[bytes]

    def announced(self, name: str, wait: float) -> str:
        """The line that it writes to a file of its home once it listens. Raises FleetgenError after `wait` seconds."""
        end = time.monotonic() + wait
        file = self.home / name
        while self.process.poll() is None and time.monotonic() < end:
            text = file.read_text(encoding="utf-8") if file.exists() else ""
            if text.endswith("\n"):
                return text.strip()
            time.sleep(0.005)
        self.fail("did not start")

    def check(self) -> None:
        """Raises FleetgenError if it has ended."""
        if self.process.poll() is not None:
            self.fail("has ended")

    def fail(self, what: str) -> NoReturn:
        """Raises FleetgenError with the end of what it printed."""
        log = self.home / "out"
        said = log.read_text(encoding="utf-8", errors="replace")[-_TAIL:].strip()
        raise FleetgenError(
            f"FG759 error: the {self.service} of this machine {what}\n"
            f"  help: the end of {log} says why: {said or '(nothing)'}"
        )


@contextmanager
def started(
    service: str, command: Sequence[str], home: Path, announces: str, environ: Mapping[str, str] | None = None
) -> Iterator[Child]:
    """In `home`, which is made if need be. `announces` is the file that `Child.announced` waits for.

    It has to end when its stdin does. Ctrl-C in a terminal does not reach it: whoever started it ends it.
    """
    home.mkdir(parents=True, exist_ok=True)
    (home / announces).unlink(missing_ok=True)
    with (home / "out").open("wb") as out:
        process = subprocess.Popen(
            command, cwd=home, env=environ, stdin=subprocess.PIPE, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield Child(service, home, process)
    finally:
        process.terminate()
        try:
            process.wait(_STOPPING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()
