"""What fleetgen knows: streams of records, and the views and charts asked of them. Generators get these values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from fleetgen.errors import Place
from fleetgen.frozen import frozen
from fleetgen.model import NOWHERE, RecordType

P = ParamSpec("P")
R = TypeVar("R")
Owner = TypeVar("Owner", "Stream", "Pipeline")


def remembered(work: Callable[Concatenate[Owner, P], R]) -> Callable[Concatenate[Owner, P], R]:
    """What a function of a stream or a pipeline has found is kept with it: neither changes, and all targets ask."""

    @wraps(work)
    def recall(owner: Owner, /, *args: P.args, **kwargs: P.kwargs) -> R:
        key = (work, args, *kwargs.items())
        if key not in owner.memory:
            owner.memory[key] = work(owner, *args, **kwargs)
        found: R = owner.memory[key]
        return found

    return recall


class Role(StrEnum):
    EVENT = "event"
    DIMENSION = "dimension"


class Format(StrEnum):
    JSON = "json"
    AVRO = "avro"


@frozen
class Source:
    """What fills the topic. kind "none": something that fleetgen does not configure. Intervals in milliseconds."""

    kind: str = "datagen"
    max_interval: int = 1000
    iterations: int | None = None
    tasks: int = 1


@frozen
class Stream:
    """One record schema and its topic."""

    name: str
    record: RecordType
    topic: str
    role: Role = Role.EVENT
    key: tuple[str, ...] = ()
    time: str | None = None
    format: Format = Format.JSON
    partitions: int = 1
    retention_ms: int | None = None
    ttl_days: int | None = None
    source: Source = Source()
    schema: str = ""
    """The whole schema as one line of JSON: references inlined, annotations where Datagen reads them."""
    memory: dict[object, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def path(self) -> str:
        """The schema file, relative to the project, with forward slashes."""
        return self.record.at.path


@frozen
class Join:
    """`match` is "latest-before" (ASOF on message time, for events) or "latest" (the newest row per key)."""

    stream: str
    match: str


@frozen
class JoinedView:
    """One row per row of `base`: columns of base, then of each join, renamed; then base's _timestamp."""

    name: str
    base: str
    joins: tuple[Join, ...]
    rename: Mapping[str, str]
    ksql_name: str | None = None
    at: Place = field(default=NOWHERE, compare=False, repr=False)


@frozen
class Metric:
    """An aggregate over a view's or stream's columns: count(), sum(a), uniqExact(a, b), .."""

    function: str
    columns: tuple[str, ...] = ()


@frozen
class Having:
    """A bound on one metric: `locations > 1`."""

    metric: str
    operator: str
    value: int | float


@frozen
class GroupedView:
    name: str
    base: str
    group: tuple[str, ...]
    metrics: Mapping[str, Metric]
    having: Having | None = None
    ksql_name: str | None = None
    at: Place = field(default=NOWHERE, compare=False, repr=False)


@frozen
class LatestView:
    """The newest row of `base` (a stream) for each value of `key`."""

    name: str
    base: str
    key: tuple[str, ...]
    ksql_name: str | None = None
    at: Place = field(default=NOWHERE, compare=False, repr=False)


View: TypeAlias = JoinedView | GroupedView | LatestView


@frozen
class Chart:
    """kind "time-bar" and "calendar" count `metric` per day of `time`, "bar" per `dimension`, largest first."""

    name: str
    kind: str
    view: str
    metric: Metric
    dimension: str | None = None
    time: str = "_timestamp"
    limit: int = 10
    at: Place = field(default=NOWHERE, compare=False, repr=False)


@frozen
class Pipeline:
    """Everything that generators are given. Streams sorted by name; views and charts in the order declared.

    A view's base is declared before it: checked when read. `platforms` says which flavours of a target to generate:
    {"connect": ("self-managed",), "ksql": ("self-managed",), "clickhouse": ("embedded", "server")}.
    `service_account`: connectors on Confluent Cloud reach Kafka as a service account, not by an API key.
    `registry_login`: the schema registry asks for a user and a password.
    """

    database: str
    streams: tuple[Stream, ...]
    views: tuple[View, ...] = ()
    charts: tuple[Chart, ...] = ()
    platforms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    service_account: bool = False
    registry_login: bool = False
    memory: dict[object, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def stream(self, name: str) -> Stream | None:
        return _streams(self).get(name)

    def view(self, name: str) -> View | None:
        return _views(self).get(name)

    def charts_of(self, name: str) -> tuple[tuple[int, Chart], ...]:
        """The charts of a stream or view, each with its number in the order declared."""
        return tuple(_charts(self).get(name, ()))


@remembered
def _streams(pipeline: Pipeline) -> dict[str, Stream]:
    return {stream.name: stream for stream in pipeline.streams}


@remembered
def _views(pipeline: Pipeline) -> dict[str, View]:
    return {view.name: view for view in pipeline.views}


@remembered
def _charts(pipeline: Pipeline) -> dict[str, list[tuple[int, Chart]]]:
    found: dict[str, list[tuple[int, Chart]]] = {}
    for numbered in enumerate(pipeline.charts):
        found.setdefault(numbered[1].view, []).append(numbered)
    return found
