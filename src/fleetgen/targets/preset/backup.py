"""What an apply is about to change, kept as a bundle that Superset imports."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fleetgen.errors import FleetgenError
from fleetgen.files import state
from fleetgen.targets.preset import assets
from fleetgen.targets.preset.assets import Asset

FOLDER: Final = "superset-backups"
_KEPT: Final = 20


def write(root: Path, found: Sequence[Asset]) -> str:
    """The file's path below the project. Named after its content: what is backed up already is not written again.

    Raises FleetgenError if it cannot be written: nothing is changed without it.
    """
    content = assets.pack(found)
    folder = state(root) / FOLDER
    path = folder / f"{hashlib.sha256(content).hexdigest()[:12]}.zip"
    try:
        folder.mkdir(exist_ok=True)
        path.write_bytes(content)
        for old in sorted(folder.glob("*.zip"), key=lambda each: each.stat().st_mtime)[:-_KEPT]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise FleetgenError(
            f"FG757 error: the backup {path.relative_to(root)} cannot be written: {error.strerror}\n"
            "  help: nothing was changed; make room, or mend the rights of .fleetgen/"
        ) from error
    return path.relative_to(root).as_posix()
