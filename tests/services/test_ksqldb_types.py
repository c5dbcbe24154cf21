"""Whatever fleetgen writes for ksqlDB, a server tells it back as it was meant: every golden case converges."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from budgets import DRAWN_TEXTS
from fleetgen.plan import Plan
from fleetgen.strategies import schemas
from services.ksqldb.bench import bench, texts
from services.ksqldb.server import Ksqldb
from services.ksqldb.store import Store
from services.rest import running
from streams import pipeline, stream

GOLDEN = Path(__file__).parents[1] / "golden"
KINDS = ("streams", "queries")


def _cases() -> dict[str, dict[str, str]]:
    """The files of each case, of those with the same ones the first."""
    found: dict[str, dict[str, str]] = {}
    for case in sorted(GOLDEN.iterdir()):
        base = case / "expected/ksql/self-managed"
        paths = [path for kind in KINDS for path in sorted((base / kind).glob("*.sql"))]
        files = {f"ksql/self-managed/{path.relative_to(base)}": path.read_text(encoding="utf-8") for path in paths}
        if files and files not in found.values():
            found[case.name] = files
    return found


CASES = _cases()
REFUSED = "template_of_no_ksqldb"


@pytest.mark.parametrize("name", sorted(CASES.keys() - {REFUSED}))
def test_what_was_applied_is_what_was_wanted(name: str) -> None:
    with running(Ksqldb()) as server:
        garage = bench(server.url)
        assert garage.apply(CASES[name])
        assert garage.plan(CASES[name]) == Plan()


@settings(max_examples=DRAWN_TEXTS // 4)
@given(schemas())
def test_whatever_the_schema_there_is_nothing_left_to_do(server: Ksqldb, schema: dict[str, Any]) -> None:
    files = texts(pipeline(stream(schema)), "streams")
    server.store = Store()
    garage = bench(server.url)
    garage.apply(files)
    assert garage.plan(files) == Plan()


@pytest.fixture(scope="module")
def server() -> Iterator[Ksqldb]:
    with running(Ksqldb()) as found:
        yield found
