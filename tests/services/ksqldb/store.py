"""What the server knows: topics, streams and tables, the queries that fill them, commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from services.ksqldb.statements import Column

WEEK_MS = 604_800_000


@dataclass(slots=True)
class Topic:
    partitions: int = 1
    replicas: int = 1
    retention: int = WEEK_MS
    compact: bool = False


@dataclass(slots=True)
class Source:
    """`text` is the statement that made it, `query` the id of the one that fills it."""

    kind: str
    name: str
    columns: tuple[Column, ...]
    topic: str
    key_format: str
    value_format: str
    text: str
    timestamp: str = ""
    query: str = ""


@dataclass(slots=True)
class Running:
    id: str
    text: str
    sink: str
    reads: tuple[str, ...]
    properties: dict[str, Any]
    state: str = "RUNNING"


@dataclass(slots=True)
class Command:
    """`pending`: for how many more times it is asked after that it is not done."""

    id: str
    message: str
    query: str | None
    pending: int = 0
    state: str = "SUCCESS"
    waiting: str = "QUEUED"

    def status(self) -> dict[str, Any]:
        if self.pending > 0:
            self.pending -= 1
            message = "Statement written to command topic" if self.waiting == "QUEUED" else "Executing statement"
            return {"status": self.waiting, "message": message, "queryId": None}
        return {"status": self.state, "message": self.message, "queryId": self.query}


@dataclass(slots=True)
class Store:
    topics: dict[str, Topic] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    queries: dict[str, Running] = field(default_factory=dict)
    commands: dict[str, Command] = field(default_factory=dict)
    sequence: int = -2
    """Of the last command; they go up by two, since each is a transaction."""

    def readers(self, name: str) -> list[Running]:
        return [query for query in self.queries.values() if name in query.reads]

    def described(self, source: Source) -> dict[str, Any]:
        topic = self.topics[source.topic]
        fields: list[dict[str, Any]] = []
        for column in source.columns:
            told: dict[str, Any] = {"name": column.name, "schema": column.type.told()}
            fields.append({**told, "type": "KEY"} if column.key else told)
        return {
            "name": source.name,
            "windowType": None,
            "readQueries": [self.told(query) for query in self.readers(source.name)],
            "writeQueries": [self.told(self.queries[source.query])] if source.query in self.queries else [],
            "fields": fields,
            "type": source.kind,
            "timestamp": source.timestamp,
            "statistics": "",
            "errorStats": "",
            "extended": False,
            "keyFormat": source.key_format,
            "valueFormat": source.value_format,
            "topic": source.topic,
            "partitions": topic.partitions,
            "replication": topic.replicas,
            "statement": source.text,
            "queryOffsetSummaries": [],
            "sourceConstraints": [query.sink for query in self.readers(source.name)],
            "clusterStatistics": [],
            "clusterErrorStats": [],
        }

    def told(self, query: Running) -> dict[str, Any]:
        return {
            "queryString": query.text,
            "sinks": [query.sink],
            "sinkKafkaTopics": [self.sources[query.sink].topic],
            "id": query.id,
            "statusCount": {query.state: 1},
            "queryType": "PERSISTENT",
            "state": query.state,
        }
