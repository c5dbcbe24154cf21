"""What fleetgen has to say about its input: findings, and the errors that carry them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from fleetgen.frozen import frozen


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"


@frozen
class Place:
    """Where a finding is about: a file relative to the project, and what in it.

    `pointer` is a JSON pointer (RFC 6901) into the file's tree; line and column (from 1) are looked up from it only
    when the finding is shown, because positions cost more than parsing. A parser that knows the line sets it at once.
    """

    path: str
    pointer: str = ""
    line: int = 0
    column: int = 0


@frozen
class Finding:
    """One thing to tell the user. `code` is FG and three digits and stands in doc/findings.md."""

    code: str
    severity: Severity
    message: str
    help: str
    place: Place


class FleetgenError(Exception):
    """The input is broken or the work failed: exit code 2, nothing written."""

    exit_code = 2

    def __init__(self, message: str, findings: Iterable[Finding] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)

    @classmethod
    def broken(cls, findings: Iterable[Finding]) -> FleetgenError:
        """The schema or the configuration is broken; every error of every file is in `findings`."""
        return cls("", findings)


class Blocked(FleetgenError):
    """Doing it would destroy somebody's work: exit code 4."""

    exit_code = 4
