"""What a test of services needs and a machine may lack."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test, or fail it where every part has to be there (in CI)."""
    if os.environ.get("FLEETGEN_TEST_REQUIRE_SERVICES") == "1":
        pytest.fail(f"required here: {what}", pytrace=False)
    pytest.skip(what)
