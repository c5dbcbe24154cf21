"""A CREATE STREAM .. AS SELECT, read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fleetgen.quoting import ksql_string
from fleetgen.targets.ksql.reader import Reader
from fleetgen.targets.ksql.tokens import Kind, Token

# Reserved words that an expression may hold; inside brackets also the AS of a CAST.
_LOGIC: Final = frozenset({"AND", "BETWEEN", "FALSE", "IN", "IS", "LIKE", "NOT", "NULL", "OR", "TRUE"})
_OPERATORS: Final = _LOGIC | {"AS", "CASE", "ELSE", "END", "THEN", "WHEN"}


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
    text, depth = "", 0
    while depth or not reader.accept(Kind.WORD, end):
        if reader.next.kind is Kind.SYMBOL:
            if not depth and reader.next.value in {",", ")"}:
                raise reader.refuse(end)
            depth += (reader.next.value == "(") - (reader.next.value == ")")
        part = _part(reader)
        text += part.lstrip() if text.endswith(" ") else part
        if part.endswith(" ") and reader.next.value == ")":
            text = text.rstrip()
    return text.strip()


def _part(reader: Reader) -> str:
    token: Token = reader.next
    match token.kind:
        case Kind.WORD if token.value in _OPERATORS:
            return f" {reader.take().value} "
        case Kind.WORD if token.value == "CAST":
            return reader.take().value
        case Kind.WORD | Kind.QUOTED:
            return reader.name()
        case Kind.STRING:
            return ksql_string(reader.take().value)
        case Kind.NUMBER | Kind.SYMBOL if token.value != ";":
            return reader.take().value
        case _:
            raise reader.refuse("a part of an expression")
