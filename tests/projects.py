"""Projects that exist in memory only, and what reading them says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fleetgen import project
from fleetgen.errors import Finding, FleetgenError, Place, Severity


@dataclass(frozen=True, slots=True)
class Memory:
    """A tree of files that stands in for the disk."""

    files: Mapping[str, bytes]

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def walk(self, folder: str) -> list[str]:
        return sorted(path for path in self.files if path.startswith(f"{folder}/"))


def record(name: str, fields: Mapping[str, Any], namespace: str = "") -> bytes:
    """A schema file."""
    schema = {"type": "record", "name": name, "fields": [{"name": n, "type": t} for n, t in fields.items()]}
    return json.dumps(schema | ({"namespace": namespace} if namespace else {})).encode()


SCHEMAS = {
    "schemas/rides.avsc": record(
        "rides",
        {
            "bike": "int",
            "metres": "double",
            "fee": ["null", "int"],
            "plan": {"type": "enum", "name": "plan", "symbols": ["day", "year"]},
            "tags": {"type": "array", "items": "string"},
            "started": {"type": "long", "logicalType": "timestamp-millis"},
            "code": "string",
        },
        "city",
    ),
    "schemas/bikes.avsc": record("bikes", {"bike": "int", "model": "string", "code": "string"}, "city"),
    "schemas/docks.avsc": record("docks", {"dock": "int", "place": "string"}, "city"),
    "schemas/repairs.avsc": record("repairs", {"bike": "long", "cost": "int", "at": {"type": "long"}}, "city"),
}


def load(toml: str, schemas: Mapping[str, bytes] = SCHEMAS, *, path: str = "fleetgen.toml") -> project.Project:
    return project.load(Memory({**schemas, path: toml.encode()}), {})


def findings(toml: str, schemas: Mapping[str, bytes] = SCHEMAS) -> tuple[Finding, ...]:
    """What keeps the project from being read; empty if nothing does."""
    return refusal(Memory({**schemas, "fleetgen.toml": toml.encode()}))


def refusal(tree: Memory) -> tuple[Finding, ...]:
    """What is said of a tree that cannot be read, which is findings alone; empty if it can."""
    try:
        project.load(tree, {})
    except FleetgenError as error:
        return error.findings if not str(error) else (Finding("", Severity.ERROR, str(error), "", Place("")),)
    return ()
