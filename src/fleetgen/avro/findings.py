"""What reading schemas has found: errors and warnings, each once, in the order found."""

from __future__ import annotations

import json
from typing import Final

from fleetgen.avro.names import is_fullname
from fleetgen.errors import Finding, Place, Severity
from fleetgen.model import Json

_SHOWN: Final = 60


class Findings:
    """Collects findings. A type that is read twice (two streams refer to it) is complained of once."""

    def __init__(self) -> None:
        self._found: dict[Finding, None] = {}
        self.broken = False

    def error(self, code: str, place: Place, message: str, help: str) -> None:
        self.broken = True
        self._found[Finding(code, Severity.ERROR, message, help, place)] = None

    def warn(self, code: str, place: Place, message: str, help: str) -> None:
        self._found[Finding(code, Severity.WARNING, message, help, place)] = None

    def all(self) -> tuple[Finding, ...]:
        """By path; within a file in the order found."""
        return tuple(sorted(self._found, key=lambda finding: finding.place.path))


def show(value: Json) -> str:
    """A value as JSON for a message, cut where it gets long."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}.."


def called(name: str) -> str:
    """A name for a message: as it is if Avro allows it, else as JSON, which is one line whatever it holds."""
    return name if is_fullname(name) else show(name)
