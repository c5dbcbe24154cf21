"""A CREATE STREAM .. AS SELECT, read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fleetgen.targets.ksql.reader import Reader
from fleetgen.targets.ksql.tokens import Kind, Token

# Reserved words that an expression of ours may hold.
_OPERATORS: Final = frozenset({"IS", "NOT", "NULL"})


@dataclass(frozen=True, slots=True)
class Join:
    """LEFT JOIN source alias ON left = right."""

    source: str
    alias: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Select:
    """`items`: each selected column's name and its expression, names as the server has them."""

    items: Mapping[str, str]
    source: str
    alias: str
    joins: tuple[Join, ...]


def select(reader: Reader) -> Select:
    """AS SELECT .. FROM .. LEFT JOIN .. EMIT CHANGES."""
    reader.words("AS SELECT")
    items: dict[str, str] = {}
    while not items or reader.accept(Kind.SYMBOL, ","):
        expression = _expression(reader, "AS")
        name = reader.name()
        if name in items:
            raise reader.refuse(f"a new name before this, not {name!r} again")
        items[name] = expression
    reader.words("FROM")
    source, alias = reader.source(), reader.name()
    joins = []
    while reader.accept(Kind.WORD, "LEFT"):
        joins.append(_join(reader))
    reader.words("EMIT CHANGES")
    return Select(items, source, alias, tuple(joins))


def _join(reader: Reader) -> Join:
    reader.words("JOIN")
    source, alias = reader.source(), reader.name()
    reader.words("ON")
    left = _reference(reader)
    reader.symbol("=")
    return Join(source, alias, left, _reference(reader))


def _reference(reader: Reader) -> str:
    alias = reader.name()
    reader.symbol(".")
    return f"{alias}.{reader.name()}"


def _expression(reader: Reader, end: str) -> str:
    """Everything up to the word `end` outside brackets, which it takes too."""
    parts: list[str] = []
    depth = 0
    while depth or not reader.accept(Kind.WORD, end):
        depth += (reader.next.value == "(") - (reader.next.value == ")")
        parts.append(_part(reader))
        if depth < 0:
            raise reader.refuse("no bracket closed before this")
    return "".join(parts).strip()


def _part(reader: Reader) -> str:
    token: Token = reader.next
    if token.kind is Kind.WORD and token.value in _OPERATORS:
        return f" {reader.take().value}"
    if token.kind in (Kind.WORD, Kind.QUOTED):
        return reader.name()
    if token.kind is Kind.SYMBOL and token.value in {"(", ")", ".", "->"}:
        return reader.take().value
    raise reader.refuse("a part of an expression")
