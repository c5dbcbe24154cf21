"""What generated/connect says against the connectors that run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from fleetgen import connecting, filling, http, plan, redaction
from fleetgen.connecting import CLASS
from fleetgen.errors import FleetgenError
from fleetgen.files import OUTPUT
from fleetgen.http import HttpError
from fleetgen.pipeline import Pipeline
from fleetgen.plan import Action, Alteration, Change, Phase, Policy, Resource, Step
from fleetgen.profile import Profile
from fleetgen.targets.connect import compare, connector, looking, validation, waiting
from fleetgen.targets.connect.connector import Connector, Scope
from fleetgen.targets.connect.rest import Worker
from fleetgen.targets.service import Line

CLOUD: Final = "confluent-cloud"
_TIMEOUT: Final = 100.0
"""Seconds: a worker without its broker takes 90 to say so."""
_BY_KSQL: Final = (
    'connect: the source connectors are left to ksqlDB (connect.via = "ksql"), whose statements make them: '
    "generated/ksql/<platform>/connectors/"
)


class Connect:
    """The connectors of one profile. `values` are what the references of the files stand for."""

    def __init__(self, worker: Worker, values: Mapping[str, str], scope: Scope, version: str = "") -> None:
        self._worker = worker
        self._values = values
        self._scope = scope
        self._version = version
        self._secrets = redaction.secrets(values)
        self._notes: list[str] = []
        self._failures: dict[str, str] = {}
        # Confluent Cloud, and workers before 3.5, know no other halt than the one that people use.
        self._halt = "pause" if worker.managed or _number(version) < (3, 5) else "stop"

    def desired(self, files: Mapping[str, str]) -> list[Resource]:
        """Raises FleetgenError with all that the worker does not accept.

        A managed one looks at topics and tables too, which may be made by the same plan: it is asked before each call.
        """
        found = connector.read(files)
        if not self._worker.managed:
            validation.validate(self._worker, found, self._filled)
        return [Resource("connect", "connector", each.name, compare.facts(each.config), each.after) for each in found]

    def read(self, desired: Sequence[Resource]) -> list[Resource]:
        configs = self._worker.configurations()
        statuses = self._worker.statuses()
        self._remember(configs)
        self._notes = [] if self._scope.sources else [_BY_KSQL]
        wanted = {each.name: each for each in desired}
        found = [self._one(wanted[name], configs[name], statuses.get(name, {})) for name in wanted if name in configs]
        stale = [name for name in configs if name not in wanted and self._is_stale(name, configs[name])]
        return found + [_stale(name, configs[name]) for name in stale]

    def _is_stale(self, name: str, config: Mapping[str, str]) -> bool:
        return connector.is_stale(name, config, self._scope)

    def _one(self, wanted: Resource, config: Mapping[str, str], status: Mapping[str, object]) -> Resource:
        desired = compare.config(wanted.facts)
        state = waiting.state(status)
        facts = {compare.STATE: self._state(wanted.name, status)}
        facts |= compare.live(desired, config, self._value, managed=self._worker.managed)
        owned = connecting.is_ours(desired, config)
        pause = _pause(wanted.name, self._halt) if wanted.name.endswith("-sink") and state not in waiting.HALTED else ()
        return Resource(wanted.target, wanted.kind, wanted.name, facts, wanted.after, owned, pause)

    def _state(self, name: str, status: Mapping[str, object]) -> str:
        """What a person paused stays so; what is stopped or has failed is not as it should be."""
        state = waiting.state(status)
        if state == "STOPPED":
            return "stopped"
        if state == "PAUSED":
            self._notes.append(f"connect: connector {name} is paused, and stays so: resume it if nobody meant it")
            return compare.RUNNING
        failure = waiting.failure(status, self._redact)
        self._failures[name] = failure or ""
        return compare.RUNNING if failure is None else "failed"

    def compare(self, desired: Sequence[Resource], live: Sequence[Resource], policy: Policy) -> list[Change]:
        return plan.diff(desired, live, policy, self._alter)

    def _alter(self, desired: Resource | None, live: Resource | None) -> Alteration:
        if desired is None:
            assert live is not None
            # Before anything that it rests on is removed.
            return Alteration(Action.DELETE, "generated no longer", (Step(Phase.PAUSE, ("DELETE", _at(live.name))),))
        put = Step(_phase(desired.name), ("PUT", f"{_at(desired.name)}/config", _text(compare.config(desired.facts))))
        if live is None:
            return Alteration(Action.CREATE, "missing", (put,))
        differing = [each.fact.removeprefix("config ") for each in plan.differences(desired, live)]
        mend = _mend(desired.name, live.facts[compare.STATE])
        if not live.owned:
            reason = f"exists as another connector, of the class {live.facts.get(f'config {CLASS}', 'unknown')}"
            return Alteration(Action.UPDATE, reason, (put, *mend))
        if differing == [compare.STATE]:
            reason = f"does not run: {self._failures.get(desired.name) or 'it is stopped'}"
            return Alteration(Action.UPDATE, reason, mend)
        # A changed configuration starts all tasks anew; only what is stopped stays so.
        stopped = live.facts[compare.STATE] == "stopped"
        return Alteration(Action.UPDATE, f"differs in {', '.join(differing)}", (put, *(mend if stopped else ())))

    def notes(self) -> tuple[str, ...]:
        return tuple(self._notes)

    def run(self, step: Step) -> None:
        """Raises FleetgenError if it is refused, or if a task fails."""
        match step.call:
            case ("PUT", path, text):
                self._put(Connector(_named(path), json.loads(text)))
            case ("PUT", path):
                self._act(_named(path), path.rpartition("/")[2])
            case ("POST", path):
                self._restart(_named(path))
            case ("DELETE", path):
                self._worker.delete(_named(path))
            case _:
                raise AssertionError(step)

    def _put(self, wanted: Connector) -> None:
        """What is already so is not sent: the worker would start the connector anew."""
        filled, managed = self._filled(wanted), self._worker.managed
        before = self._worker.configuration(wanted.name)

        def done() -> bool:
            found = self._worker.configuration(wanted.name)
            return found is not None and compare.same(filled, found, managed=managed)

        if before is None or not compare.same(filled, before, managed=managed):
            if managed:
                validation.validate(self._worker, [wanted], self._filled)
            try:
                self._worker.put(wanted.name, filled, done)
            except HttpError as error:
                error.args = (validation.hide(str(error), wanted, filled),)
                raise
        gone = frozenset((before or {}).keys() - filled.keys())
        waiting.running(self._worker, wanted.name, filled, gone, self._redact, stays=True)

    def _act(self, name: str, action: str) -> None:
        halts = {"stop": "STOPPED", "pause": "PAUSED"}
        target = halts.get(action, "RUNNING")
        self._worker.act(name, action, lambda: waiting.state(self._worker.status(name)) == target)
        if action in halts:
            waiting.halted(self._worker, name, target)
        else:
            self._wait(name, stays=False)

    def _restart(self, name: str) -> None:
        self._worker.restart(name, lambda: "FAILED" not in waiting.states(self._worker.status(name)))
        self._wait(name, stays=True)

    def _wait(self, name: str, *, stays: bool) -> None:
        config = self._worker.configuration(name) or {}
        self._remember({name: config})
        waiting.running(self._worker, name, config, frozenset(), self._redact, stays=stays)

    def look(self, pipeline: Pipeline, files: Mapping[str, str]) -> list[Line]:
        self._remember(self._worker.configurations())
        names = [each.name for each in connector.read(files)]
        return looking.look(self._worker, self._version, names, self._redact)

    def running(self) -> set[str]:
        """The names of the connectors that run, with all their tasks."""
        statuses = self._worker.statuses()
        return {name for name, each in statuses.items() if waiting.runs(each) and waiting.states(each) == {"RUNNING"}}

    def _remember(self, configs: Mapping[str, Mapping[str, str]]) -> None:
        """The secrets of what is there are not ours, and are not shown either."""
        known = {*self._secrets, *(text for config in configs.values() for text in connecting.secrets(config))}
        self._secrets = tuple(sorted(known))

    def _redact(self, text: str) -> str:
        return validation.hide_any(redaction.redact(text, self._secrets))

    def _filled(self, wanted: Connector) -> dict[str, str]:
        return {key: self._resolved(text) for key, text in wanted.config.items()}

    def _resolved(self, text: str) -> str:
        key = filling.reference(text)
        return text if key is None else self._value(key)

    def _value(self, key: str) -> str:
        """Raises FleetgenError if the profile has no such value."""
        try:
            return self._values[key]
        except KeyError:
            raise FleetgenError(
                f"FG738 error: a connector needs {key}, which the profile does not have\n"
                f"  help: add {key.partition('.')[0]} = {{ .. }} to the profile"
            ) from None


@contextmanager
def opened(profile: Profile, values: Mapping[str, str], root: Path) -> Iterator[Connect]:
    """The Connect of a profile. Raises FleetgenError for a worker that does not answer, or is not ready."""
    service = profile.connect
    assert service is not None
    login = (values["connect.user"], values["connect.password"] if service.password else "") if service.user else None
    managed = service.platform == CLOUD
    name = "Kafka Connect on Confluent Cloud" if managed else "Kafka Connect"
    secrets = redaction.secrets(values)
    client = http.client(values["connect.url"], name, "FG730", login=login, secrets=secrets, timeout=_TIMEOUT)
    with client.session:
        worker = Worker(client, managed=managed)
        yield Connect(worker, values, scope_of(root, profile), worker.open())


def scope_of(root: Path, profile: Profile) -> Scope:
    assert profile.connect is not None
    folder = root / OUTPUT / "connect" / profile.connect.platform
    every = connector.read({path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.json"))})
    found = connector.scope(every, profile.connect.platform, sources=profile.connect.via != "ksql")
    # The empty namespace is everybody's: it tells something only beside the stores that bear our mark.
    return found if profile.clickhouse is not None else replace(found, namespaces=found.namespaces - {""})


def _stale(name: str, config: Mapping[str, str]) -> Resource:
    facts = compare.live({}, {CLASS: config[CLASS]}, str, managed=False)
    return Resource("connect", "connector", name, facts)


def _mend(name: str, state: str) -> tuple[Step, ...]:
    if state == compare.RUNNING:
        return ()
    if state == "stopped":
        return (Step(_phase(name), ("PUT", f"{_at(name)}/resume")),)
    return (Step(_phase(name), ("POST", f"{_at(name)}/restart?includeTasks=true&onlyFailed=true")),)


def _pause(name: str, halt: str) -> tuple[Step, ...]:
    return Step(Phase.PAUSE, ("PUT", f"{_at(name)}/{halt}")), Step(Phase.RESUME, ("PUT", f"{_at(name)}/resume"))


def _phase(name: str) -> Phase:
    return Phase.RESUME if name.endswith("-sink") else Phase.SOURCES


def _at(name: str) -> str:
    return f"/connectors/{name}"


def _named(path: str) -> str:
    return path.split("/")[2]


def _text(config: Mapping[str, str]) -> str:
    return json.dumps(config, ensure_ascii=False)


def _number(version: str) -> tuple[int, int]:
    """Confluent's own builds count from 5 on, seven ahead of Apache's: all that still run know stop from 7.5."""
    parts = version.split(".")
    if len(parts) < 2 or not parts[0].isdecimal() or not parts[1].isdecimal():
        return (99, 0)
    major, minor = int(parts[0]), int(parts[1])
    return (major - 4, minor) if "-c" in version else (major, minor)
