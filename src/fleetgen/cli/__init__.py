"""The command line: options in, one command called, lines out, exit code. The only package that prints."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Final

import click

from fleetgen import __version__
from fleetgen.cli import show
from fleetgen.cli.group import Group
from fleetgen.errors import FleetgenError

_COMMANDS: Final = {
    "init": "starting",
    "render": "generating",
    "check": "generating",
    "plan": "planning",
    "apply": "planning",
    "smoke": "running",
    "sample": "sampling",
    "simulate": "running",
    "verify": "proving",
    "pull": "pulling",
    "demo": "running",
    "template": "templates",
    "explain": "explaining",
}
"""Each command and the module beside this one that has it: only the one that is asked for is imported."""


class _Main(Group):
    """Errors of fleetgen become lines and an exit code here."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"fleetgen.cli.{_COMMANDS[cmd_name]}"), cmd_name)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FleetgenError as error:
            show.failure(error)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            sys.stderr.close()  # the reader has gone: whatever is still buffered has nowhere to go
            ctx.exit(0)


@click.group(
    cls=_Main,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 findings, 2 usage or error, 3 changes pending, 4 blocked.",
)
@click.version_option(__version__, message="fleetgen %(version)s")
def main() -> None:
    """One set of Avro schemas, every artefact of a Kafka, ksqlDB, ClickHouse and Superset pipeline.

    Reads schemas/ and templates/ below the current folder, and [tool.fleetgen] in pyproject.toml or fleetgen.toml.
    """
