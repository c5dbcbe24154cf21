"""The command line: options in, one command called, lines out, exit code. The only package that prints."""

from __future__ import annotations

import sys
from typing import Any

import click

from fleetgen import __version__
from fleetgen.cli import explaining, generating, proving, running, sampling, show, starting, templates
from fleetgen.cli.group import Group
from fleetgen.errors import FleetgenError


class _Main(Group):
    """Errors of fleetgen become lines and an exit code here."""

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


for _command in (
    starting.init,
    generating.render,
    generating.check,
    running.apply,
    running.smoke,
    sampling.sample,
    running.simulate,
    proving.verify,
    running.demo,
    templates.template,
    explaining.explain,
):
    main.add_command(_command)
