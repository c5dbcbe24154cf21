"""The statements that fleetgen sends, read; everything else is a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from services.ksqldb.expressions import Node, expression
from services.ksqldb.text import Reader, SyntaxFault, Type, literal

_LISTS: Final = ("STREAMS", "TABLES", "QUERIES", "TOPICS", "CONNECTORS")
_PROPERTIES: Final = frozenset(
    {"KAFKA_TOPIC", "KEY_FORMAT", "VALUE_FORMAT", "PARTITIONS", "REPLICAS", "RETENTION_MS", "TIMESTAMP"}
)
_AFTER_SOURCE: Final = frozenset({"JOIN", "LEFT", "WHERE", "GROUP", "HAVING", "EMIT", ";"})


@dataclass(frozen=True, slots=True)
class Column:
    """`key` is empty, KEY or PRIMARY KEY."""

    name: str
    type: Type
    key: str = ""


@dataclass(frozen=True, slots=True)
class Join:
    kind: str
    source: str
    alias: str
    on: Node


@dataclass(frozen=True, slots=True)
class Query:
    items: tuple[tuple[Node, str], ...]
    source: str
    alias: str
    joins: tuple[Join, ...] = ()
    where: Node | None = None
    group: tuple[Node, ...] = ()
    having: Node | None = None


@dataclass(frozen=True, slots=True)
class Create:
    """`query` is None for a source, whose columns are `columns`. Properties are printed text, by name."""

    kind: str
    name: str
    properties: Mapping[str, str]
    columns: tuple[Column, ...] = ()
    query: Query | None = None
    replace: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class CreateConnector:
    name: str
    written: str
    config: Mapping[str, str]
    if_not_exists: bool


@dataclass(frozen=True, slots=True)
class Drop:
    kind: str
    name: str
    if_exists: bool


@dataclass(frozen=True, slots=True)
class Describe:
    """`kind` is SOURCE or CONNECTOR."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Listing:
    what: str


@dataclass(frozen=True, slots=True)
class Alter:
    kind: str
    name: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Terminate:
    query: str


Statement: TypeAlias = Create | CreateConnector | Drop | Describe | Listing | Alter | Terminate


@dataclass(frozen=True, slots=True)
class Read:
    """`reader` knows the text that positions are in."""

    statement: Statement
    text: str = field(repr=False)


def read(text: str) -> Read:
    """The one statement of a request. Raises SyntaxFault."""
    reader = Reader(text)
    statement = _statement(reader)
    reader.end()
    return Read(statement, text)


def _statement(reader: Reader) -> Statement:
    if reader.accept("CREATE"):
        return _create(reader)
    if reader.accept("DROP"):
        return _drop(reader)
    if reader.accept("DESCRIBE"):
        kind = "CONNECTOR" if reader.accept("CONNECTOR") else "SOURCE"
        return Describe(kind, reader.name())
    if reader.accept("TERMINATE"):
        return Terminate(reader.name())
    if reader.accept("ALTER"):
        kind = _kind(reader)
        name = reader.name()
        return Alter(kind, name, tuple(reader.listed(lambda: _added(reader))))
    if reader.accept("SHOW") or reader.accept("LIST"):
        reader.accept("SOURCE")
        if reader.next.value in _LISTS:
            return Listing(reader.take().value)
    raise SyntaxFault(reader.next.at, "no statement that fleetgen sends")


def _kind(reader: Reader) -> str:
    if reader.accept("TABLE"):
        return "TABLE"
    reader.expect("STREAM")
    return "STREAM"


def _added(reader: Reader) -> Column:
    reader.expect("ADD", "COLUMN")
    return Column(reader.name(), reader.type())


def _drop(reader: Reader) -> Drop:
    kind = "CONNECTOR" if reader.accept("CONNECTOR") else _kind(reader)
    if_exists = reader.accept("IF", "EXISTS")
    return Drop(kind, reader.name(), if_exists)


def _create(reader: Reader) -> Create | CreateConnector:
    if reader.accept("SOURCE", "CONNECTOR"):
        return _connector(reader)
    replace = reader.accept("OR", "REPLACE")
    kind = _kind(reader)
    if_not_exists = reader.accept("IF", "NOT", "EXISTS")
    name = reader.name()
    columns: list[Column] = []
    if reader.accept("("):
        columns = reader.listed(lambda: _column(reader))
        reader.expect(")")
    reader.expect("WITH", "(")
    properties: dict[str, str] = dict(reader.listed(lambda: _property(reader)))
    reader.expect(")")
    query = _query(reader) if reader.accept("AS", "SELECT") else None
    if (query is None) != bool(columns):
        raise SyntaxFault(reader.next.at, "either columns or a query")
    return Create(kind, name, properties, tuple(columns), query, replace, if_not_exists)


def _column(reader: Reader) -> Column:
    name, type = reader.name(), reader.type()
    key = "PRIMARY KEY" if reader.accept("PRIMARY", "KEY") else "KEY" if reader.accept("KEY") else ""
    return Column(name, type, key)


def _property(reader: Reader) -> tuple[str, str]:
    token = reader.take()
    if token.value not in _PROPERTIES:
        raise SyntaxFault(token.at, f"a property that fleetgen never writes: {token.value}")
    reader.expect("=")
    value = reader.take()
    if value.kind not in ("string", "number"):
        raise SyntaxFault(value.at, "a value expected")
    return token.value, literal(value.value) if value.kind == "string" else value.value


def _connector(reader: Reader) -> CreateConnector:
    if_not_exists = reader.accept("IF", "NOT", "EXISTS")
    at = reader.next.at
    name = reader.name()
    written = reader.text[at : reader.next.at].strip()
    reader.expect("WITH", "(")
    config: dict[str, str] = {}
    for key, value in reader.listed(lambda: _pair(reader)):
        if key in config:
            raise SyntaxFault(at, "Multiple entries with same key")
        config[key] = value
    reader.expect(")")
    return CreateConnector(name, written, config, if_not_exists)


def _pair(reader: Reader) -> tuple[str, str]:
    key = reader.string()
    reader.expect("=")
    return key, reader.string()


def _query(reader: Reader) -> Query:
    items = reader.listed(lambda: (expression(reader), reader.name() if reader.accept("AS") else ""))
    reader.expect("FROM")
    source = reader.name()
    alias = reader.name() if reader.next.kind == "quoted" or reader.next.value not in _AFTER_SOURCE else source
    joins: list[Join] = []
    while kind := _join_kind(reader):
        joined = reader.name()
        its = reader.name()
        reader.expect("ON")
        joins.append(Join(kind, joined, its, expression(reader)))
    where = expression(reader) if reader.accept("WHERE") else None
    group = reader.listed(lambda: expression(reader)) if reader.accept("GROUP", "BY") else []
    having = expression(reader) if reader.accept("HAVING") else None
    if reader.next.value != ";":
        reader.expect("EMIT", "CHANGES")
    return Query(tuple(items), source, alias, tuple(joins), where, tuple(group), having)


def _join_kind(reader: Reader) -> str:
    if reader.accept("LEFT", "JOIN"):
        return "LEFT OUTER"
    return "INNER" if reader.accept("JOIN") else ""
