"""A connector as a generated file has it, and which of those that are there are ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen
from fleetgen.targets.connect import compare

KINDS: Final = ("source", "sink")
CLASSES: Final[Mapping[str, Mapping[str, str]]] = {
    "self-managed": {
        "source": "io.confluent.kafka.connect.datagen.DatagenConnector",
        "sink": "com.clickhouse.kafka.connect.ClickHouseSinkConnector",
    },
    "confluent-cloud": {"source": "DatagenSource", "sink": "ClickHouseSink"},
}
CLASS: Final = "connector.class"
_ADDRESSABLE: Final = re.compile(r"[A-Za-z0-9._-]+")
_SIGNS: Final = ("kafka.topic", "topics", "topic2TableMap", "schema.string")


@frozen
class Connector:
    """`config` is without the name, its references unresolved."""

    name: str
    config: Mapping[str, str]

    @property
    def stream(self) -> str:
        return self.name.rpartition("-")[0]

    @property
    def is_sink(self) -> bool:
        return self.name.endswith("-sink")

    @property
    def after(self) -> tuple[str, ...]:
        """The keys of what it rests on; a landing has its views inside."""
        topic = f"kafka topic {self.config.get('topics') or self.config.get('kafka.topic', '')}"
        if not self.is_sink:
            return (topic,)
        table = self.config.get("topic2TableMap", "").rpartition("=")[2]
        return (topic, f"clickhouse table {self.config.get('database', '')}.{table}")


@frozen
class Scope:
    """What tells our connectors from those of other projects on the same workers."""

    platform: str
    databases: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()
    sources: bool = True
    """False where ksqlDB owns them."""


def read(files: Mapping[str, str]) -> list[Connector]:
    """Raises FleetgenError for a name that nobody could delete by REST again."""
    found = [_connector(text) for text in files.values()]
    if unfit := [each.name for each in found if not _ADDRESSABLE.fullmatch(each.name) or each.name in (".", "..")]:
        raise FleetgenError(
            f"FG732 error: Kafka Connect cannot address a connector of the name {', '.join(map(repr, unfit))}\n"
            "  help: nothing was sent; use letters, digits, dots, hyphens and underscores in the name of the stream"
        )
    return found


def scope(every: Iterable[Connector], platform: str, *, sources: bool) -> Scope:
    """`every` is what is generated for the platform, whether this profile applies it or not."""
    every = list(every)
    return Scope(
        platform,
        frozenset(each.config.get("database", "") for each in every if each.is_sink),
        frozenset(record[0] for each in every if (record := _record(each.config)) is not None),
        sources,
    )


def is_ours(wanted: Connector, config: Mapping[str, str]) -> bool:
    """Whether one of the same name is of the same class and about the same stream: one sign of it is enough."""
    if config.get(CLASS) != wanted.config.get(CLASS):
        return False
    signs = [sign for sign in _SIGNS if sign in wanted.config]
    return not signs or any(config.get(sign) == wanted.config[sign] for sign in signs) or _about(wanted, config)


def is_stale(name: str, config: Mapping[str, str], scope: Scope) -> bool:
    """Whether one that nothing desires was made by this project: name, class, and all that can be told of its shape."""
    stream, _, kind = name.rpartition("-")
    if not stream or config.get(CLASS) != CLASSES[scope.platform].get(kind):
        return False
    if kind == "sink":
        mapped = f"{config.get('topics')}={stream}_push"
        return config.get("topic2TableMap") == mapped and config.get("database") in scope.databases
    record = _record(config)
    return scope.sources and record is not None and record[1] == stream and record[0] in scope.namespaces


def _connector(text: str) -> Connector:
    tree = json.loads(text)
    config = {key: value for key, value in tree["config"].items() if key != "name"}
    return Connector(tree["name"], config)


def _about(wanted: Connector, config: Mapping[str, str]) -> bool:
    record = _record(config)
    return record is not None and record[1] == wanted.stream


def _record(config: Mapping[str, str]) -> tuple[str, str] | None:
    """Namespace and name of the schema that a source sends."""
    try:
        tree: Any = json.loads(config["schema.string"])
        inside, _, name = str(tree["name"]).rpartition(".")
        return inside or str(tree.get("namespace") or ""), name
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def resource_facts(connector: Connector) -> dict[str, str]:
    return compare.facts(connector.config)
