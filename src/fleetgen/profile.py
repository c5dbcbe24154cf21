"""One environment: which services, on which platform, reached how. Texts may hold references to the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from fleetgen.errors import Place
from fleetgen.frozen import frozen
from fleetgen.model import NOWHERE


@frozen
class Registry:
    url: str
    user: str = ""
    password: str = ""


@frozen
class Kafka:
    """`options` are librdkafka's, by its names."""

    bootstrap: str
    user: str = ""
    password: str = ""
    registry: Registry | None = None
    options: Mapping[str, str] = field(default_factory=dict)


@frozen
class Connect:
    """`via` says who owns the source connectors: "rest", or "ksql" by its CREATE SOURCE CONNECTOR.

    `service_account`: on Confluent Cloud, as whom connectors reach Kafka; empty: by the profile's Kafka API key.
    """

    platform: str
    url: str
    user: str = ""
    password: str = ""
    via: str = "rest"
    service_account: str = ""


@frozen
class Ksql:
    platform: str
    url: str
    user: str = ""
    password: str = ""


@frozen
class ClickHouse:
    """An embedded engine has a `path` (relative to the project, or absolute), any other a `url`."""

    platform: str
    path: str = ""
    url: str = ""
    user: str = "default"
    password: str = ""


@frozen
class Preset:
    """Superset itself has url, user and password; Preset has team, workspace, token and secret.

    `clickhouse_url` is the address under which it reaches ClickHouse, where that differs from ours.
    """

    url: str = ""
    user: str = ""
    password: str = ""
    team: str = ""
    workspace: str = ""
    token: str = ""
    secret: str = ""
    clickhouse_url: str = ""


@frozen
class Profile:
    """`ingest` is "push", "kafka" or "connect": the one landing that is applied. Absent services are left alone."""

    name: str
    ingest: str = "push"
    protected: bool = False
    kafka: Kafka | None = None
    connect: Connect | None = None
    ksql: Ksql | None = None
    clickhouse: ClickHouse | None = None
    preset: Preset | None = None
    at: Place = field(default=NOWHERE, compare=False, repr=False)
