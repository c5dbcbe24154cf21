"""The Connect behind the server, as far as it and fleetgen ask it."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import unquote

from services.ksqldb.connectors import Connector, Rebalance
from services.rest import Call, Reply, Service, Unexpected

_CLASSES: Final = {
    "io.confluent.kafka.connect.datagen.DatagenConnector": "kafka.topic",
    "DatagenConnector": "kafka.topic",
    "DatagenSource": "kafka.topic",
    "FileStreamSource": "topic",
}
"""By class: a property that it cannot do without."""


class Worker(Service):
    """Its REST is what `connect.url` leads to. `refused`: properties whose values it refuses, and repeats.

    `rebalancing`: how many more times a new connector is refused because of a rebalance; `masked`: keys whose values
    it never tells; `added`: keys that it adds itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self.connectors: dict[str, Connector] = {}
        self.refused: set[str] = set()
        self.rebalancing = 0
        self.masked: set[str] = set()
        self.added: dict[str, str] = {}
        self.login: tuple[str, str] | None = None

    def answer(self, call: Call) -> Reply:
        if self.login is not None and call.login != self.login:
            return Reply(401, {"error_code": 401, "message": "Unauthorized"})
        if (call.method, call.path, call.query) == ("GET", "/connectors", (("expand", "info"),)):
            return Reply(200, {name: {"info": self._info(name)} for name in self.connectors})
        parts = [unquote(part) for part in call.path.split("/")[1:]]
        if len(parts) != 3 or parts[0] != "connectors" or parts[2] != "config" or call.query:
            raise Unexpected("no path that fleetgen asks of a worker whose connectors are ksqlDB's")
        name = parts[1]
        if call.method == "PUT" and isinstance(call.body, dict):
            return self._put(name, call.body)
        raise Unexpected("PUT only")

    def _info(self, name: str) -> dict[str, Any]:
        config = {**self.connectors[name].config, "name": name, **self.added}
        told = {key: "****************" if key in self.masked else value for key, value in config.items()}
        return {"name": name, "config": told, "tasks": [], "type": "source"}

    def _put(self, name: str, config: dict[str, Any]) -> Reply:
        if not all(isinstance(value, str) for value in config.values()):
            raise Unexpected("values that are not text")
        if found := self.problems(config):
            listed = "\n".join(message for _, message in found)
            message = f"Connector configuration is invalid and contains the following {len(found)} error(s):\n{listed}"
            return Reply(400, {"error_code": 400, "message": message})
        known = name in self.connectors
        self.connectors[name] = Connector({key: value for key, value in config.items() if key != "name"})
        info = {"name": name, "config": {**config, "name": name}, "tasks": [], "type": "source"}
        return Reply(200 if known else 201, info)

    def known(self) -> dict[str, Connector]:
        return self.connectors

    def make(self, name: str, config: dict[str, str]) -> None:
        if self.rebalancing > 0:
            self.rebalancing -= 1
            raise Rebalance
        self.connectors[name] = Connector(config)

    def remove(self, name: str) -> None:
        del self.connectors[name]

    def problems(self, config: dict[str, str]) -> list[tuple[str, str]]:
        """What validation finds wrong: properties, and messages that repeat their values."""
        found: list[tuple[str, str]] = []
        needed = _CLASSES.get(config.get("connector.class", ""))
        if needed is None:
            raise Unexpected(f"the class {config.get('connector.class')!r}")
        if needed not in config:
            found.append((needed, f'Missing required configuration "{needed}" which has no default value.'))
        tasks = config.get("tasks.max", "1")
        if not tasks.isdecimal():
            what = f"Invalid value {tasks} for configuration tasks.max: Not a number of type INT."
            more = "Invalid value null for configuration tasks.max: Value must be non-null"
            found.append(("tasks.max", f"{what} {more}"))
        converter = config.get("key.converter", "org.apache.kafka.connect.storage.StringConverter")
        if not converter.startswith("org.apache.kafka.connect."):
            what = f"Invalid value {converter} for configuration key.converter: Class {converter} could not be found."
            found.append(("key.converter", what))
        if "schema.string" in config:
            json.loads(config["schema.string"])
        for key in sorted(self.refused & config.keys()):
            found.append((key, f"Invalid value {config[key]} for configuration {key}: refused by the test"))
        return found
