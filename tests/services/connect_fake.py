"""A strict Kafka Connect in the process, for what a real worker cannot be made to do.

It answers as recorded from a real worker (4.3.1): what a worker does takes it a moment, in the same order. As Confluent
Cloud it has that base path, login, masks and states.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import unquote

from services import connect_rules as rules
from services.connect_plugins import VERSION
from services.connect_state import Connector, Lifecycle
from services.rest import Call, Reply, Unexpected

MASK: Final = "****************"
INJECTED: Final = {
    "cloud.environment": "prod",
    "cloud.provider": "aws",
    "kafka.endpoint": "SASL_SSL://pkc-00000.eu-central-1.aws.confluent.cloud:9092",
    "kafka.max.partition.validation.disable": "false",
    "kafka.region": "eu-central-1",
    "kafka.dedicated": "false",
    "schema.registry.url": "https://psrc-00000.eu-central-1.aws.confluent.cloud",
    "valid.kafka.api.key": "true",
    "config.internal.tier": "standard",
}
"""Keys that Confluent Cloud adds to every configuration."""
_ADDRESSABLE: Final = re.compile(r"[A-Za-z0-9._-]+")
_UNADDRESSABLE: Final = frozenset({".", ".."})


class Connect(Lifecycle):
    """Its calls. Anything else that it is asked is a complaint."""

    @property
    def url(self) -> str:
        return super().url + (self.cloud.base if self.cloud else "")

    def answer(self, call: Call) -> Reply:
        if self.login is not None and call.login != self.login:
            return self._unauthorized()
        path = call.path
        if self.cloud is not None:
            if not path.startswith(f"{self.cloud.base}/"):
                raise Unexpected("Confluent Cloud has nothing there")
            path = path.removeprefix(self.cloud.base)
        for method, pattern, options, handler in _ROUTES:
            found = re.fullmatch(pattern, path)
            if found and method == call.method:
                self._check(call, options, method == "PUT" and "config" in path)
                return handler(self, *(unquote(part) for part in found.groups()), call)
        raise Unexpected("no such call")

    def _check(self, call: Call, options: frozenset[str], takes_body: bool) -> None:
        """Raises Unexpected for a parameter or a body that no client of ours sends."""
        if unknown := {name for name, _ in call.query} - options:
            raise Unexpected(f"parameters {sorted(unknown)}")
        if takes_body:
            body = call.body
            if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
                raise Unexpected("a configuration is an object of strings")
            if any(re.fullmatch(r"[*•]{2,}", value) for value in body.values()):
                raise Unexpected("a mask is sent as a value")
        elif call.body is not None:
            raise Unexpected("this call has no body")

    def _unauthorized(self) -> Reply:
        if self.cloud is not None:
            return Reply(401, {"errors": [{"id": "1", "status": "401", "detail": "Unauthorized", "source": {}}]})
        return Reply(401, "User cannot access the resource.", {"Content-Type": "text/plain"})

    def _root(self, call: Call) -> Reply:
        self._self_managed()
        return Reply(200, {"version": VERSION, "commit": "26b251a451ce941d", "kafka_cluster_id": "tests"})

    def _health(self, call: Call) -> Reply:
        self._self_managed()
        message = "Worker has completed startup and is ready to handle requests."
        return Reply(200, {"status": "healthy", "message": message})

    def _self_managed(self) -> None:
        if self.cloud is not None:
            raise Unexpected("Confluent Cloud has no such call")

    def _plugins(self, call: Call) -> Reply:
        known = sorted(self.plugins, key=lambda plugin: plugin.name)
        return Reply(200, [{"class": plugin.name, "type": plugin.type, "version": VERSION} for plugin in known])

    def _validate(self, name: str, call: Call) -> Reply:
        if "name" not in call.body:
            raise Unexpected("a configuration to validate has a name")
        try:
            plugin = rules.find(self.plugins, call.body)
            if name not in plugin.names:
                included = f"Included connector type {plugin.name} does not match request type {name}"
                return _error(400, included)
            values = rules.validate(plugin, call.body, self.providers)
        except rules.Broken as broken:
            kind = (
                "common.config.ConfigException"
                if broken.missing_file
                else "connect.runtime.rest.errors.BadRequestException"
            )
            return _error(500, f"org.apache.kafka.{kind}: {broken}")
        told = [value.told() for value in values]
        for one in told:
            one["value"]["value"] = self._masked(one["value"]["name"], one["value"]["value"])
        count = sum(len(value.errors) for value in values)
        return Reply(200, {"name": plugin.name, "error_count": count, "groups": rules.groups(values), "configs": told})

    def _masked(self, key: str, value: Any) -> Any:
        return MASK if self.cloud is not None and key in self.cloud.masked and value else value

    def _list(self, call: Call) -> Reply:
        asked = [value for name, value in call.query if name == "expand"]
        asked = asked[0].split(",") if self.cloud is not None and asked else asked
        known = {"status", "info", "id"} if self.cloud else {"status", "info"}
        if set(asked) - known:
            raise Unexpected(f"expand={','.join(asked)}")
        if not asked:
            return Reply(200, list(self.connectors))
        tell: dict[str, Callable[[Connector], Any]] = {"status": self._status_of, "info": self._info, "id": _id}
        listed = self.connectors.values()
        known_to = [found for found in listed if found.state is not None or "status" not in asked]
        return Reply(200, {found.name: {what: tell[what](found) for what in asked} for found in known_to})

    def _get(self, name: str, call: Call) -> Reply:
        return self._with(name, lambda found: Reply(200, self._info(found)))

    def _config(self, name: str, call: Call) -> Reply:
        return self._with(name, lambda found: Reply(200, self._shown(found)))

    def _tasks(self, name: str, call: Call) -> Reply:
        def told(found: Connector) -> Reply:
            tasks = ({**config, "task.class": found.plugin.task} for config in found.running)
            return Reply(200, [{"id": {"connector": name, "task": n}, "config": task} for n, task in enumerate(tasks)])

        return self._with(name, told)

    def _status(self, name: str, call: Call) -> Reply:
        found = self.connectors.get(name)
        if found is None or found.state is None:
            return _error(404, f"No status found for connector {name}")
        return Reply(200, self._status_of(found))

    def _with(self, name: str, tell: Callable[[Connector], Reply]) -> Reply:
        found = self.connectors.get(name)
        return _error(404, f"Connector {name} not found") if found is None else tell(found)

    def _shown(self, found: Connector) -> dict[str, str]:
        config = {key: self._masked(key, value) for key, value in found.config.items()}
        return {**config, **INJECTED} if self.cloud else config

    def _info(self, found: Connector) -> dict[str, Any]:
        tasks = [{"connector": found.name, "task": number} for number in range(len(found.running))]
        return {"name": found.name, "config": self._shown(found), "tasks": tasks, "type": found.plugin.type}

    def _status_of(self, found: Connector) -> dict[str, Any]:
        where = {"worker_id": found.name} if self.cloud else {"worker_id": "127.0.0.1:8083", "version": VERSION}
        tasks = [
            {"id": number, "state": state, **where, **({"trace": trace} if trace else {})}
            for number, (state, trace) in enumerate(found.states)
        ]
        connector = {"state": found.state, **where}
        return {"name": found.name, "connector": connector, "tasks": tasks, "type": found.plugin.type}

    def _put(self, name: str, call: Call) -> Reply:
        if not _ADDRESSABLE.fullmatch(name) or name in _UNADDRESSABLE:
            raise Unexpected(f"the name {name!r} cannot be addressed")
        if (inner := call.body.get("name", name)) != name:
            return _error(
                400, f"Connector name configuration ({inner}) doesn't match connector name in the URL ({name})"
            )
        config = {**call.body, "name": name}
        try:
            plugin = rules.find(self.plugins, config)
            values = rules.validate(plugin, config, self.providers)
        except rules.Broken as broken:
            return _error(broken.status, str(broken))
        if errors := [error for value in values for error in value.errors]:
            return _error(400, _invalid(errors))
        found, new = self.store(name, plugin, config)
        where = {"Location": f"{self.url}/connectors/{name}"} if new and not self.cloud else {}
        return Reply(201 if new else 200, self._info(found), where)

    def _target(self, name: str, target: str, status: int) -> Reply:
        found = self.connectors.get(name)
        if found is None:
            return _error(404, f"Unknown connector {name}")
        self.take(found, target)
        return Reply(status)

    def _pause(self, name: str, call: Call) -> Reply:
        return self._target(name, "PAUSED", 202)

    def _resume(self, name: str, call: Call) -> Reply:
        return self._target(name, "RUNNING", 202)

    def _stop(self, name: str, call: Call) -> Reply:
        self._self_managed()
        return self._target(name, "STOPPED", 204)

    def _restart(self, name: str, call: Call) -> Reply:
        found = self.connectors.get(name)
        flags = dict(call.query)
        if set(flags.values()) - {"true", "false"}:
            raise Unexpected("a flag is true or false")
        if found is None:
            return _error(404, f"Unknown connector: {name}")
        if flags.get("includeTasks") != "true":
            return Reply(204)
        self.restart(found, only_failed=flags.get("onlyFailed") == "true")
        return Reply(202, self._status_of(found))

    def _delete(self, name: str, call: Call) -> Reply:
        if self.connectors.pop(name, None) is None:
            return _error(404, f"Connector {name} not found")
        return Reply(200, {"error": None}) if self.cloud else Reply(204)


def _id(found: Connector) -> dict[str, str]:
    return {"id": f"lcc-{found.name}", "id_type": "ID"}


def _error(status: int, message: str) -> Reply:
    return Reply(status, {"error_code": status, "message": message})


def _invalid(errors: Sequence[str]) -> str:
    first = f"Connector configuration is invalid and contains the following {len(errors)} error(s):"
    where = "`/connector-plugins/{connectorType}/config/validate`"
    return "\n".join([first, *errors, f"You can also find the above list of errors at the endpoint {where}"])


_NAME: Final = r"/connectors/([^/]+)"
_NONE: Final = frozenset[str]()
_ROUTES: Final[Sequence[tuple[str, str, frozenset[str], Callable[..., Reply]]]] = (
    ("GET", r"/", _NONE, Connect._root),
    ("GET", r"/health", _NONE, Connect._health),
    ("GET", r"/connector-plugins", frozenset({"connectorsOnly"}), Connect._plugins),
    ("PUT", r"/connector-plugins/([^/]+)/config/validate", _NONE, Connect._validate),
    ("GET", r"/connectors", frozenset({"expand"}), Connect._list),
    ("GET", _NAME, _NONE, Connect._get),
    ("DELETE", _NAME, _NONE, Connect._delete),
    ("GET", f"{_NAME}/config", _NONE, Connect._config),
    ("PUT", f"{_NAME}/config", _NONE, Connect._put),
    ("GET", f"{_NAME}/status", _NONE, Connect._status),
    ("GET", f"{_NAME}/tasks", _NONE, Connect._tasks),
    ("PUT", f"{_NAME}/pause", _NONE, Connect._pause),
    ("PUT", f"{_NAME}/resume", _NONE, Connect._resume),
    ("PUT", f"{_NAME}/stop", _NONE, Connect._stop),
    ("POST", f"{_NAME}/restart", frozenset({"includeTasks", "onlyFailed"}), Connect._restart),
)
