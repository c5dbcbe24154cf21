"""What the README says of the project is so: commands, files, pictures."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import click

from fleetgen.cli import main
from fleetgen.targets import TARGETS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_set_up_is_two_lines_that_each_stand_alone() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 2
    for block, extra, last in zip(blocks, ("local", "dev"), ("fleetgen demo", "pytest -q -n auto"), strict=True):
        assert block.count("\n") == 1
        steps = block.strip().split(" && ")
        assert steps[0] == "python3 -m venv .venv"
        assert f"-e '.[{extra}]'" in steps[-2]
        assert steps[-1] == f".venv/bin/{last}"


def test_every_command_is_in_the_table() -> None:
    told = set(re.findall(r"^\| `fleetgen (\w+)", README, re.MULTILINE))
    assert told == set(main.list_commands(click.Context(main)))


def test_what_is_linked_is_there() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)|src=\"([^\"]+)\"", README)
    for target in (path or source for path, source in links):
        assert (ROOT / target).exists(), target


def test_every_generated_folder_is_in_the_tree() -> None:
    tree = README.partition("```text\ngenerated/\n")[2].partition("```")[0]
    assert set(re.findall(r"^  (\w+)/", tree, re.MULTILINE)) == set(TARGETS)


def test_the_picture_shows_the_project_as_it_is() -> None:
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "doc" / "pictures.py")
    assert spec is not None
    assert spec.loader is not None
    pictures = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pictures)
    drawn = (ROOT / "doc" / "architecture.svg").read_text(encoding="utf-8")
    assert drawn == pictures.architecture(), "run: .venv/bin/python doc/pictures.py architecture"
