"""The statements that fleetgen writes for ksqlDB, read back: what a server would understand by them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from fleetgen.frozen import frozen
from fleetgen.targets.ksql.declarations import ColumnDefinition, columns
from fleetgen.targets.ksql.reader import Reader
from fleetgen.targets.ksql.selects import Select, select
from fleetgen.targets.ksql.tokens import Kind, Token, tokens

_FORMATS: Final = frozenset({"JSON", "JSON_SR", "AVRO", "PROTOBUF", "PROTOBUF_NOSR", "KAFKA", "DELIMITED"})
_STRINGS: Final = frozenset({"KAFKA_TOPIC", "KEY_FORMAT", "VALUE_FORMAT", "TIMESTAMP", "TIMESTAMP_FORMAT"})
_REFERENCE: Final = re.compile(r"\$\{profile:[a-z.-]+\}")
_VARIABLE: Final = re.compile(r"(?<!\$)\$\{(\w+)\}")
_NUMBERS: Final = frozenset({"PARTITIONS", "REPLICAS", "RETENTION_MS"})


@frozen
class Set:
    name: str
    value: str


@frozen
class Define:
    """A variable of the session: `${name}` in a string after it. Names in any case are one."""

    name: str
    value: str


@frozen
class CreateSource:
    """`kind` is STREAM or TABLE."""

    kind: str
    name: str
    columns: tuple[ColumnDefinition, ...]
    properties: Mapping[str, str]


@frozen
class CreateConnector:
    name: str
    properties: Mapping[str, str]


@frozen
class CreateQuery:
    """`kind` is STREAM, or TABLE if the query has groups."""

    kind: str
    name: str
    properties: Mapping[str, str]
    select: Select


Statement: TypeAlias = Set | Define | CreateSource | CreateConnector | CreateQuery


def parse(text: str) -> tuple[Statement, ...]:
    """The statements of a file. Raises NotKsql with line and column for what fleetgen never writes."""
    reader = Reader(list(tokens(text)))
    found: list[Statement] = []
    while reader.next.kind is not Kind.END:
        found.append(_statement(reader))
        reader.symbol(";")
    return tuple(found)


def _statement(reader: Reader) -> Statement:
    if reader.accept(Kind.WORD, "SET"):
        name = reader.string()
        reader.symbol("=")
        return Set(name, reader.string())
    if reader.accept(Kind.WORD, "DEFINE"):
        return _define(reader)
    reader.words("CREATE")
    if reader.accept(Kind.WORD, "SOURCE"):
        reader.words("CONNECTOR IF NOT EXISTS")
        return CreateConnector(reader.name(), _connector(reader))
    for kind in ("STREAM", "TABLE"):
        if reader.accept(Kind.WORD, kind):
            reader.words("IF NOT EXISTS")
            return _source(reader, kind, reader.source())
    raise reader.refuse("STREAM, TABLE or SOURCE CONNECTOR")


def _source(reader: Reader, kind: str, name: str) -> CreateSource | CreateQuery:
    if reader.next.kind is Kind.SYMBOL:
        source = CreateSource(kind, name, columns(reader, kind), _properties(reader))
        _check_key(reader, source)
        return source
    query = CreateQuery(kind, name, _properties(reader), select(reader, kind))
    if len(query.select.group) > 1 and query.properties.get("KEY_FORMAT") != "JSON":
        raise reader.refuse("KEY_FORMAT = 'JSON', which holds several keys, before this")
    return query


def _check_key(reader: Reader, source: CreateSource) -> None:
    """Keys come as text: KAFKA, which is the default, would read the bytes of a number's text as a number."""
    types = {column.type for column in source.columns if column.constraint}
    if types and source.properties.get("KEY_FORMAT") != ("KAFKA" if types == {"VARCHAR"} else "DELIMITED"):
        raise reader.refuse(f"the KEY_FORMAT that reads text into {', '.join(types)} before this")


def _properties(reader: Reader) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in reader.pairs():
        if name.kind is not Kind.WORD or name.value not in _STRINGS | _NUMBERS or name.value in found:
            raise reader.refuse("a property of a stream, each once", name)
        if value.kind is not (Kind.NUMBER if name.value in _NUMBERS else Kind.STRING):
            raise reader.refuse(f"another value of {name.value}", value)
        if name.value.endswith(("KEY_FORMAT", "VALUE_FORMAT")) and value.value.upper() not in _FORMATS:
            raise reader.refuse("a format that there is", value)
        found[name.value] = value.value
    if not {"KAFKA_TOPIC", "VALUE_FORMAT"} <= found.keys():
        raise reader.refuse("KAFKA_TOPIC and VALUE_FORMAT before this")
    return found


def _connector(reader: Reader) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in reader.pairs():
        if name.kind is not Kind.STRING or value.kind is not Kind.STRING or name.value in found:
            raise reader.refuse("'key' = 'value', each key once", name)
        _check_references(reader, value)
        found[name.value] = value.value
    if "connector.class" not in found:
        raise reader.refuse("connector.class before this")
    return found


def _define(reader: Reader) -> Define:
    name = reader.name()
    reader.symbol("=")
    _check_references(reader, reader.next)
    value = reader.string()
    reader.variables.add(name.upper())
    return Define(name, value)


def _check_references(reader: Reader, token: Token) -> None:
    """A variable without a value is no error to the server: the connector would get its name."""
    if "${profile:" in token.value and not _REFERENCE.fullmatch(token.value):
        raise reader.refuse("a reference that is the whole value", token)
    if unknown := [name for name in _VARIABLE.findall(token.value) if name.upper() not in reader.variables]:
        raise reader.refuse(f"a DEFINE of {unknown[0]} before this", token)
