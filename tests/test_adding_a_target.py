"""doc/adding-a-target.md: its four steps, done in a copy of the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import walkthrough

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "doc/adding-a-target.md"
REGISTRY = "src/fleetgen/targets/__init__.py"
FOLDERS = ("src", "templates", "schemas", "generated", "doc", "tests")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkout")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "benchmarks"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy2(ROOT / name, folder)
    if (ROOT / ".mypy_cache").is_dir():
        shutil.copytree(ROOT / ".mypy_cache", folder / ".mypy_cache")
    return folder


def environ(checkout: Path) -> dict[str, str]:
    """In which `fleetgen` and the tools are ours, and read the copy."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(checkout / "src"), "NO_COLOR": "1"}


def patch(text: str, diff: str) -> str:
    """Replaces what the `-` and blank lines say by what the `+` and blank lines say, which must stand there once."""
    before, after = (
        "".join(line[1:] for line in diff.splitlines(keepends=True) if line[0] in kept) for kept in ("- ", "+ ")
    )
    assert text.count(before) == 1, before
    return text.replace(before, after)


def test_the_four_steps(checkout: Path) -> None:
    known = set((checkout / "src/fleetgen/targets").iterdir())
    steps = walkthrough.steps(PAGE)
    registry = checkout / REGISTRY
    for step in steps:
        if step.kind == "diff":
            registry.write_text(patch(registry.read_text(), step.text))
    script = walkthrough.script([step for step in steps if step.kind in ("file", "sh")])
    done = subprocess.run(
        ["bash", "-c", script], cwd=checkout, env=environ(checkout), capture_output=True, text=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (text,) = (step.text for step in steps if step.kind == "text")
    walkthrough.expect(text, done.stdout + done.stderr)
    assert "Contracts: 4 kept, 0 broken." in done.stdout
    new = set((checkout / "src/fleetgen/targets").iterdir()) - known
    assert [path.name for path in new if path.name != "__pycache__"] == ["dictionary"]
    assert list((checkout / "tests/golden/type_int/expected/dictionary").iterdir())


def test_a_target_that_reads_another_is_found_out(checkout: Path) -> None:
    """As the page says: after its steps, the rule holds for the new target too."""
    target = checkout / "src/fleetgen/targets/dictionary/generate.py"
    assert target.is_file(), "the steps come first"
    target.write_text(target.read_text() + "\nfrom fleetgen.targets.kafka.generate import settings as settings\n")
    done = subprocess.run(["lint-imports"], cwd=checkout, env=environ(checkout), capture_output=True, text=True)
    assert done.returncode == 1
    assert "targets do not know each other, nor Avro BROKEN" in done.stdout


def test_nothing_else_has_to_be_touched() -> None:
    """The page's blocks are new files below two folders, and changes of the registry."""
    paths = [step.path for step in walkthrough.steps(PAGE) if step.kind == "file"]
    assert {re.match(r"(src/fleetgen/targets|templates)/dictionary/", path) is not None for path in paths} == {True}
    assert len([step for step in walkthrough.steps(PAGE) if step.kind == "diff"]) == 2
    headings = re.findall(r"^## (\d)\. ", PAGE.read_text(), re.MULTILINE)
    assert headings == ["1", "2", "3", "4"]
