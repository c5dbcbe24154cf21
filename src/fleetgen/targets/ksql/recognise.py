"""Generated text for ksqlDB, read back as a server would read it."""

from __future__ import annotations

from collections.abc import Mapping

from fleetgen.errors import Finding, Place, Severity
from fleetgen.targets.ksql.statements import parse
from fleetgen.targets.ksql.tokens import NotKsql


def recognise(files: Mapping[str, str], origins: Mapping[str, str]) -> list[Finding]:
    """What is no statement that fleetgen writes, the first of each file. `files`: by path below generated/."""
    findings = []
    for path, text in files.items():
        try:
            parse(text)
        except NotKsql as error:
            findings.append(_finding(path, origins.get(path, ""), error))
    return findings


def _finding(path: str, template: str, error: NotKsql) -> Finding:
    return Finding(
        "FG461",
        Severity.ERROR,
        f"is no text for ksqlDB that fleetgen knows: {error.message}",
        f"it is made by templates/{template}",
        Place(f"generated/{path}", "", error.line, error.column),
    )
