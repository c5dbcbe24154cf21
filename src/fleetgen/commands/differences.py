"""Differences between generated/ and the schemas, said as findings: for whoever reads nothing else."""

from __future__ import annotations

from itertools import zip_longest
from typing import Final

from fleetgen.errors import Finding, Place, Severity
from fleetgen.files import Difference, Kind

_RENDER: Final = "run `fleetgen render`, review what it writes, and commit generated/"
_SAID: Final = {
    Kind.MISSING: ("FG820", "is missing: the schemas say that it is generated", _RENDER),
    Kind.CHANGED: ("FG821", "is not what the schemas say", _RENDER),
    Kind.STALE: ("FG822", "is stale: nothing generates it any longer", _RENDER),
    Kind.UNTRACKED: ("FG823", "is in generated/ and not fleetgen's", "move it elsewhere, or remove it"),
}


def finding(difference: Difference) -> Finding:
    """A difference is an error; its place is the first line that differs."""
    code, message, help = _SAID[difference.kind]
    line = _first_line(difference) if difference.kind is Kind.CHANGED else 0
    return Finding(code, Severity.ERROR, message, help, Place(difference.path, "", line, 1 if line else 0))


def _first_line(difference: Difference) -> int:
    before = difference.before.splitlines(keepends=True)
    after = difference.after.encode().splitlines(keepends=True)
    pairs = enumerate(zip_longest(before, after), 1)
    return next((number for number, (one, other) in pairs if one != other), 1)
