"""A line that changes on a terminal, one line at the end elsewhere, and nothing when quiet."""

from __future__ import annotations

import itertools
import re
import sys
from types import SimpleNamespace

import pytest

from fleetgen.cli import progress
from fleetgen.cli.progress import Progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock is half a second later."""
    ticks = itertools.count(0, 0.5)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(ticks)))


def played(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, tty: bool, quiet: bool) -> str:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: tty, raising=False)
    with Progress(1000, "messages", quiet=quiet) as shown:
        for name, done in (("car", 500), ("car", 1000), ("van", 250)):
            shown(name, done)
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


@pytest.mark.usefixtures("clock")
def test_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lines = re.split(r"\r\x1b\[K", played(monkeypatch, capsys, tty=True, quiet=False))
    assert lines == [
        "",
        "car: 500 of 1,000 messages, 1,000 a second, 0:00 left",
        "car: 1,000 of 1,000 messages, 1,000 a second, 0:00 left",
        "van: 250 of 1,000 messages, 500 a second, 0:01 left",
        "1,250 messages in 2.0 s, 625 a second\n",
    ]


@pytest.mark.usefixtures("clock")
def test_elsewhere(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert played(monkeypatch, capsys, tty=False, quiet=False) == "1,250 messages in 2.0 s, 625 a second\n"


@pytest.mark.parametrize("tty", [True, False])
def test_quiet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tty: bool) -> None:
    assert played(monkeypatch, capsys, tty=tty, quiet=True) == ""


def test_an_error_has_the_last_word(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with Progress(10, "messages", quiet=False) as shown:
            shown("car", 5)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert capsys.readouterr().err == ""
