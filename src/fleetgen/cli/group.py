"""A group of commands in which a mistyped one gets the nearest."""

from __future__ import annotations

import difflib

import click


class Group(click.Group):
    """Adds what was probably meant to the error of an unknown command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if hasattr(error, "possibilities"):  # click says it of its own accord since 8.4
                raise
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), 1)
            raise click.UsageError(error.message + (f" Did you mean {near[0]!r}?" if near else ""), ctx) from error
