"""The columns of a CREATE STREAM or CREATE TABLE, read back."""

from __future__ import annotations

from typing import Final

from fleetgen.frozen import frozen
from fleetgen.targets.ksql.names import PSEUDO, printed
from fleetgen.targets.ksql.reader import Reader
from fleetgen.targets.ksql.tokens import Kind

_SCALARS: Final = frozenset(
    {"BOOLEAN", "INT", "INTEGER", "BIGINT", "DOUBLE", "VARCHAR", "STRING", "BYTES", "TIME", "DATE", "TIMESTAMP"}
)
SHORT: Final = {"INTEGER": "INT", "STRING": "VARCHAR"}
"""Of two words for a type the one that fleetgen writes; a server writes the other."""


@frozen
class ColumnDefinition:
    """`type` is SQL text again. `constraint` is empty, KEY or PRIMARY KEY."""

    name: str
    type: str
    constraint: str


def columns(reader: Reader, kind: str) -> tuple[ColumnDefinition, ...]:
    """The list in brackets of a STREAM or TABLE."""
    reader.symbol("(")
    found = [_column(reader, kind)]
    while reader.accept(Kind.SYMBOL, ","):
        found.append(_column(reader, kind))
    _refuse_twins(reader, [column.name for column in found])
    keys = sum(column.constraint != "" for column in found)
    if keys > 1 or (kind == "TABLE" and keys == 0):
        raise reader.refuse("one key for a table, at most one for a stream, before this")
    reader.symbol(")")
    return tuple(found)


def _column(reader: Reader, kind: str) -> ColumnDefinition:
    if reader.next.value in PSEUDO:
        raise reader.refuse("a column that ksqlDB does not add itself")
    name, type, constraint = reader.name(), column_type(reader), ""
    if kind == "TABLE" and reader.accept(Kind.WORD, "PRIMARY"):
        reader.words("KEY")
        constraint = "PRIMARY KEY"
    elif kind == "STREAM" and reader.accept(Kind.WORD, "KEY"):
        constraint = "KEY"
    return ColumnDefinition(name, type, constraint)


def column_type(reader: Reader) -> str:
    """A type, written in one way."""
    word = reader.take().value
    if word in _SCALARS:
        return SHORT.get(word, word)
    if word == "DECIMAL":
        return f"DECIMAL({', '.join(str(number) for number in _decimal(reader))})"
    reader.symbol("<")
    match word:
        case "ARRAY":
            inside = column_type(reader)
        case "MAP":
            reader.words("VARCHAR")
            reader.symbol(",")
            inside = f"VARCHAR, {column_type(reader)}"
        case "STRUCT":
            inside = _members(reader)
        case _:
            raise reader.refuse(f"a type before this, not {word!r}")
    reader.symbol(">")
    return f"{word}<{inside}>"


def _decimal(reader: Reader) -> tuple[int, int]:
    reader.symbol("(")
    precision = _number(reader)
    reader.symbol(",")
    scale = _number(reader)
    if not (precision >= 1 and 0 <= scale <= precision):
        raise reader.refuse("1 <= precision and 0 <= scale <= precision before this")
    reader.symbol(")")
    return precision, scale


def _number(reader: Reader) -> int:
    if reader.next.kind is not Kind.NUMBER or not reader.next.value.isdecimal():
        raise reader.refuse("a whole number")
    return int(reader.take().value)


def _members(reader: Reader) -> str:
    names: list[str] = []
    members: list[str] = []
    while not members or reader.accept(Kind.SYMBOL, ","):
        names.append(reader.name())
        members.append(f"{printed(names[-1])} {column_type(reader)}")
    _refuse_twins(reader, names)
    return ", ".join(members)


def _refuse_twins(reader: Reader, names: list[str]) -> None:
    if twins := sorted({name for name in names if names.count(name) > 1}):
        raise reader.refuse(f"different names before this, not {', '.join(twins)} twice")
