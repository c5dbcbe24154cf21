"""Topics: what generated/kafka says against what the brokers hold. A topic is never deleted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from fleetgen import plan
from fleetgen.errors import FleetgenError
from fleetgen.plan import Action, Alteration, Change, Phase, Policy, Resource, Risk, Step
from fleetgen.targets.kafka import offsets, retention
from fleetgen.targets.kafka.connection import PATIENCE, Connection, KafkaFailure

KIND: Final = "topic"
PARTITIONS: Final = "partitions"
_CONFIG: Final = "config "
# Tools that move partitions set these while they are at work.
_MOVING: Final = frozenset({"leader.replication.throttled.replicas", "follower.replication.throttled.replicas"})
_PLATFORM: Final = "confluent."
# What the broker says to a topic that cannot be; that the user may not make it is told when it is made.
_IMPOSSIBLE: Final = ("TOPIC_EXCEPTION", "INVALID_CONFIG", "POLICY_VIOLATION", "INVALID_PARTITIONS",
                      "INVALID_REPLICATION_FACTOR")  # fmt: skip
_MORE: Final = (
    "partitions are added, and messages of one key go to another one from then on: order by key holds only within "
    "what is before and what is after"
)
_FEWER: Final = (
    "Kafka takes no partitions away: set partitions = {there} for the stream, or give it another topic and let the "
    "old one run dry"
)


def desired(files: Mapping[str, str]) -> list[Resource]:
    """Raises FleetgenError for a file that does not say how a topic is to be."""
    return [_wanted(path, text) for path, text in files.items()]


def _wanted(path: str, text: str) -> Resource:
    try:
        tree = json.loads(text)
        name, partitions, config = str(tree["name"]), int(tree["partitions"]), tree["config"].items()
        facts = {PARTITIONS: str(partitions), **{_CONFIG + key: _canonical(key, str(value)) for key, value in config}}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FleetgenError(
            f"generated/{path}: FG722 error: does not say how a topic is to be\n"
            '  help: it is {"name": .., "partitions": .., "config": {..}}: look at the template that makes it'
        ) from error
    return Resource("kafka", KIND, name, facts)


class Topics:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._admin_module = connection.module("confluent_kafka.admin")

    def read(self, wanted: Sequence[Resource]) -> list[Resource]:
        """Those that are there. A setting counts if it is wanted, or if somebody set it: defaults are the cluster's."""
        there = self.partitions([each.name for each in wanted])
        configs = self._configs(list(there))
        return [
            Resource(each.target, each.kind, each.name, self._facts(each, there[each.name], configs[each.name]))
            for each in wanted
            if each.name in there
        ]

    def partitions(self, names: Sequence[str]) -> dict[str, int]:
        """How many partitions each has; a topic that does not exist is left out.

        Raises KafkaFailure for one that the user may not see.
        """
        if not names:
            return {}
        admin, library = self._connection.admin, self._connection.library
        found: dict[str, int] = {}
        for name, future in admin.describe_topics(library.TopicCollection(list(names)), request_timeout=10).items():
            try:
                found[name] = len(self._connection.result(future, f"topic {name} cannot be read").partitions)
            except KafkaFailure as error:
                # A name that no topic can have is told of where the topic would be made.
                if error.name not in ("UNKNOWN_TOPIC_OR_PART", "TOPIC_EXCEPTION"):
                    raise
        return found

    def refuse_missing(self, names: Sequence[str]) -> None:
        """Raises KafkaFailure that names those topics that are not there: a producer would wait for them."""
        missing = sorted(set(names) - self.partitions(sorted(set(names))).keys())
        if missing:
            raise KafkaFailure(
                f"FG726 error: Kafka has no topic {', '.join(missing)}\n  help: run `fleetgen apply` first"
            )

    def _configs(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        if not names:
            return {}
        resources = [self._resource(name) for name in names]
        futures = self._connection.admin.describe_configs(resources, request_timeout=10)
        what = "the settings of topic {} cannot be read"
        return {each.name: self._connection.result(future, what.format(each.name)) for each, future in futures.items()}

    def compare(self, wanted: Sequence[Resource], live: Sequence[Resource], policy: Policy) -> list[Change]:
        return plan.diff(wanted, live, policy, self._alter)

    def _alter(self, wanted: Resource | None, live: Resource | None) -> Alteration:
        assert wanted is not None  # a topic bears no mark: what nothing desires is not read
        if live is None:
            return self._creation(wanted)
        before, after = int(live.facts[PARTITIONS]), int(wanted.facts[PARTITIONS])
        settings = _changed(wanted.facts, live.facts)
        if after < before:
            reason = f"{before} partitions, and {after} are wanted"
            return Alteration(Action.UPDATE, reason, (), Risk.REFUSED, _FEWER.format(there=before))
        refusal = self._try_settings(wanted.name, settings) if settings else ""
        if refusal:
            return Alteration(Action.UPDATE, f"the broker refuses it: {refusal}", (), Risk.REFUSED)
        calls, reasons = [], _told(settings)
        if after > before:
            calls.append(("create-partitions", wanted.name, str(after)))
            reasons.insert(0, _MORE)
        if settings:
            calls.append(("alter-config", wanted.name, json.dumps(settings)))
        lost = retention.losses(settings, _settings(live.facts))
        steps = tuple(Step(Phase.TOPICS, call) for call in calls)
        if lost and self._holds(wanted.name, before):
            return Alteration(Action.UPDATE, "; ".join([*lost, *reasons]), steps, Risk.DESTRUCTIVE)
        return Alteration(Action.UPDATE, "; ".join(reasons), steps)

    def _holds(self, name: str, partitions: int) -> bool:
        return any(span.size for span in offsets.spans(self._connection, {name: partitions}).values())

    def _creation(self, wanted: Resource) -> Alteration:
        spec = {PARTITIONS: int(wanted.facts[PARTITIONS]), "config": _settings(wanted.facts)}
        step = Step(Phase.TOPICS, ("create-topic", wanted.name, json.dumps(spec)))
        try:
            self._create(wanted.name, spec, validate_only=True)
        except KafkaFailure as error:
            if error.name in _IMPOSSIBLE:
                reason = f"the broker refuses it: {error.said}"
                return Alteration(Action.CREATE, reason, (), Risk.REFUSED, "give the stream another topic, or settings")
            if not error.lacks_right and error.name != "TOPIC_ALREADY_EXISTS":
                raise
        return Alteration(Action.CREATE, "missing", (step,))

    def run(self, call: tuple[str, ...]) -> None:
        """Carries out a step, and waits until the brokers tell of it. What is already so is success."""
        match call:
            case ("create-topic", name, spec):
                self.create(name, json.loads(spec))
            case ("create-partitions", name, count):
                self._grow(name, int(count))
                _wait(lambda: self.partitions([name]).get(name, 0) >= int(count))
            case ("alter-config", name, settings):
                self._set(name, json.loads(settings), validate_only=False)
                _wait(lambda: self._has(name, json.loads(settings)))
            case _:
                raise AssertionError(call)

    def _has(self, name: str, settings: Mapping[str, str | None]) -> bool:
        there = self._configs([name])[name]
        return all(
            not self._is_set(there[key]) if value is None else _canonical(key, there[key].value or "") == value
            for key, value in settings.items()
            if key in there
        )

    def create(self, name: str, spec: Mapping[str, Any]) -> None:
        """With as many replicas as the cluster's default says."""
        try:
            self._create(name, spec, validate_only=False)
        except KafkaFailure as error:
            if error.name != "TOPIC_ALREADY_EXISTS":
                raise
        _wait(lambda: name in self.partitions([name]))

    def _create(self, name: str, spec: Mapping[str, Any], *, validate_only: bool) -> None:
        topic = self._admin_module.NewTopic(name, spec[PARTITIONS], replication_factor=-1, config=dict(spec["config"]))
        futures = self._connection.admin.create_topics([topic], validate_only=validate_only, request_timeout=10)
        self._connection.result(futures[name], f"topic {name} cannot be made")

    def _grow(self, name: str, count: int) -> None:
        if self.partitions([name]).get(name, 0) >= count:
            return
        more = self._admin_module.NewPartitions(name, count)
        futures = self._connection.admin.create_partitions([more], request_timeout=10)
        self._connection.result(futures[name], f"topic {name} cannot be given {count} partitions")

    def _set(self, name: str, settings: Mapping[str, str | None], *, validate_only: bool) -> None:
        """None: back to the cluster's default."""
        operations = self._admin_module.AlterConfigOpType
        entries = [
            self._admin_module.ConfigEntry(
                key, value or "", incremental_operation=operations.DELETE if value is None else operations.SET
            )
            for key, value in settings.items()
        ]
        resource = self._admin_module.ConfigResource(
            self._admin_module.ResourceType.TOPIC, name, incremental_configs=entries
        )
        futures = self._connection.admin.incremental_alter_configs(
            [resource], validate_only=validate_only, request_timeout=10
        )
        self._connection.result(next(iter(futures.values())), f"topic {name} cannot be set up")

    def _try_settings(self, name: str, settings: Mapping[str, str | None]) -> str:
        """Why the broker would not take them; empty if it would."""
        try:
            self._set(name, settings, validate_only=True)
        except KafkaFailure as error:
            if error.name in _IMPOSSIBLE:
                return error.said
            if not error.lacks_right:
                raise
        return ""

    def _resource(self, name: str) -> Any:
        return self._admin_module.ConfigResource(self._admin_module.ResourceType.TOPIC, name)

    def _facts(self, wanted: Resource, partitions: int, config: Mapping[str, Any]) -> dict[str, str]:
        settings = {
            _CONFIG + key: _canonical(key, entry.value or "")
            for key, entry in sorted(config.items())
            if _CONFIG + key in wanted.facts or (self._is_set(entry) and key not in _MOVING)
        }
        return {PARTITIONS: str(partitions), **settings}

    def _is_set(self, entry: Any) -> bool:
        """By somebody, for this topic; a secret cannot be compared, and what the platform sets is not ours to undo."""
        by_somebody = entry.source == self._admin_module.ConfigSource.DYNAMIC_TOPIC_CONFIG.value
        return by_somebody and not (entry.is_sensitive or entry.is_read_only or entry.name.startswith(_PLATFORM))


def _wait(is_so: Callable[[], bool]) -> None:
    """The controller has answered, and each broker hears of it in its own time."""
    end = time.monotonic() + PATIENCE
    while not is_so() and time.monotonic() < end:
        time.sleep(0.02)


def _canonical(key: str, value: str) -> str:
    """A list of policies means the same in any order."""
    return ",".join(sorted(value.replace(" ", "").split(","))) if key == "cleanup.policy" else value


def _settings(facts: Mapping[str, str]) -> dict[str, str]:
    return {fact.removeprefix(_CONFIG): value for fact, value in facts.items() if fact.startswith(_CONFIG)}


def _changed(wanted: Mapping[str, str], live: Mapping[str, str]) -> dict[str, str | None]:
    """The settings to set, and those to let go."""
    after, before = _settings(wanted), _settings(live)
    found: dict[str, str | None] = {key: value for key, value in after.items() if before.get(key) != value}
    return {**found, **{key: None for key in before if key not in after}}


def _told(settings: Mapping[str, str | None]) -> list[str]:
    set_ = [key for key, value in settings.items() if value is not None]
    let_go = [key for key, value in settings.items() if value is None]
    told = [f"{', '.join(set_)} differs" if len(set_) == 1 else f"{', '.join(set_)} differ"] if set_ else []
    return told + ([f"{', '.join(let_go)}: set by hand, goes back to the cluster's default"] if let_go else [])
