"""The tests' ClickHouse serves: everything else in this folder relies on it."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from services.served import served


def test_serves_until_the_end(tmp_path: Path) -> None:
    with served(tmp_path / "home") as server:
        assert server.query("SELECT 1") == "1\n"
        assert server.query("SELECT currentUser(), timezone()") == "fleetgen\tEtc/UTC\n"
        with pytest.raises(AssertionError, match=r"Code: 60\..*UNKNOWN_TABLE"):
            server.query("SELECT * FROM nothing")
        url = server.url
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_data_survives_a_restart(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        server.query("CREATE DATABASE fleet")
        server.query("CREATE TABLE fleet.t (n Int32) ENGINE = MergeTree ORDER BY n")
        server.query("INSERT INTO fleet.t VALUES (1), (2)")
    with served(tmp_path) as server:
        assert server.query("SELECT sum(n) FROM fleet.t") == "3\n"
