"""Hypothesis' profiles (budgets.py says how much is drawn) and the engine that tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from budgets import PROFILE
from fleetgen.places import CACHE
from fleetgen.targets.clickhouse.engine import Engine, embedded

os.environ[CACHE] = ""  # what a check finds is found anew, also by the processes that tests start

settings.register_profile(
    "default",
    deadline=None,  # the first insert into new tables takes what compiling its view takes
    database=None,  # the same cases everywhere: what fails in CI fails here
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
settings.register_profile("thorough", settings.get_profile("default"), derandomize=False, print_blob=True)
settings.load_profile(PROFILE)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite what golden cases expect")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """`-n auto`: a worker often waits for its services, of which it starts its own, about 1.5 GB of memory in all."""
    named = os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS")
    if named:
        return int(named)
    return 3 if (os.cpu_count() or 1) < 4 else 4


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """The embedded engine, in memory. A process has one engine path open at a time, hence closed after each module."""
    with embedded() as opened:
        yield opened
