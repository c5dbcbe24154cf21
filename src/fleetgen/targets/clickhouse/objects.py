"""What the statements of generated files create."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from fleetgen import sql
from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen

_CREATE: Final = re.compile(
    r"CREATE (?P<kind>DATABASE|TABLE|MATERIALIZED VIEW|VIEW) (?:IF NOT EXISTS )?"
    r"(?P<names>`(?:[^`\\]|\\.)+`(?:\.`(?:[^`\\]|\\.)+`)?)"
)
_NAME: Final = re.compile(r"`((?:[^`\\]|\\.)+)`")


@frozen
class Object:
    """A statement of a generated file and the database object that it creates; a database has no name within one."""

    kind: str
    database: str
    name: str
    statement: str


def objects(files: Mapping[str, str]) -> list[Object]:
    """What the statements of generated files create, in their order.

    Raises FleetgenError for a statement that is none of ours: somebody's template added what cannot be compared.
    """
    found = []
    for path, text in files.items():
        for statement in sql.statements(text):
            match = _CREATE.match(" ".join(statement.split()))
            if match is None:
                raise FleetgenError(
                    f"generated/{path}: FG703 error: cannot manage the statement {statement.splitlines()[0]!r}\n"
                    "  help: apply it by hand, and keep it out of the generated files"
                )
            names = [re.sub(r"\\(.)", r"\1", name) for name in _NAME.findall(match["names"])]
            found.append(Object(match["kind"].lower(), names[0], names[1] if len(names) > 1 else "", statement))
    return found
