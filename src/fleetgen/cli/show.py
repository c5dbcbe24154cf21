"""Findings, differences and failures as lines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

import click

from fleetgen.cli import options
from fleetgen.commands import findings as ordered
from fleetgen.errors import Finding, FleetgenError, Severity
from fleetgen.files import Difference, Disk, Kind, Tree


def talk(text: str) -> None:
    """Chatter: to stderr, so that stdout stays data."""
    click.echo(text, err=True)


def data(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def failure(error: FleetgenError) -> None:
    """An error that ends the command."""
    findings(error.findings, Disk(options.root()))
    if str(error):
        talk(str(error))


def findings(found: Iterable[Finding], tree: Tree) -> None:
    """All of them, sorted by file and line."""
    for finding in ordered.located(found, tree):
        colour = "red" if finding.severity is Severity.ERROR else "yellow"
        severity = finding.severity.value if "NO_COLOR" in os.environ else click.style(finding.severity.value, fg=colour)
        place = (
            f"{finding.place.path}:{finding.place.line}:{finding.place.column}"
            if finding.place.line
            else finding.place.path
        )
        talk(f"{place}: {finding.code} {severity}: {finding.message}\n  help: {finding.help}")


def differences(found: Iterable[Difference]) -> None:
    for difference in found:
        click.echo(f"{difference.kind.value} {difference.path}")
        if difference.kind is Kind.CHANGED:
            click.echo(unified(difference), nl=False)


def unified(difference: Difference) -> str:
    import difflib

    before = difference.before.decode(errors="replace").splitlines(keepends=True)
    after = difference.after.splitlines(keepends=True)
    lines = difflib.unified_diff(before, after, difference.path, f"{difference.path} (as the schemas say)")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
