"""Findings, differences and failures as lines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

import click

from fleetgen.cli import options
from fleetgen.cli.report import Report
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


def findings(found: Iterable[Finding], tree: Tree) -> list[Finding]:
    """All of them, sorted by file and line; each with its line."""
    located = ordered.located(found, tree)
    _tell(located)
    return located


def _tell(found: Iterable[Finding]) -> None:
    lines = [_line(finding) for finding in found]
    if lines:
        talk("\n".join(lines))  # at once: each write goes to the terminal by itself


def _line(finding: Finding) -> str:
    place = finding.place
    colour = "red" if finding.severity is Severity.ERROR else "yellow"
    word = finding.severity.value
    severity = word if "NO_COLOR" in os.environ else click.style(word, fg=colour)
    where = f"{place.path}:{place.line}:{place.column}" if place.line else place.path
    before = f"{where}: " if where else ""
    help = f"\n  help: {finding.help}" if finding.help else ""
    return f"{before}{finding.code} {severity}: {finding.message}{help}"


def report(found: Report, *, staged: bool, quiet: bool, err: bool = False) -> None:
    """Differences are data; with `err` they are talk too."""
    for difference in found.differences:
        click.echo(f"{difference.kind.value} {difference.path}", err=err)
        if difference.kind is Kind.CHANGED:
            click.echo(unified(difference), nl=False, err=err)
    _tell(found.findings)
    if quiet or found.exit_code == FleetgenError.exit_code:
        return
    errors = sum(finding.severity is Severity.ERROR for finding in found.findings)
    if not found.differences:
        talk(f"generated/ is what the schemas say; {count(errors, 'error')}")
    elif staged:
        talk("the commit would hold a generated/ that is not what its schemas say: run `fleetgen render`, review, and "
             "`git add` schemas/, templates/, the configuration and generated/ together")  # fmt: skip
    else:
        talk("generated/ is not what the schemas say: run `fleetgen render`, review, and commit")


def annotate(found: Report, *, err: bool) -> None:
    from fleetgen.cli import github

    for line in github.commands(found.worst_first(), options.prefix()):
        click.echo(line, err=err)


def unified(difference: Difference) -> str:
    import difflib

    before = difference.before.decode(errors="replace").splitlines(keepends=True)
    after = difference.after.splitlines(keepends=True)
    lines = difflib.unified_diff(before, after, difference.path, f"{difference.path} (as the schemas say)")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
