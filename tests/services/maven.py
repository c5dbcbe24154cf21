"""Services from Maven coordinates. The cache is the user's, so that a fresh checkout finds what another has fetched."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

Coordinates: TypeAlias = tuple[tuple[str, str, str], ...]
"""(group, artifact, version) of each that a service needs; what they depend on comes along."""

_POM: Final = """<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>tests</groupId><artifactId>service</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>{}</dependencies>
</project>
"""
_DEPENDENCY: Final = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"

FAST: Final = ("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""What makes a small Java service start soon."""


def why_not(service: str, fetch: Callable[[], object]) -> str | None:
    """What keeps a service from being had on this machine; None if nothing does."""
    absent = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if absent:
        return f"{service} needs {' and '.join(absent)}"
    try:
        fetch()
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None


def jars(coordinates: Coordinates) -> Path:
    """The folder of the jars, filled at first use. Raises RuntimeError with what Maven says if it cannot fetch them."""

    def fetch(work: Path) -> None:
        dependencies = "".join(_DEPENDENCY.format(*coordinate) for coordinate in coordinates)
        (work / "pom.xml").write_text(_POM.format(dependencies), encoding="utf-8")
        _run(work, "dependency:copy-dependencies", f"-DoutputDirectory={work}/kept", "-DincludeScope=runtime")

    return kept("-".join(f"{name}-{version}" for _, name, version in coordinates), fetch)


def archive(group: str, name: str, version: str, classifier: str) -> Path:
    """The folder of an unpacked tar.gz. Raises RuntimeError with what Maven says if it cannot fetch it."""

    def fetch(work: Path) -> None:
        artifact = f"{group}:{name}:{version}:tar.gz:{classifier}"
        _run(work, "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={work}")
        (packed,) = work.glob("*.tar.gz")
        with tarfile.open(packed) as opened:
            opened.extractall(work / "kept", filter="data")

    return kept(f"{name}-{version}", fetch)


def kept(name: str, fetch: Callable[[Path], None]) -> Path:
    """The folder of this name in the cache. `fetch` fills `kept` in the folder that it is given, if there is none yet:
    all or nothing, for two test processes may do so at the same time."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "fleetgen-tests" / name
    if folder.is_dir():
        return folder
    work = folder.with_name(f"{name}.{os.getpid()}")
    work.mkdir(parents=True)
    try:
        fetch(work)
        (work / "kept").rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(work)
    return folder


def _run(work: Path, *arguments: str) -> None:
    done = subprocess.run(
        ["mvn", "-q", "-B", *arguments], cwd=work, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        raise RuntimeError(f"Maven could not fetch it: {done.stdout[-1000:]}{done.stderr[-1000:]}")
