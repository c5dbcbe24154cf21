"""The query of a CREATE STREAM or CREATE TABLE .. AS SELECT as facts, the same for our text and a server's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fleetgen.targets.ksql.expressions import expression
from fleetgen.targets.ksql.names import printed
from fleetgen.targets.ksql.reader import Reader
from fleetgen.targets.ksql.tokens import Kind, tokens

T = TypeVar("T")


def query_facts(text: str) -> dict[str, str]:
    """What is selected, from where and how. Raises NotKsql for a query that fleetgen would not write."""
    reader = Reader(list(tokens(text)))
    _head(reader)
    facts = {f"column {name}": value for name, value in _listed(reader, _item)}
    reader.words("FROM")
    facts["from"] = _source(reader)
    number = 0
    while reader.accept(Kind.WORD, "LEFT"):
        reader.accept(Kind.WORD, "OUTER")
        reader.words("JOIN")
        source = _source(reader)
        reader.words("ON")
        number += 1
        facts[f"join {number}"] = f"{source} ON {expression(reader)}"
    if reader.accept(Kind.WORD, "WHERE"):
        facts["where"] = expression(reader)
    if reader.accept(Kind.WORD, "GROUP"):
        reader.words("BY")
        facts["group by"] = ", ".join(_listed(reader, expression))
    if reader.accept(Kind.WORD, "HAVING"):
        facts["having"] = expression(reader)
    reader.words("EMIT CHANGES")
    return facts


def _head(reader: Reader) -> None:
    """Up to SELECT. A server writes more properties than it was given."""
    reader.words("CREATE")
    if reader.accept(Kind.WORD, "OR"):
        reader.words("REPLACE")
    if not reader.accept(Kind.WORD, "TABLE"):
        reader.words("STREAM")
    if reader.accept(Kind.WORD, "IF"):
        reader.words("NOT EXISTS")
    reader.source()
    for _ in reader.pairs():
        pass
    reader.words("AS SELECT")


def _item(reader: Reader) -> tuple[str, str]:
    value = expression(reader)
    reader.accept(Kind.WORD, "AS")
    return printed(reader.name()), value


def _source(reader: Reader) -> str:
    return f"{printed(reader.source())} {printed(reader.name())}"


def _listed(reader: Reader, one: Callable[[Reader], T]) -> list[T]:
    found = [one(reader)]
    while reader.accept(Kind.SYMBOL, ","):
        found.append(one(reader))
    return found
