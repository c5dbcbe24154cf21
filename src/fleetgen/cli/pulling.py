"""pull."""

from __future__ import annotations

import os

import click

from fleetgen.cli import options, show


@click.command()
@click.argument("subjects", metavar="[SUBJECT]...", nargs=-1)
@options.output("text", "json")
@options.common
def pull(*, subjects: tuple[str, ...], output: str, profile: str, quiet: bool, verbose: bool, no_input: bool) -> None:
    """Bring the latest schemas of the profile's registry into schemas/, one file a record.

    Without SUBJECT: all of them. A file that was edited is never overwritten: nothing is written then, and the exit
    code is 4.
    """
    from fleetgen.commands import pull as command
    from fleetgen.project import load_profile

    root = options.root()
    pulled = command.pull(load_profile(options.disk(), profile), root, os.environ, subjects)
    if output == "json":
        show.data(
            {"written": list(pulled.written), "unchanged": list(pulled.unchanged), "skipped": dict(pulled.skipped)}
        )
        return
    for path in pulled.written:
        click.echo(f"wrote {path}")
    if quiet:
        return
    for subject, why in pulled.skipped.items():
        show.talk(f"skipped {subject}: it {why}")
    show.talk(f"{show.count(len(pulled.written), 'file')} written, {len(pulled.unchanged)} unchanged")
