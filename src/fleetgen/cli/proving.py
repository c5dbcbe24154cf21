"""verify."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from fleetgen.cli import options, show
from fleetgen.cli.progress import Progress

if TYPE_CHECKING:
    from fleetgen.proof import Failure, Proof


@click.command()
@click.argument("streams", nargs=-1, metavar="[STREAM]...")
@click.option("--examples", type=click.IntRange(min=1), default=200, show_default=True, help="How many of each stream.")
@options.seed
@options.output("text", "json")
@options.common
def verify(
    *, streams: tuple[str, ...], examples: int, seed: int, output: str,
    profile: str, quiet: bool, verbose: bool, no_input: bool,
) -> None:  # fmt: skip
    """Prove that records come back equal from what generated/ holds, and that wrong messages are refused.

    Records are drawn with Hypothesis over the whole range of their types and sent through the push landing on an engine
    in memory. What fails is made as small as it gets. Without STREAM: all of them.
    """
    from fleetgen.commands import verify as command

    with Progress(examples, "examples", quiet=quiet) as progress:
        verified = command.verify(
            options.load(), options.root(), streams, examples=examples, seed=seed, progress=progress
        )
    if not quiet:
        show.findings(verified.limits, options.disk())
    if output == "json":
        show.data({"streams": {name: _as_data(proof) for name, proof in verified.proofs.items()}})
    else:
        for name, proof in verified.proofs.items():
            _show(name, proof, quiet=quiet)
    if any(proof.failure for proof in verified.proofs.values()):
        sys.exit(1)


def _show(name: str, proof: Proof, *, quiet: bool) -> None:
    done = show.count(proof.examples, "example")
    if proof.failure is not None:
        click.echo(f"{name}: FAILED after {done}")
        _show_failure(proof.failure)
    elif not quiet:
        came = f"{show.count(proof.stored, 'record')} came back equal"
        click.echo(f"{name}: {done}, {came}, {show.count(proof.refused, 'wrong message')} refused")


def _show_failure(failure: Failure) -> None:
    lines = {
        "layer": failure.layer.value,
        "column": ", ".join(failure.columns),
        "record": failure.record,
        "it": failure.message,
    }
    for what, text in lines.items():
        if text:
            click.echo(f"  {what + ':':<8}{text}")


def _as_data(proof: Proof) -> dict[str, Any]:
    counts = {"examples": proof.examples, "stored": proof.stored, "refused": proof.refused}
    if proof.failure is None:
        return {**counts, "failure": None}
    failure = proof.failure
    return {
        **counts,
        "failure": {
            "layer": failure.layer.value,
            "columns": list(failure.columns),
            "record": failure.record or None,
            "message": failure.message,
        },
    }
