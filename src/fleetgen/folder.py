"""A folder of files that may hold secrets: written whole or not at all, readable for nobody else."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

from fleetgen import files
from fleetgen.errors import Blocked, FleetgenError
from fleetgen.files import MANIFEST, Disk, Written

_FORBIDDEN: Final = (files.OUTPUT, "schemas", "templates", ".git")
_PRIVATE: Final = 0o600
_OPEN: Final = 0o644
_STAGING: Final = ".staging"


def write(
    texts: Mapping[str, str], secret: Collection[str], folder: Path, root: Path, *, force: bool = False
) -> Written:
    """Make the folder hold these files; those of `secret` are made with mode 0600, and folders with 0700.

    Its manifest says what is ours in it: the rest is left alone. Files that are the same keep their time stamps. A run
    that was killed leaves whole files and a manifest that names them, and the next one goes on from there.

    Raises FleetgenError for a folder that belongs to the project, and Blocked for one that holds something else, or
    where a file of ours was edited, unless `force`.
    """
    try:
        folder = folder.resolve()
        _refuse_project(folder, root)
        texts = {**texts, ".gitignore": "*\n"}
        texts[MANIFEST] = files.manifest(texts)
        modes = {path: _PRIVATE if path in secret or (secret and path == MANIFEST) else _OPEN for path in texts}
        recorded = _recorded(folder)
        changed = [path for path, text in texts.items() if not _is_written(folder / path, text, modes[path])]
        stale = [path for path in sorted(recorded.keys() - texts.keys()) if (folder / path).is_file()]
        _refuse_foreign(folder, [*changed, *stale], recorded, force=force)
        if changed or stale:
            _replace(folder, texts, modes, changed, stale)
    except OSError as error:
        raise FleetgenError(f"{error.filename or folder}: FG802 error: cannot be written: {error.strerror}") from error
    return Written(tuple(sorted(changed)), tuple(stale), len(texts) - len(changed))


def _refuse_project(folder: Path, root: Path) -> None:
    """By the folder itself, not its name: links lead to it, and some file systems know names in any case."""
    above = [each for each in (folder, *folder.parents) if each.exists()]
    inside = next((name for name in _FORBIDDEN if any(_is_same(each, root / name) for each in above)), None)
    if inside is None and not _is_same(folder, root):
        return
    what = f"is inside {inside}/" if inside else "is the project's own folder"
    raise FleetgenError(
        f"{folder}: FG840 error: {what}, and filled-in files are not for there\n"
        "  help: name a new folder, such as --to .fleetgen/prod, which git never sees"
    )


def _is_same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _recorded(folder: Path) -> dict[str, set[str]]:
    """What fleetgen wrote here: checksums by path. Raises Blocked for a folder in use for something else."""
    if not folder.exists():
        return {}
    present = {entry.name for entry in os.scandir(folder)} - {_STAGING}
    manifest = Disk(folder).read(MANIFEST) or b""
    if present and not manifest:
        raise Blocked(
            f"{folder}: FG841 error: holds files that are not fleetgen's\n"
            "  help: name a new or an empty folder, or one that `render --to` has written before"
        )
    recorded = files.checksums(manifest)
    return {path: sums for path, sums in recorded.items() if ".." not in path.split("/") and not path.startswith("/")}


def _is_written(path: Path, text: str, mode: int) -> bool:
    """Whether the file is there, no link, and no more open than it may be."""
    if path.is_symlink() or not path.is_file() or path.stat().st_mode & 0o777 & ~mode:
        return False
    return path.read_bytes() == text.encode()


def _refuse_foreign(folder: Path, paths: list[str], recorded: Mapping[str, set[str]], *, force: bool) -> None:
    disk = Disk(folder)
    for path in paths:
        parts = [folder / path, *(folder / path).parents]
        if link := next(
            (part for part in parts if part != folder and folder in part.parents and part.is_symlink()), None
        ):
            raise Blocked(f"{link}: FG804 error: is a symbolic link, which fleetgen does not write through\n"
                          "  help: replace it by a folder or remove it")  # fmt: skip
        content = None if force or path == MANIFEST else disk.read(path)
        if content is not None and files.checksum(content) not in recorded.get(path, ()):
            raise Blocked(
                f"{folder / path}: FG803 error: was edited by hand, or is not fleetgen's\n"
                "  help: change the profile, the schema or the template; `--force` discards the edit"
            )


def _refuse_link(folder: Path, path: str) -> None:
    parts = path.split("/")
    for number in range(len(parts)):
        link = folder.joinpath(*parts[: number + 1])
        if link.is_symlink():
            raise Blocked(
                f"{link}: FG804 error: is a symbolic link, which fleetgen does not write through\n"
                "  help: replace it by a folder or remove it"
            )


def _replace(
    folder: Path, texts: Mapping[str, str], modes: Mapping[str, int], changed: list[str], stale: list[str]
) -> None:
    """All is staged inside the folder before the first file moves; a manifest of old and new is the journal."""
    _make(folder)
    staging = folder / _STAGING
    _clear(staging)
    staging.mkdir(0o700)
    old = (Disk(folder).read(MANIFEST) or b"").decode(errors="replace")
    _create(staging / "journal", old + files.manifest(texts), modes[MANIFEST])
    for number, path in enumerate(changed):
        _create(staging / str(number), texts[path], modes[path])
    (staging / "journal").replace(folder / MANIFEST)
    last = None
    for number, path in enumerate(changed):
        if path == MANIFEST:
            last = staging / str(number)
            continue
        _make((folder / path).parent)
        (staging / str(number)).replace(folder / path)
    for path in stale:
        _remove(folder, path)
    if last is None:  # only the mode of a file changed
        last = staging / "last"
        _create(last, texts[MANIFEST], modes[MANIFEST])
    last.replace(folder / MANIFEST)
    staging.rmdir()


def _create(path: Path, text: str, mode: int) -> None:
    """A new file with this mode from its first moment on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "wb") as file:
        file.write(text.encode())


def _make(folder: Path) -> None:
    for each in reversed([*_absent(folder)]):
        each.mkdir(0o700)


def _absent(folder: Path) -> Iterator[Path]:
    while not folder.exists():
        yield folder
        folder = folder.parent


def _remove(folder: Path, path: str) -> None:
    (folder / path).unlink()
    for parent in (folder / path).parents:
        if parent == folder or any(parent.iterdir()):
            return
        parent.rmdir()


def _clear(staging: Path) -> None:
    """What a killed run left."""
    if staging.is_dir() and not staging.is_symlink():
        for file in staging.iterdir():
            file.unlink()
        staging.rmdir()
