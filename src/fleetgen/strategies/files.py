"""Strategies of a schema as it is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis.strategies import SearchStrategy

from fleetgen import avro
from fleetgen.model import Json, RecordType
from fleetgen.strategies.values import records


def from_schema(
    schema: str | Path | Mapping[str, Json], *, name: str | None = None, annotated: bool = False
) -> SearchStrategy[dict[str, Any]]:
    """Values of the record in a file, or of a schema that is parsed already; see `records`.

    `name`: which record, by its full name, where there are several; else the last one, which refers to the others.

    Raises FleetgenError for a schema that is broken, OSError for a file that cannot be read, LookupError for a name
    that no record has.
    """
    if isinstance(schema, Mapping):
        path, content = "schema.avsc", json.dumps(dict(schema)).encode()
    else:
        path, content = str(schema), Path(schema).read_bytes()
    return records(_choose(avro.load({path: content}).records, name), annotated=annotated)


def _choose(found: tuple[RecordType, ...], name: str | None) -> RecordType:
    for record in reversed(found):
        if name is None or record.fullname == name:
            return record
    raise LookupError(f"no record is called {name!r}" if name else "the schema is no record")
