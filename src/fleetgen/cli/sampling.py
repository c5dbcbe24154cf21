"""sample."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from fleetgen.cli import options
from fleetgen.pipeline import Format


@click.command()
@click.argument("stream")
@click.option("--rows", type=click.IntRange(min=0), default=10, show_default=True, help="How many.")
@options.seed
@options.end
@options.shift_times
@click.option("--format", type=click.Choice(["json", "avro"]), default="json", show_default=True)
@click.option("-o", "target", default="-", metavar="FILE", help="Where to; - is stdout, the default.")
@options.common
def sample(
    *, stream: str, rows: int, seed: int, end: int | None, shift_times: bool, format: str, target: str,
    profile: str, quiet: bool, verbose: bool, no_input: bool,
) -> None:  # fmt: skip
    """Sample records of STREAM as its annotations mean them: one a line, or one Avro container file."""
    from fleetgen.commands import sample as command

    command.sample(
        options.load(),
        stream,
        rows=rows,
        seed=seed,
        end_ms=options.end_or_now(end),
        format=Format(format),
        shift=shift_times,
        target=sys.stdout.buffer if target == "-" else Path(target),
    )
    if target == "-":
        sys.stdout.buffer.flush()
