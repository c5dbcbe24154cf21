"""What becomes of connectors in the in-process Connect: each change takes the moment that a worker takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from services import connect_rules as rules
from services.connect_plugins import APACHE, CLOUD, OURS, Plugin
from services.rest import Service

Trace: TypeAlias = str | None


@dataclass(frozen=True, slots=True)
class Cloud:
    """Confluent Cloud: its login is a Cloud API key. `provisioning` is in seconds, before pace."""

    environment: str = "env-1"
    cluster: str = "lkc-1"
    key: str = "CLOUDKEY"
    secret: str = "cloud-secret"
    provisioning: float = 1.0
    masked: frozenset[str] = frozenset({"kafka.api.key", "kafka.api.secret", "password"})

    @property
    def base(self) -> str:
        return f"/connect/v1/environments/{self.environment}/clusters/{self.cluster}"


@dataclass(slots=True)
class Connector:
    name: str
    plugin: Plugin
    config: dict[str, str]
    target: str = "RUNNING"
    state: str | None = None
    """As status tells it; None while status knows nothing of it."""
    running: list[dict[str, str]] = field(default_factory=list)
    """The configurations of the tasks that run: those of an earlier one, for a moment."""
    states: list[tuple[str, Trace]] = field(default_factory=list)


class Lifecycle(Service):
    """`breaks` is asked of each task that starts: what it returns is the trace that the task fails with.

    `env` and `file` are what the worker's config providers know. `login` asks for Basic authentication.
    `pace` stretches the moments: 1 is the real worker's.
    """

    def __init__(
        self,
        *,
        cloud: Cloud | None = None,
        plugins: Sequence[Plugin] | None = None,
        env: Mapping[str, str] | None = None,
        file: Mapping[str, Mapping[str, str]] | None = None,
        login: tuple[str, str] | None = None,
        breaks: Callable[[dict[str, str]], Trace] = lambda config: None,
        pace: float = 0.2,
    ) -> None:
        super().__init__()
        self.cloud = cloud
        self.plugins = tuple(plugins if plugins is not None else CLOUD if cloud else (*APACHE, *OURS))
        self.providers = rules.Providers(env or {}, file or {})
        self.login = (cloud.key, cloud.secret) if cloud else login
        self.breaks = breaks
        self.pace = pace
        self.connectors: dict[str, Connector] = {}

    def take(self, found: Connector, target: str) -> None:
        """The connector's own state is known at once, its tasks' in a moment."""

        def taken() -> None:
            found.state = target
            if target == "STOPPED":
                found.running, found.states = [], []
            elif target == "RUNNING" and not found.running:
                self.run(found)
            else:
                found.states = [(target if trace is None else "FAILED", trace) for _, trace in found.states]

        found.target = target
        self._after(0.3, found, taken)

    def store(self, name: str, plugin: Plugin, config: dict[str, str]) -> tuple[Connector, bool]:
        """The connector, and whether it is new. Only a changed configuration starts its tasks anew."""
        found = self.connectors.get(name)
        if found is None:
            found = self.connectors[name] = Connector(name, plugin, config)
            self._start(found)
            return found, True
        changed = found.config != config
        found.plugin, found.config = plugin, config
        if changed:
            self._after(0.5, found, lambda: self.run(found))
        return found, False

    def restart(self, found: Connector, *, only_failed: bool) -> None:
        found.state = found.state if only_failed else "RESTARTING"
        found.states = [("RESTARTING" if s == "FAILED" or not only_failed else s, t) for s, t in found.states]
        self._after(0.3, found, lambda: self._again(found))

    def _start(self, found: Connector) -> None:
        """A worker tells the connector's state first; on Confluent Cloud there is one from the beginning."""

        def known() -> None:
            found.state = found.target

        if self.cloud is not None:
            found.state = "PROVISIONING"
            self._after(self.cloud.provisioning, found, known)
            self._after(self.cloud.provisioning, found, lambda: self.run(found))
        else:
            self._after(0.04, found, known)
            self._after(0.27, found, lambda: self.run(found))

    def _after(self, seconds: float, found: Connector, action: Callable[[], object]) -> None:
        """Nothing happens to one that is deleted by then."""
        self.later(seconds * self.pace, lambda: action() if self.connectors.get(found.name) is found else None)

    def run(self, found: Connector) -> None:
        """The tasks of the configuration as it is, in the state that is wanted."""
        found.state = found.target
        count = 0 if found.target == "STOPPED" else int(self.providers.resolve(found.config.get("tasks.max", "1")))
        found.running = [dict(found.config) for _ in range(count)]
        found.states = [self._begun(found, config) for config in found.running]

    def _begun(self, found: Connector, config: dict[str, str]) -> tuple[str, Trace]:
        resolved = {key: self.providers.resolve(value) for key, value in config.items()}
        trace = self.breaks(resolved)
        return (found.target, None) if trace is None else ("FAILED", trace)

    def _again(self, found: Connector) -> None:
        found.state = found.target
        pairs: Iterator[tuple[tuple[str, Trace], dict[str, str]]] = zip(found.states, found.running, strict=True)
        found.states = [
            self._begun(found, config) if state == "RESTARTING" else (state, trace) for (state, trace), config in pairs
        ]
