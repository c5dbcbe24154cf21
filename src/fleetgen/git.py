"""What git is asked: where its repository is, what the index holds, the content of objects. Nothing is ever written."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Final, NamedTuple

from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen

_EMPTY_TREES: Final = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_REPOSITORY: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY")
"""Variables that tie git to one repository: git sets them for its hooks."""


class Failed(Exception):
    """git refused; the text is what it said."""


class Object(NamedTuple):
    """A file (also a symbolic link, or a submodule's commit) in the index or in a commit, relative to the top."""

    path: str
    mode: str
    oid: str


@frozen
class Git:
    """git, run in a folder."""

    folder: Path
    environ: Mapping[str, str] = field(compare=False, repr=False)

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """What git writes to stdout. Raises Failed where it refuses, FleetgenError where there is no git.

        An object that was replaced for those who work here counts as what it is: so it goes out with the commit.
        """
        command = ["git", "--literal-pathspecs", "--no-replace-objects", *arguments]
        try:
            done = subprocess.run(command, cwd=self.folder, env=self.environ, input=stdin, capture_output=True)
        except FileNotFoundError as error:
            raise FleetgenError(
                "FG830 error: git was not found, and --staged asks it\n  help: install git, or check without --staged"
            ) from error
        if done.returncode:
            raise Failed(done.stderr.decode(errors="replace").strip().removeprefix("fatal: "))
        return done.stdout

    def blobs(self, oids: Iterable[str]) -> dict[str, bytes]:
        """The contents of objects, by id. Raises FleetgenError if one is missing."""
        wanted = dict.fromkeys(oids)
        if not wanted:
            return {}
        try:
            output = memoryview(self.run("cat-file", "--batch", stdin="".join(f"{oid}\n" for oid in wanted).encode()))
            return dict(_contents(output, wanted))
        except Failed as error:
            raise _unreadable("what is staged", error, "see `git fsck`") from error

    def commit(self, oid: str) -> list[Object]:
        """All files of a commit. Raises Failed if it is not here."""
        lines = _texts(self.run("ls-tree", "-r", "-z", "--full-tree", oid))
        heads = (line.partition("\t") for line in lines)
        return [Object(path, head.split()[0], head.split()[2]) for head, _, path in heads]

    def outside(self, folder: Path) -> Git:
        """git in a folder that is a repository of its own, such as a submodule."""
        return Git(folder, {name: value for name, value in self.environ.items() if name not in _REPOSITORY})


@frozen
class Repository:
    """`prefix` leads from the top to the folder asked from; it is empty or ends in a slash."""

    git: Git
    prefix: str
    objects: str

    @classmethod
    def find(cls, folder: Path, environ: Mapping[str, str]) -> Repository:
        """The repository that a folder is in. Raises FleetgenError if it is in none."""
        git = Git(folder, _rooted(folder, environ))
        try:
            said = git.run("rev-parse", "--show-object-format", "--show-prefix")
        except Failed as error:
            help = "run it in a folder of a git repository, or check without --staged"
            raise _unreadable("a repository here", error, help) from error
        objects, _, prefix = os.fsdecode(said).partition("\n")
        return cls(git, prefix.removesuffix("\n"), objects)

    @property
    def top(self) -> Path:
        depth = self.prefix.count("/")
        return self.git.folder.parents[depth - 1] if depth else self.git.folder

    def index(self, paths: Sequence[str] = ()) -> list[Object]:
        """What the next commit would hold at or below these paths (relative to the folder); without any, all of it.

        As a difference to nothing, because `ls-files` also lists what `git add -N` has only announced. Raises
        FleetgenError for files in conflict.
        """
        nothing = _EMPTY_TREES.get(self.objects, _EMPTY_TREES["sha1"])
        options = ("--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--ita-invisible-in-index")
        try:
            parts = _texts(self.git.run("diff-index", *options, nothing, "--", *paths))
        except Failed as error:
            raise _unreadable("its index", error, "see `git status`") from error
        heads = [head.split() for head in parts[::2]]
        conflicts = [path for path, head in zip(parts[1::2], heads, strict=True) if head[4] == "U"]
        if conflicts:
            lines = "\n".join(f"{path.removeprefix(self.prefix)}: FG832 error: is in conflict" for path in conflicts)
            raise FleetgenError(f"{lines}\n  help: resolve the merge, then `git add` the file")
        return [Object(path, head[1], head[3]) for path, head in zip(parts[1::2], heads, strict=True)]


def _rooted(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for git in a folder.

    In a linked worktree git gives its hooks GIT_DIR alone, and then takes whatever folder it is run in for the top of
    the worktree. Where looking from the folder finds the same repository, looking is better.
    """
    alone = "GIT_DIR" in environ and "GIT_WORK_TREE" not in environ
    looking = {name: value for name, value in environ.items() if name != "GIT_DIR"}
    if not alone:
        return dict(environ)
    try:
        found = os.fsdecode(Git(folder, looking).run("rev-parse", "--absolute-git-dir")).removesuffix("\n")
    except Failed:
        return dict(environ)
    given = folder / environ["GIT_DIR"]
    same = not given.exists() or given.resolve() == Path(found).resolve()
    return looking if same else dict(environ)


def _unreadable(what: str, error: Failed, help: str) -> FleetgenError:
    return FleetgenError(f"FG831 error: --staged: git cannot read {what}: {error}\n  help: {help}")


def _texts(output: bytes) -> list[str]:
    return os.fsdecode(output).split("\0")[:-1]


def _contents(output: memoryview, wanted: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Reads `<id> blob <size>`, a line feed, the content, a line feed; for each object in turn."""
    at = 0
    for oid in wanted:
        end = at + bytes(output[at : at + 256]).index(b"\n")
        head = bytes(output[at:end]).split()
        if len(head) != 3:
            raise Failed(f"object {oid} is {head[-1].decode()}")
        at = end + 1 + int(head[2])
        yield oid, bytes(output[end + 1 : at])
        at += 1
