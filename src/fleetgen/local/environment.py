"""Superset's own virtual environment and its prepared metadata database, made at the first time and kept.

The folder is the user's and is named after what it was made from, so that every project finds what another has made.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fleetgen import places
from fleetgen.errors import FleetgenError
from fleetgen.local import installing
from fleetgen.local.child import CHILDREN
from fleetgen.local.installing import Tell

DATABASE: Final = "superset.db"
_REQUIREMENTS: Final = Path(__file__).with_name("requirements.txt")
_PREPARE: Final = CHILDREN / "prepare_superset.py"
_CONFIG: Final = CHILDREN / "superset_config.py"
_MADE_FROM: Final = (_REQUIREMENTS, _PREPARE, _CONFIG)


def folder(root: Path, tell: Tell) -> Path:
    """Holds bin/python and superset.db, complete. `tell` gets a line for each step of making it.

    Outside of the project at `root`. Raises FleetgenError if it cannot be made.
    """
    kept = _shelf(root) / hashlib.sha256(b"\0".join(path.read_bytes() for path in _MADE_FROM)).hexdigest()[:12]
    if _is_whole(kept):
        return kept
    with _alone(kept.parent, tell):
        if not _is_whole(kept):
            _make(kept, tell)
    return kept


def _is_whole(kept: Path) -> bool:
    """Its Python is a link to one that somebody may have removed since."""
    return (kept / "bin/python").exists() and (kept / DATABASE).exists()


def environ(home: Path) -> dict[str, str]:
    """The environment of a process of Superset whose metadata database lives in `home`, with a key of its own."""
    return {
        "HOME": str(home),
        "PATH": os.environ.get("PATH", os.defpath),
        "SUPERSET_HOME": str(home),
        "SUPERSET_KEY": secrets.token_urlsafe(42),
        "SUPERSET_CONFIG_PATH": str(_CONFIG),
    }


def _shelf(root: Path) -> Path:
    found = places.private("superset", str(root))
    if found is None:
        raise installing.failure(
            "there is no cache folder of yours for it, outside of the project and writable by nobody else",
            f"let {places.CACHE} name one",
        )
    return Path(found)


def _make(kept: Path, tell: Tell) -> None:
    """All or nothing: what a killed process left is removed by the next."""
    for left in (kept, *kept.parent.glob("*.part")):
        shutil.rmtree(left, ignore_errors=True)
    work = kept.with_name(f"{kept.name}.part")
    tell(f"Superset is installed, once, into {kept}: {installing.SIZE}")
    try:
        installing.install(work, _REQUIREMENTS, tell)
        tell("making its metadata database")
        installing.run([str(work / "bin/python"), str(_PREPARE)], tell, environ(work))
        work.rename(kept)
    except OSError as error:
        raise installing.failure(f"{kept}: {error.strerror}", "make room, or mend the rights of that folder") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _alone(shelf: Path, tell: Tell) -> Iterator[None]:
    """One process at a time makes it. The lock ends with the process."""
    try:
        lock = (shelf / "lock").open("w")
    except OSError as error:
        raise FleetgenError(f"{shelf}: FG802 error: cannot be written: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("waiting for another fleetgen that installs Superset")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
