"""Connect's file of a connector as a CREATE SOURCE CONNECTOR."""

from __future__ import annotations

import json
import re
from typing import Final

from fleetgen.frozen import frozen
from fleetgen.mapping.store import free

_REFERENCE: Final = r"\$\{profile:[^}]+\}"
_FOREIGN: Final = r"[^A-Za-z0-9_]"


@frozen
class Property:
    """`variable`: the session's variable that holds the value, empty if the value stands in the statement."""

    key: str
    value: str
    variable: str = ""


@frozen
class Connector:
    name: str
    properties: tuple[Property, ...]


def connector(file: str) -> Connector:
    """The connector in a file of Connect's: a name and a configuration of strings.

    A value that is a reference to the profile becomes a variable: so no secret is in a statement, which a server
    repeats in its answers and logs.
    """
    found = json.loads(file)
    properties: list[Property] = []
    taken: set[str] = set()
    for key, value in found["config"].items():
        variable = _variable(key, taken) if value.startswith("${") and re.fullmatch(_REFERENCE, value) else ""
        properties.append(Property(key, value, variable))
    return Connector(found["name"], tuple(properties))


def _variable(key: str, taken: set[str]) -> str:
    """`kafka.api.secret` is kafka_api_secret; variables that differ in case are one to ksqlDB."""
    plain = re.sub(_FOREIGN, "_", key).lower()
    name = free(plain if plain[:1].isalpha() else f"_{plain}", taken)
    taken.add(name)
    return name
