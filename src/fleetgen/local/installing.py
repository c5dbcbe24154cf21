"""A virtual environment with Superset in it, made by uv or else by pip."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from fleetgen.errors import FleetgenError
from fleetgen.local.child import CHILDREN

Tell: TypeAlias = Callable[[str], None]
"""Called with a line for the user."""

PYTHONS: Final = ("3.11", "3.12")
"""Those that the pinned requirements are for."""
SIZE: Final = "about 300 MB to fetch and 900 MB on the disk, in a minute or a few"
_ROOM: Final = 1_500_000_000
"""Bytes that have to be free: the environment, and what is fetched."""
_SUMMARY: Final = re.compile(r"(Resolved|Prepared|Installed|Downloading|Successfully installed) .*")
_LONGEST: Final = 120
_REASONS: Final = (
    (
        re.compile(r"no space left on device|os error 28\b|disk quota exceeded", re.IGNORECASE),
        "the disk is full",
        "make room (1.5 GB), then run it again",
    ),
    (
        re.compile(r"no interpreter found|requires a different python|no download found for request", re.IGNORECASE),
        f"there is no Python {' or '.join(PYTHONS)} here, nor one to be had",
        "install one of them, then run it again",
    ),
    (
        re.compile(
            r"dns error|failed to fetch|error sending request|connection refused|timed? ?out|newconnectionerror|"
            r"name resolution|network is unreachable|network connectivity|proxy|could not connect|failed to download",
            re.IGNORECASE,
        ),
        "the index of Python packages cannot be reached",
        "look at the network, the proxy (HTTPS_PROXY) and your index (UV_INDEX_URL, PIP_INDEX_URL), then run it again",
    ),
)


def failure(reason: str, help: str) -> FleetgenError:
    return FleetgenError(f"FG808 error: Superset cannot be installed: {reason}\n  help: {help}")


def install(work: Path, requirements: Path, tell: Tell) -> None:
    """An environment in `work`. Raises FleetgenError if there is no room, no installer, no Python, no network."""
    if shutil.disk_usage(work.parent).free < _ROOM:
        raise failure(f"less than 1.5 GB are free for {work.parent}", "make room, then run it again")
    python, uv = str(work / "bin/python"), _uv()
    if uv:
        tell("by uv")
        run([*uv, "venv", "-q", "--python", _wanted(), str(work)], tell)
        run([*uv, "pip", "install", "--compile-bytecode", "--python", python, "-r", str(requirements)], tell)
        return
    tell("by pip, which says nothing for some minutes (with uv installed it would be faster)")
    run([_python(), "-m", "venv", str(work)], tell)
    run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", str(requirements)], tell)


def run(command: Sequence[str], tell: Tell, environ: Mapping[str, str] | None = None) -> None:
    """Carry it out, and never longer than this process lives. Raises FleetgenError with the reason that it gave."""
    leash = [sys.executable, str(CHILDREN / "leash.py"), *command]
    said: deque[str] = deque(maxlen=60)
    with subprocess.Popen(
        leash, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            for line in process.stdout:
                said.append(line.strip())
                if _SUMMARY.fullmatch(line.strip()):
                    tell(line.strip()[:_LONGEST])
            process.wait()
        finally:
            process.stdin.close()
    if process.returncode:
        raise _refused(command, process.returncode, [line for line in said if line])


def _refused(command: Sequence[str], code: int, said: Sequence[str]) -> FleetgenError:
    text = "\n".join(said)
    told = " ".join(said[-4:])[-600:] or f"{Path(command[0]).name} ended with {code}"
    for pattern, reason, help in _REASONS:
        if pattern.search(text):
            return failure(f"{reason}: {told}", help)
    return failure(told, "mend what it names, then run it again")


def _uv() -> list[str]:
    """How to call uv; nothing if there is none."""
    if importlib.util.find_spec("uv") is not None:
        return [sys.executable, "-m", "uv"]
    found = shutil.which("uv")
    return [found] if found else []


def _wanted() -> str:
    """Ours if it fits: it is here already. uv fetches a Python that is not."""
    return sys.executable if _is_fit() else PYTHONS[0]


def _python() -> str:
    """For pip, which fetches no Python."""
    if _is_fit():
        return sys.executable
    found = next((path for version in PYTHONS if (path := shutil.which(f"python{version}"))), None)
    if found is None:
        raise failure(
            f"there is neither uv here nor Python {' or '.join(PYTHONS)}", "pip install uv: it fetches what is missing"
        )
    return found


def _is_fit() -> bool:
    return f"{sys.version_info.major}.{sys.version_info.minor}" in PYTHONS and os.name == "posix"
