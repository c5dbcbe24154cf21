"""smoke, simulate and demo."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fleetgen.cli import options, show
from fleetgen.cli.progress import Progress
from fleetgen.errors import Severity

if TYPE_CHECKING:
    from fleetgen.commands.demo import Shown
    from fleetgen.targets.service import Line


@click.command()
@options.output("text", "json")
@options.common
def smoke(*, output: str, profile: str, quiet: bool, verbose: bool, no_input: bool) -> None:
    """Is it alive end to end: connection, tables, stores, dead letters, each chart."""
    from fleetgen.commands import smoke as command

    lines = command.smoke(options.load(), options.root(), profile, os.environ)
    if output == "json":
        show.data(as_data(lines))
    else:
        show_smoke(lines, quiet=quiet)
    if not all(line.ok for line in lines):
        sys.exit(1)


@click.command()
@click.option("--rows", type=click.IntRange(min=0), default=1000, show_default=True, help="How many of each stream.")
@options.seed
@options.end
@options.shift_times
@options.output("text", "json")
@options.common
def simulate(
    *,
    rows: int,
    seed: int,
    end: int | None,
    shift_times: bool,
    output: str,
    profile: str,
    quiet: bool,
    verbose: bool,
    no_input: bool,
) -> None:
    """Play the connectors: send samples of every stream into the profile's ingress."""
    from fleetgen.commands import simulate as command

    with Progress(rows, "messages", quiet=quiet) as progress:
        sent = command.simulate(
            options.load(), options.root(), profile, os.environ,
            rows=rows, seed=seed, end_ms=options.end_or_now(end), progress=progress, shift=shift_times,
        )  # fmt: skip
    if output == "json":
        show.data({"streams": {name: {"sent": number} for name, number in sent.items()}})
    else:
        for name, number in sent.items():
            click.echo(f"{name}: {show.count(number, 'message')} sent")


@click.command()
@click.option("--rows", type=click.IntRange(min=0), default=100_000, show_default=True, help="How many of each stream.")
@options.seed
@click.option("-o", "report", type=click.Path(dir_okay=False, path_type=Path), help="Default: .fleetgen/report.html")
@click.option("--superset", is_flag=True, help="Then show its dashboard in a Superset on this machine, until Ctrl-C.")
@options.output("text", "json")
@options.common
def demo(
    *, rows: int, seed: int, report: Path | None, superset: bool, output: str, profile: str, quiet: bool,
    verbose: bool, no_input: bool,
) -> None:  # fmt: skip
    """Run the whole pipeline on an engine of its own and write a report.

    With --superset, Superset is installed into your cache folder at the first time.
    """
    from fleetgen.cli import serving
    from fleetgen.commands import demo as command

    project, root, say = options.load(), options.root(), serving.teller(quiet=quiet)
    with ExitStack() as stack:
        begun = stack.enter_context(serving.starting(root, say)) if superset else None
        with Progress(rows, "messages", quiet=quiet) as progress:
            shown = command.demo(
                project, root, report, rows=rows, seed=seed, end_ms=options.end_or_now(None), progress=progress
            )
        errors = [finding for finding in shown.findings if finding.severity is Severity.ERROR]
        if (not quiet and verbose) or errors:
            show.findings(shown.findings, options.disk())
        if output == "text":
            _show_demo(shown)
        there = stack.enter_context(begun.shown(project.pipeline, shown.files, say)) if begun else None
        if there:
            serving.hold(there, _demo_data(shown) if output == "json" else None, quiet=quiet)
        elif output == "json":
            show.data(_demo_data(shown))


def _demo_data(shown: Shown) -> dict[str, object]:
    from fleetgen.commands.demo import counts

    return {"streams": {each.name: counts(each) for each in shown.streams}, "report": str(shown.report)}


def _show_demo(shown: Shown) -> None:
    from fleetgen.commands.demo import counts
    from fleetgen.report.words import cell

    width = max((len(each.name) for each in shown.streams), default=0)
    for each in shown.streams:
        figures = ", ".join(f"{number:,} {what}" for what, number in counts(each).items())
        click.echo(f"{each.name:<{width}}  {figures}")
    for answer in shown.answers:
        click.echo(f"\n{answer.name}: {show.count(answer.total, 'row')}")
        for line in table([answer.columns, *(tuple(map(cell, row)) for row in answer.rows)]):
            click.echo(f"  {line}")
    click.echo(f"\nReport: {shown.report}")


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows as lines of aligned columns, nothing cut off."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def show_smoke(lines: Iterable[Line], *, quiet: bool) -> None:
    for line in lines:
        if not (quiet and line.ok):
            mark = "ok " if line.ok else "GAP"
            click.echo(f"{mark} {line.what}: {line.figure}")


def as_data(lines: Iterable[Line]) -> list[dict[str, object]]:
    return [{"what": line.what, "ok": line.ok, "figure": line.figure} for line in lines]
