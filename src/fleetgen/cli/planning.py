"""plan and apply."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar

import click
from click.core import ParameterSource

from fleetgen.cli import options, show
from fleetgen.errors import Blocked, FleetgenError

if TYPE_CHECKING:
    from fleetgen.commands.plan import Planned
    from fleetgen.plan import Change, Difference, Plan, Policy, Step
    from fleetgen.planfile import Saved

F = TypeVar("F", bound=Callable[..., Any])

_PENDING: Final = 3
_LONG: Final = 100
"""Characters of a fact that are shown without --verbose."""
_LEAD: Final = 20
"""Characters of them, at least, that stand before the first that differs."""


def _policy(command: F) -> F:
    for option in (
        click.option("--allow-destructive", is_flag=True, help="Also do what destroys data."),
        click.option("--adopt", is_flag=True, help="Take over what exists without the mark of fleetgen."),
        click.option("--prune", is_flag=True, help="Also remove what bears our mark and is generated no longer."),
    ):
        command = option(command)
    return command


@click.command()
@click.option("-o", "file", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan, for `apply FILE`.")
@click.option("--ddl", is_flag=True, help="Show the literal statements and calls.")
@_policy
@options.output("text", "json")
@options.common
def plan(
    *, file: Path | None, ddl: bool, prune: bool, adopt: bool, allow_destructive: bool, output: str, profile: str,
    quiet: bool, verbose: bool, no_input: bool,
) -> None:  # fmt: skip
    """Desired (generated/) against live (the profile's services).

    Exits with 0 if there is nothing to do, 3 if changes are pending, 4 if one is blocked.
    """
    from fleetgen.commands import plan as command
    from fleetgen.plan import Policy

    if file == Path("-"):
        raise click.UsageError("-o wants a file: --output json is what prints the same to stdout")
    policy = Policy(prune, adopt, allow_destructive)
    planned = command.plan(options.load(), options.root(), profile, os.environ, policy)
    text = _data(planned, policy)
    if file is not None:
        save(file, text)
    if output == "json":
        click.echo(text)
    else:
        _show(planned.plan, planned.secrets, ddl=ddl, verbose=verbose)
    if planned.plan.blocked:
        sys.exit(Blocked.exit_code)
    if planned.plan.changes:
        sys.exit(_PENDING)


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_policy
@click.option("--confirm", metavar="NAME", help="The name of a protected profile, where nobody can be asked.")
@options.output("text", "json")
@options.common
@click.pass_context
def apply(
    ctx: click.Context, *, file: Path | None, prune: bool, adopt: bool, allow_destructive: bool, confirm: str | None,
    output: str, profile: str, quiet: bool, verbose: bool, no_input: bool,
) -> None:  # fmt: skip
    """Make the profile's services be what generated/ says, then smoke.

    With FILE, a plan saved by `plan -o FILE`, do exactly what was reviewed.
    """
    from fleetgen.cli.running import as_data, show_smoke
    from fleetgen.commands import apply as command
    from fleetgen.plan import Policy

    policy = Policy(prune, adopt, allow_destructive)
    saved = None if file is None else _saved(ctx, file, profile, policy)
    name, policy = (profile, policy) if saved is None else (saved.profile, saved.policy)
    project = options.load()

    def approve(found: Plan) -> None:
        if project.profile(name).protected and confirm != name:
            _ask(found, name, no_input=no_input)

    def progress(change: Change, step: Step) -> None:
        if verbose and not quiet:
            show.talk(f"{step.phase.name.lower()}: {change.key}")

    applied = command.apply(
        project, options.root(), name, os.environ, policy=policy, saved=saved, approve=approve, progress=progress
    )
    if output == "json":
        changes = [
            {"action": c.action.value, "target": c.target, "kind": c.kind, "name": c.name, "reason": c.reason}
            for c in applied.changes
        ]
        show.data({"changes": changes, "smoke": as_data(applied.smoke)})
    else:
        for change in applied.changes:
            click.echo(f"{change.action.value} {change.key}: {change.reason}")
        click.echo(f"Applied {show.count(len(applied.changes), 'change')}." if applied.changes else "Nothing to do.")
        show_smoke(applied.smoke, quiet=quiet)
    if not all(line.ok for line in applied.smoke):
        sys.exit(1)


def _ask(found: Plan, name: str, *, no_input: bool) -> None:
    """Raises Blocked unless somebody types the profile's name."""
    if not no_input and sys.stdin.isatty():
        for line in _lines(found, verbose=False, ddl=False):
            show.talk(line)
        if click.prompt(f"The profile {name} is protected. Type its name to go on", err=True, default="") == name:
            return
    raise Blocked(
        f"FG762 error: the profile {name!r} is protected, and nobody confirmed it\n"
        f"  help: nothing was changed; look at `fleetgen plan --profile {name}`, then apply with --confirm {name}"
    )


def _saved(ctx: click.Context, file: Path, profile: str, policy: Policy) -> Saved:
    """Raises FleetgenError for a file that is no plan, or that was made for another profile or other options."""
    from fleetgen import planfile

    try:
        saved = planfile.read(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise FleetgenError(f"FG760 error: {file} cannot be read\n  help: make it with `fleetgen plan -o`") from error
    named = ctx.get_parameter_source("profile") is ParameterSource.COMMANDLINE
    if named and saved.profile != profile:
        raise FleetgenError(
            f"FG760 error: {file} is a plan for the profile {saved.profile!r}, not for {profile!r}\n"
            "  help: leave --profile out, or make a plan for it"
        )
    if policy != type(policy)() and policy != saved.policy:
        raise FleetgenError(
            f"FG760 error: {file} was not planned with these options\n"
            "  help: give --prune, --adopt and --allow-destructive to `fleetgen plan`"
        )
    return saved


def _data(planned: Planned, policy: Policy) -> str:
    from fleetgen import planfile
    from fleetgen.redaction import redact

    tree = planfile.data(planned.plan, planned.profile, planned.generated, policy)
    return redact(json.dumps(tree, indent=2, ensure_ascii=False), planned.secrets)


def save(file: Path, text: str) -> None:
    """Whole or not at all: what was saved before stays if the disk is full."""
    from fleetgen.commands import sample

    def write(out: BinaryIO) -> None:
        out.write(f"{text}\n".encode())

    try:
        sample.save(file, write)
    except FleetgenError as error:
        raise FleetgenError(f"{error}\n  help: name another file") from error


def _show(found: Plan, secrets: tuple[str, ...], *, ddl: bool, verbose: bool) -> None:
    from fleetgen.redaction import redact

    for line in _lines(found, verbose=verbose, ddl=ddl):
        click.echo(redact(line, secrets))


def _lines(found: Plan, *, verbose: bool, ddl: bool) -> Iterator[str]:
    """Each change with its reason and what it rests on, and one line that sums up."""
    from fleetgen import planfile

    for change in found.changes:
        risk = "" if change.risk.value == "safe" else f" ({change.risk.value})"
        yield f"{change.action.value} {change.key}: {change.reason}{risk}"
        yield from (f"    {line}" for line in _details(change, verbose=verbose, ddl=ddl))
    yield from (f"  {note}" for note in found.notes)
    if not found.changes:
        yield "Nothing to do: live is what generated/ says."
        return
    counts = planfile.summary(found)
    yield (
        f"Plan: {counts['add']} to add, {counts['change']} to change, {counts['replace']} to replace, "
        f"{counts['delete']} to delete, {counts['blocked']} blocked."
    )


def _details(change: Change, *, verbose: bool, ddl: bool) -> Iterator[str]:
    if change.blocked:
        yield f"blocked: {change.blocked}"
    if change.after:
        yield f"after {', '.join(change.after)}"
    # What comes or goes as a whole has as many differences as facts.
    if verbose or (change.action.value != "-" and any(each.before is not None for each in change.differences)):
        yield from (_difference(each, verbose=verbose) for each in change.differences)
    if ddl:
        yield from (line for step in change.steps for line in f"{step.phase.name.lower()}> {step.text}".splitlines())


def _difference(each: Difference, *, verbose: bool) -> str:
    before, after = (_line(text) for text in (each.before, each.after))
    if not verbose and max(len(before), len(after)) > _LONG:
        before, after = _parts(before, after)
    return f"{each.fact}: {before} -> {after}"


def _line(text: str | None) -> str:
    return "(none)" if text is None else " ".join(text.split()) or "(empty)"


def _parts(before: str, after: str) -> tuple[str, str]:
    """Of two texts of which one is long the parts that differ, with a few words before them."""
    pairs = enumerate(zip(before, after, strict=False))
    same = next((number for number, (one, other) in pairs if one != other), min(len(before), len(after)))
    start = before.rfind(" ", 0, max(0, same - _LEAD)) + 1
    return _part(before, start), _part(after, start)


def _part(text: str, start: int) -> str:
    end = start + _LONG
    return f"{'..' if start else ''}{text[start:end]}{'..' if end < len(text) else ''}"
