"""What `demo --superset` says and how it is stopped."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Mapping
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


def hold(shown: Dashboard, data: Mapping[str, object] | None, *, quiet: bool) -> None:
    """Say where it is, with the demo's `data` or as lines, and keep it until Ctrl-C or SIGTERM: that is its good end.

    From then on nothing interrupts the stopping. Exits with 1 if a chart has a gap.
    """
    say = teller(quiet=quiet)
    try:
        if data is None:
            _tell(shown, quiet=quiet)
        else:
            show.data({**data, **_data(shown)})
        say("Stop with Ctrl-C.")
        shown.watch()
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        say("stopping")
    if not all(line.ok for line in shown.smoke):
        sys.exit(1)


def _data(shown: Dashboard) -> dict[str, object]:
    return {"url": shown.url, "user": shown.user, "password": shown.password, "smoke": as_data(shown.smoke)}


def _tell(shown: Dashboard, *, quiet: bool) -> None:
    click.echo()
    show_smoke(shown.smoke, quiet=quiet)
    click.echo(f"Dashboard: {shown.url}\nUser: {shown.user}, password: {shown.password}")


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
