"""Where an answer is remembered, and where it would not be safe."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from checking import check, entries, said
from fleetgen import places, remembered
from repository import Repository, create


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1000],
        lambda data: data.replace(b"FG209", b"FG208"),
        lambda data: data.replace(b"\n", b"", 1),
        lambda data: b"\xff\xfe" + data,
        lambda data: data + b"{}",
        lambda data: b"[" * 100_000,
    ],
    ids=["empty", "cut", "another code", "one line", "bytes", "more", "deep"],
)
def test_a_damaged_entry_is_no_answer(
    repository: Repository, looks: list[str], damage: Callable[[bytes], bytes]
) -> None:
    whole = said(check())
    (entry,) = entries()
    entry.write_bytes(damage(entry.read_bytes()))
    assert said(check()) == whole
    assert said(check()) == whole
    assert len(looks) == 2


def test_others_can_neither_read_nor_write_it(repository: Repository, looks: list[str]) -> None:
    check()
    (entry,) = entries()
    assert (entry.stat().st_mode & 0o777, entry.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize("how", ["off", "relative", "project", "repository", "a file", "open", "a link", "nothing"])
def test_where_it_would_not_be_safe_nothing_is_remembered(
    tmp_path: Path, looks: list[str], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create(tmp_path / "top", "sub")
    monkeypatch.chdir(made.project)
    cache = tmp_path / "place"
    where = {"off": "", "relative": "cache", "project": str(made.project / ".cache"),
             "repository": str(made.root / ".cache")}.get(how, str(cache))  # fmt: skip
    monkeypatch.setenv(places.CACHE, where)
    if how == "a file":
        cache.write_text("")
    if how == "open":
        (cache / "checks").mkdir(parents=True)
        (cache / "checks").chmod(0o777)
    if how == "a link":
        cache.mkdir()
        (tmp_path / "elsewhere").mkdir()
        (cache / "checks").symlink_to(tmp_path / "elsewhere")
    assert (check().exit_code, check().exit_code) == (0, 0)
    assert len(looks) == (1 if how == "nothing" else 2)
    assert not [*made.root.glob("**/.cache"), *made.root.glob("**/cache")]


def test_without_a_home_there_is_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (places.CACHE, "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert places.cache() is None
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert places.cache() is None
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert places.cache() == "/somewhere/fleetgen"


@pytest.mark.parametrize(("limit", "most"), [("_ENTRIES", 2), ("_BYTES", 10_000)])
def test_what_is_longest_unused_goes_first(
    tmp_path: Path, looks: list[str], limit: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, limit, most)
    for name in ("one", "two", "one", "three", "one"):
        if not (tmp_path / name).exists():
            create(tmp_path / name)
        monkeypatch.chdir(tmp_path / name)
        time.sleep(0.05)  # the clock of file systems is coarse
        assert check().exit_code == 0
    assert (len(entries()), len(looks)) == (2, 3)


def test_an_answer_that_is_remembered_imports_next_to_nothing(repository: Repository) -> None:
    heavy = ("jinja2", "tomllib", "fleetgen.avro", "fleetgen.project", "fleetgen.targets", "fleetgen.templating")
    program = (
        "import sys\nfrom fleetgen import codebase\nfrom fleetgen.cli import main\n"
        "codebase._SETTLED, codebase.folders = 0, list\n"
        f"main(['check', '-q'], standalone_mode=False)\nprint([n for n in {heavy!r} if n in sys.modules])\n"
    )
    repository.environ[places.CACHE] = str(repository.root.parent / "cache")
    said = [repository.run("python", "-c", program, cwd=repository.project).stdout for _ in range(2)]
    assert said == [f"{[*heavy]}\n", "[]\n"]
