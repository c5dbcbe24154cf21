"""ksqlDB's REST: one statement a request, waited for until it is carried out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final

from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen
from fleetgen.http import Client, Reply
from fleetgen.quoting import ksql_quoted
from fleetgen.redaction import redact

MEDIA: Final = "application/vnd.ksql.v1+json"
_ANSWERED: Final = (200, 400, 404, 409, 428, 500)
_BUSY: Final = re.compile(r"Timeout while waiting for command topic consumer", re.DOTALL)
_ABOUT_CONNECTORS: Final = re.compile(r"(?:CREATE SOURCE|DROP|DESCRIBE) CONNECTOR\b")
_TOLD: Final = frozenset(
    {"type", "topic", "fields", "keyFormat", "valueFormat", "partitions", "statement", "readQueries", "writeQueries"}
)
_WAITS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0)
"""In seconds, between tries of what the server, or Connect behind it, is too busy for: two minutes."""
_PATIENCE: Final = 120.0
_POLL: Final = 0.5
_SHOWN: Final = 400
# Messages that repeat values of a configuration, some of which only the server has resolved.
_LEAKS: Final = (
    (re.compile(r"Invalid value .*? for configuration ", re.DOTALL), "Invalid value (hidden) for configuration "),
    (re.compile(r"(Multiple entries with same key: )([^=\s]*)=.*", re.DOTALL), r"\1\2"),
    (re.compile(r"Connector config \{.*\}", re.DOTALL), "Connector config {(hidden)}"),
)


class KsqlError(FleetgenError):
    """The server refused a statement, or did not carry it out. `code` is its own error code, 0 without one."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


@frozen
class Request:
    """`settings` are properties of the streams, `variables` stand in its literals as `${name}`, and may be secret."""

    statement: str
    settings: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)


class Server:
    """`http` is a client of the server's address. Each request waits for the command of the one before it.

    `management` are the headers that Confluent Cloud wants with what is about connectors.
    """

    def __init__(self, http: Client, management: Mapping[str, str] | None = None) -> None:
        self.http = http
        self._management = management or {}
        self._sequence = -1

    def info(self) -> Mapping[str, Any]:
        """Raises HttpError, KsqlError for what is no ksqlDB."""
        body = self.http.ask("GET", "/info").body
        found = body.get("KsqlServerInfo") if isinstance(body, dict) else None
        if not isinstance(found, dict):
            raise self._strange("GET /info")
        return found

    def health(self) -> tuple[str, ...]:
        """The parts that are not healthy; none too where the server does not tell."""
        reply = self.http.ask("GET", "/healthcheck", expect=(200, 403, 404, 503), retry=())
        body = reply.body if isinstance(reply.body, dict) else {}
        details = body.get("details") or {}
        broken = [name for name, told in details.items() if isinstance(told, dict) and told.get("isHealthy") is False]
        return tuple(broken) if broken or body.get("isHealthy", True) else ("unhealthy",)

    def listed(self, kind: str) -> list[Mapping[str, Any]]:
        """The "streams", "tables" or "topics" that there are."""
        found = self.send(Request(f"LIST {kind.upper()};")).get(kind)
        if not isinstance(found, list) or not all(isinstance(each, dict) and "name" in each for each in found):
            raise self._strange("POST /ksql")
        return found

    def source(self, name: str) -> Mapping[str, Any]:
        """What DESCRIBE tells of a stream or table."""
        found = self.send(Request(f"DESCRIBE {ksql_quoted(name)};")).get("sourceDescription")
        if not isinstance(found, dict) or not found.keys() >= _TOLD:
            raise self._strange("POST /ksql")
        return found

    def connector(self, name: str) -> tuple[str, ...]:
        """The state of a connector, then those of its tasks; none if it is unknown, or new."""
        try:
            found = self.send(Request(f"DESCRIBE CONNECTOR {ksql_quoted(name)};")).get("status")
        except KsqlError as error:
            if error.code == 40400:
                return ()
            raise
        if not isinstance(found, dict) or not found.keys() >= {"connector", "tasks"}:
            raise self._strange("POST /ksql")
        return (str(found["connector"]["state"]), *(str(task["state"]) for task in found["tasks"]))

    def send(self, request: Request) -> Mapping[str, Any]:
        """The entity of the reply, once its command is carried out. Raises KsqlError, HttpError."""
        for wait in (*_WAITS, None):
            reply = self._once(request)
            if reply.status == 200:
                return self._carried_out(self._entity(reply))
            error = self._error(reply)
            if wait is None or not _passes(error, reply):
                raise error
            self.http.sleep(wait)
        raise AssertionError

    def _once(self, request: Request) -> Reply:
        body: dict[str, Any] = {
            "ksql": request.statement,
            "streamsProperties": {**request.settings},
            "sessionVariables": {**request.variables},
        }
        if self._sequence >= 0:
            body["commandSequenceNumber"] = self._sequence
        headers = {**self._management} if _ABOUT_CONNECTORS.match(request.statement) else {}
        reply = self.http.ask("POST", "/ksql", body, expect=_ANSWERED, headers=headers)
        if reply.status != 200 and not (isinstance(reply.body, dict) and "error_code" in reply.body):
            raise self.http.error("POST", "/ksql", reply)
        return reply

    def _entity(self, reply: Reply) -> Mapping[str, Any]:
        body = reply.body
        if not isinstance(body, list) or len(body) != 1 or not isinstance(body[0], dict):
            raise self._strange("POST /ksql")
        return body[0]

    def _carried_out(self, entity: Mapping[str, Any]) -> Mapping[str, Any]:
        number = entity.get("commandSequenceNumber", -1)
        self._sequence = max(self._sequence, number if isinstance(number, int) else -1)
        if entity.get("@type") != "currentStatus":
            return entity
        status = entity.get("commandStatus", {})
        waited = 0.0
        while status.get("status") in ("QUEUED", "PARSING", "EXECUTING"):
            if waited >= _PATIENCE:
                raise self._unfinished(entity, status["status"])
            self.http.sleep(_POLL)
            waited += _POLL
            status = self.http.ask("GET", f"/status/{_quoted(entity['commandId'])}").body or {}
        if status.get("status") != "SUCCESS":
            raise self.refused(str(status.get("message", "no reason given")))
        return {**entity, "commandStatus": status}

    def _error(self, reply: Reply) -> KsqlError:
        return self.refused(str(reply.body.get("message", "")), int(reply.body["error_code"]))

    def refused(self, message: str, code: int = 0) -> KsqlError:
        said = shown(message, self.http.secrets)
        number = f" ({code})" if code else ""
        return KsqlError(f"FG741 error: ksqlDB refuses it{number}: {said}\n  help: {_help(code, message)}", code)

    def _unfinished(self, entity: Mapping[str, Any], state: str) -> KsqlError:
        return KsqlError(
            f"FG743 error: ksqlDB: the command {entity['commandId']} is still {state} after {_PATIENCE:g} s\n"
            "  help: it may be carried out yet; look at GET /healthcheck and the server's log, then apply again"
        )

    def _strange(self, call: str) -> KsqlError:
        return KsqlError(
            f"FG740 error: ksqlDB: {call} answers with JSON that is not ksqlDB's\n"
            "  help: look at the address in the profile: is it that of ksqlDB's REST?"
        )


def shown(message: str, secrets: tuple[str, ...]) -> str:
    """A message of the server for people: on one line, short, without the values that it repeats."""
    for pattern, instead in _LEAKS:
        message = pattern.sub(instead, message)
    text = redact(" ".join(redact(message, secrets).split()), secrets)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} .."


def _passes(error: KsqlError, reply: Reply) -> bool:
    """Whether waiting cures it. A conflict is a rebalance of Connect, unless the connector is there."""
    message = str(reply.body.get("message", ""))
    return bool(_BUSY.search(message)) or (error.code == 40900 and "already exists" not in message)


def _quoted(command: str) -> str:
    from urllib.parse import quote

    return quote(command, safe="/")


def _help(code: int, message: str) -> str:
    match code:
        case 40300 | 40301:
            return "the user lacks a right: doc/targets/ksql.md lists those that are needed"
        case 42801:
            return "give the server a registry (ksql.schema.registry.url), or let the stream be of the format json"
        case 50000 if "different partition/replica/retention" in message:
            return "the topic is there and is another: let partitions and retention say what it has, or change it"
        case 50000:
            return "look at the server's log; what was done stays, apply again to go on"
        case _:
            return "nothing after this statement was done; mend what it names and apply again"
