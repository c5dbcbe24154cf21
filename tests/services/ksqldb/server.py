"""ksqlDB in the process: the statements that fleetgen sends, with the replies, state and errors of a real one.

What a real server 8.3 answered was recorded; tests/services/test_ksqldb.py holds this one to it. It is strict about
everything else: another statement, property, path or media type is a complaint, which fails the test.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import unquote

from services.ksqldb import connectors
from services.ksqldb.creating import Creation
from services.ksqldb.failure import Failure, bad_statement
from services.ksqldb.statements import (
    Alter,
    Create,
    CreateConnector,
    Describe,
    Drop,
    Listing,
    Statement,
    Terminate,
    read,
)
from services.ksqldb.store import Command, Source, Store
from services.ksqldb.text import SyntaxFault, place
from services.ksqldb.worker import Worker
from services.rest import Call, Reply, Service, Unexpected

_BUSY: Final = "Timeout while waiting for command topic consumer to process command\n\ttopic"
_REQUEST: Final = frozenset({"ksql", "streamsProperties", "sessionVariables", "commandSequenceNumber"})
_LISTED: Final = {"STREAMS": "STREAM", "TABLES": "TABLE"}


class Ksqldb(Service):
    """`login` and `cloud` are user and password of the server and, for connectors, of Confluent Cloud's management.

    `busy`: how many more statements it refuses because it is; `stall` is what the next command does: for how many
    polls it is not done, in which state it waits, and in which it ends.
    """

    media_types = ("application/vnd.ksql.v1+json",)

    def __init__(self, worker: connectors.Worker | None = None, *, registry: bool = True) -> None:
        super().__init__()
        self.store = Store()
        self.worker: connectors.Worker = worker or Worker()
        self.registry = registry
        self.login: tuple[str, str] | None = None
        self.cloud: tuple[str, str] | None = None
        self.busy = 0
        self.stall: tuple[int, str, str] | None = None
        self.healthy = True

    @property
    def statements(self) -> list[str]:
        """What was sent to be carried out, in order; not what only asks."""
        sent = [str(call.body["ksql"]) for call in self.calls if call.path == "/ksql" and isinstance(call.body, dict)]
        return [text for text in sent if not re.match(r"(?i)\s*(describe|show|list)\b", text)]

    def answer(self, call: Call) -> Reply:
        if self.login is not None and call.login != self.login:
            return Reply(401, {"@type": "generic_error", "error_code": 40100, "message": "Unauthorized"})
        if call.query:
            raise Unexpected("no parameters are known")
        match call.method, call.path:
            case "GET", "/info":
                info = {"version": "8.3.1", "kafkaClusterId": "k", "ksqlServiceId": "s_", "serverStatus": "RUNNING"}
                return Reply(200, {"KsqlServerInfo": info})
            case "GET", "/healthcheck":
                details = {name: {"isHealthy": self.healthy} for name in ("metastore", "kafka", "commandRunner")}
                return Reply(200, {"isHealthy": self.healthy, "details": details})
            case "GET", path if path.startswith("/status/"):
                return self._status(unquote(path.removeprefix("/status/")))
            case "POST", "/ksql":
                return self._ksql(call)
            case _:
                raise Unexpected("no path of ksqlDB that fleetgen asks")

    def _status(self, id: str) -> Reply:
        command = self.store.commands.get(id)
        if command is None:
            return Reply(404, {"@type": "generic_error", "error_code": 40400, "message": "Command not found"})
        return Reply(200, command.status())

    def _ksql(self, call: Call) -> Reply:
        if not isinstance(call.body, dict) or not call.body.keys() <= _REQUEST or "ksql" not in call.body:
            raise Unexpected("no request of ksqlDB's")
        try:
            self._check_sequence(call.body.get("commandSequenceNumber", -1))
            variables = call.body.get("sessionVariables", {})
            text = substituted(call.body["ksql"], variables)
            settings = call.body.get("streamsProperties", {})
            return Reply(200, [self.execute(text, settings, self._headers(call))])
        except Failure as failure:
            return Reply(failure.http, failure.body())

    def _check_sequence(self, number: int) -> None:
        if number >= 0 and number > self.store.sequence:
            message = f"Timed out while waiting for a previous command to execute. command sequence number: {number}"
            raise Failure(503, 50301, message)

    def _headers(self, call: Call) -> tuple[str, str]:
        return call.headers.get("x-confluent-api-key", ""), call.headers.get("x-confluent-api-secret", "")

    def execute(self, text: str, settings: dict[str, Any], headers: tuple[str, str] = ("", "")) -> dict[str, Any]:
        """The entity of one statement. Raises Failure; Unexpected for what fleetgen never sends."""
        _check_settings(settings, text)
        try:
            statement = read(text).statement
            if self._is_command(statement):
                self._refuse_busy(text)
            else:
                self._check_cloud(statement, headers)
            return self._execute(statement, text, settings)
        except SyntaxFault as fault:
            line, column = place(text, fault.at)
            raise Unexpected(f"line {line}:{column}: {fault}: {text}") from fault

    def _is_command(self, statement: Statement) -> bool:
        """Whether it goes through the command topic."""
        source = isinstance(statement, Drop) and statement.kind != "CONNECTOR"
        return source or isinstance(statement, Create | Alter | Terminate)

    def _execute(self, statement: Statement, text: str, settings: dict[str, Any]) -> dict[str, Any]:
        match statement:
            case Create():
                return self._create(statement, text, settings)
            case CreateConnector():
                return connectors.create(self.worker, statement)
            case Drop(kind="CONNECTOR"):
                return connectors.drop(self.worker, statement.name, if_exists=statement.if_exists, text=text)
            case Drop():
                return self._drop(statement, text)
            case Describe(kind="CONNECTOR"):
                return connectors.describe(self.worker, statement.name, text)
            case Describe():
                return self._describe(statement.name, text)
            case Alter():
                return self._alter(statement, text)
            case Terminate():
                return self._terminate(statement.query, text)
            case Listing():
                return self._list(statement.what, text)

    def _refuse_busy(self, text: str) -> None:
        if self.busy > 0:
            self.busy -= 1
            message = f"Could not write the statement '{text}' into the command topic.\nCaused by: {_BUSY}"
            raise Failure(500, 50000, message, text)

    def _check_cloud(self, statement: Statement, headers: tuple[str, str]) -> None:
        """On Confluent Cloud a connector takes a second key."""
        listing = isinstance(statement, Listing) and statement.what == "CONNECTORS"
        about = listing or isinstance(statement, CreateConnector) or getattr(statement, "kind", "") == "CONNECTOR"
        if about and self.cloud is not None and headers != self.cloud:
            raise Failure(401, 40100, "Failed to create connector: Unauthorized")
        if headers != ("", "") and (self.cloud is None or not about):
            raise Unexpected("headers of Confluent Cloud where they are of no use")

    def _create(self, statement: Create, text: str, settings: dict[str, Any]) -> dict[str, Any]:
        if statement.query is not None and settings.get("auto.offset.reset") != "earliest":
            raise Unexpected("a query that begins at the latest message")
        made = Creation(self.store, statement, text, settings, self.registry).run()
        if isinstance(made, str):
            return {"@type": "warning_entity", "statementText": text, "message": made, "warnings": []}
        shown, message, query = made
        return self._command(f"{statement.kind.lower()}/`{statement.name}`/create", shown, message, query)

    def _drop(self, statement: Drop, text: str) -> dict[str, Any]:
        source = self.store.sources.get(statement.name)
        id = f"{statement.kind.lower()}/{statement.name}/drop"
        if source is None and statement.if_exists:
            return self._command(id, text, f"Source `{statement.name}` does not exist.")
        if source is None:
            raise bad_statement(f"{statement.kind.capitalize()} {statement.name} does not exist.", text)
        if source.kind != statement.kind:
            kind = source.kind.lower()
            message = f"Incompatible data source type is {kind}, but statement was DROP {statement.kind.lower()}"
            raise bad_statement(message, text)
        if readers := ", ".join(query.sink for query in self.store.readers(statement.name)):
            message = f"Cannot drop {statement.name}.\nThe following streams and/or tables read from this source: "
            raise bad_statement(f"{message}[{readers}].\nYou need to drop them before dropping {statement.name}.", text)
        self.store.queries.pop(source.query, None)
        del self.store.sources[statement.name]
        return self._command(id, text, f"Source `{statement.name}` (topic: {source.topic}) was dropped.")

    def _alter(self, statement: Alter, text: str) -> dict[str, Any]:
        source = self._source(statement.name, text)
        if source.kind != statement.kind:
            kind = source.kind.lower()
            raise bad_statement(
                f"Incompatible data source type is {kind}, but statement was ALTER {statement.kind}", text
            )
        if source.query:
            raise bad_statement("ALTER command is not supported for CREATE ... AS statements.", text)
        for column in statement.columns:
            if column.name in [each.name for each in source.columns]:
                message = f"Cannot add column `{column.name}` to schema. A column with the same name already exists."
                raise bad_statement(message, text)
        source.columns += statement.columns
        source.text = text
        id = f"{statement.kind.lower()}/{statement.name}/alter"
        return self._command(id, text, f"{statement.kind.capitalize()} {statement.name} altered.")

    def _terminate(self, query: str, text: str) -> dict[str, Any]:
        if query not in self.store.queries:
            raise bad_statement(f"Unknown queryId: {query}", text)
        del self.store.queries[query]
        return self._command(f"terminate/{query}/execute", text, "Query terminated.")

    def _describe(self, name: str, text: str) -> dict[str, Any]:
        described = self.store.described(self._source(name, text))
        return {"@type": "sourceDescription", "statementText": text, "sourceDescription": described, "warnings": []}

    def _source(self, name: str, text: str) -> Source:
        if name not in self.store.sources:
            raise bad_statement(f"Could not find STREAM/TABLE '{name}' in the Metastore", text)
        return self.store.sources[name]

    def _list(self, what: str, text: str) -> dict[str, Any]:
        entries: list[dict[str, Any]]
        match what:
            case "CONNECTORS":
                return connectors.listed(self.worker, text)
            case "TOPICS":
                entries = [
                    {"name": name, "replicaInfo": [each.replicas] * each.partitions}
                    for name, each in sorted(self.store.topics.items())
                ]
                return {"@type": "kafka_topics", "statementText": text, "topics": entries, "warnings": []}
            case "QUERIES":
                entries = [self.store.told(query) for query in self.store.queries.values()]
            case _:
                entries = [_listed(each) for each in self.store.sources.values() if each.kind == _LISTED[what]]
        return {"@type": what.lower(), "statementText": text, what.lower(): entries, "warnings": []}

    def _command(self, id: str, text: str, message: str, query: str | None = None) -> dict[str, Any]:
        self.store.sequence += 2
        command = Command(id, message, query)
        if self.stall is not None:
            command.pending, command.waiting, command.state = self.stall
            self.stall = None
        self.store.commands[id] = command
        return {
            "@type": "currentStatus",
            "statementText": text,
            "commandId": id,
            "commandStatus": command.status(),
            "commandSequenceNumber": self.store.sequence,
            "warnings": [],
        }


def substituted(text: str, variables: dict[str, str]) -> str:
    """With the session's variables put in: quotes doubled inside a literal, none in backticks.

    Raises Unexpected for a variable without a value, which a real server would leave as it is.
    """
    values = {name.lower(): value for name, value in variables.items()}
    if "${profile:" in text or any("${profile:" in value for value in values.values()):
        raise Unexpected("a reference of fleetgen's own reached the server")

    def literal(match: re.Match[str]) -> str:
        if match[0][0] == "`":
            return match[0]
        filled = _VARIABLE.sub(lambda one: value(one).replace("'", "''"), match[0])
        return re.sub(r"\$\$\{(\w+)\}", r"${\1}", filled)

    def value(match: re.Match[str]) -> str:
        if match[1].lower() not in values:
            raise Unexpected(f"no value for the variable {match[1]}")
        return values[match[1].lower()]

    return re.sub(r"`(?:[^`]|``)*`|'(?:[^']|'')*'", literal, text)


_VARIABLE: Final = re.compile(r"(?<!\$)\$\{(\w+)\}")


def _check_settings(settings: dict[str, Any], text: str) -> None:
    for key, value in settings.items():
        if key != "auto.offset.reset":
            message = f"Not recognizable as ksql, streams, consumer, or producer property: '{key}'"
            raise Failure(500, 50000, message, text)
        if value not in ("earliest", "latest"):
            raise Unexpected(f"auto.offset.reset {value!r}")


def _listed(source: Source) -> dict[str, Any]:
    return {
        "type": source.kind, "name": source.name, "topic": source.topic, "keyFormat": source.key_format,
        "valueFormat": source.value_format, "isWindowed": False,
    }  # fmt: skip
