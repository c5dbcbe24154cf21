"""What a check asks is what it rests on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fleetgen import codebase, project, remembered
from fleetgen.commands import check as command
from fleetgen.errors import Finding, FleetgenError, Place, Severity
from fleetgen.files import Disk
from projects import Memory
from repository import Repository


@pytest.mark.parametrize(
    ("ask", "now", "same"),
    [
        (lambda each: each.get("A"), {"A": "1"}, True),
        (lambda each: each.get("A"), {"A": "1", "B": ""}, True),
        (lambda each: each.get("A"), {"A": "2"}, False),
        (lambda each: each.get("A"), {}, False),
        (lambda each: "B" in each, {"A": "2"}, True),
        (lambda each: "B" in each, {"A": "1", "B": ""}, False),
        (list, {"A": "1"}, True),
        (list, {"A": "1", "B": ""}, False),
        (len, {"A": "2"}, False),
    ],
)
def test_a_variable_that_was_asked_for_counts(
    tmp_path: Path,
    ask: Callable[[Mapping[str, str]], object],
    now: Mapping[str, str],
    same: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finding = Finding("FG209", Severity.WARNING, "a\n\udc80", "", Place("schemas/\udc80", "/a", 1, 2))
    monkeypatch.setattr(codebase, "signature", lambda: None)
    first = remembered.Watched(Disk(tmp_path), {"A": "1"})
    ask(first.environ)
    remembered.keep(first, str(tmp_path / "entry"), [finding])
    again = remembered.recall(remembered.Watched(Disk(tmp_path), now), str(tmp_path / "entry"))
    assert again == ([finding] if same else None)


def test_what_changes_while_it_is_looked_at_is_never_the_same() -> None:
    files = {"schemas/a.avsc": b"1"}
    watched = remembered.Watched(Memory(files), {})
    watched.read("schemas/a.avsc")
    files["schemas/a.avsc"] = b"2"
    watched.read("schemas/a.avsc")
    assert watched.answer("read", "schemas/a.avsc") not in watched.asked.values()


def test_a_check_asks_the_project_for_all_that_it_opens(repository: Repository) -> None:
    """By what Python itself says of files that are opened, and folders that are listed."""
    watched = remembered.Watched(Disk(repository.project), {})
    command.check(project.load(watched, watched.environ), watched)
    asked = {name for kind, name in watched.asked if kind != "variable"}
    program = (
        "import sys\nfrom fleetgen.cli import main\n"
        "said = open('../opened.txt', 'w')\n"
        "def note(event, given):\n"
        "    if event in ('open', 'os.scandir', 'os.listdir') and given and isinstance(given[0], str | bytes):\n"
        "        print(str(given[0]), file=said)\n"
        "    elif event in ('open', 'os.scandir'):\n"
        "        print(str(given[0]) if not isinstance(given[0], int) else '', file=said)\n"
        "sys.addaudithook(note)\n"
        "main(['check', '-q'], standalone_mode=False)\nsaid.close()\n"
    )
    done = repository.run("python", "-c", program, cwd=repository.project)
    assert done.returncode == 0, done.stderr
    opened = {os.path.normpath(line) for line in (repository.root / "../opened.txt").read_text().splitlines() if line}
    inside = {os.path.relpath(path, repository.project) for path in opened}
    ours = {path for path in inside if not path.startswith("..")}
    assert {"schemas/car.avsc", "generated/kafka/car.json", "schemas", "fleetgen.toml"} <= ours
    folders = {folder for path in asked for folder in map(str, Path(path).parents)}
    assert ours <= asked | folders


def test_what_could_not_be_read_is_never_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codebase, "signature", lambda: None)
    watched = remembered.Watched(Disk(tmp_path), {})
    (tmp_path / "fleetgen.toml").mkdir()
    with pytest.raises(FleetgenError):
        watched.read("fleetgen.toml")
    remembered.keep(watched, str(tmp_path / "entry"), [])
    assert not (tmp_path / "entry").exists()
