"""CREATE STREAM and CREATE TABLE, of a topic or of a query."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from fleetgen.targets.ksql.names import PSEUDO
from services.ksqldb import printed
from services.ksqldb.failure import Failure, bad_statement
from services.ksqldb.queries import Plan, Refused, plan, written_out
from services.ksqldb.statements import Column, Create
from services.ksqldb.store import WEEK_MS, Running, Source, Store, Topic
from services.ksqldb.text import literal

_KAFKA_KEYS: Final = frozenset({"INTEGER", "BIGINT", "DOUBLE", "STRING", "BYTES"})
_REGISTERED: Final = frozenset({"AVRO", "JSON_SR", "PROTOBUF"})


class Creation:
    """One statement: checked, then carried out. `text` is it as it came; `registry`: whether there is one."""

    def __init__(self, store: Store, statement: Create, text: str, settings: dict[str, Any], registry: bool) -> None:
        self._store, self._statement, self._text = store, statement, text
        self._settings, self._registry = settings, registry
        self._planned: Plan | None = None
        self._printed = text
        self._topic = ""

    def run(self) -> tuple[str, str, str | None] | str:
        """What it is printed as, the message and the query's id; or the warning that it is there already.

        Raises Failure.
        """
        statement = self._statement
        self._prepare()
        there = self._store.sources.get(statement.name)
        kind = statement.kind.lower()
        if there is not None and statement.if_not_exists and not statement.replace:
            self._make_topic()
            return f"Cannot add {kind} `{statement.name}`: A {kind} with the same name already exists."
        if there is not None and not statement.replace:
            message = f"Cannot add {kind} '{statement.name}': A {there.kind.lower()} with the same name already exists"
            raise bad_statement(message, self._printed)
        if there is not None:
            self._check_upgrade(there)
        self._make_topic()
        query = self._store_source()
        return self._printed, f"Created query with ID {query}" if query else f"{kind.capitalize()} created", query

    def _prepare(self) -> None:
        statement = self._statement
        names = [column.name for column in statement.columns]
        if twice := [name for name in names if names.count(name) > 1]:
            raise bad_statement(f"Failed to prepare statement: Duplicate column names: `{twice[0]}`", self._text)
        if any("`" in name for name in names):
            raise Failure(500, 50000, "Did not write the command to the command topic as it could not be deserialized.")
        if "VALUE_FORMAT" not in statement.properties:
            message = (
                "Statement is missing the 'VALUE_FORMAT' property from the WITH clause. Either provide one or set a "
                "default via the 'ksql.persistence.default.format.value' config."
            )
            raise bad_statement(message, self._text)
        self._topic = self._property("KAFKA_TOPIC")
        if statement.query is None:
            self._check_topic(int(self._property("PARTITIONS", "0")))
            self._printed = printed.create(statement, self._source_properties())
            self._check_columns(statement.columns)
        else:
            self._prepare_query()
        if self._property("VALUE_FORMAT").upper() in _REGISTERED and not self._registry:
            wanted = self._property("VALUE_FORMAT").upper()
            message = f"Cannot create topic '{self._topic}' with format {wanted} without configuring "
            raise Failure(428, 42801, message + "'ksql.schema.registry.url'")

    def _prepare_query(self) -> None:
        store, query = self._store, self._statement.query
        assert query is not None
        partitions = {name: store.topics[each.topic].partitions for name, each in store.sources.items()}
        try:
            statement = replace(self._statement, query=written_out(query, store.sources))
        except Refused as error:
            raise bad_statement(str(error), self._text) from error
        wanted = int(self._property("PARTITIONS", str(partitions[query.source])))
        self._check_topic(wanted)
        self._printed = self._as_query(statement, wanted)
        self._statement = statement
        try:
            self._planned = plan(statement, self._text, store.sources, partitions)
        except Refused as error:
            raise bad_statement(str(error), self._printed) from error
        if (statement.kind == "TABLE") != bool(query.group):
            message = "Invalid result type. A table comes of a GROUP BY, and a stream does not."
            raise bad_statement(message, self._printed)

    def _as_query(self, statement: Create, partitions: int) -> str:
        table = statement.kind == "TABLE"
        added = {"CLEANUP_POLICY": literal("compact" if table else "delete"), "PARTITIONS": str(partitions)}
        added |= {"REPLICAS": "1"} | ({} if table else {"RETENTION_MS": str(WEEK_MS)})
        return printed.create(statement, {**added, **statement.properties})

    def _source_properties(self) -> dict[str, str]:
        policy = "compact" if self._statement.kind == "TABLE" else "delete"
        added = {"CLEANUP_POLICY": literal(policy), "KEY_FORMAT": literal("KAFKA")}
        properties = {**added, **self._statement.properties}
        for name in ("KEY_FORMAT", "VALUE_FORMAT"):
            properties[name] = properties[name].upper()
        return properties

    def _property(self, name: str, default: str = "") -> str:
        """Its value, without quotes."""
        text = self._statement.properties.get(name, default)
        return text[1:-1].replace("''", "'") if text.startswith("'") else text

    def _check_topic(self, wanted: int) -> None:
        topic = self._store.topics.get(self._topic)
        if topic is None and wanted == 0:
            again = printed.create(
                self._statement, {"KEY_FORMAT": "'KAFKA'", "PARTITIONS": "2", **self._statement.properties}
            )
            raise Failure(
                400,
                40000,
                f"Topic '{self._topic}' does not exist. If you want to create a new topic for the stream/table please "
                "re-run the statement providing the required 'PARTITIONS' configuration in the WITH clause (and "
                f"optionally 'REPLICAS'). For example: {again}",
            )
        if topic is None or wanted == 0:
            return
        retention = int(self._property("RETENTION_MS", str(topic.retention)))
        replicas = int(self._property("REPLICAS", str(topic.replicas)))
        if (wanted, replicas, retention) != (topic.partitions, topic.replicas, topic.retention):
            message = (
                f"A Kafka topic with the name '{self._topic}' already exists, with different partition/replica/"
                f"retention configuration than required. KSQL expects {wanted} partitions (topic has "
                f"{topic.partitions}), {replicas} replication factor (topic has {topic.replicas}), and {retention} "
                f"retention (topic has {topic.retention})."
            )
            raise Failure(500, 50000, message, self._text)

    def _check_columns(self, columns: tuple[Column, ...]) -> None:
        for column in columns:
            if column.name in PSEUDO:
                message = f"'{column.name}' is a reserved column name. You cannot use it as a name for a column."
                raise bad_statement(message, self._printed)
        keys = [column for column in columns if column.key]
        if self._statement.kind == "TABLE" and not keys:
            raise bad_statement("Tables require a PRIMARY KEY. Please define the PRIMARY KEY.", self._printed)
        if self._property("KEY_FORMAT", "KAFKA") == "KAFKA":
            for column in keys:
                if column.type.base not in _KAFKA_KEYS:
                    raise bad_statement(_unsupported("Key", "KAFKA", column), self._printed)

    def _check_upgrade(self, there: Source) -> None:
        if self._statement.query is not None and self._statement.query.joins:
            raise Failure(400, 40000, "Upgrades not yet supported for StreamTableJoin")
        if self._statement.query is not None:
            raise Failure(400, 40000, "Upgrades not yet supported for StreamAggregate")
        columns = self._statement.columns
        if columns[: len(there.columns)] != there.columns:
            gone = [column for column in there.columns if column not in columns]
            keys = [column for column in gone if column.key]
            what = "Key columns must be identical. The following key" if keys else "The following"
            listed = ", ".join(printed.told(column) for column in keys or gone)
            raise bad_statement(
                f"Cannot upgrade data source: DataSource '`{there.name}`' has schema = {printed.schema(there.columns)} "
                f"which is not upgradeable to {printed.schema(columns)}. ({what} columns are changed, missing or "
                f"reordered: [{listed}])",
                self._printed,
            )
        before = _topic(there.topic, there.key_format, there.value_format)
        after = _topic(self._topic, self._property("KEY_FORMAT", "KAFKA"), self._property("VALUE_FORMAT").upper())
        if before != after:
            message = f"Cannot upgrade data source: DataSource '`{there.name}`' has topic = {before} "
            raise bad_statement(f"{message}which is not upgradeable to {after}", self._printed)

    def _make_topic(self) -> None:
        if self._topic in self._store.topics:
            return
        statement = self._statement
        partitions = int(self._property("PARTITIONS", "0"))
        if statement.query is not None:
            left = self._store.topics[self._store.sources[statement.query.source].topic]
            partitions = partitions or left.partitions
        retention = int(self._property("RETENTION_MS", str(WEEK_MS)))
        self._store.topics[self._topic] = Topic(partitions, 1, retention, statement.kind == "TABLE")

    def _store_source(self) -> str | None:
        statement, planned = self._statement, self._planned
        columns = planned.columns if planned else statement.columns
        key_format = self._property("KEY_FORMAT", planned.key_format if planned else "KAFKA").upper()
        source = Source(
            statement.kind, statement.name, columns, self._topic, key_format, self._property("VALUE_FORMAT").upper(),
            self._printed, self._property("TIMESTAMP"),
        )  # fmt: skip
        if planned and statement.query:
            source.query = f"C{statement.kind[0]}AS_{statement.name}_{self._store.sequence + 1}"
            reads = (statement.query.source, *(join.source for join in statement.query.joins))
            running = Running(source.query, self._printed, statement.name, reads, self._settings)
            self._store.queries[source.query] = running
        self._store.sources[statement.name] = source
        return source.query or None


def _topic(name: str, key: str, value: str) -> str:
    def told(format: str) -> str:
        return f"format=FormatInfo{{format={format}, properties={{}}}}, features=[]"

    key_format = f"KeyFormat{{{told(key)}, window=Optional.empty}}"
    return f"KsqlTopic{{kafkaTopicName='{name}', keyFormat={key_format}, valueFormat=ValueFormat{{{told(value)}}}}}"


def _unsupported(what: str, format: str, column: Column) -> str:
    schema = f"Persistence{{columns=[{printed.told(column)}], features=[]}}"
    reason = f"The '{format}' format does not support type '{column.type.base}'"
    return f"{what} format does not support schema.\nformat: {format}\nschema: {schema}\nreason: {reason}"
