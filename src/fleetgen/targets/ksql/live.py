"""What generated/ksql says against what a ksqlDB server has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from fleetgen import http, plan
from fleetgen.connecting import CLASS, is_ours
from fleetgen.errors import FleetgenError
from fleetgen.pipeline import Pipeline
from fleetgen.plan import Action, Alteration, Change, Phase, Policy, Resource, Risk, Step
from fleetgen.profile import Profile
from fleetgen.quoting import ksql_quoted
from fleetgen.redaction import redact, secrets
from fleetgen.targets.ksql import described, notes, replacing, smoke
from fleetgen.targets.ksql.client import MEDIA, Request, Server
from fleetgen.targets.ksql.objects import Object, after, key, objects
from fleetgen.targets.ksql.replacing import Situation
from fleetgen.targets.ksql.statements import Define, Set, parse
from fleetgen.targets.ksql.worker import Worker, filled, put_call, strays
from fleetgen.targets.service import Line

_CLOUD: Final = "confluent-cloud"
_ABOUT: Final[tuple[str, ...]] = (CLASS, "kafka.topic")
_KINDS: Final = ("streams", "tables")


class KsqlDB:
    """`worker` is None where connectors are not ksqlDB's.

    `counted`: whether topics are ksqlDB's alone, and no Kafka of the profile changes them before; `registers`: whether
    the profile registers schemas before; `proved`: whether a ClickHouse of the profile tells which streams are ours.
    """

    def __init__(
        self,
        server: Server,
        values: Mapping[str, str],
        worker: Worker | None = None,
        *,
        counted: bool = True,
        registers: bool = True,
        proved: bool = False,
    ) -> None:
        self._server, self._values, self._worker, self._proved = server, values, worker, proved
        self._counted, self._registers = counted, registers
        self._objects: dict[str, Object] = {}
        self._found = Situation({}, {}, {}, counted)
        self._connectors: frozenset[str] = frozenset()
        self._notes: list[str] = []

    def desired(self, files: Mapping[str, str]) -> list[Resource]:
        """Raises FleetgenError for a file that cannot be managed, or a reference that the profile lacks."""
        made = objects(files, counted=self._counted)
        self._objects = {key(each): each for each in made}
        for each in made:
            self._variables(each.calls)
        return plan.order(Resource("ksql", each.kind, each.name, each.facts, after(each, made)) for each in made)

    def read(self, desired: Sequence[Resource]) -> list[Resource]:
        """Nothing in ksqlDB can bear a mark: what is not desired is somebody else's.

        Raises FleetgenError if the server does not answer as ksqlDB does.
        """
        self._server.info()
        wanted = {each.name: each for each in self._of(desired) if each.kind != "connector"}
        there = {each["name"]: each for kind in _KINDS for each in self._server.listed(kind)}
        told = {name: self._server.source(name) for name in wanted if name in there}
        topics = {each["name"]: len(each.get("replicaInfo", ())) for each in self._server.listed("topics")}
        self._found = Situation(wanted, self._with_readers(told, there), topics, self._counted)
        self._notes = [
            *notes.beside(wanted, told, there),
            *([] if self._registers else notes.unregistered(wanted, there)),
        ]
        facts = {
            key(wanted[name]): self._shown(described.facts(each, wanted[name]), wanted[name].facts)
            for name, each in told.items()
        }
        found = [
            Resource("ksql", each.kind, each.name, facts[each.key], each.after) for each in desired if each.key in facts
        ]
        return found + self._read_connectors([each for each in desired if each.kind == "connector"])

    def compare(self, desired: Sequence[Resource], live: Sequence[Resource], policy: Policy) -> list[Change]:
        def alter(wanted: Resource | None, there: Resource | None) -> Alteration:
            if wanted is None:
                assert there is not None
                drop = Step(Phase.REMOVE, (f"DROP CONNECTOR IF EXISTS {ksql_quoted(there.name)};",))
                return Alteration(Action.DELETE, "nothing describes it any more", (drop,))
            return self._alter(self._objects[wanted.key], there, policy)

        return plan.diff(desired, live, policy, alter, lambda each: self._objects[each.key].is_query)

    def notes(self) -> Iterable[str]:
        return tuple(self._notes)

    def run(self, step: Step) -> None:
        """Raises FleetgenError; also if something of that name was made since the plan, and is another."""
        if step.call[0] == "PUT":
            assert self._worker is not None
            self._worker.put(step.call[1], step.call[2])
            return
        entity = self._server.send(self._request(step.call))
        if entity.get("@type") == "warning_entity" and step.call[-1].startswith("CREATE"):
            self._check_same(step, str(entity.get("message", "")))

    def look(self, pipeline: Pipeline, files: Mapping[str, str]) -> list[Line]:
        return smoke.look(self._server, objects(files))

    def _of(self, desired: Iterable[Resource]) -> list[Object]:
        return [self._objects[each.key] for each in desired]

    def _with_readers(
        self, told: Mapping[str, Mapping[str, Any]], there: Mapping[str, Any]
    ) -> dict[str, Mapping[str, Any]]:
        """Also what others made from ours, and from that: what would have to go before ours can be made again."""
        found = dict(told)
        ahead = [*told]
        while ahead:
            for name in sorted(described.readers(found[ahead.pop()])):
                if name in there and name not in found:
                    found[name] = self._server.source(name)
                    ahead.append(name)
        return found

    def _shown(self, facts: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
        """A difference without secrets. What is as it is wanted is no secret, whatever a secret's text is."""
        known = secrets(self._values)
        return {name: value if value == wanted.get(name) else redact(value, known) for name, value in facts.items()}

    def _read_connectors(self, desired: Sequence[Resource]) -> list[Resource]:
        """The desired ones, and those that we made and nothing desires any more."""
        if not desired or self._worker is None:
            return []
        configs = self._worker.read()
        self._connectors = frozenset(configs)
        wanted = self._of(desired)
        found = [
            Resource("ksql", each.kind, each.name, self._connector_facts(each, live), owned=is_ours(each.config, live))
            for each in wanted
            if (live := configs.get(each.name)) is not None
        ]
        for name in strays(wanted, configs, proved=self._proved):
            about: dict[str, str] = {key: configs[name][key] for key in _ABOUT if key in configs[name]}
            found.append(Resource("ksql", "connector", name, about))
        return found

    def _connector_facts(self, wanted: Object, live: Mapping[str, str]) -> dict[str, str]:
        assert self._worker is not None
        return self._shown(self._worker.facts(wanted, live), wanted.facts)

    def _alter(self, wanted: Object, live: Resource | None, policy: Policy) -> Alteration:
        if wanted.kind == "connector":
            return self._alter_connector(wanted, live)
        if live is None:
            return replacing.created(self._found, wanted)
        return replacing.altered(self._found, wanted, live, policy)

    def _alter_connector(self, wanted: Object, live: Resource | None) -> Alteration:
        if live is not None:
            return Alteration(Action.UPDATE, "its configuration differs", (Step(Phase.SOURCES, put_call(wanted)),))
        same = [name for name in self._connectors if name.upper() == wanted.name.upper()]
        if same and same[0] != wanted.name:
            reason = f"missing, and ksqlDB takes it for {same[0]}, which differs by case alone"
            return Alteration(Action.CREATE, reason, (), Risk.REFUSED, f"delete the connector {same[0]} by hand")
        return Alteration(Action.CREATE, "missing", (Step(Phase.SOURCES, wanted.calls),))

    def _request(self, calls: Sequence[str]) -> Request:
        settings, variables = self._variables(calls)
        return Request(calls[-1], settings, variables)

    def _variables(self, calls: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
        """What SET and DEFINE before a statement say. Raises FleetgenError for what the profile lacks."""
        settings: dict[str, str] = {}
        variables: dict[str, str] = {}
        for statement in (each for call in calls[:-1] for each in parse(call)):
            if isinstance(statement, Set):
                settings[statement.name] = statement.value
            elif isinstance(statement, Define):
                variables[statement.name.lower()] = filled(statement.value, self._values)
        return settings, variables

    def _check_same(self, step: Step, message: str) -> None:
        wanted = next(each for each in self._objects.values() if each.calls == step.call)
        if wanted.kind == "connector":
            live = self._connector_facts(wanted, self._worker.read().get(wanted.name, {})) if self._worker else None
        else:
            live = described.facts(self._server.source(wanted.name), wanted)
        if live != wanted.facts:
            raise FleetgenError(
                f"FG744 error: ksqlDB: {message}, and it is not the one of generated/\n"
                "  help: somebody made it since the plan; plan again to see how it differs"
            )


@contextmanager
def opened(profile: Profile, values: Mapping[str, str], root: Path) -> Iterator[KsqlDB]:
    """The ksqlDB of a profile. It is first asked by `read` or `look`."""
    service = profile.ksql
    assert service is not None
    known = secrets(values)
    client = http.client(
        values["ksql.url"], "ksqlDB", "FG740", login=_login(values, "ksql"), secrets=known,
        headers={"Accept": MEDIA, "Content-Type": MEDIA},
    )  # fmt: skip
    worker, management = None, {}
    if profile.connect is not None and profile.connect.via == "ksql":
        login = _login(values, "connect")
        connect = http.client(values["connect.url"], "Kafka Connect", "FG745", login=login, secrets=known)
        worker = Worker(connect, values, managed=profile.connect.platform == _CLOUD)
        if service.platform == _CLOUD and login is not None:
            management = dict(zip(("X-Confluent-API-Key", "X-Confluent-API-Secret"), login, strict=True))
    kafka = profile.kafka
    registers = kafka is not None and kafka.registry is not None
    proved = profile.clickhouse is not None
    yield KsqlDB(Server(client, management), values, worker, counted=kafka is None, registers=registers, proved=proved)


def _login(values: Mapping[str, str], service: str) -> tuple[str, str] | None:
    user, password = (f"{service}.{part}" for part in ("user", "password"))
    return (values[user], values.get(password, "")) if user in values else None
