"""What is said in other words and means the same: live facts in the words of the desired ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from fleetgen import sql
from fleetgen.targets.clickhouse.engine import Engine, EngineError

_EXPRESSIONS: Final = re.compile(
    r"ttl|(?:partition|order|sample) by|primary key|index .*|column .* default|(?:view .* )?select"
)
_HEAD: Final = re.compile(r"(?:DEFAULT|MATERIALIZED|ALIAS|EPHEMERAL) |")


def settle(engine: Engine, desired: Mapping[str, str], live: Mapping[str, str]) -> dict[str, str]:
    """The live facts; where they mean what is desired, the desired text."""
    found = dict(live)
    for fact, wanted in desired.items():
        text = live.get(fact)
        if text is not None and text != wanted and _EXPRESSIONS.fullmatch(fact) and _is_same(engine, wanted, text):
            found[fact] = wanted
    if "columns" in desired and "columns" in live:
        found["columns"] = _order(desired["columns"], live["columns"])
    if _is_prefix(live.get("primary key", ""), desired.get("order by", "")) and "primary key" not in desired:
        found.pop("primary key", None)  # a key that grew with ALTER keeps the old one: no CREATE makes such a table
    return found


def _is_same(engine: Engine, one: str, other: str) -> bool:
    """Two texts that differ in parentheses alone, and which the engine reads as one tree."""
    if sql.words(one) != sql.words(other):
        return False
    try:
        return _tree(engine, one) == _tree(engine, other)
    except EngineError:
        return False


def _tree(engine: Engine, text: str) -> list[str]:
    head = _HEAD.match(text)
    bare, _, _ = (text[head.end() :] if head else text).partition(" TYPE ")  # what is behind it has no parentheses
    query = bare if bare.startswith("SELECT ") else f"CREATE TABLE t (a Int8) ENGINE = MergeTree ORDER BY a TTL {bare}"
    return [row[0] for row in engine.rows(f"EXPLAIN AST {query}")]


def _order(desired: str, live: str) -> str:
    """The desired order, if the columns that both have stand in it: what is missing or too much is told by itself."""
    wanted, there = sql.items(desired), sql.items(live)
    common = [name for name in there if name in wanted]
    return desired if common == [name for name in wanted if name in there] else live


def _is_prefix(primary: str, order: str) -> bool:
    parts = sql.items(primary)
    return bool(parts) and sql.items(order)[: len(parts)] == parts
