"""First steps in a folder: what is missing is written, what is there is kept."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from fleetgen import project
from fleetgen.commands import example, suggestions
from fleetgen.config import document
from fleetgen.errors import FleetgenError
from fleetgen.files import OUTPUT, Disk, Tree, state
from fleetgen.frozen import frozen
from fleetgen.pipeline import Pipeline

EXAMPLE: Final = f"{project.SCHEMAS}/rides.avsc"
EDITOR: Final = ("fleetgen.schema.json", "avsc.schema.json")
"""JSON Schemas of the configuration and of schema files: for editors."""

_SUFFIXES: Final = (".avsc", ".avro")
_DEPTH: Final = 5
_NAMED: Final = 3
"""More files than that are meant by their folder."""
_FOREIGN: Final = frozenset({OUTPUT, "node_modules", "target", "build", "dist", "out", "bin", "venv", "env"})
"""Folders of what is made or fetched: a schema in one of them is a copy."""


@frozen
class Started:
    """`kept` says of each file why it was not written; `loose` are schema files where fleetgen does not look."""

    written: tuple[str, ...]
    kept: Mapping[str, str]
    loose: tuple[str, ...]
    streams: tuple[str, ...]


def init(root: Path) -> Started:
    """Write a configuration, an example where there is no schema, and what editors read, into the project.

    Raises FleetgenError if schemas or a configuration that are there are broken: then nothing is written.
    """
    disk = Disk(root)
    configured = _configured(disk)
    present = [path for path in disk.walk(project.SCHEMAS) if path.endswith(_SUFFIXES)]
    loose = () if present else tuple(sorted(_loose(root)))
    texts = {} if present or loose else {EXAMPLE: example.SCHEMA}
    pipeline = _pipeline(disk, texts, loose)
    kept = {configured: "is there already"} if configured else {}
    if configured == document.SHARED:
        kept[configured] = "has a [tool.fleetgen] already, over which a fleetgen.toml would win"
    if not configured:
        texts[document.OWN] = suggestions.for_example() if texts else suggestions.for_pipeline(pipeline)
    for path in present[:1]:
        kept[project.SCHEMAS] = f"holds {path} and others" if present[1:] else f"holds {path}"
    written = [*_write(root, texts), *_equip(root)]
    streams = tuple(stream.name for stream in pipeline.streams) if pipeline and not loose else ()
    return Started(tuple(written), kept, loose, streams)


def moving(loose: tuple[str, ...]) -> str:
    """The command that puts schemas where fleetgen reads them."""
    named = [shlex.quote(path if "/" in path else f"./{path}") for path in loose]
    if len(loose) > _NAMED:
        folders = sorted({path.rpartition("/")[0] or "." for path in loose})
        named = [f"{shlex.quote(folder)}/*.avsc" for folder in folders]
    return f"mkdir -p {project.SCHEMAS} && mv {' '.join(named)} {project.SCHEMAS}/"


def published(name: str) -> Path:
    """A wheel carries the JSON Schemas inside the package; a checkout has them in doc/."""
    here = Path(project.__file__).parent
    packaged = here / "editors" / name
    return packaged if packaged.is_file() else here.parents[1] / "doc" / name


@frozen
class _Prospect:
    """The project as it would be: further files, and those that lie elsewhere as if they were in schemas/."""

    disk: Disk
    texts: Mapping[str, bytes]

    def read(self, path: str) -> bytes | None:
        return self.texts.get(path) or self.disk.read(path)

    def walk(self, folder: str) -> list[str]:
        return sorted({*self.disk.walk(folder), *(path for path in self.texts if path.startswith(f"{folder}/"))})


def _configured(tree: Tree) -> str | None:
    """The file that configures the project. Raises FleetgenError for one that is no TOML."""
    if tree.read(document.OWN) is not None:
        return document.OWN
    return document.SHARED if document.read(tree).path == document.SHARED else None


def _pipeline(disk: Disk, texts: Mapping[str, str], loose: tuple[str, ...]) -> Pipeline | None:
    added = {path: text.encode() for path, text in texts.items()}
    added |= {f"{project.SCHEMAS}/{path.rpartition('/')[2]}": disk.read(path) or b"" for path in loose}
    try:
        return project.load(_Prospect(disk, added), {}).pipeline
    except FleetgenError:
        if loose:
            return None  # nobody has said yet that these are for fleetgen: whoever moves them will hear of it
        if EXAMPLE in texts:
            project.load(disk, {})  # the configuration is of other schemas: say so, not that the example is none
        raise


def _loose(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        here = Path(folder).relative_to(root)
        depth = len(here.parts)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _FOREIGN)
        if depth >= _DEPTH:
            folders.clear()
        for name in names:
            if name.endswith(".avsc"):
                yield (here / name).as_posix()


def _write(root: Path, texts: Mapping[str, str]) -> Iterator[str]:
    for path, text in texts.items():
        try:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            with (root / path).open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except OSError as error:
            raise FleetgenError(f"{path}: FG802 error: cannot be written: {error.strerror}") from error
        yield path


def _equip(root: Path) -> Iterator[str]:
    """Copies below .fleetgen/, which git does not see, follow the fleetgen that is installed."""
    try:
        folder = state(root)
        for name in EDITOR:
            text = published(name).read_bytes()
            target = folder / name
            if not target.is_file() or target.read_bytes() != text:
                target.write_bytes(text)
                yield target.relative_to(root).as_posix()
    except OSError as error:
        raise FleetgenError(f"{error.filename}: FG802 error: cannot be written: {error.strerror}") from error
