"""A real ZooKeeper: one Java process, its jars from Maven coordinates."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services import maven
from services.ports import free_ports

# metrics-core and snappy-java are optional to ZooKeeper's own pom, and needed by its server.
COORDINATES: Final = (
    ("org.apache.zookeeper", "zookeeper", "3.9.4"),
    ("org.xerial.snappy", "snappy-java", "1.1.10.5"),
    ("io.dropwizard.metrics", "metrics-core", "4.1.12.1"),
)

_CONFIG: Final = """tickTime=2000
dataDir={home}/data
clientPortAddress=127.0.0.1
clientPort={port}
admin.enableServer=false
4lw.commands.whitelist=srvr
"""


def why_not() -> str | None:
    """What is missing on this machine; None if nothing is."""
    return maven.why_not("ZooKeeper", lambda: maven.jars(COORDINATES))


@contextlib.contextmanager
def zookeeper(home: Path, *, wait: float = 30.0) -> Iterator[int]:
    """A server whose files live in `home`; its port on 127.0.0.1. Raises RuntimeError with its log if it is not up."""
    home.mkdir(parents=True)
    (port,) = free_ports(1)
    (home / "zoo.cfg").write_text(_CONFIG.format(home=home, port=port), encoding="utf-8")
    path = f"{maven.jars(COORDINATES)}/*"
    main = ["org.apache.zookeeper.server.quorum.QuorumPeerMain", str(home / "zoo.cfg")]
    with (home / "log").open("wb") as log:
        child = subprocess.Popen(["java", *maven.FAST, "-cp", path, *main], cwd=home, stdout=log, stderr=log)
    try:
        _wait(child, port, home, wait)
        yield port
    finally:
        child.kill()
        child.wait()


def _wait(child: subprocess.Popen[bytes], port: int, home: Path, wait: float) -> None:
    end = time.monotonic() + wait
    while child.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as ask:
            ask.sendall(b"srvr")  # "ruok" is answered before it serves anybody
            if b"Mode: " in ask.recv(4096):
                return
        time.sleep(0.02)
    raise RuntimeError(f"ZooKeeper did not start: {(home / 'log').read_text(errors='replace')[-1000:]}")
