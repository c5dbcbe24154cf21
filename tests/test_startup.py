"""render and check start light: nothing of the engine, the clients or the number crunching is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAVY = (
    "chdb", "clickhouse_connect", "fastavro", "hypothesis", "importlib.metadata", "numpy", "orjson", "pandas",
    "pyarrow", "requests", "vl_convert", "yaml",
)  # fmt: skip
PROGRAM = f"""
import sys
from fleetgen.cli import main
try:
    main(["check"])
except SystemExit as ended:
    assert ended.code == 0, ended.code
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""


def test_check_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
