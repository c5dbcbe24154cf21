"""Findings as the configuration wants them: ignored with a reason, turned off, or more or less grave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fleetgen.config.lint import Ignore, Lint
from fleetgen.errors import Finding, Place, Severity


def settle(findings: Iterable[Finding], lint: Lint) -> list[Finding]:
    """What is left to say. An ignore that no finding needs any longer is one more."""
    kept: list[Finding] = []
    used: set[Place] = set()
    for finding in findings:
        ignoring = [ignore for ignore in lint.ignores if _matches(ignore, finding)]
        used.update(ignore.at for ignore in ignoring)
        severity = lint.severities.get(finding.code, finding.severity.value)
        if not ignoring and severity != "off":
            same = severity == finding.severity.value
            kept.append(finding if same else replace(finding, severity=Severity(severity)))
    return kept + [_idle(ignore) for ignore in lint.ignores if ignore.at not in used]


def _matches(ignore: Ignore, finding: Finding) -> bool:
    from fnmatch import fnmatchcase

    if finding.code != ignore.code or (ignore.path and not fnmatchcase(finding.place.path, ignore.path)):
        return False
    return ignore.places is None or any(_holds(place, finding.place) for place in ignore.places)


def _holds(outer: Place, inner: Place) -> bool:
    return outer.path == inner.path and f"{inner.pointer}/".startswith(f"{outer.pointer}/")


def _idle(ignore: Ignore) -> Finding:
    message = f"nothing is ignored here: no finding {ignore.code} is left"
    return Finding("FG362", Severity.WARNING, message, "delete this ignore", ignore.at)
