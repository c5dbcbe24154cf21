"""The trees of files: what a project's folder holds, and how the generated one is compared and written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from fleetgen.errors import Blocked, FleetgenError
from fleetgen.frozen import frozen

OUTPUT: Final = "generated"
MANIFEST: Final = "manifest.txt"
STATE: Final = ".fleetgen"
_JOURNAL: Final = "rendering.txt"
_SPOKEN_FOR: Final = ("schemas/", f"{OUTPUT}/", f"{STATE}/")
"""Where something that is no file is told of by whoever looks for it."""


class Tree(Protocol):
    """Files by path relative to the project, with forward slashes: the disk, or the index of a git repository."""

    def read(self, path: str) -> bytes | None:
        """The content of a regular file; None if there is none."""
        ...

    def walk(self, folder: str) -> list[str]:
        """Every file below a folder, sorted; symbolic links are listed, never followed."""
        ...


@frozen
class Disk:
    root: Path

    def read(self, path: str) -> bytes | None:
        target = f"{self.root}/{path}"  # thousands of files: a Path takes longer than the file's content
        try:
            if os.path.isfile(target):
                with open(target, "rb", buffering=0) as file:
                    return file.read()
            # A pipe would wait for its writer for ever, a device may never end; and a template or a configuration that
            # is there must not count for nothing.
            if os.path.lexists(target) and not path.startswith(_SPOKEN_FOR):
                raise FleetgenError(
                    f"{path}: FG811 error: is not a regular file\n"
                    "  help: it is a folder, a link to nothing, a pipe or a device: put the file itself there"
                )
            return None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise FleetgenError(f"{path}: FG801 error: cannot be read: {reason}") from error

    def walk(self, folder: str) -> list[str]:
        return sorted(self._below(folder))

    def _below(self, folder: str) -> Iterator[str]:
        try:
            entries = list(os.scandir(self.root / folder))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise FleetgenError(f"{folder}: FG801 error: cannot be read: {error.strerror}") from error
        for entry in entries:
            path = f"{folder}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from self._below(path)
            else:
                yield path


class Kind(Enum):
    """`missing` and `changed` are generated; `stale` was; `untracked` never was."""

    MISSING = "missing"
    CHANGED = "changed"
    STALE = "stale"
    UNTRACKED = "untracked"


@frozen
class Difference:
    kind: Kind
    path: str
    """Relative to the project: generated/..."""
    before: bytes = b""
    after: str = ""


def manifest(files: Mapping[str, str]) -> str:
    """What sha256sum -c reads: a line per file, sorted by path."""
    lines = (f"{checksum(text.encode())}  {path}\n" for path, text in sorted(files.items()) if path != MANIFEST)
    return "".join(lines)


def diff(files: Mapping[str, str], tree: Tree) -> list[Difference]:
    """How generated/ in the tree differs from what it must be, sorted by path."""
    found: list[Difference] = []
    present = {path.removeprefix(f"{OUTPUT}/") for path in tree.walk(OUTPUT)}
    for path, text in files.items():
        before = tree.read(f"{OUTPUT}/{path}") if path in present else None
        if before is None:
            found.append(Difference(Kind.MISSING, f"{OUTPUT}/{path}", after=text))
        elif before != text.encode():
            found.append(Difference(Kind.CHANGED, f"{OUTPUT}/{path}", before, text))
    extra = present - files.keys()
    ours = _recorded(tree) if extra else {}
    for path in extra:
        found.append(Difference(Kind.STALE if path in ours else Kind.UNTRACKED, f"{OUTPUT}/{path}"))
    return sorted(found, key=lambda difference: difference.path)


@frozen
class Written:
    written: tuple[str, ...]
    deleted: tuple[str, ...]
    unchanged: int


def write(files: Mapping[str, str], root: Path, *, force: bool = False) -> Written:
    """Make generated/ on disk be `files`; identical files keep their time stamps.

    All new texts are staged outside generated/ before the first is moved into place, and a journal says which hashes
    are on their way, so a run killed at any point leaves whole files only and the next one goes on from there.

    Raises Blocked if a file to be changed or removed is not as fleetgen wrote it, unless `force`.
    """
    disk = Disk(root)
    differences = diff(files, disk)
    changed = [d for d in differences if d.kind in (Kind.MISSING, Kind.CHANGED)]
    stale = [d.path for d in differences if d.kind is Kind.STALE]
    _refuse_links(root, [d.path for d in differences if d.kind is not Kind.UNTRACKED])
    if not force:
        _refuse_edited(disk, differences)
    try:
        if changed or stale:
            _replace(root, files, [d.path.removeprefix(f"{OUTPUT}/") for d in changed], stale)
    except OSError as error:
        raise FleetgenError(f"{error.filename or OUTPUT}: FG802 error: cannot be written: {error.strerror}") from error
    return Written(tuple(d.path for d in changed), tuple(stale), len(files) - len(changed))


def state(root: Path) -> Path:
    """The folder for local state, which git never sees."""
    folder = root / STATE
    _refuse_linked_state(folder)
    if not (folder / ".gitignore").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n")
    return folder


def private(root: Path, name: str) -> Path:
    """A folder of the local state that nobody else may look into."""
    folder = state(root) / name
    _refuse_linked_state(folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    return folder


def _refuse_linked_state(folder: Path) -> None:
    """What is written, appended to and cleared away here must not be elsewhere: links can come with a repository."""
    inside = os.scandir(folder) if folder.is_dir() else ()
    link = next((path for path in (folder, *(Path(entry) for entry in inside)) if path.is_symlink()), None)
    if link is not None:
        where = link.relative_to(folder.parent).as_posix()
        raise Blocked(
            f"{where}: FG804 error: is a symbolic link, which fleetgen does not write through\n"
            "  help: replace it by a folder or remove it"
        )


def _replace(root: Path, files: Mapping[str, str], changed: list[str], stale: list[str]) -> None:
    folder = state(root)
    journal = folder / _JOURNAL
    staging = folder / f"staging-{os.getpid()}"
    _clear(folder)
    staging.mkdir()
    for number, path in enumerate(changed):
        (staging / str(number)).write_bytes(files[path].encode())
    with journal.open("a") as file:
        file.write(manifest({path: files[path] for path in changed}))
    staged = {path: staging / str(number) for number, path in enumerate(changed)}
    last = staged.pop(MANIFEST, None)  # it vouches for all the others
    for path, source in staged.items():
        _move(source, root / OUTPUT / path)
    for path in stale:
        _remove(root, path)
    if last is not None:
        _move(last, root / OUTPUT / MANIFEST)
    staging.rmdir()
    journal.unlink(missing_ok=True)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def _remove(root: Path, path: str) -> None:
    """Delete a stale file and the folders that it leaves empty."""
    target = root / path
    target.unlink(missing_ok=True)
    for parent in target.parents:
        if parent == root / OUTPUT or any(parent.iterdir()):
            return
        parent.rmdir()


def _clear(folder: Path) -> None:
    """Remove what a killed run had staged."""
    for leftover in folder.glob("staging-*"):
        for file in leftover.iterdir():
            file.unlink()
        leftover.rmdir()


def _recorded(tree: Tree) -> dict[str, set[str]]:
    """The hashes under which fleetgen wrote each path.

    A manifest in the middle of a merge names a path twice; a journal of a killed run names what it may have written.
    """
    recorded: dict[str, set[str]] = {}
    for source in (f"{OUTPUT}/{MANIFEST}", f"{STATE}/{_JOURNAL}"):
        for path, digests in checksums(tree.read(source) or b"").items():
            recorded.setdefault(path, set()).update(digests)
    return recorded


def checksums(manifest: bytes) -> dict[str, set[str]]:
    """The checksums in a manifest by path; a line that is none counts for nothing."""
    found: dict[str, set[str]] = {}
    for line in manifest.decode(errors="replace").splitlines():
        digest, separator, path = line.partition("  ")
        if separator and len(digest) == 64:
            found.setdefault(path, set()).add(digest)
    return found


def _refuse_edited(disk: Disk, differences: list[Difference]) -> None:
    recorded = _recorded(disk)
    touched = [d for d in differences if d.kind in (Kind.CHANGED, Kind.STALE) and not d.path.endswith(f"/{MANIFEST}")]
    edited = []
    for difference in touched:
        content = disk.read(difference.path) or b""
        if checksum(content) not in recorded.get(difference.path.removeprefix(f"{OUTPUT}/"), ()):
            edited.append(difference.path)
    if edited:
        lines = "\n".join(f"{path}: FG803 error: was edited by hand, or is not fleetgen's" for path in edited)
        raise Blocked(
            f"{lines}\n  help: change the schema, or the template under templates/ that makes it; "
            "`fleetgen render --force` discards the edit"
        )


def _refuse_links(root: Path, paths: list[str]) -> None:
    """A symbolic link inside generated/ could lead a write or a removal out of it."""
    seen: set[PurePosixPath] = set()
    for path in paths:
        for part in (PurePosixPath(path), *PurePosixPath(path).parents):
            if part not in seen and part.name and (root / part).is_symlink():
                raise Blocked(
                    f"{part}: FG804 error: is a symbolic link, which fleetgen does not write through\n"
                    "  help: replace it by a folder or remove it"
                )
            seen.add(part)


def checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
