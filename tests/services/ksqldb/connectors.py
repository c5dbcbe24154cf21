"""The statements about connectors, passed on to Connect as the server does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

from services.ksqldb import printed
from services.ksqldb.failure import Failure
from services.ksqldb.statements import CreateConnector


@dataclass(slots=True)
class Connector:
    config: dict[str, str]
    state: str = "RUNNING"
    tasks: tuple[str, ...] = ("RUNNING",)


class Worker(Protocol):
    """The Connect behind the server."""

    def known(self) -> dict[str, Connector]: ...

    def problems(self, config: dict[str, str]) -> list[tuple[str, str]]:
        """What validation finds wrong: properties, and messages that repeat their values."""
        ...

    def make(self, name: str, config: dict[str, str]) -> None:
        """Raises Rebalance."""
        ...

    def remove(self, name: str) -> None: ...


class Rebalance(Exception):
    """Connect is at something else."""


def create(worker: Worker, statement: CreateConnector) -> dict[str, Any]:
    """Raises Failure."""
    shown = printed.connector(statement)
    exists = statement.name.upper() in {each.upper() for each in worker.known()}
    message = f"Connector {statement.name} already exists"
    if exists and not statement.if_not_exists:
        raise Failure(409, 40900, message)
    config = {**statement.config}
    if "connector.class" not in config:
        listed = ", ".join(f"{key}={value}" for key, value in config.items())
        raise Failure(400, 40000, f"Validation error: Connector config {{{listed}}} contains no connector type")
    if found := worker.problems(config):
        raise Failure(400, 40000, "Validation error: " + "\n".join(f"{key} - {what}" for key, what in found))
    if exists:
        return {"@type": "warning_entity", "statementText": shown, "message": message, "warnings": []}
    try:
        worker.make(statement.name, config)
    except Rebalance as error:
        raise Failure(409, 40900, f"Failed to create connector: {_told(409, _REBALANCE)}") from error
    info = {"name": statement.name, "config": {**config, "name": statement.name}, "tasks": [], "type": "source"}
    return {"@type": "connector_info", "statementText": shown, "info": info, "warnings": []}


_REBALANCE = "Cannot complete request because of a conflicting operation (e.g. worker rebalance)"


def drop(worker: Worker, name: str, *, if_exists: bool, text: str) -> dict[str, Any]:
    if name in worker.known():
        worker.remove(name)
        return {"@type": "drop_connector", "statementText": text, "connectorName": name, "warnings": []}
    if if_exists:
        message = f"Connector '{name}' does not exist."
        return {"@type": "warning_entity", "statementText": text, "message": message, "warnings": []}
    raise Failure(404, 40400, f"Failed to drop connector: {_told(404, f'Connector {name} not found')}")


def describe(worker: Worker, name: str, text: str) -> dict[str, Any]:
    found = worker.known().get(name)
    if found is None:
        what = _told(404, f"No status found for connector {name}")
        raise Failure(404, 40400, f"Failed to query connector status: {what}")
    at = "connect:8083"
    tasks = [{"id": number, "state": state, "worker_id": at} for number, state in enumerate(found.tasks)]
    status = {"name": name, "connector": {"state": found.state, "worker_id": at}, "tasks": tasks, "type": "source"}
    return {
        "@type": "connector_description",
        "statementText": text,
        "connectorClass": found.config["connector.class"],
        "status": status,
        "sources": [],
        "topics": [],
        "warnings": [],
    }


def listed(worker: Worker, text: str) -> dict[str, Any]:
    entries = [
        {"name": name, "type": "source", "className": each.config["connector.class"], "state": _state(each)}
        for name, each in worker.known().items()
    ]
    return {"@type": "connector_list", "statementText": text, "warnings": [], "connectors": entries}


def _state(connector: Connector) -> str:
    running = connector.tasks.count("RUNNING")
    if connector.state != "RUNNING":
        return connector.state
    word = "RUNNING" if running == len(connector.tasks) else "WARNING"
    return f"{word} ({running}/{len(connector.tasks)} tasks RUNNING)"


def _told(code: int, message: str) -> str:
    return json.dumps({"error_code": code, "message": message}, separators=(",", ":"))
