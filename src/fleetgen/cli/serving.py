"""What `demo --superset` says and how it is stopped."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from fleetgen.cli import show
from fleetgen.cli.running import as_data, show_smoke

if TYPE_CHECKING:
    from fleetgen.commands.dashboard import Dashboard, Starting, Tell


@contextmanager
def starting(root: Path, tell: Tell) -> Iterator[Starting]:
    """Superset, begun. SIGTERM stops it as Ctrl-C does."""
    from fleetgen.commands import dashboard

    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with dashboard.starting(root, tell) as begun:
            yield begun
    finally:
        signal.signal(signal.SIGTERM, before)


def teller(*, quiet: bool) -> Tell:
    return (lambda line: None) if quiet else show.talk


def data(shown: Dashboard) -> dict[str, object]:
    return {"url": shown.url, "user": shown.user, "password": shown.password, "smoke": as_data(shown.smoke)}


def tell(shown: Dashboard, *, quiet: bool) -> None:
    click.echo()
    show_smoke(shown.smoke, quiet=quiet)
    click.echo(f"Dashboard: {shown.url}\nUser: {shown.user}, password: {shown.password}")


def wait(shown: Dashboard, *, quiet: bool) -> None:
    """Until Ctrl-C or SIGTERM, which is how this ends well; from then on nothing interrupts the stopping.

    Exits with 1 if a chart has a gap.
    """
    say = teller(quiet=quiet)
    say("Stop with Ctrl-C.")
    try:
        shown.watch()
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        say("stopping")
    if not all(line.ok for line in shown.smoke):
        sys.exit(1)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
