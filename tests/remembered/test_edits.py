"""Never the same answer once anything changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from checking import check, said
from repository import Repository, create, schema


def edited(path: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        text = (root / path).read_text()
        assert old in text
        (root / path).write_text(text.replace(old, new, 1))

    return edit


def written(path: str, text: str) -> Callable[[Path], None]:
    def write(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)

    return write


def quietly(root: Path) -> None:
    """A byte in place: name, inode, size and time of modification stay."""
    path = root / "generated/kafka/car.json"
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(before.st_size // 2)
        byte = file.read(1)
        file.seek(before.st_size // 2)
        file.write(b"x" if byte != b"x" else b"y")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_ino, path.stat().st_size, path.stat().st_mtime_ns) == (
        before.st_ino, before.st_size, before.st_mtime_ns
    )  # fmt: skip


def relinked(path: str, target: str) -> Callable[[Path], None]:
    def link(root: Path) -> None:
        (root / path).unlink()
        (root / path).symlink_to(target)

    return link


EDITS: dict[str, Callable[[Path], None]] = {
    "a schema": edited("schemas/car.avsc", "wheels", "doors_"),
    "a blank in a schema": edited("schemas/car.avsc", "}\n", "}\n "),
    "a schema behind a link": edited("shelf/bus.txt", '"plate"', '"badge"'),
    "a link to another schema": relinked("schemas/bus.avsc", "../schemas/van.avsc"),
    "a new schema": written("schemas/sub/tram.avsc", schema("tram", "rails")),
    "no schema": lambda root: (root / "schemas/van.avsc").unlink(),
    "another kind of file in schemas/": written("schemas/README.md", "what they are\n"),
    "the configuration": edited("fleetgen.toml", "garage", "parking"),
    "a comment in the configuration": edited("fleetgen.toml", "garage\"", "garage\" # ours"),
    "no configuration": lambda root: (root / "fleetgen.toml").unlink(),
    "a template": edited("templates/kafka/topic.json.jinja", "partitions", "parts"),
    "a template behind a link": edited("shelf/page.txt", "\n", " \n"),
    "a new template": written("templates/docs/stream.md.jinja", "# none\n"),
    "no template": lambda root: (root / "templates/kafka/topic.json.jinja").unlink(),
    "a generated file": edited("generated/kafka/car.json", "car", "cab"),
    "a byte of a generated file, quietly": quietly,
    "a link in the place of a generated file": relinked("generated/kafka/car.json", "van.json"),
    "an untracked file": written("generated/notes.txt", ""),
    "an untracked file in a new folder": written("generated/new/deep/notes.txt", ""),
    "no generated file": lambda root: (root / "generated/docs/car.md").unlink(),
    "an empty generated file": written("generated/docs/car.md", ""),
    "no generated folder": lambda root: shutil.rmtree(root / "generated/kafka"),
    "the manifest": edited("generated/manifest.txt", "  ", " *"),
}  # fmt: skip
SAME_DIFFERENTLY = ("another kind of file", "a blank", "a comment", "no template")


@pytest.mark.parametrize("where", [(), ("--staged",)], ids=["disk", "staged"])
@pytest.mark.parametrize("edit", EDITS)
def test_whatever_changed_is_looked_at(
    repository: Repository, looks: list[str], where: tuple[str, ...], edit: str
) -> None:
    before = said(check(*where))
    EDITS[edit](repository.project)
    if where:
        assert said(check(*where)) == before  # of the index nothing changed
        assert looks == ["looked"]
        repository.git("add", "-A")
    looks.clear()
    now = said(check(*where))
    assert looks == ["looked"]
    assert now == said(check(*where, remember=False))
    assert (now[0] == 0) == edit.startswith(SAME_DIFFERENTLY), now


def test_a_configuration_that_was_not_there(tmp_path: Path, looks: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    made = create(tmp_path / "bare")
    (made.project / "fleetgen.toml").unlink()
    made.render()
    monkeypatch.chdir(made.project)
    assert (check().exit_code, check().exit_code, len(looks)) == (0, 0, 1)
    made.write("pyproject.toml", '[tool.fleetgen]\ndatabase = "other"\n')
    assert (check().exit_code, len(looks)) == (1, 2)


def test_a_mode_that_is_staged_is_looked_at(repository: Repository, looks: list[str]) -> None:
    assert check("--staged").exit_code == 0
    repository.git("update-index", "--chmod=+x", "generated/kafka/car.json")
    check("--staged")
    assert len(looks) == 2


def test_what_git_replaces_for_us_goes_out_as_it_is(repository: Repository, looks: list[str]) -> None:
    wrong = repository.write("wrong.txt", "{}\n")
    oid = repository.git("hash-object", "-w", str(wrong)).strip()
    good = repository.git("rev-parse", ":generated/kafka/car.json").strip()
    repository.git("update-index", "--cacheinfo", f"100644,{oid},generated/kafka/car.json")
    repository.git("replace", oid, good)
    assert check("--staged").exit_code == 1


def test_a_change_and_back_is_remembered_of_the_index_only_as_it_was(repository: Repository, looks: list[str]) -> None:
    check("--staged")
    text = (repository.project / "schemas/car.avsc").read_text()
    repository.write("schemas/car.avsc", text.replace("wheels", "doors"))
    repository.git("add", "-A")
    assert check("--staged").exit_code == 1
    repository.write("schemas/car.avsc", text)
    repository.git("add", "-A")
    assert (check("--staged").exit_code, len(looks)) == (0, 2)
