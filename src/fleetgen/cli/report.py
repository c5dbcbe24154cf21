"""What a check found, in each of the formats that it is told in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from fleetgen.commands.findings import located
from fleetgen.errors import Finding, FleetgenError, Place, Severity
from fleetgen.files import Difference, Tree
from fleetgen.frozen import frozen

_LINE: Final = r"(?:(.+?)(?::(\d+))?(?::(\d+))?: )?(FG\d{3}) error: (.*)"
_HELP: Final = "  help: "


@frozen
class Report:
    """`findings` have their lines and are sorted by file."""

    differences: tuple[Difference, ...]
    findings: tuple[Finding, ...]
    exit_code: int

    def worst_first(self) -> list[Finding]:
        """Findings and, as findings, differences: errors of the schemas, then what differs, then warnings."""
        from fleetgen.commands.differences import finding

        differing = [finding(difference) for difference in self.differences]
        errors = [each for each in self.findings if each.severity is Severity.ERROR]
        return [*errors, *differing, *(each for each in self.findings if each.severity is Severity.WARNING)]


def checked(differences: Iterable[Difference], findings: Iterable[Finding], tree: Tree, *, failed: bool) -> Report:
    return Report(tuple(differences), tuple(located(findings, tree)), 1 if failed else 0)


def broken(error: FleetgenError, tree: Tree) -> Report:
    """What ended the check before anything could be compared; no finding where the error's text holds none."""
    return Report((), (*located(error.findings, tree), *_spelt(str(error))), error.exit_code)


def as_data(report: Report, unified: Iterable[str]) -> dict[str, Any]:
    """For --output json; doc/check.md describes it. `unified` has a diff for each difference, in order."""
    return {
        "exit": report.exit_code,
        "findings": [_finding(each) for each in report.worst_first()],
        "differences": [
            {"kind": each.kind.value, "path": each.path, "diff": diff}
            for each, diff in zip(report.differences, unified, strict=True)
        ],
    }


def _finding(each: Finding) -> dict[str, Any]:
    return {
        "code": each.code,
        "severity": each.severity.value,
        "path": each.place.path or None,
        "line": each.place.line or None,
        "column": each.place.column or None,
        "message": each.message,
        "help": each.help or None,
    }


def _spelt(text: str) -> list[Finding]:
    """The findings in the text of an error: a line each, and a line of help that is for all of them."""
    lines = text.split("\n")
    help = " ".join(line.removeprefix(_HELP) for line in lines if line.startswith(_HELP))
    found: list[Finding] = []
    for line in (line for line in lines if not line.startswith(_HELP)):
        match = re.fullmatch(_LINE, line)
        if match:
            place = Place(match[1] or "", "", int(match[2] or 0), int(match[3] or 0))
            found.append(Finding(match[4], Severity.ERROR, match[5], help, place))
        elif found and line:
            found[-1] = replace(found[-1], message=f"{found[-1].message}\n{line}")
    return found
