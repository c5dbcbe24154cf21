"""The tests' ClickHouse serves: everything else in this folder relies on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from services.served import Server, served


@pytest.fixture(scope="module")
def served_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("served")) as server:
        yield server


def test_serves_until_the_end(tmp_path: Path) -> None:
    with served(tmp_path / "home") as server:
        assert server.query("SELECT 1") == "1\n"
        assert server.query("SELECT currentUser(), timezone()") == "fleetgen\tEtc/UTC\n"
        with pytest.raises(AssertionError, match=r"Code: 60\..*UNKNOWN_TABLE"):
            server.query("SELECT * FROM nothing")
        url = server.url
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


@pytest.mark.parametrize(
    "statement", ["SELECT * FROM file('/etc/passwd', LineAsString)", "SYSTEM SHUTDOWN", "CREATE DATABASE theirs"]
)
def test_nobody_does_anything_without_the_password(served_here: Server, statement: str) -> None:
    """Whoever else is on this machine."""
    with pytest.raises(AssertionError, match=r"Code: 497\."):
        Server(served_here.http, 0, "default", "").query(statement)
    with pytest.raises(AssertionError, match=r"Code: 516\."):
        Server(served_here.http, 0, "fleetgen", "").query(statement)


def test_data_survives_a_restart(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        server.query("CREATE DATABASE fleet")
        server.query("CREATE TABLE fleet.t (n Int32) ENGINE = MergeTree ORDER BY n")
        server.query("INSERT INTO fleet.t VALUES (1), (2)")
    with served(tmp_path) as server:
        assert server.query("SELECT sum(n) FROM fleet.t") == "3\n"
