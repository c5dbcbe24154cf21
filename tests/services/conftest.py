"""The services that tests of the data path share, each started once, when first asked for.

FLEETGEN_TEST_KAFKA_BOOTSTRAP, FLEETGEN_TEST_REGISTRY_URL, FLEETGEN_TEST_CONNECT_URL and FLEETGEN_TEST_CLICKHOUSE_URL
(http://user:password@host:port) name services of one's own instead. What is missing is skipped, or fails: required.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from services import connect, kafka, served
from services.required import missing


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Kafka broker."""
    if named := os.environ.get("FLEETGEN_TEST_KAFKA_BOOTSTRAP"):
        yield named
        return
    if reason := kafka.why_not():
        missing(reason)
    with kafka.broker(tmp_path_factory.mktemp("kafka") / "broker") as address:
        yield address


@pytest.fixture(scope="session")
def registry_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Schema Registry (Apicurio, where Confluent's own is not named)."""
    if named := os.environ.get("FLEETGEN_TEST_REGISTRY_URL"):
        yield named
        return
    if reason := kafka.why_not():
        missing(reason)
    with kafka.registry(tmp_path_factory.mktemp("registry") / "registry") as url:
        yield url


@pytest.fixture(scope="session")
def connect_url(kafka_bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Kafka Connect worker on that broker, with connect.ENVIRON in its environment."""
    if named := os.environ.get("FLEETGEN_TEST_CONNECT_URL"):
        yield named
        return
    if reason := connect.why_not():
        missing(reason)
    with connect.worker(
        tmp_path_factory.mktemp("connect") / "worker", kafka_bootstrap, environ=connect.ENVIRON
    ) as worker:
        yield worker.url


@pytest.fixture(scope="session")
def clickhouse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[served.Server]:
    """A ClickHouse server, and who may do everything there."""
    if named := os.environ.get("FLEETGEN_TEST_CLICKHOUSE_URL"):
        yield served.named(named)
        return
    with served.served(tmp_path_factory.mktemp("clickhouse") / "server") as server:
        yield server
