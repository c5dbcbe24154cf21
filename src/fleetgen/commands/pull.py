"""What a schema registry holds, as files under schemas/."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fleetgen.avro import source
from fleetgen.avro.findings import Findings
from fleetgen.commands import services
from fleetgen.config.reading import suggest
from fleetgen.errors import Blocked, FleetgenError
from fleetgen.files import Disk, state
from fleetgen.frozen import frozen
from fleetgen.model import Json
from fleetgen.profile import Profile

if TYPE_CHECKING:
    from fleetgen.targets.kafka.registry import Registry

_FOLDER: Final = "schemas"
_KEY: Final = "-key"
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@frozen
class Pulled:
    """`skipped` says of each subject that is no stream why."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    skipped: Mapping[str, str]


@frozen
class _Found:
    """A subject's schema as a file; `earlier` are the texts of its older versions."""

    subject: str
    path: str
    schema: Json
    earlier: tuple[str, ...]

    @property
    def text(self) -> str:
        return pretty(self.schema)


def pull(profile: Profile, root: Path, environ: Mapping[str, str], subjects: Sequence[str]) -> Pulled:
    """Write the latest schema of each subject, of all of them without a name; all or nothing.

    Raises Blocked for files that were edited, FleetgenError for a subject that is unknown or cannot be a file.
    """
    disk = Disk(root)
    with services.registry(profile, environ) as registry:
        known = registry.subjects()
        _refuse_unknown(subjects, known)
        skipped = {name: "has the schema of a key" for name in subjects or known if name.endswith(_KEY)}
        found: dict[str, _Found] = {}
        places = dict(_places(disk))
        for subject in sorted(set(subjects or known) - skipped.keys()):
            each = _find(registry, subject, places)
            if each is None:
                skipped[subject] = "is no record"
            else:
                _add(found, each)
    wanted = [each for each in found.values() if not _is_same(disk, each)]
    _refuse_edited(disk, wanted)
    _write(root, {each.path: each.text for each in wanted})
    unchanged = sorted(found.keys() - {each.path for each in wanted})
    return Pulled(tuple(sorted(each.path for each in wanted)), tuple(unchanged), dict(sorted(skipped.items())))


def pretty(schema: Json) -> str:
    """Without what Connect's converter notes for itself."""
    return json.dumps(_bare(schema), indent=2, ensure_ascii=False) + "\n"


def _bare(schema: Json) -> Json:
    match schema:
        case dict():
            return {
                key: value if key == "default" else _bare(value)
                for key, value in schema.items()
                if not key.startswith("connect.")
            }
        case list():
            return [_bare(each) for each in schema]
        case _:
            return schema


def _find(registry: Registry, subject: str, places: Mapping[str, str]) -> _Found | None:
    """None for what is no record."""
    versions = list(registry.newest(subject))
    schema = versions[0].schema if versions else None
    if not isinstance(schema, dict) or schema.get("type") != "record":
        return None
    name = str(schema.get("name", "")).rpartition(".")[2]
    if not _NAME.fullmatch(name):
        raise FleetgenError(
            f"FG728 error: subject {subject} holds a record of the name {name!r}, which Avro does not have\n"
            "  help: register it under a name of letters, digits and underscores"
        )
    path = places.get(_fullname(schema), f"{_FOLDER}/{name}.avsc")
    return _Found(subject, path, schema, tuple(pretty(each.schema) for each in versions[1:]))


def _add(found: dict[str, _Found], each: _Found) -> None:
    """Raises FleetgenError where two subjects have two records of one name."""
    other = found.setdefault(each.path, each)
    if other.text != each.text:
        raise FleetgenError(
            f"FG728 error: subjects {other.subject} and {each.subject} would both be {each.path}, and differ\n"
            "  help: pull one of them, by its name"
        )


def _places(disk: Disk) -> Iterator[tuple[str, str]]:
    """The file of each record that is there, by its full name: wherever people have put it."""
    for path in disk.walk(_FOLDER):
        tree = _read(disk, path) if path.endswith((".avsc", ".avro")) else None
        if isinstance(tree, dict) and tree.get("type") == "record":
            yield _fullname(tree), path


def _read(disk: Disk, path: str) -> Json:
    """None for what is no schema."""
    data = disk.read(path)
    if data is None:
        return None
    try:
        return source.parse(path, data, Findings())
    except source.Unreadable:
        return None


def _is_same(disk: Disk, each: _Found) -> bool:
    """Whether the file says what the registry has; annotations and words for people are the file's own."""
    from fleetgen.targets.kafka import canonical

    there = _read(disk, each.path)
    if not isinstance(there, dict):
        return False
    lenient = canonical.is_of_connect(each.schema)
    return canonical.facts(there, lenient=lenient) == canonical.facts(each.schema, lenient=lenient)


def _refuse_edited(disk: Disk, wanted: Sequence[_Found]) -> None:
    """What is as an earlier version was pulled is nobody's work."""
    edited = [each for each in wanted if not _is_ours(disk.read(each.path), each)]
    if edited:
        lines = [
            f"{each.path}: FG728 error: differs from subject {each.subject}, and was edited since it was pulled"
            for each in edited
        ]
        raise Blocked(
            "\n".join(lines) + "\n  help: nothing was written; move the file away, pull, and bring the two together"
        )


def _is_ours(data: bytes | None, each: _Found) -> bool:
    return data is None or data.decode(errors="replace") in each.earlier


def _refuse_unknown(subjects: Sequence[str], known: Sequence[str]) -> None:
    for subject in subjects:
        if subject not in known:
            raise FleetgenError(
                f"FG728 error: the registry has no subject {subject!r}\n  help: {suggest(subject, list(known))}"
            )


def _write(root: Path, texts: Mapping[str, str]) -> None:
    """Each file whole: all are written beside, then moved into their places."""
    if not texts:
        return
    folder = state(root) / "pulled"
    try:
        folder.mkdir(exist_ok=True)
        for number, text in enumerate(texts.values()):
            (folder / str(number)).write_text(text, encoding="utf-8")
        for number, path in enumerate(texts):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / str(number)).replace(root / path)
        folder.rmdir()
    except OSError as error:
        where = error.filename or _FOLDER
        raise FleetgenError(f"{where}: FG802 error: cannot be written: {error.strerror}") from error


def _fullname(record: Mapping[str, Json]) -> str:
    name, space = str(record.get("name", "")), str(record.get("namespace", ""))
    return name if "." in name or not space else f"{space}.{name}"
