"""render and check start light: what they do not need is not imported, and what they define is cheap to define."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = (
    "chdb", "clickhouse_connect", "fastavro", "hypothesis", "importlib.metadata", "jinja2.sandbox", "numpy", "orjson",
    "pandas", "pyarrow", "requests", "vl_convert", "yaml",
    "asyncio", "decimal", "difflib", "email", "fractions", "http", "sqlite3", "statistics", "subprocess", "textwrap",
    "traceback", "xml",
    "fleetgen.cli.proving", "fleetgen.cli.running", "fleetgen.cli.sampling", "fleetgen.cli.starting",
    "fleetgen.datagen.columns", "fleetgen.index", "fleetgen.mapping.avro", "fleetgen.proof", "fleetgen.report",
    "fleetgen.strategies", "fleetgen.targets.clickhouse.live", "fleetgen.targets.ksql.recognise",
)  # fmt: skip
PROGRAM = """
import sys
from fleetgen.cli import main
try:
    main(["check"])
except SystemExit as ended:
    assert ended.code == 0, ended.code
"""
IMPORTED = f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
STANDARD = """
modules = [module for name, module in sys.modules.items() if name.startswith("fleetgen.")]
classes = [value for module in modules for value in vars(module).values() if isinstance(value, type)]
assert len(classes) > 100
print(*[each.__qualname__ for each in classes if "__dataclass_params__" in vars(each)])
"""


@pytest.mark.parametrize("wanted", [IMPORTED, STANDARD], ids=["imports nothing heavy", "defines no standard dataclass"])
def test_check_starts_light(wanted: str) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM + wanted], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["check"], 0, "generated/ is what the schemas say"),
        (["--help"], 0, "Exit codes: 0 done"),
        (["explain", "FG209"], 0, "arg.properties"),
        (["check", "--profil"], 2, "No such option"),
        (["explain", "FG000"], 2, "FG000"),
    ],
)
def test_the_process_ends_with_its_code_once_all_is_said(arguments: list[str], code: int, words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "fleetgen", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, words in done.stdout + done.stderr) == (code, True), done


def test_a_reader_that_goes_away_is_no_error() -> None:
    program = f"{sys.executable} -m fleetgen explain FG209 | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
