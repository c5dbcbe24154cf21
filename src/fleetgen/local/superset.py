"""A Superset in a child process, on a copy of the prepared metadata database, reached from this machine only."""

from __future__ import annotations

import http.client
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from fleetgen.frozen import frozen
from fleetgen.local import child, environment
from fleetgen.local.child import Child

USER: Final = "admin"


@frozen
class Superset:
    child: Child

    def url(self, wait: float = 120.0) -> str:
        """Its address, once it answers. Raises FleetgenError with its log after `wait` seconds."""
        end = time.monotonic() + wait
        port = int(self.child.announced("port", wait))
        while time.monotonic() < end:
            self.child.check()
            if _is_healthy(port):
                return f"http://127.0.0.1:{port}"
            time.sleep(0.05)
        self.child.fail("does not answer")


@contextmanager
def started(made: Path, home: Path, password: str) -> Iterator[Superset]:
    """Begun, not yet up: in `home`, by the environment in `made`, the password being that of the user admin."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    shutil.copyfile(made / environment.DATABASE, home / environment.DATABASE)
    command = [str(made / "bin/python"), str(child.CHILDREN / "serve_superset.py")]
    known = {**environment.environ(home), "SUPERSET_PASSWORD": password}
    with child.started("Superset", command, home, "port", known) as running:
        yield Superset(running)


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/health")
        return connection.getresponse().read() == b"OK"
    return False
