"""Checks that may remember, in this process."""

from __future__ import annotations

import os
from pathlib import Path

from click.testing import CliRunner, Result

from fleetgen import places
from fleetgen.cli import main


def check(*arguments: str, remember: bool = True) -> Result:
    environ = {"NO_COLOR": "1"} if remember else {"NO_COLOR": "1", places.CACHE: ""}
    return CliRunner(env=environ).invoke(main, ["check", *arguments], catch_exceptions=False)


def said(result: Result) -> tuple[int, str, str]:
    return result.exit_code, result.stdout, result.stderr


def entries() -> list[Path]:
    return sorted((Path(os.environ[places.CACHE]) / "checks").iterdir())
