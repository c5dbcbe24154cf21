"""A group of commands in which a mistyped one gets the nearest, and one that lacks a library says how to get it."""

from __future__ import annotations

from typing import Any, Final

import click

from fleetgen.errors import FleetgenError

_LOCAL: Final = frozenset(
    {"chdb", "chdb_core", "clickhouse_connect", "fastavro", "hypothesis", "numpy", "orjson", "vl_convert"}
)
"""What comes with the extra `local` and not without."""
_LIVE: Final = frozenset({"confluent_kafka", "requests", "yaml"})
"""What comes with the extra `live`."""


class Group(click.Group):
    """Adds what was probably meant to the error of an unknown command, and the extra to that of a missing library."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            name = (error.name or "").partition(".")[0]
            if name not in _LOCAL | _LIVE:
                raise
            extra = "live" if name in _LIVE else "local"
            raise FleetgenError(
                f"FG805 error: this needs {name}, which is not installed\n  help: pip install 'fleetgen[{extra}]'"
            ) from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], self.list_commands(ctx), 1)
            if not near or getattr(error, "possibilities", None):  # click says it of commands that are loaded already
                raise
            raise click.UsageError(f"{error.message} Did you mean {near[0]!r}?", ctx) from error
