"""What the files of ksqlDB make: each object with the statement that makes it and how the server will tell of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Final

from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen
from fleetgen.targets.ksql.names import printed
from fleetgen.targets.ksql.running import query_facts
from fleetgen.targets.ksql.statements import CreateConnector, CreateQuery, CreateSource, Define, Set, Statement, parse
from fleetgen.targets.ksql.tokens import NotKsql, split

PARTITIONS: Final = "partitions"
REFERENCE: Final = "${profile:"
_ESCAPED: Final = r"\$\$\{(\w+)\}"


@frozen
class Object:
    """`kind` is stream, table or connector. `calls` are the statements that make it, the last one itself.

    `reads`: the streams and tables that a query is of. `config`: a connector's, references as they are written.
    """

    kind: str
    name: str
    calls: tuple[str, ...]
    facts: Mapping[str, str]
    topic: str = ""
    partitions: int = 0
    reads: tuple[str, ...] = ()
    config: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_query(self) -> bool:
        return bool(self.reads)

    @property
    def is_registered(self) -> bool:
        """Whether the registry must know the schema of its topic before."""
        return not self.is_query and self.facts.get("value format") == "AVRO"


def objects(files: Mapping[str, str], *, counted: bool = True) -> list[Object]:
    """In the order of the files. `counted`: whether the number of partitions is a fact of a source, or Kafka's alone.

    Raises FleetgenError for a statement that cannot be managed.
    """
    found: list[Object] = []
    for path, text in files.items():
        try:
            pairs = list(zip(parse(text), split(text), strict=True))
            found += _objects(path, pairs, counted=counted)
        except NotKsql as error:
            raise _unmanageable(path, str(error)) from error
    return found


def _objects(path: str, pairs: list[tuple[Statement, str]], *, counted: bool) -> Iterator[Object]:
    """SET and DEFINE belong to every statement behind them in the file."""
    before: list[str] = []
    defined: dict[str, str] = {}
    for statement, text in pairs:
        match statement:
            case Set():
                before.append(text)
            case Define():
                before.append(text)
                defined[statement.name.upper()] = statement.value
            case CreateSource():
                yield _source(statement, (*before, text), counted=counted)
            case CreateQuery():
                yield _query(statement, (*before, text), text)
            case CreateConnector():
                if any(REFERENCE in value for value in statement.properties.values()):
                    raise _unmanageable(path, "a reference stands in the statement, which servers repeat in their logs")
                yield _connector(statement, (*before, text), defined)


def _source(statement: CreateSource, calls: tuple[str, ...], *, counted: bool) -> Object:
    facts = base_facts(statement.kind, statement.properties)
    keys = [column for column in statement.columns if column.constraint]
    if keys:
        facts["key format"] = statement.properties.get("KEY_FORMAT", "KAFKA").upper()
    if "TIMESTAMP" in statement.properties:
        facts["timestamp"] = statement.properties["TIMESTAMP"].upper()
    facts |= {f"column {printed(each.name)}": column_fact(each.type, key=bool(each.constraint))
              for each in statement.columns}  # fmt: skip
    partitions = int(statement.properties.get("PARTITIONS", "0"))
    if counted and partitions:
        facts[PARTITIONS] = str(partitions)
    return Object(statement.kind.lower(), statement.name, calls, facts, statement.properties["KAFKA_TOPIC"], partitions)


def _query(statement: CreateQuery, calls: tuple[str, ...], text: str) -> Object:
    facts = base_facts(statement.kind, statement.properties)
    if "KEY_FORMAT" in statement.properties:
        facts["key format"] = statement.properties["KEY_FORMAT"].upper()
    facts |= {"query": "runs", **query_facts(text)}
    select = statement.select
    reads = (select.source, *(join.source for join in select.joins))
    return Object(
        statement.kind.lower(), statement.name, calls, facts, statement.properties["KAFKA_TOPIC"], reads=reads
    )


def _connector(statement: CreateConnector, calls: tuple[str, ...], defined: Mapping[str, str]) -> Object:
    """Its configuration has the reference in place of a variable that stands for one."""
    config = {key: _meant(value, defined) for key, value in statement.properties.items()}
    return Object("connector", statement.name, calls, config, config.get("kafka.topic", ""), config=config)


def _meant(value: str, defined: Mapping[str, str]) -> str:
    """A literal as ksqlDB passes it on, but for references."""
    if value.startswith("${") and value.endswith("}") and value[2:-1].upper() in defined:
        return defined[value[2:-1].upper()]
    return re.sub(_ESCAPED, r"${\1}", value)


def base_facts(kind: str, properties: Mapping[str, str]) -> dict[str, str]:
    return {
        "kind": kind,
        "topic": properties["KAFKA_TOPIC"],
        "value format": properties["VALUE_FORMAT"].upper(),
    }


def column_fact(type: str, *, key: bool) -> str:
    return f"{type} KEY" if key else type


def _unmanageable(path: str, reason: str) -> FleetgenError:
    return FleetgenError(
        f"generated/{path}: FG742 error: cannot manage a statement for ksqlDB: {reason}\n"
        "  help: apply it by hand, and keep it out of the generated files"
    )


def key(each: Object) -> str:
    return f"ksql {each.kind} {each.name}"


def after(each: Object, made: Sequence[Object]) -> tuple[str, ...]:
    """The topic and its schema, what a query reads, and what makes the topic: the first over it."""
    sources = {other.name: key(other) for other in made if other.kind != "connector"}
    keys = [f"kafka topic {each.topic}"] if each.topic else []
    keys += [f"kafka subject {each.topic}-value"] if each.is_registered else []
    keys += [sources[name] for name in each.reads if name in sources]
    if not each.is_query and each.kind != "connector":
        first = next(other for other in made if other.kind != "connector" and other.topic == each.topic)
        keys += [key(first)] if first is not each else []
    return tuple(dict.fromkeys(keys))
