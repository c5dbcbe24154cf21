"""Expressions written in one way, whoever wrote them: a server prints brackets, names and types as it likes."""

from __future__ import annotations

from typing import Final

from fleetgen.quoting import ksql_string
from fleetgen.targets.ksql.declarations import column_type
from fleetgen.targets.ksql.names import printed
from fleetgen.targets.ksql.reader import Reader
from fleetgen.targets.ksql.tokens import Kind

_LEVELS: Final = (("OR",), ("AND",), ("=", "<>", "!=", "<", "<=", ">", ">="), ("+", "-"), ("*", "/", "%"))
"""From the weakest on."""
_COMPARISON: Final = 2
_CONSTANTS: Final = frozenset({"NULL", "TRUE", "FALSE"})


def expression(reader: Reader, level: int = 0) -> str:
    """With brackets around each operation. Raises NotKsql for what fleetgen never writes."""
    if level == len(_LEVELS):
        return _unary(reader)
    if level == _COMPARISON and reader.accept(Kind.WORD, "NOT"):
        return f"(NOT {expression(reader, level)})"
    left = expression(reader, level + 1)
    while reader.next.kind in (Kind.WORD, Kind.SYMBOL) and reader.next.value in _LEVELS[level]:
        operator = reader.take().value.replace("!=", "<>")
        left = f"({left} {operator} {expression(reader, level + 1)})"
    if level == _COMPARISON and reader.accept(Kind.WORD, "IS"):
        negated = "NOT " if reader.accept(Kind.WORD, "NOT") else ""
        reader.words("NULL")
        left = f"({left} IS {negated}NULL)"
    return left


def _unary(reader: Reader) -> str:
    if reader.accept(Kind.SYMBOL, "-"):
        return f"-{_unary(reader)}"
    found = _primary(reader)
    while reader.accept(Kind.SYMBOL, "->"):
        found = f"{found}->{printed(reader.name())}"
    return found


def _primary(reader: Reader) -> str:
    if reader.accept(Kind.SYMBOL, "("):
        found = expression(reader)
        reader.symbol(")")
        return found
    if reader.next.kind is Kind.STRING:
        return ksql_string(reader.take().value)
    if reader.next.kind is Kind.NUMBER or (reader.next.kind is Kind.WORD and reader.next.value in _CONSTANTS):
        return reader.take().value
    if reader.accept(Kind.WORD, "CAST"):
        return _cast(reader)
    return _named(reader)


def _cast(reader: Reader) -> str:
    reader.symbol("(")
    inner = expression(reader)
    reader.words("AS")
    type = column_type(reader)
    reader.symbol(")")
    return f"CAST({inner} AS {type})"


def _named(reader: Reader) -> str:
    name = printed(reader.name())
    if reader.accept(Kind.SYMBOL, "."):
        return f"{name}.{printed(reader.name())}"
    if not reader.accept(Kind.SYMBOL, "("):
        return name
    if reader.accept(Kind.SYMBOL, "*"):
        arguments = ["*"]
    else:
        arguments = [expression(reader)]
        while reader.accept(Kind.SYMBOL, ","):
            arguments.append(expression(reader))
    reader.symbol(")")
    return f"{name}({', '.join(arguments)})"
