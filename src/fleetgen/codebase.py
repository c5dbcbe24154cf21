"""Which code answers: fleetgen's own, the bundled templates and Jinja, as they are on this disk, under which Python."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Final

from fleetgen.places import bundled

_LIBRARIES: Final = ("jinja2", "markupsafe")
"""The libraries that what is generated comes out of; all others only read options, or print."""

_OWN: Final = 2

_SETTLED: Final = 5 * 10**9
"""Nanoseconds without a change after which what is on the disk is what this process has imported."""


def signature() -> str | None:
    """A digest, another one for other code; None while that cannot be told.

    Of every byte, and of the size and time of change by which Python chooses between a module and what it compiled.
    """
    digest = hashlib.blake2b(repr((sys.version, sys.flags, sys.getfilesystemencoding())).encode(), digest_size=16)
    newest = 0
    try:
        for number, folder in enumerate(folders()):
            for path in _files(folder):
                with open(path, "rb", buffering=0) as file:
                    found = os.fstat(file.fileno())
                    head = f"{path}\0{found.st_size}\0{found.st_mtime_ns}\0"
                    digest.update(head.encode(errors="surrogateescape") + file.read())
                if number < _OWN:  # the libraries are imported later, if at all
                    newest = max(newest, found.st_mtime_ns, found.st_ctime_ns)
    except OSError:
        return None
    return None if time.time_ns() - newest < _SETTLED else digest.hexdigest()


def folders() -> list[str]:
    """Where all code and all templates lie that an answer comes from: our own, then the libraries'."""
    return [os.path.dirname(__file__), str(bundled()), *map(_folder, _LIBRARIES)]


def _folder(library: str) -> str:
    """Found, not imported: a run that remembers its answer has no use for it."""
    found = find_spec(library)
    return os.path.dirname(found.origin or "") if found is not None else ""


def _files(folder: str) -> Iterator[str]:
    """Every file below a folder. Raises OSError where there is no folder, as in an archive."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda each: each.name):
            if not entry.is_dir():
                yield entry.path
            elif entry.name != "__pycache__":
                yield from _files(entry.path)
