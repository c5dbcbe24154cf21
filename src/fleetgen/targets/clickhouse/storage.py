"""How a store is kept: engine, order, partition and expiry. The one place that decides them for each platform."""

from __future__ import annotations

from typing import Final

from fleetgen.frozen import frozen
from fleetgen.mapping import names, store, types
from fleetgen.pipeline import Role, Stream
from fleetgen.quoting import ch_ident

# The braces are macros: each server of the cluster fills in its own.
_PATH: Final = "'/clickhouse/tables/{shard}/{database}/{table}'"
_REPLICA: Final = "'{replica}'"


@frozen
class Storage:
    engine: str
    order: str
    partition: str = ""
    ttl: str = ""
    settings: tuple[str, ...] = ()


def of_stream(stream: Stream, platform: str) -> Storage:
    """Everything rests on the message's time: a payload's own clock may start in another year."""
    ours = store.meta(stream)
    key = tuple(ch_ident(name) for name in store.key_columns(stream))
    time = ch_ident(ours.timestamp)
    ttl = f"toDateTime({time}) + INTERVAL {stream.ttl_days} DAY" if stream.ttl_days is not None else ""
    settings = types.settings(column.type for column in store.columns(stream))
    if stream.role is Role.DIMENSION:
        return Storage(engine(platform, "ReplacingMergeTree", time), _order(key), ttl=ttl, settings=settings)
    order = (*key, time, ch_ident(ours.partition), ch_ident(ours.offset))
    return Storage(engine(platform, "MergeTree"), _order(order), f"toYYYYMM({time})", ttl, settings)


def engine(platform: str, name: str, *arguments: str) -> str:
    """The text of a table engine; on a cluster it replicates, each shard under a path of its own."""
    if platform == names.CLUSTER:
        name, arguments = f"Replicated{name}", (_PATH, _REPLICA, *arguments)
    return f"{name}({', '.join(arguments)})" if arguments else name


def kafka_database(platform: str, database: str) -> str:
    """Where Kafka tables live. On disk the embedded engine could never be opened again: its are in memory."""
    return f"{database}_kafka" if platform == "embedded" else database


def _order(columns: tuple[str, ...]) -> str:
    """ClickHouse keeps the parentheses of a single column, and then tells it from the same without."""
    return f"({', '.join(columns)})" if len(columns) > 1 else columns[0]
