"""A real ZooKeeper: one Java process, its jars from Maven coordinates."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.ports import free_ports

# metrics-core and snappy-java are optional to ZooKeeper's own pom, and needed by its server.
COORDINATES: Final = (
    ("org.apache.zookeeper", "zookeeper", "3.9.4"),
    ("org.xerial.snappy", "snappy-java", "1.1.10.5"),
    ("io.dropwizard.metrics", "metrics-core", "4.1.12.1"),
)

_POM: Final = """<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>tests</groupId><artifactId>zookeeper</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>{}</dependencies>
</project>
"""
_DEPENDENCY: Final = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"
_CONFIG: Final = """tickTime=2000
dataDir={home}/data
clientPortAddress=127.0.0.1
clientPort={port}
admin.enableServer=false
4lw.commands.whitelist=ruok
"""


def why_not() -> str | None:
    """What is missing on this machine; None if nothing is."""
    absent = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if absent:
        return f"ZooKeeper needs {' and '.join(absent)}"
    try:
        jars()
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None


def jars() -> Path:
    """The folder of the jars, filled at first use; the cache is the user's, so that a fresh checkout finds it.

    Raises RuntimeError with what Maven says if it cannot fetch them.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "fleetgen-tests" / "-".join(f"{name}-{version}" for _, name, version in COORDINATES)
    if not folder.is_dir():
        _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    """All or nothing: two test processes may fetch at the same time."""
    work = folder.with_name(f"{folder.name}.{os.getpid()}")
    work.mkdir(parents=True)
    dependencies = "".join(_DEPENDENCY.format(*coordinate) for coordinate in COORDINATES)
    (work / "pom.xml").write_text(_POM.format(dependencies), encoding="utf-8")
    command = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={work}/jars"]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        shutil.rmtree(work)
        raise RuntimeError(f"Maven could not fetch ZooKeeper: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    try:
        (work / "jars").rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
    shutil.rmtree(work)


@contextlib.contextmanager
def zookeeper(home: Path, *, wait: float = 30.0) -> Iterator[int]:
    """A server whose files live in `home`; its port on 127.0.0.1. Raises RuntimeError with its log if it is not up."""
    home.mkdir(parents=True)
    (port,) = free_ports(1)
    (home / "zoo.cfg").write_text(_CONFIG.format(home=home, port=port), encoding="utf-8")
    memory = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
    main = ["org.apache.zookeeper.server.quorum.QuorumPeerMain", str(home / "zoo.cfg")]
    with (home / "log").open("wb") as log:
        child = subprocess.Popen(["java", *memory, "-cp", f"{jars()}/*", *main], cwd=home, stdout=log, stderr=log)
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
            ask.sendall(b"ruok")
            if ask.recv(4) == b"imok":
                return
        time.sleep(0.02)
    raise RuntimeError(f"ZooKeeper did not start: {(home / 'log').read_text(errors='replace')[-1000:]}")
