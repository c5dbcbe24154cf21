"""What the tests of Superset share: started once, at first use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from services.required import missing
from services.served import Server
from services.superset import browser, environment, fleet, server
from services.superset.server import Superset


@pytest.fixture(scope="session")
def superset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    """A test that wants it empty clears it."""
    if reason := environment.why_not():
        missing(reason)
    with server.superset(tmp_path_factory.mktemp("superset")) as running:
        yield running


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A ClickHouse with the example's data."""
    with fleet.fleet(tmp_path_factory.mktemp("clickhouse")) as clickhouse:
        yield clickhouse


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if reason := browser.why_not():
        missing(reason)
    with browser.browser() as opened:
        yield opened
