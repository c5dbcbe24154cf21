"""The query of a CREATE STREAM or CREATE TABLE .. AS SELECT, read back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from fleetgen.frozen import frozen
from fleetgen.quoting import ksql_string
from fleetgen.targets.ksql.reader import Reader
from fleetgen.targets.ksql.tokens import Kind, Token

# Reserved words that an expression may hold; inside brackets also the AS of a CAST.
_LOGIC: Final = frozenset({"AND", "BETWEEN", "FALSE", "IN", "IS", "LIKE", "NOT", "NULL", "OR", "TRUE"})
_AGGREGATES: Final = frozenset(
    {"ATTR", "AVG", "COLLECT_LIST", "COLLECT_SET", "CORRELATION", "COUNT", "COUNT_DISTINCT", "EARLIEST_BY_OFFSET"}
    | {"HISTOGRAM", "LATEST_BY_OFFSET", "MAX", "MIN", "STDDEV_SAMP", "STDDEV_SAMPLE", "SUM", "SUM_LIST", "TOPK"}
    | {"TOPKDISTINCT"}
)
_OPERATORS: Final = _LOGIC | {"AS", "CASE", "ELSE", "END", "THEN", "WHEN"}
_CALL: Final = re.compile(r"(\w+)\(")


@frozen
class Join:
    """LEFT JOIN source alias ON left = right."""

    source: str
    alias: str
    left: str
    right: str


@frozen
class Select:
    """`items`: each selected column's name and its expression, names as the server has them. `group` makes a TABLE."""

    items: Mapping[str, str]
    source: str
    alias: str
    joins: tuple[Join, ...]
    where: str = ""
    group: tuple[str, ...] = ()
    having: str = ""


def select(reader: Reader, kind: str) -> Select:
    """AS SELECT .. FROM .. LEFT JOIN .. WHERE .., then for a TABLE GROUP BY .. HAVING .., and EMIT CHANGES."""
    reader.words("AS SELECT")
    items: dict[str, str] = {}
    while not items or reader.accept(Kind.SYMBOL, ","):
        expression = _expression(reader, "AS")
        reader.words("AS")
        name = reader.name()
        if name in items:
            raise reader.refuse(f"a new name before this, not {name!r} again")
        items[name] = expression
    reader.words("FROM")
    source, alias = reader.source(), reader.name()
    joins = []
    while reader.accept(Kind.WORD, "LEFT"):
        joins.append(_join(reader))
    where = _expression(reader, "EMIT", "GROUP") if reader.accept(Kind.WORD, "WHERE") else ""
    group, having = _group(reader, items) if kind == "TABLE" else ((), "")
    reader.words("EMIT CHANGES")
    return Select(items, source, alias, tuple(joins), where, group, having)


def _group(reader: Reader, items: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
    """What a server wants of it: each key selected, and beside the keys at least one column, each an aggregate."""
    reader.words("GROUP BY")
    group: list[str] = []
    while not group or reader.accept(Kind.SYMBOL, ","):
        group.append(_expression(reader, "HAVING", "EMIT", ","))
    having = _expression(reader, "EMIT") if reader.accept(Kind.WORD, "HAVING") else ""
    counted = [text for text in items.values() if text not in group]
    if missing := [text for text in group if text not in items.values()]:
        raise reader.refuse(f"each key of the groups selected before this, also {missing[0]}")
    if not counted:
        raise reader.refuse("a column beside the keys of the groups before this")
    if plain := [text for text in counted if not _AGGREGATES.intersection(_CALL.findall(text))]:
        raise reader.refuse(f"an aggregate or a key of the groups before this, not {plain[0]}")
    return tuple(group), having


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


def _expression(reader: Reader, *ends: str) -> str:
    """Everything up to one of the words or symbols `ends` outside brackets."""
    text, depth = "", 0
    while depth or reader.next.value not in ends or reader.next.kind not in {Kind.WORD, Kind.SYMBOL}:
        if reader.next.kind is Kind.SYMBOL:
            if not depth and reader.next.value in {",", ")"}:
                raise reader.refuse(ends[0])
            depth += (reader.next.value == "(") - (reader.next.value == ")")
        part = _part(reader)
        text += part.lstrip() if text.endswith(" ") else part
        if part.endswith(" ") and reader.next.value == ")":
            text = text.rstrip()
    if not text:
        raise reader.refuse("an expression")
    return text.strip()


def _part(reader: Reader) -> str:
    token: Token = reader.next
    match token.kind:
        case Kind.WORD if token.value in _OPERATORS:
            return f" {reader.take().value} "
        case Kind.WORD if token.value in {"CAST", "DECIMAL"}:
            return reader.take().value
        case Kind.WORD | Kind.QUOTED:
            return reader.name()
        case Kind.STRING:
            return ksql_string(reader.take().value)
        case Kind.NUMBER | Kind.SYMBOL if token.value != ";":
            return reader.take().value
        case _:
            raise reader.refuse("a part of an expression")
