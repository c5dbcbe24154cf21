"""What is said of findings: how grave each code is, and which are known and left as they are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from typing import Any, Final

from fleetgen.config.reading import Reading, child, quote, suggest
from fleetgen.config.streams import Schemas
from fleetgen.errors import Place
from fleetgen.frozen import frozen
from fleetgen.model import ArrayType, MapType, RecordType, Type, UnionType

_ADJUSTABLE: Final = r"FG(?:19\d|2\d\d|35\d|4\d\d)"
"""Codes of what keeps no command from working."""


@frozen
class Ignore:
    """Findings of `code` in files like `path` (empty: any), at or below one of `places` (None: anywhere)."""

    code: str
    path: str
    places: tuple[Place, ...] | None
    reason: str
    at: Place


@frozen
class Lint:
    """`severities`: off, warning or error by code; a code that is not there is as grave as it is by itself."""

    severities: Mapping[str, str] = field(default_factory=dict)
    ignores: tuple[Ignore, ...] = ()


def build(
    reading: Reading, severities: Mapping[str, str], ignores: Iterable[Mapping[str, Any] | None], schemas: Schemas
) -> Lint:
    """Notes codes and fields that there are not."""
    if not severities and not ignores:
        return Lint()
    from fleetgen import explanations

    known = explanations.load()
    for code in severities:
        _check_code(reading, f"/lint{child('', code)}", code, known, key=True)
    built = [
        _ignore(reading, f"/ignore/{number}", entry, known, schemas)
        for number, entry in enumerate(ignores)
        if entry is not None
    ]
    return Lint(severities, tuple(built))


def _check_code(reading: Reading, pointer: str, code: str, known: Collection[str], *, key: bool = False) -> None:
    if code not in known:
        ours = [each for each in known if re.fullmatch(_ADJUSTABLE, each)]
        reading.error("FG360", pointer, f"there is no finding {quote(code)}", suggest(code, ours), key=key)
    elif not re.fullmatch(_ADJUSTABLE, code):
        message = f"{code} cannot be set: what it is about keeps fleetgen from working"
        reading.error("FG360", pointer, message, f"mend it instead: fleetgen explain {code}", key=key)


def _ignore(
    reading: Reading, pointer: str, entry: Mapping[str, Any], known: Collection[str], schemas: Schemas
) -> Ignore:
    _check_code(reading, f"{pointer}/code", entry["code"], known)
    if "path" not in entry and "field" not in entry and reading.is_clean(pointer):
        help = f'add path or field; for all of them write [tool.fleetgen.lint] {entry["code"]} = "off"'
        reading.error("FG361", pointer, "an ignore says neither path nor field", help)
    places = _places(reading, f"{pointer}/field", entry["field"], schemas) if "field" in entry else None
    return Ignore(entry["code"], entry.get("path", ""), places, entry["reason"], reading.at(pointer))


def _places(reading: Reading, pointer: str, name: str, schemas: Schemas) -> tuple[Place, ...]:
    """Where a stream, or a field of it ("stream.field.inner"), is written."""
    stream, *steps = name.split(".")
    records = [record for record in schemas.records if record.name == stream]
    if not records:
        if schemas.whole:
            known = [record.name for record in schemas.records]
            reading.error("FG306", pointer, f"no schema has a record {quote(stream)}", suggest(stream, known))
        return ()
    places = [record.at for record in records]
    for step in steps:
        fields = {each.name: each for record in records for each in record.fields}
        if step not in fields:
            message = f"{name.partition(f'.{step}')[0]} has no field {quote(step)}"
            reading.error("FG306", pointer, message, suggest(step, fields))
            return ()
        places, records = [fields[step].at], list(_records(fields[step].type))
    return tuple(places)


def _records(type: Type) -> Iterable[RecordType]:
    """The records that a type holds directly: through arrays, maps and unions."""
    match type:
        case RecordType():
            yield type
        case ArrayType():
            yield from _records(type.items)
        case MapType():
            yield from _records(type.values)
        case UnionType():
            for branch in type.branches:
                yield from _records(branch)
        case _:
            return
