"""template list, eject and diff."""

from __future__ import annotations

import click

from fleetgen.cli import options, show
from fleetgen.cli.group import Group

_SAID = {
    "bundled": "",
    "overridden": "overridden by templates/",
    "outdated": "overridden by templates/, and the bundled one has changed since it was ejected",
    "own": "in templates/ only",
}


@click.group(cls=Group)
def template() -> None:
    """The bundled templates, and your own in templates/ that win over them."""


@template.command("list")
@options.output("text", "json")
@options.common
def list_(*, output: str, profile: str, quiet: bool, verbose: bool, no_input: bool) -> None:
    """Every template, and which of them templates/ overrides."""
    from fleetgen.commands import template as command

    found = command.entries(options.root())
    if output == "json":
        show.data([{"name": each.name, "status": each.status} for each in found])
        return
    for each in found:
        said = _SAID[each.status]
        click.echo(f"{each.name}  ({said})" if said else each.name)


@template.command()
@click.argument("name")
@options.common
def eject(*, name: str, profile: str, quiet: bool, verbose: bool, no_input: bool) -> None:
    """Copy the bundled template NAME into templates/, for you to change.

    Its first line, a comment, records what it was made from. Nothing is overwritten.
    """
    from fleetgen.commands import template as command

    click.echo(f"wrote {command.eject(options.root(), name)}")


@template.command()
@click.argument("name", required=False)
@options.output("text", "json")
@options.common
def diff(*, name: str | None, output: str, profile: str, quiet: bool, verbose: bool, no_input: bool) -> None:
    """How your templates, or the one called NAME, differ from the bundled ones.

    Says where a bundled one has changed since yours was ejected from it.
    """
    from fleetgen.commands import template as command

    compared = command.compare(options.root(), name)
    if output == "json":
        show.data([{"name": each.name, "outdated": each.outdated, "diff": each.diff} for each in compared])
        return
    for each in compared:
        click.echo(each.diff, nl=False)
        if each.outdated:
            show.talk(
                f"templates/{each.name}: the bundled template has changed since this one was ejected\n"
                f"  help: take over what you want of it, then make this the first line: {each.header}"
            )
        elif not quiet and not each.recorded:
            show.talk(f"templates/{each.name}: does not say what it was ejected from")
        elif not quiet and not each.diff:
            show.talk(f"templates/{each.name}: says what the bundled one says")
    if not compared and not quiet:
        show.talk("templates/ overrides no bundled template")
