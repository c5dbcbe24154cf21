"""The documentation is so: every command runs, every link leads somewhere, cli.md is what --help says."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from markdown_it import MarkdownIt

import walkthrough
from fleetgen.cli import main
from fleetgen.commands.init import EDITOR
from fleetgen.config.grammar import CONFIGURATION
from fleetgen.config.shape import Many, Named, Shape, Table, Word
from fleetgen.targets import TARGETS

ROOT = Path(__file__).parents[1]
DOC = ROOT / "doc"
PAGES = sorted([*DOC.rglob("*.md"), ROOT / "README.md"])
names = [page.relative_to(ROOT).as_posix() for page in PAGES]

EMPTY = ["your-own.md"]
IN_THE_FLEET = ["tutorial.md", "templates.md"]
ELSEWHERE = {"README.md", "adding-a-target.md", "by-hand.md", "ci.md"}
"""Tests of their own run these."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH on which `fleetgen` is our own wheel with its extra, as the line on the page would install it."""
    folder = tmp_path_factory.mktemp("installed")
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "build", "-q", "--wheel", "--no-build-isolation", "-o", folder], cwd=ROOT, check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*uv, "venv", "-q", "--python", sys.executable, folder / "env"], check=True)
    install = [*uv, "pip", "install", "-q", "--python", str(folder / "env/bin/python"), f"{wheel}[local]"]
    subprocess.run(install, check=True)
    return f"{folder / 'env/bin'}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    for name in ("schemas", "generated"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", EMPTY)
def test_a_page_that_begins_with_nothing(page: str, tmp_path: Path, installed: str) -> None:
    walkthrough.run(DOC / page, tmp_path, installed)


@pytest.mark.parametrize("page", IN_THE_FLEET)
def test_a_page_that_begins_with_the_fleet(page: str, fleet: Path, installed: str) -> None:
    walkthrough.run(DOC / page, fleet, installed)


def commands(page: Path) -> list[str]:
    """Lines of a page that call fleetgen alone, without a service that is not here."""
    lines = [line for step in walkthrough.steps(page) if step.kind == "sh" for line in step.text.splitlines()]
    away = ("--profile", "${", "|", "<", ">", "$(", "\\")
    return [line for line in lines if line.startswith("fleetgen ") and not any(each in line for each in away)]


def test_the_commands_of_all_other_pages(fleet: Path, installed: str) -> None:
    """What needs services is read by the shell, and its options by fleetgen; the rest is run."""
    done = {*EMPTY, *IN_THE_FLEET, *ELSEWHERE}
    for page in (page for page in PAGES if page.name not in done):
        for step in walkthrough.steps(page):
            if step.kind == "sh":
                read = subprocess.run(["bash", "-n", "-c", step.text], capture_output=True, text=True)
                assert read.returncode == 0, f"{page.name}: {read.stderr}"
        script = walkthrough.script([walkthrough.Step("sh", "\n".join(commands(page)))])
        run = subprocess.run(
            ["bash", "-c", script], cwd=fleet, env={**os.environ, "PATH": installed}, capture_output=True, text=True
        )
        assert run.returncode == 0, f"{page.name}: {run.stdout}{run.stderr}"


def test_every_command_and_option_that_is_told_of_exists() -> None:
    known = {" ".join(path): {o for p in each.params for o in p.opts} for path, each in walk(main, ())}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        shell = [line for step in walkthrough.steps(page) if step.kind == "sh" for line in step.text.splitlines()]
        for line in [
            *re.findall(r"`fleetgen ([a-z][^`]*)`", text),
            *re.findall(r"^fleetgen ([a-z].*)", "\n".join(shell), re.M),
        ]:
            words = line.partition("#")[0].partition("|")[0].split()
            command = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
            assert command in known, f"{page.name}: fleetgen {line}"
            for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", " ".join(words)):
                assert option in known[command] | {"--help"}, f"{page.name}: fleetgen {line}"


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_links_inside_the_repository(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: there is no {target}"
        assert target.is_relative_to(ROOT), link
        if anchor:
            assert anchor in anchors(target), f"{link}: there is no such heading"


def test_the_index_leads_to_every_page() -> None:
    linked = {(DOC / link.partition("#")[0]).resolve() for link in links(DOC / "README.md")}
    entries = {page for page in PAGES if page.parent.name == "findings"}
    assert {page.resolve() for page in PAGES} - entries - {DOC / "README.md"} <= linked


def test_every_target_has_its_page() -> None:
    assert {page.stem for page in (DOC / "targets").glob("*.md")} == set(TARGETS)


def test_the_configuration_page_names_every_key_and_word() -> None:
    page = (DOC / "configuration.md").read_text(encoding="utf-8")
    told = set(re.findall(r"[a-z]+(?:-[a-z]+)*", page))
    assert {word for word in words(CONFIGURATION) if word not in told} == set()


def words(shape: Shape) -> Iterator[str]:
    """The keys and the fixed words of the configuration."""
    match shape:
        case Table():
            for key, below in shape.keys.items():
                yield key
                yield from words(below)
        case Named():
            yield from words(shape.values)
        case Many():
            yield from words(shape.items)
        case Word():
            yield from shape.words
        case _:
            pass


def test_what_is_shown_for_editors_can_be_read() -> None:
    steps = walkthrough.steps(DOC / "editors.md")
    kinds = [step.path.rpartition(".")[2] or step.kind for step in steps]
    assert set(kinds) == {"json", "toml", "xml", "lua"}
    for kind, step in zip(kinds, steps, strict=True):
        if kind == "json":
            json.loads(step.text)
        elif kind == "toml":
            tomllib.loads(step.text)
        elif kind == "xml":
            ElementTree.fromstring(step.text)
        named = re.findall(r"\.fleetgen/([\w.]+)", step.text)
        assert named
        assert set(named) <= set(EDITOR)


def test_cli_page(request: pytest.FixtureRequest) -> None:
    page = DOC / "cli.md"
    if request.config.getoption("--update"):
        page.write_text(reference())
    assert page.read_text() == reference(), "pytest tests/test_docs.py --update"


def reference() -> str:
    parts = [
        "# Commands\n",
        "What `--help` says of each, made from the program: `pytest tests/test_docs.py --update`.\n",
    ]
    for path, command in [((), main), *walk(main, ())]:
        title = " ".join(("fleetgen", *path))
        parts.append(f"## {title}\n\n```text\n{help_of(path, command)}```\n")
    return "\n".join(parts)


def walk(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from walk(command, (*path, name))


def help_of(path: tuple[str, ...], command: click.Command) -> str:
    context = click.Context(main, info_name="fleetgen", terminal_width=100, max_content_width=100)
    for name in path:
        inner = command if name == path[-1] else main.get_command(context, name)
        assert inner is not None
        context = click.Context(inner, info_name=name, parent=context)
    return "\n".join(line.rstrip() for line in command.get_help(context).splitlines()) + "\n"


def links(page: Path) -> list[str]:
    """Of text and pictures, Markdown's and HTML's; those that lead elsewhere aside."""
    tokens = MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))
    found = []
    for token in tokens:
        for each in token.children or [token]:
            found += [str(each.attrs[name]) for name in ("href", "src") if name in each.attrs]
            if each.type in ("html_inline", "html_block"):
                found += re.findall(r'(?:href|src)="([^"]+)"', each.content)
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """What GitHub makes of headings."""
    tokens = MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))
    found: set[str] = set()
    for heading, inline in itertools.pairwise(tokens):
        if heading.type == "heading_open":
            text = "".join(each.content for each in inline.children or [])
            slug = re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")
            number = next(n for n in range(99) if (f"{slug}-{n}" if n else slug) not in found)
            found.add(f"{slug}-{number}" if number else slug)
    return found
