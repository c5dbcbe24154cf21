"""A name that no schema defines: what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from fleetgen.avro import names
from fleetgen.avro.findings import Findings, show
from fleetgen.errors import Place

_LOGICAL: Final = {
    "decimal": '{"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}',
    "uuid": '{"type": "string", "logicalType": "uuid"}',
    "date": '{"type": "int", "logicalType": "date"}',
    "time-millis": '{"type": "int", "logicalType": "time-millis"}',
    "duration": '{"type": "fixed", "name": .., "size": 12, "logicalType": "duration"}',
}
_LONGS: Final = ("time-", "timestamp-", "local-timestamp-")
_OBJECTS: Final = {
    "record": '{"type": "record", "name": .., "fields": [..]}',
    "error": '{"type": "error", "name": .., "fields": [..]}',
    "enum": '{"type": "enum", "name": .., "symbols": [..]}',
    "fixed": '{"type": "fixed", "name": .., "size": ..}',
    "array": '{"type": "array", "items": ..}',
    "map": '{"type": "map", "values": ..}',
    "union": "[.., ..], an array of the branches",
}


def refuse(name: str, at: Place, owner: str, known: Iterable[str], unreadable: bytes, findings: Findings) -> None:
    """Records the unknown name, unless one of the unreadable files may well define it: that is said already."""
    if f'"{name.rpartition(".")[2]}"'.encode("utf-8", "replace") in unreadable:
        return
    written = _written(name)
    if name in _OBJECTS:
        message = f"{owner}: the type {show(name)} needs an object of its own"
    elif written:
        message = f"{owner}: {show(name)} is a logical type, not a type"
    else:
        message = f"{owner}: unknown type {show(name)}"
    near = None if written else names.nearest(name, known)
    if written or near:
        findings.error("FG120", at, message, f"write {written}" if written else f"did you mean {near}?")
        return
    primitives = ", ".join(names.PRIMITIVES)
    help = f"define it in a schema file of this project; the primitive types are {primitives}"
    findings.error("FG120", at, message, help)


def _written(name: str) -> str | None:
    """How a complex or logical type is written that stands there as a mere name."""
    if name.startswith(_LONGS) and name.endswith(("-millis", "-micros", "-nanos")) and name not in _LOGICAL:
        return f'{{"type": "long", "logicalType": "{name}"}}' if show(name) == f'"{name}"' else None
    return _LOGICAL.get(name) or _OBJECTS.get(name)
