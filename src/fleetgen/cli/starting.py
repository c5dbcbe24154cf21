"""init."""

from __future__ import annotations

import click

from fleetgen.cli import options, show


@click.command()
@options.common
def init(*, profile: str, quiet: bool, verbose: bool, no_input: bool) -> None:
    """First steps: write a commented fleetgen.toml and, where there is no schema, an example.

    Nothing that is there is overwritten or moved. Afterwards `fleetgen demo` works.
    """
    from fleetgen.commands import init as command

    started = command.init(options.root())
    for path in started.written:
        if not path.startswith(".fleetgen/") or verbose:
            click.echo(f"wrote {path}")
    if quiet:
        return
    for path, why in started.kept.items():
        show.talk(f"kept {path}: it {why}")
    if started.loose:
        found = show.count(len(started.loose), "schema")
        show.talk(f"found {found} outside schemas/, and fleetgen reads schemas/ only. Put there what are streams:")
        show.talk(f"  {command.moving(started.loose)}")
        show.talk("then: fleetgen demo")
    else:
        found = show.count(len(started.streams), "stream")
        show.talk(f"{found}: {', '.join(started.streams)}\nnext: fleetgen demo, then fleetgen render")
