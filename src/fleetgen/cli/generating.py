"""render and check."""

from __future__ import annotations

import sys

import click

from fleetgen.cli import options, show
from fleetgen.errors import Severity
from fleetgen.files import Disk


@click.command()
@click.option("--force", is_flag=True, help="Overwrite generated files that were edited by hand.")
@options.common
def render(*, force: bool, profile: str, quiet: bool, verbose: bool, no_input: bool) -> None:
    """Write generated/ from schemas/, templates/ and the configuration."""
    from fleetgen.commands import render as command

    root = options.root()
    rendered = command.render(options.load(), root, force=force)
    show.findings(rendered.findings, Disk(root))
    if verbose:
        for path in rendered.written.written:
            click.echo(f"wrote {path}")
        for path in rendered.written.deleted:
            click.echo(f"removed {path}")
    if not quiet:
        written = rendered.written
        show.talk(
            f"generated/: {show.count(len(written.written), 'file')} written, {len(written.deleted)} removed, "
            f"{written.unchanged} unchanged"
        )


@click.command()
@click.option("--compile", is_flag=True, help="Also run all ClickHouse text on the embedded engine.")
@options.common
def check(*, compile: bool, profile: str, quiet: bool, verbose: bool, no_input: bool) -> None:
    """Compare generated/ with what the schemas say; write nothing."""
    from fleetgen.commands import check as command

    tree = Disk(options.root())
    checked = command.check(options.load(), tree, compile=compile)
    show.differences(checked.differences)
    show.findings(checked.findings, tree)
    if checked.differences and not quiet:
        show.talk("generated/ is not what the schemas say: run `fleetgen render`, review, and commit")
    elif not quiet:
        errors = sum(finding.severity is Severity.ERROR for finding in checked.findings)
        show.talk(f"generated/ is what the schemas say; {show.count(errors, 'error')}")
    if checked.failed:
        sys.exit(1)
