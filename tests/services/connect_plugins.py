"""What the in-process Connect knows of connectors, converters and transforms: their configuration definitions.

Those of Apache Kafka were recorded (4.3.1); ours are those of services/connect-plugins, beside which a test holds them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

Definition: TypeAlias = dict[str, Any]
"""As validate answers it, without its documentation."""

RECORDED: Final[dict[str, list[Definition]]] = json.loads(
    (Path(__file__).parents[1] / "data/connect/definitions.json").read_text(encoding="utf-8")
)
VERSION: Final = "4.3.1"


@dataclass(frozen=True, slots=True)
class Plugin:
    """`type` is source or sink. What is `managed` has no definitions beside its own."""

    name: str
    type: str
    task: str
    definitions: tuple[Definition, ...]
    managed: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The class name and its aliases."""
        short = self.name.rpartition(".")[2]
        return frozenset({self.name, short, short.removesuffix("Connector")})


def defined(rows: str, group: str | None = None) -> tuple[Definition, ...]:
    """A line for each: name, type, and its default (none: required; `-`: null)."""
    split = (row.split(None, 2) for row in rows.strip().splitlines())
    return tuple(_definition(number, group, *parts) for number, parts in enumerate(split))


def _definition(number: int, group: str | None, name: str, type: str, default: str | None = None) -> Definition:
    value = None if default == "-" else "" if default == '""' else default
    return {
        "name": name,
        "type": type,
        "required": default is None,
        "default_value": value,
        "importance": "MEDIUM",
        "group": group,
        "order_in_group": number,
        "width": "NONE",
        "display_name": name,
        "dependents": [],
    }


_DATAGEN: Final = defined("""
kafka.topic STRING
max.interval LONG 500
iterations INT -1
schema.string STRING ""
schema.filename STRING ""
schema.keyfield STRING ""
quickstart STRING ""
random.seed LONG -
generate.timeout LONG -
""")

_CLICKHOUSE: Final = defined("""
hostname STRING
port INT 8443
ssl BOOLEAN true
database STRING default
username STRING default
password PASSWORD [hidden]
topic2TableMap STRING ""
clickhouseSettings LIST ""
retryCount INT 3
timeoutSeconds INT 30
exactlyOnce BOOLEAN false
zkPath STRING /kafka-connect
zkDatabase STRING connect_state
bufferCount INT 0
suppressTableExistenceException BOOLEAN false
""")

_MANAGED: Final = """
name STRING
connector.class STRING
tasks.max INT
kafka.auth.mode STRING KAFKA_API_KEY
kafka.api.key PASSWORD -
kafka.api.secret PASSWORD -
kafka.service.account.id STRING -
"""

_FILE: Final = "org.apache.kafka.connect.file.FileStream"
_MIRROR: Final = "org.apache.kafka.connect.mirror.Mirror"


def _recorded(name: str, type: str, task: str) -> Plugin:
    return Plugin(name, type, task, tuple(RECORDED.get(name, ())))


APACHE: Final[Sequence[Plugin]] = (
    _recorded(f"{_FILE}SinkConnector", "sink", f"{_FILE}SinkTask"),
    _recorded(f"{_FILE}SourceConnector", "source", f"{_FILE}SourceTask"),
    *(
        _recorded(f"{_MIRROR}{x}Connector", "source", f"{_MIRROR}{x}Task")
        for x in ("Checkpoint", "Heartbeat", "Source")
    ),
)

OURS: Final[Sequence[Plugin]] = (
    Plugin(
        "io.confluent.kafka.connect.datagen.DatagenConnector",
        "source",
        "io.confluent.kafka.connect.datagen.DatagenTask",
        _DATAGEN,
    ),
    Plugin(
        "com.clickhouse.kafka.connect.ClickHouseSinkConnector",
        "sink",
        "com.clickhouse.kafka.connect.sink.ClickHouseSinkTask",
        _CLICKHOUSE,
    ),
)

CLOUD: Final[Sequence[Plugin]] = (
    Plugin(
        "DatagenSource",
        "source",
        "DatagenTask",
        defined(_MANAGED + "kafka.topic STRING\noutput.data.format STRING JSON\nmax.interval LONG 1000"),
        managed=True,
    ),
    Plugin(
        "ClickHouseSink",
        "sink",
        "ClickHouseSinkTask",
        defined(
            _MANAGED + "topics LIST\ninput.data.format STRING JSON\nhostname STRING\nport INT 8443\n"
            "username STRING default\npassword PASSWORD -\ndatabase STRING default\nssl BOOLEAN true"
        ),
        managed=True,
    ),
)

_KAFKA: Final = "org.apache.kafka.connect"
_STEP: Final = "negate BOOLEAN false\npredicate STRING -\n"

TRANSFORMS: Final[dict[str, tuple[Definition, ...]]] = {
    **{name: tuple(found) for name, found in RECORDED.items() if ".transforms." in name},
    f"{_KAFKA}.transforms.TimestampConverter$Value": defined(
        _STEP + 'field STRING ""\nformat STRING ""\nreplace.null.with.default BOOLEAN true\n'
        "target.type STRING\nunix.precision STRING milliseconds"
    ),
    "com.clickhouse.kafka.connect.transforms.KeyToValue": defined("field STRING _key\n" + _STEP),
}
PREDICATES: Final[dict[str, tuple[Definition, ...]]] = {f"{_KAFKA}.transforms.predicates.RecordIsTombstone": ()}
CONVERTERS: Final[dict[str, tuple[Definition, ...]]] = {
    f"{_KAFKA}.json.JsonConverter": tuple(RECORDED[f"{_KAFKA}.json.JsonConverter"]),
    f"{_KAFKA}.storage.StringConverter": defined("converter.encoding STRING UTF-8\nconverter.type STRING"),
    f"{_KAFKA}.storage.SimpleHeaderConverter": (),
    f"{_KAFKA}.converters.ByteArrayConverter": (),
    "io.confluent.connect.avro.AvroConverter": (),
}
