"""render and check."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from fleetgen import remembered
from fleetgen.cli import options, report, show
from fleetgen.errors import FleetgenError
from fleetgen.files import Disk, Tree, Written


@click.command()
@click.option("--force", is_flag=True, help="Overwrite generated files that were edited by hand.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if a file was written or removed: for commit hooks.")
@click.option(
    "--to", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Write into DIR what would be applied for the profile, its references filled in.",
)  # fmt: skip
@options.common
def render(
    *, force: bool, exit_code: bool, to: Path | None, profile: str, quiet: bool, verbose: bool, no_input: bool
) -> None:
    """Write generated/ from schemas/, templates/ and the configuration.

    With --to nothing in generated/ is written: DIR gets the files of one profile for those who apply by hand or by
    other tools, and no file with a secret in it can be read by others. See doc/by-hand.md.
    """
    if to is not None:
        _fill(to, profile, force=force, exit_code=exit_code, quiet=quiet, verbose=verbose)
        return
    from fleetgen.commands import render as command

    root = options.root()
    watched = remembered.Watched(Disk(root), os.environ)
    entry = remembered.entry(watched, str(root))
    rendered = command.render(options.load(watched, watched.environ), root, force=force, tree=watched)
    found = show.findings(rendered.findings, watched)
    watched.expect(rendered.files)
    remembered.keep(watched, entry, found)
    _tell("generated/", rendered.written, exit_code=exit_code, quiet=quiet, verbose=verbose)


def _fill(to: Path, profile: str, *, force: bool, exit_code: bool, quiet: bool, verbose: bool) -> None:
    from fleetgen.commands import filled

    written = filled.render(options.load(), options.root(), profile, to, os.environ, force=force)
    _tell(f"{to}", written, exit_code=exit_code, quiet=quiet, verbose=verbose)


def _tell(folder: str, written: Written, *, exit_code: bool, quiet: bool, verbose: bool) -> None:
    """Paths only, never what is in them."""
    if verbose:
        for path in written.written:
            click.echo(f"wrote {path}")
        for path in written.deleted:
            click.echo(f"removed {path}")
    if not quiet:
        show.talk(
            f"{folder}: {show.count(len(written.written), 'file')} written, {len(written.deleted)} removed, "
            f"{written.unchanged} unchanged"
        )
    if exit_code and (written.written or written.deleted):
        sys.exit(1)


@click.command()
@click.option("--staged", is_flag=True, help="Check what the next commit would hold: all is read from git's index.")
@click.option("--compile", is_flag=True, help="Also run all ClickHouse text on the embedded engine.")
@click.option("--fix", is_flag=True, help="First mend in the schemas what is certain: see doc/check.md.")
@options.output("text", "json", "github", "sarif")
@options.common
def check(
    *, staged: bool, compile: bool, fix: bool, output: str, profile: str, quiet: bool, verbose: bool, no_input: bool
) -> None:
    """Compare generated/ with what the schemas say; write nothing, except schemas with --fix.

    Under GITHUB_ACTIONS=true what is wrong is also annotated, on stderr.
    """
    if fix:
        _mend(staged=staged, quiet=quiet)
    found = _look(staged=staged, compile=compile)
    match output:
        case "json":
            show.data(report.as_data(found, [show.unified(each) for each in found.differences]))
        case "sarif":
            from fleetgen import explanations
            from fleetgen.cli import sarif

            show.data(sarif.log(found.worst_first(), options.prefix(), explanations.load(), found.exit_code))
        case "github":
            show.annotate(found, err=False)
            show.report(found, staged=staged, quiet=quiet, err=True)
        case _:
            show.report(found, staged=staged, quiet=quiet)
            if os.environ.get("GITHUB_ACTIONS") == "true":
                show.annotate(found, err=True)
    if found.exit_code:
        sys.exit(found.exit_code)


def _mend(*, staged: bool, quiet: bool) -> None:
    """A project that cannot be read is left as it is: the check says why."""
    from fleetgen.commands import fix

    if staged:
        raise click.UsageError("--fix mends the files on the disk, and --staged looks at the index: give one of them")
    try:
        fixed = fix.fix(options.disk(), os.environ, options.root())
    except FleetgenError as error:
        if not error.findings:
            raise
        return
    for each in () if quiet else fixed:
        show.talk(f"{each.place.path}:{each.place.line}:{each.place.column}: fixed: {each.message}")


def _look(*, staged: bool, compile: bool) -> report.Report:
    """A project that cannot be read is a report too: whoever reads it as data wants to know why."""
    tree: Tree = options.disk()
    try:
        index = options.staged() if staged else None
        tree = index or tree
        watched = remembered.Watched(tree, os.environ, index.state if index else "")
        entry = None if compile else remembered.entry(watched, str(options.root()))
        known = remembered.recall(watched, entry)
        if known is not None:
            return report.Report((), tuple(known), 0)
        found = _compare(watched, compile=compile)
    except FleetgenError as error:
        broken = report.broken(error, tree)
        if not broken.findings:
            raise
        return broken
    if not found.exit_code:
        remembered.keep(watched, entry, found.findings)
    return found


def _compare(tree: remembered.Watched, *, compile: bool) -> report.Report:
    from fleetgen.commands import check as command

    found = command.check(options.load(tree, tree.environ), tree, compile=compile)
    return report.checked(found.differences, found.findings, tree, failed=found.failed)
