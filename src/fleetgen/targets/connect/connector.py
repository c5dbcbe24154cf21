"""A connector as a generated file has it, and which of those that are there are ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

from fleetgen.connecting import CLASS, record
from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen

KINDS: Final = ("source", "sink")
CLASSES: Final[Mapping[str, Mapping[str, str]]] = {
    "self-managed": {
        "source": "io.confluent.kafka.connect.datagen.DatagenConnector",
        "sink": "com.clickhouse.kafka.connect.ClickHouseSinkConnector",
    },
    "confluent-cloud": {"source": "DatagenSource", "sink": "ClickHouseSink"},
}
_ADDRESSABLE: Final = re.compile(r"[A-Za-z0-9._-]+")


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
        frozenset(about[0] for each in every if (about := record(each.config)) is not None),
        sources,
    )


def is_stale(name: str, config: Mapping[str, str], scope: Scope) -> bool:
    """Whether one that nothing desires was made by this project: name, class, and all that can be told of its shape."""
    stream, _, kind = name.rpartition("-")
    if not stream or config.get(CLASS) != CLASSES[scope.platform].get(kind):
        return False
    if kind == "sink":
        mapped = f"{config.get('topics')}={stream}_push"
        return config.get("topic2TableMap") == mapped and config.get("database") in scope.databases
    about = record(config)
    return scope.sources and about is not None and about[1] == stream and about[0] in scope.namespaces


def _connector(text: str) -> Connector:
    tree = json.loads(text)
    config = {key: value for key, value in tree["config"].items() if key != "name"}
    return Connector(tree["name"], config)
