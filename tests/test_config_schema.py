"""doc/fleetgen.schema.json says what the code checks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import assume, event, given, settings

from budgets import DRAWN_TEXTS
from fleetgen.config.document import Document
from fleetgen.config.grammar import CONFIGURATION
from fleetgen.config.reading import Reading
from fleetgen.config.shape import read
from shapes import published, toml, values

FILE = Path(__file__).parents[1] / "doc" / "fleetgen.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(published()))


def test_published(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update"):
        FILE.write_text(published())
    assert FILE.read_text() == published()
    jsonschema.Draft202012Validator.check_schema(json.loads(published()))


@settings(max_examples=DRAWN_TEXTS)
@given(values(CONFIGURATION))
def test_equivalent(tree: Any) -> None:
    """A tree that the grammar takes is one that the schema takes, and the other way round."""
    assume(isinstance(tree, dict))
    reading = Reading(Document(text=toml(tree), tree=tree))
    read(CONFIGURATION, tree, reading)
    event("taken" if not reading.findings else "refused")
    assert VALIDATOR.is_valid(tree) == (not reading.findings), [finding.message for finding in reading.findings]
