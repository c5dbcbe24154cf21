"""A project's own templates beside the bundled ones: which there are, what each was made from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from fleetgen.errors import Finding, Place, Severity
from fleetgen.files import Tree
from fleetgen.frozen import frozen
from fleetgen.places import bundled

FOLDER: Final = "templates"
_HEADER: Final = rb"\{# ejected from fleetgen's [^\s{}#]+, sha256 ([0-9a-f]{64}) #\}\r?\n"


@frozen
class Override:
    """`base` is the checksum of the bundled template that the project's own was ejected from; None: not recorded.

    `bundled` is None where no bundled template has that name: an include, or a name misspelt.
    """

    name: str
    text: str
    base: str | None
    bundled: str | None

    @property
    def is_outdated(self) -> bool:
        """Whether the bundled template is no longer what this one was made from."""
        return self.base is not None and self.bundled is not None and self.base != checksum(self.bundled)


def names() -> list[str]:
    """Every bundled template, sorted."""
    folder = bundled()
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.jinja"))


def original(name: str) -> str | None:
    path = bundled() / name
    return path.read_text(encoding="utf-8") if path.is_file() else None


def is_bundled(root: Path) -> bool:
    """Whether the project is fleetgen's own checkout, whose templates/ are the bundled ones."""
    return (root / FOLDER).resolve() == bundled().resolve()


def header(name: str, text: str) -> str:
    """The first line of an ejected template: a comment, and Jinja drops the line's end with it."""
    return f"{{# ejected from fleetgen's {name}, sha256 {checksum(text)} #}}\n"


def checksum(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def read(tree: Tree, name: str) -> Override | None:
    """The project's own template of a name; None if it has none."""
    data = tree.read(f"{FOLDER}/{name}")
    return None if data is None else parse(name, data)


def parse(name: str, data: bytes) -> Override:
    """A template as it stands in templates/; the header is no part of its text."""
    found = re.match(_HEADER, data)
    text = data[found.end() :] if found else data
    return Override(name, text.decode(errors="replace"), found[1].decode() if found else None, original(name))


def outdated(own: Mapping[str, bytes]) -> list[Finding]:
    """A warning for each template that was made from a bundled one which is another today."""
    parsed = (parse(name, data) for name, data in sorted(own.items()) if data.startswith(b"{# ejected"))
    help = "`fleetgen template diff {}` shows what to take over, and the line that then says so"
    return [
        Finding(
            "FG606",
            Severity.WARNING,
            "the bundled template has changed since this one was ejected from it",
            help.format(each.name),
            Place(f"{FOLDER}/{each.name}", line=1, column=1),
        )
        for each in parsed
        if each.is_outdated
    ]


def walk(tree: Tree) -> Iterator[Override]:
    """All of the project's own, sorted by name."""
    for path in tree.walk(FOLDER):
        own = read(tree, path.removeprefix(f"{FOLDER}/")) if path.endswith(".jinja") else None
        if own is not None:
            yield own
