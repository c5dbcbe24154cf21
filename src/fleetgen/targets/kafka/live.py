"""What generated/kafka says against what a Kafka cluster and its schema registry hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from fleetgen.pipeline import Pipeline
from fleetgen.plan import Change, Policy, Resource, Step
from fleetgen.profile import Profile
from fleetgen.targets.kafka import registry, smoke, subjects, topics
from fleetgen.targets.kafka.connection import Connection
from fleetgen.targets.kafka.lock import Lock
from fleetgen.targets.kafka.subjects import Subjects
from fleetgen.targets.kafka.topics import Topics
from fleetgen.targets.service import Line


class Kafka:
    """One cluster, and the registry beside it if the profile names one."""

    def __init__(self, connection: Connection, subjects: Subjects | None, ingest: str = "push") -> None:
        self.connection = connection
        self.topics = Topics(connection)
        self.subjects = subjects
        self.ingest = ingest

    def desired(self, files: Mapping[str, str]) -> list[Resource]:
        of_subjects = {path: text for path, text in files.items() if path.startswith(subjects.FOLDER)}
        made = topics.desired({path: text for path, text in files.items() if path not in of_subjects})
        if self.subjects is None:
            return made
        return [*made, *self.subjects.desired(of_subjects, made)]

    def read(self, desired: Sequence[Resource]) -> list[Resource]:
        """Topics and subjects bear no mark, so that what nothing desires is not looked for."""
        found = self.topics.read(_of(topics.KIND, desired))
        return found if self.subjects is None else [*found, *self.subjects.read(_of(subjects.KIND, desired))]

    def compare(self, desired: Sequence[Resource], live: Sequence[Resource], policy: Policy) -> list[Change]:
        kind = topics.KIND
        changes = self.topics.compare(_of(kind, desired), _of(kind, live), policy)
        if self.subjects is None:
            return changes
        kind = subjects.KIND
        return [*changes, *self.subjects.compare(_of(kind, desired), _of(kind, live), policy)]

    def notes(self) -> tuple[str, ...]:
        return ()

    def run(self, step: Step) -> None:
        if step.call[0] == "register":
            assert self.subjects is not None
            self.subjects.run(step.call)
        else:
            self.topics.run(step.call)

    def held(self, owner: str) -> AbstractContextManager[None]:
        return Lock(self.connection, self.topics).held(owner)

    def look(self, pipeline: Pipeline, files: Mapping[str, str]) -> list[Line]:
        return smoke.look(self, pipeline, files)


@contextmanager
def opened(profile: Profile, values: Mapping[str, str], root: Path) -> Iterator[Kafka]:
    """The Kafka of a profile. Raises FleetgenError for options that cannot be; brokers are asked when needed."""
    assert profile.kafka is not None
    found = Subjects(registry.opened(values)) if profile.kafka.registry is not None else None
    yield Kafka(Connection(values), found, profile.ingest)


def _of(kind: str, resources: Sequence[Resource]) -> list[Resource]:
    return [resource for resource in resources if resource.kind == kind]
