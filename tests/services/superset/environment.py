"""Superset's own virtual environment, and its metadata database made once.

The cache is the user's and is named after what it was made from, so that any checkout finds what another has made.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
INSIDE: Final = HERE / "inside"
_PYTHON: Final = "3.11"  # of those that Superset 6.1 has wheels for
_MADE_FROM: Final = (HERE / "requirements.txt", INSIDE / "superset_config.py", INSIDE / "prepare.py")


@functools.cache
def why_not() -> str | None:
    """What keeps Superset from being had on this machine; None if nothing does. The first call may take a minute."""
    try:
        folder()
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        return f"Superset: {error}"
    return None


@functools.cache
def folder() -> Path:
    """Holds bin/python and superset.db. All or nothing: two test processes may make it at the same time.

    Raises RuntimeError with what uv or Superset says if it cannot be made.
    """
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in _MADE_FROM)).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    kept = cache / "fleetgen-tests" / f"superset-{digest}"
    if kept.is_dir():
        return kept
    work = kept.with_name(f"{kept.name}.{os.getpid()}")
    try:
        _make(work)
        work.rename(kept)
    except OSError:
        if not kept.is_dir():
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return kept


def environ(home: Path) -> dict[str, str]:
    """The environment of a process of Superset whose metadata database lives in `home`."""
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "SUPERSET_HOME": str(home),
        "SUPERSET_CONFIG_PATH": str(INSIDE / "superset_config.py"),
    }


def _make(work: Path) -> None:
    _run([sys.executable, "-m", "uv", "venv", "-q", "--python", _PYTHON, str(work)], None)
    python, wanted = str(work / "bin/python"), str(HERE / "requirements.txt")
    _run(
        [sys.executable, "-m", "uv", "pip", "install", "-q", "--compile-bytecode", "--python", python, "-r", wanted],
        None,
    )
    _run([python, str(INSIDE / "prepare.py")], environ(work))


def _run(command: list[str], known: dict[str, str] | None) -> None:
    done = subprocess.run(command, env=known, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} ..: {done.stderr[-1000:]}")
