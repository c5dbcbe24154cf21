"""Options that commands share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fleetgen.files import Disk, Tree

if TYPE_CHECKING:
    from fleetgen.index import Index
    from fleetgen.project import Project

F = TypeVar("F", bound=Callable[..., Any])


def common(command: F) -> F:
    """What every command takes: --profile, -q, -v, --no-input."""
    for option in (
        click.option("--no-input", is_flag=True, help="Never ask."),
        click.option("-v", "--verbose", is_flag=True, help="Say more."),
        click.option("-q", "--quiet", is_flag=True, help="Say only what is wrong."),
        click.option("--profile", default="local", show_default=True, metavar="P", help="Which environment."),
    ):
        command = option(command)
    return command


def output(*formats: str) -> Callable[[F], F]:
    return click.option(
        "--output", type=click.Choice(formats), default=formats[0], show_default=True, help="How results are written."
    )


seed = click.option("--seed", default=0, show_default=True, help="Another seed, other values.")


if TYPE_CHECKING:
    _Milliseconds = click.ParamType[int]
else:
    _Milliseconds = click.ParamType  # a generic class only since click 8.5


class Time(_Milliseconds):
    """ISO 8601; without Z or an offset it is UTC. Converts to epoch milliseconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not an ISO 8601 time, such as 2026-01-31T12:00:00Z", param, ctx)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1000)


end = click.option(
    "--end", type=Time(), default=None, metavar="TIME", help="The newest message's time. Default: now, to the hour."
)


shift_times = click.option(
    "--shift-times", is_flag=True, help="Iterated times begin 30 days before --end, not where the annotation says."
)


def end_or_now(end: int | None) -> int:
    """Epoch milliseconds; without an option the hour that has begun."""
    if end is not None:
        return end
    return int(datetime.now(UTC).replace(minute=0, second=0, microsecond=0).timestamp()) * 1000


def root() -> Path:
    return Path.cwd()


def disk() -> Disk:
    return Disk(root())


def staged() -> Index:
    """What the next commit would hold."""
    from fleetgen import index

    return index.staged(root(), os.environ)


def prefix() -> str:
    """From the top of the repository to the project: empty, or ending in a slash."""
    here = root()
    top = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    path = here.relative_to(top).as_posix()
    return "" if path == "." else f"{path}/"


def load(tree: Tree | None = None, environ: Mapping[str, str] = os.environ) -> Project:
    from fleetgen import project

    return project.load(tree or disk(), environ)
