"""Superset's own environment, which the demo makes and the tests share."""

from __future__ import annotations

import functools
import logging
from pathlib import Path
from typing import Final

from fleetgen.errors import FleetgenError
from fleetgen.local import environment
from fleetgen.local.environment import environ

__all__ = ["INSIDE", "environ", "folder", "why_not"]

INSIDE: Final = Path(__file__).parent / "inside"
_ROOT: Final = Path(__file__).parents[3]


@functools.cache
def why_not() -> str | None:
    """What keeps Superset from being had on this machine; None if nothing does. The first call may take a minute."""
    try:
        folder()
    except FleetgenError as error:
        return str(error)
    return None


@functools.cache
def folder() -> Path:
    """Holds bin/python and superset.db. Raises FleetgenError if it cannot be made."""
    return environment.folder(_ROOT, logging.getLogger(__name__).info)
