"""The bundled templates, and a project's own of the same names."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fleetgen import overrides
from fleetgen.errors import Blocked, FleetgenError
from fleetgen.files import Disk
from fleetgen.frozen import frozen

_SUFFIX: Final = ".jinja"
_NEAR: Final = 0.75
"""How alike names are one of which is probably meant: all of them end alike."""


@frozen
class Entry:
    """`status` is bundled, overridden, outdated (overridden, and the bundled one changed since) or own."""

    name: str
    status: str


@frozen
class Comparison:
    """`diff` leads from the bundled template to the project's own; empty if they say the same."""

    name: str
    diff: str
    outdated: bool
    recorded: bool
    header: str


def entries(root: Path) -> list[Entry]:
    """Every template by name: the bundled ones, and those that only the project has."""
    own = {} if overrides.is_bundled(root) else {each.name: each for each in overrides.walk(Disk(root))}
    listed = []
    for name in sorted({*overrides.names(), *own}):
        override = own.get(name)
        if override is None:
            status = "bundled"
        elif override.bundled is None:
            status = "own"
        else:
            status = "outdated" if override.is_outdated else "overridden"
        listed.append(Entry(name, status))
    return listed


def eject(root: Path, name: str) -> str:
    """Copy a bundled template into templates/, with a first line that says what it was made from; its path.

    Raises FleetgenError for an unknown name, and Blocked where the project has its own already.
    """
    _refuse_own_checkout(root)
    name = choose(name)
    text = overrides.original(name) or ""
    path = f"{overrides.FOLDER}/{name}"
    try:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        with (root / path).open("x", encoding="utf-8", newline="\n") as file:
            file.write(overrides.header(name, text) + text)
    except FileExistsError as error:
        help = f"`fleetgen template diff {name}` compares it with the bundled one; remove it to eject anew"
        raise Blocked(f"{path}: FG607 error: is there already\n  help: {help}") from error
    except OSError as error:
        raise FleetgenError(f"{path}: FG802 error: cannot be written: {error.strerror}") from error
    return path


def compare(root: Path, name: str | None) -> list[Comparison]:
    """The project's own templates, or one of them, against the bundled ones as they are now.

    Raises FleetgenError for a name that is not bundled, or that the project does not override.
    """
    _refuse_own_checkout(root)
    disk = Disk(root)
    if name is None:
        return [_compare(each, each.bundled) for each in overrides.walk(disk) if each.bundled is not None]
    name = choose(name)
    own = overrides.read(disk, name)
    if own is None or own.bundled is None:
        help = f"fleetgen's own is used; `fleetgen template eject {name}` makes a copy to change"
        raise FleetgenError(f"{overrides.FOLDER}/{name}: FG605 error: there is no such file\n  help: {help}")
    return [_compare(own, own.bundled)]


def choose(name: str) -> str:
    """The bundled template that is meant: its path below templates/, or what of it tells it from the others.

    Raises FleetgenError with the nearest for an unknown name.
    """
    known = overrides.names()
    short = name.replace("\\", "/").removeprefix("./").removeprefix(f"{overrides.FOLDER}/")
    meant = [short] if short in known else [each for each in known if f"/{short}." in f"/{each}."]
    if len(meant) == 1:
        return meant[0]
    help = _near(short, meant or known)
    raise FleetgenError(f"FG605 error: no template {name!r} comes with fleetgen\n  help: {help}")


def _near(name: str, known: list[str]) -> str:
    """By its path, else by the name of its file alone."""
    from difflib import get_close_matches

    files = [each.rpartition("/")[2] for each in known]
    file = name.removesuffix(_SUFFIX) + _SUFFIX
    near = get_close_matches(name, known, 1, _NEAR) or get_close_matches(file, files, 1, _NEAR)
    full = next((each for each in known if near and each.endswith(near[0])), None)
    return f"did you mean {full!r}?" if full else "`fleetgen template list` names them all"


def _compare(own: overrides.Override, original: str) -> Comparison:
    import difflib

    before, after = (text.splitlines(keepends=True) for text in (original, own.text))
    lines = difflib.unified_diff(before, after, f"bundled/{own.name}", f"{overrides.FOLDER}/{own.name}")
    diff = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    header = overrides.header(own.name, original).rstrip("\n")
    return Comparison(own.name, diff, own.is_outdated, own.base is not None, header)


def _refuse_own_checkout(root: Path) -> None:
    if overrides.is_bundled(root):
        help = "change them in place; the golden cases show what comes of it"
        raise FleetgenError(f"{overrides.FOLDER}: FG608 error: these are the bundled templates\n  help: {help}")
