"""Subjects: the schemas of topics in the format avro. A version is never deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from fleetgen import plan
from fleetgen.errors import FleetgenError
from fleetgen.model import Json
from fleetgen.plan import Action, Alteration, Change, Phase, Policy, Resource, Risk, Step
from fleetgen.targets.kafka import canonical
from fleetgen.targets.kafka.registry import Registry, RegistryError, Version

KIND: Final = "subject"
FOLDER: Final = "kafka/subjects/"
_SUFFIX: Final = ".avsc"
_WAY_OUT: Final = (
    "give a new field a default and keep the old ones (a renamed one by `aliases`), set the subject's compatibility in "
    "the registry if all readers can follow, or give the stream another topic"
)
_BACK: Final = (
    "a registry takes no schema twice: bring the newer one into schemas/ by `fleetgen pull {subject}`, or delete the "
    "versions after ours, up to {latest}, in the registry if nobody writes by them"
)


class Subjects:
    """`topics` are those that the files make: a subject comes after its topic."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._schemas: dict[str, Json] = {}

    def desired(self, files: Mapping[str, str], topics: Sequence[Resource]) -> list[Resource]:
        """Raises FleetgenError for a file that holds no schema."""
        return [self._wanted(path, text, {each.name: each.key for each in topics}) for path, text in files.items()]

    def _wanted(self, path: str, text: str, topics: Mapping[str, str]) -> Resource:
        name = path.removeprefix(FOLDER).removesuffix(_SUFFIX)
        try:
            schema: Json = json.loads(text)
            facts = canonical.facts(schema)
        except (ValueError, KeyError, TypeError) as error:
            raise FleetgenError(
                f"generated/{path}: FG722 error: holds no Avro schema\n  help: look at the template that makes it"
            ) from error
        self._schemas[name] = schema
        topic = topics.get(name.removesuffix("-value"))
        return Resource("kafka", KIND, name, facts, () if topic is None else (topic,))

    def read(self, wanted: Sequence[Resource]) -> list[Resource]:
        found = []
        for each in wanted:
            latest = self._registry.latest(each.name)
            if latest is not None:
                facts = self._facts(self._schemas[each.name], latest.schema)
                found.append(Resource(each.target, each.kind, each.name, facts, each.after))
        return found

    def _facts(self, wanted: Json, live: Json) -> dict[str, str]:
        """What Connect's converter registered is the same in its own words: it is told as it is wanted."""
        if canonical.is_of_connect(live):
            same = canonical.facts(wanted, lenient=True) == canonical.facts(live, lenient=True)
            return canonical.facts(wanted if same else live)
        return canonical.facts(live)

    def compare(self, wanted: Sequence[Resource], live: Sequence[Resource], policy: Policy) -> list[Change]:
        return plan.diff(wanted, live, policy, self._alter)

    def _alter(self, wanted: Resource | None, live: Resource | None) -> Alteration:
        assert wanted is not None  # a subject bears no mark: what nothing desires is not read
        text = _text(self._schemas[wanted.name])
        step = Step(Phase.SUBJECTS, ("register", wanted.name, text))
        if live is None:
            return Alteration(Action.CREATE, "missing", (step,))
        latest, *older = self._registry.newest(wanted.name)
        known = next((each.number for each in older if canonical.facts(each.schema) == wanted.facts), None)
        if known is not None:
            reason = f"version {latest.number} was registered over ours, which is version {known}"
            return Alteration(
                Action.UPDATE, reason, (), Risk.REFUSED, _BACK.format(subject=wanted.name, latest=latest.number)
            )
        refused = self._registry.refusal(wanted.name, text)
        if refused:
            reason = f"the registry says that it is not compatible: {refused}"
            return Alteration(Action.UPDATE, reason, (), Risk.REFUSED, _WAY_OUT)
        return Alteration(Action.UPDATE, "the latest version differs: a new one is registered", (step,))

    def run(self, call: tuple[str, ...]) -> None:
        """Registers a new version, unless the latest says the same."""
        _, name, text = call
        latest = self._registry.latest(name)
        if latest is None or canonical.facts(json.loads(text)) != self._facts(json.loads(text), latest.schema):
            self._registry.register(name, text)

    def latest(self, name: str) -> Version | None:
        return self._registry.latest(name)

    def id(self, name: str, schema: Json) -> int:
        """The number of the newest version that is the schema. Raises RegistryError if there is none.

        It need not be the latest: Connect's converter registers the same in its own words.
        """
        wanted = canonical.facts(schema)
        for version in self._registry.newest(name):
            if canonical.facts(version.schema) == wanted:
                return version.id
        raise RegistryError(
            f"FG726 error: Schema Registry: subject {name} is not as generated/ says\n"
            "  help: run `fleetgen apply` first"
        )


def _text(schema: Json) -> str:
    return json.dumps(schema, ensure_ascii=False)
