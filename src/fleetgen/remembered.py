"""What a check found when it last looked, good for as long as all that it rests on is byte for byte the same.

An entry has every question that a check asked of the project, files read, folders walked and variables of the
environment, each with a digest of the answer; and, as its name, the code that asked. It lies in the user's own cache
folder and never in the project, where a commit could bring an answer of its own along. Only what is right is
remembered, with its warnings: what is wrong is looked at anew each time.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from fleetgen import codebase, places
from fleetgen.errors import Finding, FleetgenError, Place, Severity
from fleetgen.files import OUTPUT, Tree

T = TypeVar("T")

_ENTRIES: Final = 64
_BYTES: Final = 64 * 2**20
"""Of all entries together."""

_ABSENT: Final = ""
_TORN: Final = "changed while it was looked at"


class Watched:
    """A tree, and an environment, that note what they are asked and a digest of what they answer.

    `state` stands for a tree whose every answer follows from it, such as the ids of all that is staged: of it nothing
    more is noted. `code` is the signature of the code that answers, once there is an entry for it.
    """

    def __init__(self, tree: Tree, environ: Mapping[str, str], state: str = "") -> None:
        self.code: str | None = None
        self.asked: dict[tuple[str, str], str] = {}
        self.environ: Mapping[str, str] = _Environment(self, environ)
        self.state = state
        self._tree = tree
        self._environ = environ

    def read(self, path: str) -> bytes | None:
        return self._watch("read", path, self._tree.read, _of_content)

    def walk(self, folder: str) -> list[str]:
        return self._watch("walk", folder, self._tree.walk, _of_names)

    def _watch(self, kind: str, name: str, ask: Callable[[str], T], digest: Callable[[T], str]) -> T:
        try:
            answer = ask(name)
        except FleetgenError:
            self.asked[kind, name] = _TORN
            raise
        if not self.state:
            self.note(kind, name, digest(answer))
        return answer

    def expect(self, generated: Mapping[str, str]) -> None:
        """Instead of looking: what generated/ has to hold if nothing there is to differ."""
        self.note("walk", OUTPUT, _of_names(sorted(f"{OUTPUT}/{path}" for path in generated)))
        for path, text in generated.items():
            self.note("read", f"{OUTPUT}/{path}", _of_content(text.encode()))

    def note(self, kind: str, name: str, digest: str) -> None:
        if self.asked.setdefault((kind, name), digest) != digest:
            self.asked[kind, name] = _TORN

    def answer(self, kind: str, name: str) -> str:
        """The digest of what the answer is now."""
        match kind:
            case "read":
                return _of_content(self._tree.read(name))
            case "walk":
                return _of_names(self._tree.walk(name))
            case _:
                return _of_variable(self._environ, name)


class _Environment(Mapping[str, str]):
    """Looking at all the names at once is a question about each."""

    def __init__(self, watched: Watched, environ: Mapping[str, str]) -> None:
        self._watched = watched
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        self._watched.note("variable", name, _of_variable(self._environ, name))
        return self._environ[name]

    def __iter__(self) -> Iterator[str]:
        self._watched.note("variable", "", _of_variable(self._environ, ""))
        return iter(self._environ)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _of_variable(environ: Mapping[str, str], name: str) -> str:
    """The digest of a variable's value; without a name, of all there are."""
    if not name:
        return _of_names(sorted(f"{each}={value}" for each, value in environ.items()))
    return _of_names([environ[name]]) if name in environ else _ABSENT


def entry(watched: Watched, root: str) -> str | None:
    """Where the answer about the project in a folder is remembered; None where nothing is to be."""
    wanted = os.environ.get(places.CACHE) != ""
    folder = places.private("checks", root) if wanted else None
    watched.code = codebase.signature() if folder is not None else None
    if folder is None or watched.code is None:
        return None
    return f"{folder}/{_of_names([watched.state, os.path.realpath(root), watched.code])}"


def recall(watched: Watched, file: str | None) -> list[Finding] | None:
    """What was found by whoever got the same answers to the same questions; None if nobody did."""
    try:
        kept = None if file is None else _load(file)
        if file is None or kept is None:
            return None
        if any(watched.answer(kind, name) != digest for kind, name, digest in kept["asked"]):
            return None
        os.utime(file)  # the entry that is longest unused is the first to go
    except (OSError, FleetgenError):
        return None
    return [_finding(*row) for row in kept["found"]]


def keep(watched: Watched, file: str | None, found: Sequence[Finding]) -> None:
    """Remember findings without an error, where they can be. A folder that takes no more is no error."""
    wrong = any(finding.severity is Severity.ERROR for finding in found)
    if file is None or wrong or _TORN in watched.asked.values():
        return
    if codebase.signature() != watched.code:  # it changed, and what ran may be either
        return
    asked = [(kind, name, digest) for (kind, name), digest in watched.asked.items()]
    text = json.dumps({"asked": asked, "found": [_row(finding) for finding in found]})
    try:
        _write(file, f"{_of_content(text.encode())}\n{text}\n".encode())
        _drop_oldest(os.path.dirname(file))
    except OSError:
        return


def _load(file: str) -> dict[str, Any] | None:
    """None for an entry that is not there, or not whole."""
    try:
        with open(file, "rb") as opened:
            digest, _, text = opened.read().partition(b"\n")
    except FileNotFoundError:
        return None
    text = text.removesuffix(b"\n")
    if digest.decode(errors="replace") != _of_content(text):
        return None
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _write(file: str, content: bytes) -> None:
    partial = f"{file}.{os.getpid()}"
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as opened:
        opened.write(content)
    os.replace(partial, file)


def _drop_oldest(folder: str) -> None:
    with os.scandir(folder) as entries:
        newest = sorted(((entry.stat(), entry.path) for entry in entries), key=lambda each: -each[0].st_mtime_ns)
    size = 0
    for number, (found, path) in enumerate(newest):
        size += found.st_size
        if number and (number >= _ENTRIES or size > _BYTES):
            os.unlink(path)


def _row(finding: Finding) -> tuple[str | int, ...]:
    place = finding.place
    said = (finding.code, finding.severity.value, finding.message, finding.help)
    return (*said, place.path, place.pointer, place.line, place.column)


def _finding(code: str, severity: str, message: str, help: str, *place: Any) -> Finding:
    return Finding(code, Severity(severity), message, help, Place(*place))


def _of_content(content: bytes | None) -> str:
    return _ABSENT if content is None else hashlib.blake2b(content, digest_size=16).hexdigest()


def _of_names(names: list[str]) -> str:
    return _of_content("\0".join(names).encode(errors="surrogateescape"))
