"""Schemas as text for tests of the reader, and what the reader says of them."""

from __future__ import annotations

import pytest

from fleetgen import avro, positions
from fleetgen.errors import FleetgenError, Severity


def complaints(sources: dict[str, bytes]) -> list[str]:
    """What loading says: path:line:column, code, message."""
    with pytest.raises(FleetgenError) as caught:
        avro.load(sources)
    assert all(finding.help for finding in caught.value.findings)
    lines = []
    for finding in caught.value.findings:
        place = finding.place
        spot = (place.line, place.column)
        if not place.line:
            spot = positions.locate(sources[place.path].decode(), place.pointer)
        kind = "" if finding.severity is Severity.ERROR else " (warning)"
        lines.append(f"{place.path}:{spot[0]}:{spot[1]} {finding.code}{kind} {finding.message}")
    return lines


def record(*fields: str, name: str = "Car") -> str:
    """A record whose first field stands at line 2, column 1."""
    return f'{{"type": "record", "name": "{name}", "fields": [\n' + ",\n".join(fields) + "\n]}"


def field(type: str, rest: str = "") -> str:
    """A record of one field, whose type stands at line 2, column 23."""
    return record(f'{{"name": "x", "type": {type}{rest}}}')
