"""The properties of Datagen connectors that a project's own templates made: Connect takes unknown ones in silence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from fleetgen.errors import Finding, Place, Severity
from fleetgen.positions import coordinates

SELF_MANAGED: Final = "io.confluent.kafka.connect.datagen.DatagenConnector"
CLOUD: Final = "DatagenSource"

_ANY: Final = (
    "name", "connector.class", "tasks.max", "kafka.topic", "max.interval", "schema.string", "schema.keyfield",
    "quickstart", "key.converter", "value.converter", "header.converter", "transforms", "predicates",
)  # fmt: skip
_OWN: Final = {
    SELF_MANAGED: (
        *_ANY, "iterations", "schema.filename", "random.seed", "config.action.reload", "tasks.max.enforce",
        "exactly.once.support", "transaction.boundary", "transaction.boundary.interval.ms", "offsets.storage.topic",
        "connector.plugin.version",
    ),
    CLOUD: (
        *_ANY, "output.data.format", "kafka.auth.mode", "kafka.api.key", "kafka.api.secret",
        "kafka.service.account.id", "schema.context.name", "auto.restart.on.user.error",
    ),
}  # fmt: skip
"""By connector class: the names that it knows. Confluent's documentation of both, and the connector itself."""

_BELOW: Final = (
    "key.converter.", "value.converter.", "header.converter.", "transforms.", "predicates.", "errors.",
    "topic.creation.", "producer.override.", "admin.override.",
)  # fmt: skip
_NOT_ON_CLOUD: Final = frozenset(_OWN[SELF_MANAGED]).difference(_OWN[CLOUD])
_OF_OTHERS: Final = {
    SELF_MANAGED: {"maxInterval": "max.interval", "interations": "iterations", "format": "value.converter"},
    CLOUD: {"maxInterval": "max.interval", "format": "output.data.format"},
}
"""Names that older tools have and examples repeat."""


class _Connector(NamedTuple):
    path: str
    config: Mapping[str, str]


def lint(files: Mapping[str, str], origins: Mapping[str, str], own: Mapping[str, bytes]) -> list[Finding]:
    """`own`: the project's own templates among those that the files were made with, by name."""
    if not own:
        return []
    found: list[Finding] = []
    sources = [each for each in _connectors(files) if each.config.get("connector.class") in _OWN]
    for connector in sources:
        origin = origins[connector.path]
        for key in connector.config if origin in own else ():
            found += _key(connector, key, _place(origin, own[origin].decode(), key))
    return [*found, *_seeds(sources, origins, own)]


def _connectors(files: Mapping[str, str]) -> Iterator[_Connector]:
    for path, text in files.items():
        if path.startswith("connect/") and path.endswith("-source.json"):
            yield _Connector(path, json.loads(text)["config"])
        elif path.startswith("ksql/") and "/connectors/" in path:
            yield from _statements(path, text)


def _statements(path: str, text: str) -> Iterator[_Connector]:
    """What cannot be read is said by `check --compile`."""
    from fleetgen.targets.ksql import statements
    from fleetgen.targets.ksql.tokens import NotKsql

    try:
        parsed = statements.parse(text)
    except NotKsql:
        return
    for statement in parsed:
        if isinstance(statement, statements.CreateConnector):
            yield _Connector(path, statement.properties)


def _key(connector: _Connector, key: str, place: Place) -> Iterator[Finding]:
    kind = connector.config["connector.class"]
    if key in _OWN[kind] or key.startswith(_BELOW):
        return
    if kind == CLOUD and key in _NOT_ON_CLOUD:
        message = f"{connector.path}: the Datagen of Confluent Cloud has no {key}, and refuses or ignores it"
        yield Finding("FG235", Severity.WARNING, message, "leave it out for that platform", place)
        return
    message = f"{connector.path}: Datagen knows no {key!r}, and Connect takes it in silence"
    yield Finding("FG234", Severity.WARNING, message, _meant(key, kind), place)


def _meant(key: str, kind: str) -> str:
    from difflib import get_close_matches

    other = _OF_OTHERS[kind].get(key)
    near = [other] if other else get_close_matches(key, _OWN[kind], 1)
    return f"did you mean {near[0]!r}?" if near else "leave it out"


def _seeds(sources: list[_Connector], origins: Mapping[str, str], own: Mapping[str, bytes]) -> Iterator[Finding]:
    """Two generators of one seed draw the same numbers: where records take as many, one repeats the other."""
    first: dict[tuple[str, str], _Connector] = {}
    for connector in sources:
        seed = connector.config.get("random.seed")
        if seed is None:
            continue
        other = first.setdefault((connector.path.partition("/")[0], seed), connector)
        origin = origins[connector.path]
        if _name(other) != _name(connector) and origin in own:
            message = f"{connector.path} has the random.seed of {other.path}: their values may repeat each other"
            place = _place(origin, own[origin].decode(), "random.seed")
            yield Finding("FG238", Severity.WARNING, message, "give each connector a seed of its own", place)


def _name(connector: _Connector) -> str:
    """The stream's, which Connect's file and ksqlDB's share."""
    return connector.path.rpartition("/")[2].rpartition(".")[0].removesuffix("-source")


def _place(origin: str, text: str, key: str) -> Place:
    """Where a template says a key: in double or single quotes, as JSON and ksqlDB write it."""
    at = max(text.find(f'"{key}"'), text.find(f"'{key}'"))
    return Place(f"templates/{origin}", "", *(coordinates(text, at) if at >= 0 else (0, 0)))
