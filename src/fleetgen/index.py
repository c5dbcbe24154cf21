"""What the next commit would hold: the index of a git repository, read as a tree of files."""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Final, NamedTuple

from fleetgen.errors import FleetgenError
from fleetgen.files import OUTPUT
from fleetgen.frozen import frozen
from fleetgen.git import Failed, Git, Object, Repository

INPUTS: Final = ("schemas", "templates", OUTPUT, "fleetgen.toml", "pyproject.toml")
"""All that a check reads, relative to the project."""

_LINK: Final = "120000"
_MODULE: Final = "160000"
_HOPS: Final = 40
"""As many symbolic links in one path as Linux follows."""


class Entry(NamedTuple):
    """`git` is that of the repository which holds the object: a submodule has its own."""

    mode: str
    oid: str
    git: Git


class Contents:
    """The contents of entries by id; fetched all at once, when the first is asked for."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._known: dict[str, bytes] | None = None

    def get(self, entry: Entry) -> bytes:
        """Raises FleetgenError for an object that is missing."""
        if self._known is None:
            self._known = _fetch(self._entries)
        content = self._known.get(entry.oid)
        return content if content is not None else entry.git.blobs([entry.oid])[entry.oid]


@frozen
class Index:
    """A tree as `files.Tree` has it. Paths inside are relative to the top of the repository, `prefix` leads from there
    to the project. `absent` are the submodules that are not here."""

    prefix: str
    entries: Mapping[str, Entry]
    absent: frozenset[str]
    contents: Contents
    links: Mapping[str, str] = field(default_factory=dict)

    def read(self, path: str) -> bytes | None:
        """The content of a file, through symbolic links; but in generated/ a link is its own text, because that is what
        would be committed in the file's place.

        Raises FleetgenError for a link out of what is committed, or into a submodule that is not here.
        """
        whole = self.prefix + path
        entry = self.entries.get(whole)
        if entry is None or (whole in self.links and not path.startswith(f"{OUTPUT}/")):
            entry = self.entries.get(self._follow(whole))
        if entry is None:
            return None
        return self.contents.get(entry)

    @property
    def state(self) -> str:
        """A digest of the paths, modes and ids that every answer follows from."""
        lines = [f"{path}\0{entry.mode}\0{entry.oid}" for path, entry in sorted(self.entries.items())]
        text = "\0".join((self.prefix, *lines, "", *sorted(self.absent)))
        return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()

    def walk(self, folder: str) -> list[str]:
        """The files below a folder, sorted. The folder itself may be a link; links below it are listed, not followed.

        Raises FleetgenError as `read` does.
        """
        start = f"{self._follow(self.prefix + folder)}/"
        self._refuse_absent(next((path for path in self.absent if path.startswith(start)), ""))
        return sorted(f"{folder}/{path.removeprefix(start)}" for path in self.entries if path.startswith(start))

    def _follow(self, path: str) -> str:
        """The path with every link in it followed, as the operating system would."""
        for _ in range(_HOPS):
            link = next((part for part in _parts(path) if part in self.links), None)
            if link is None:
                break
            target = posixpath.normpath(posixpath.join(posixpath.dirname(link), self.links[link]))
            if not self._holds(target):
                raise _leads_out(link.removeprefix(self.prefix), self.links[link])
            path = target + path.removeprefix(link)
        else:
            raise _leads_out(path.removeprefix(self.prefix), "itself")
        self._refuse_absent(path)
        return path

    def _holds(self, path: str) -> bool:
        if any(part in self.entries or part in self.absent for part in _parts(path)):
            return True
        return any(entry.startswith(f"{path}/") for entry in self.entries)

    def _refuse_absent(self, path: str) -> None:
        for part in _parts(path):
            if part in self.absent:
                raise FleetgenError(
                    f"{part.removeprefix(self.prefix)}: FG834 error: the commit of this submodule is not here\n"
                    "  help: git submodule update --init"
                )


def staged(root: Path, environ: Mapping[str, str]) -> Index:
    """The index of the repository that the project's folder is in.

    Raises FleetgenError without git or a repository, and for files that a merge left in conflict.
    """
    repository = Repository.find(root, environ)
    entries, absent = _entries(repository, INPUTS)
    contents = Contents([*entries.values()])
    if any(entry.mode == _LINK for entry in entries.values()):  # it may lead anywhere in the repository
        entries, absent = _entries(repository)
    linking = {path: entry for path, entry in entries.items() if entry.mode == _LINK}
    texts = Contents([*linking.values()])
    links = {path: os.fsdecode(texts.get(entry)) for path, entry in linking.items()}
    return Index(repository.prefix, entries, frozenset(absent), contents, links)


def _fetch(entries: Sequence[Entry]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for git in {entry.git: None for entry in entries}:
        found |= git.blobs(entry.oid for entry in entries if entry.git == git)
    return found


def _entries(repository: Repository, paths: Sequence[str] = ()) -> tuple[dict[str, Entry], set[str]]:
    """What the index holds at or below the paths, submodules with what is in them; and the submodules not here."""
    entries: dict[str, Entry] = {}
    absent: set[str] = set()
    found = [(object, repository.git) for object in repository.index(paths)]
    while found:
        object, git = found.pop()
        if object.mode != _MODULE:
            entries[object.path] = Entry(object.mode, object.oid, git)
            continue
        inside = git.outside(repository.top / object.path)
        held = _held(inside, object)
        if held is None:
            absent.add(object.path)
        else:
            found += [(each._replace(path=f"{object.path}/{each.path}"), inside) for each in held]
    return entries, absent


def _held(git: Git, module: Object) -> list[Object] | None:
    """What a submodule's commit holds; None if it is not checked out, or has not got that commit."""
    if not (git.folder / ".git").exists():
        return None
    try:
        return git.commit(module.oid)
    except Failed:
        return None


def _parts(path: str) -> list[str]:
    """The path and the folders above it, from the top: a, a/b, a/b/c."""
    steps = path.split("/")
    return ["/".join(steps[: number + 1]) for number in range(len(steps))]


def _leads_out(link: str, target: str) -> FleetgenError:
    return FleetgenError(
        f"{link}: FG833 error: is a symbolic link to {target}, which is not staged\n"
        "  help: the commit would hold a link to nothing: add what it leads to, or replace the link by the file"
    )
