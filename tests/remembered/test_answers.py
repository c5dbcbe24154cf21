"""The same answer while nothing changed; of what is right only, and of the same code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from checking import check, entries, said
from fleetgen import codebase, places
from fleetgen.cli import main
from fleetgen.commands import check as command
from repository import Repository, schema

FOLDERS = codebase.folders()
HELD = ("templating.py", "kafka/topic.json.jinja", "runtime.py", "__init__.py")
FORMATS = ("text", "json", "github", "sarif")


@pytest.mark.parametrize("where", [(), ("--staged",)], ids=["disk", "staged"])
def test_it_is_said_again_as_it_was_said_in_every_format(
    repository: Repository, looks: list[str], where: tuple[str, ...]
) -> None:
    fresh = {each: said(check(*where, "--output", each, remember=False)) for each in FORMATS}
    looks.clear()
    assert said(check(*where)) == fresh["text"]
    assert {each: said(check(*where, "--output", each)) for each in FORMATS} == fresh
    assert looks == ["looked"]
    assert "FG209 warning" in fresh["text"][2]
    assert fresh["text"][0] == 0


@pytest.mark.parametrize("how", ["difference", "error", "compile"])
def test_only_what_is_right_is_remembered(
    repository: Repository, looks: list[str], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "difference":
        repository.write("generated/notes.txt", "")
    if how == "error":
        type = '{"type": "int", "arg.properties": {"range": {"min": 5, "max": 1}}}'
        repository.write("schemas/car.avsc", schema("car", "wheels").replace('"int"', type))
        repository.render()
    monkeypatch.setattr(command, "_compile", lambda project, generated: [])
    arguments = ["--compile"] if how == "compile" else []
    for number in (1, 2):
        assert check(*arguments).exit_code == (0 if how == "compile" else 1)
        assert len(looks) == number
    assert not list(Path(os.environ[places.CACHE]).glob("checks/*"))


def test_render_knows_what_check_would_find(repository: Repository, looks: list[str]) -> None:
    fresh = said(check(remember=False))
    looks.clear()
    repository.write("schemas/tram.avsc", schema("tram", "rails"))
    assert CliRunner().invoke(main, ["render"]).exit_code == 0
    assert check().exit_code == 0
    assert looks == ["looked"]
    (repository.project / "schemas/tram.avsc").unlink()
    (repository.project / "generated/notes.txt").write_text("")
    assert CliRunner().invoke(main, ["render"]).exit_code == 0
    assert check().stdout == "untracked generated/notes.txt\n"
    (repository.project / "generated/notes.txt").unlink()
    assert said(check()) == fresh


def test_the_code_that_answers_counts(
    repository: Repository, looks: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "code"
    changing = own / "below/it.py"
    changing.parent.mkdir()
    changing.write_text("code")
    assert {Path(each).name for each in FOLDERS} == {"fleetgen", "templates", "jinja2", "markupsafe"}
    assert all((Path(each) / name).is_file() for each, name in zip(FOLDERS, HELD, strict=True))
    check()
    check()
    assert len(looks) == 1
    (own / "linked").hardlink_to(changing)
    (own / "linked").unlink()
    check()
    assert len(looks) == 1
    before = changing.stat()
    changing.write_bytes(changing.read_bytes().swapcase())
    os.utime(changing, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert changing.stat().st_size == before.st_size
    check()
    assert len(looks) == 2
    (own / "new.py").write_text("")
    check()
    assert len(looks) == 3
    monkeypatch.setattr(codebase, "_SETTLED", 10**12)
    check()
    check()
    assert len(looks) == 5


def test_code_that_changes_while_it_answers_is_not_remembered(
    repository: Repository, looks: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "code/it.py"
    real = command.check

    def upgraded(*arguments: Any, **named: Any) -> command.Checked:
        code.write_text("code" * len(looks))
        return real(*arguments, **named)

    monkeypatch.setattr(command, "check", upgraded)
    assert (check().exit_code, check().exit_code) == (0, 0)
    assert not entries()
