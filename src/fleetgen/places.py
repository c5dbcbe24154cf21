"""Where things are that belong to no project: the bundled templates, and what may be forgotten."""

from __future__ import annotations

import os
import stat
import sys
from functools import cache as once
from pathlib import Path
from typing import Final

CACHE: Final = "FLEETGEN_CACHE_DIR"


@once
def bundled() -> Path:
    """A wheel carries templates/ inside the package; a checkout has it at its root."""
    here = Path(__file__).parent
    packaged = here / "templates"
    return packaged if packaged.is_dir() else here.parents[1] / "templates"


def cache() -> str | None:
    """The user's own folder for what makes the next run faster; None where there is none.

    $FLEETGEN_CACHE_DIR, else fleetgen in $XDG_CACHE_HOME, %LOCALAPPDATA% or ~/.cache. A relative path would lead into
    whatever project is checked, and what lies there is what others have committed: it counts for nothing.
    """
    named = os.environ.get(CACHE)
    if named:
        return named if os.path.isabs(named) else None
    above = [os.environ.get("XDG_CACHE_HOME"), os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else None]
    root = next((each for each in above if each and os.path.isabs(each)), os.path.expanduser("~/.cache"))
    return os.path.join(root, "fleetgen") if os.path.isabs(root) else None


def private(name: str, root: str) -> str | None:
    """A folder of the cache that nobody else writes to, made if need be; None where that cannot be.

    Not inside the project at `root`, nor the repository around it: others have committed what lies there.
    """
    place = cache()
    if place is None:
        return None
    folder = os.path.join(place, name)
    try:
        if _is_inside(os.path.realpath(folder), _top(os.path.realpath(root))):
            return None
        os.makedirs(folder, 0o700, exist_ok=True)
        return folder if _is_ours(os.lstat(folder)) else None
    except (OSError, ValueError):  # a name with a NUL is a ValueError
        return None


def _top(folder: str) -> str:
    """The repository that a folder is in, or else itself."""
    above = folder
    while not os.path.lexists(os.path.join(above, ".git")):
        parent = os.path.dirname(above)
        if parent == above:
            return folder
        above = parent
    return above


def _is_inside(path: str, folder: str) -> bool:
    return f"{path}{os.sep}".startswith(f"{folder.rstrip(os.sep)}{os.sep}")


def _is_ours(found: os.stat_result) -> bool:
    """Whether it is a folder, no link, of this user, that no other may write to."""
    if os.name == "nt":
        return stat.S_ISDIR(found.st_mode)  # folders below the user's own are the user's own
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
