"""How rows spread over the shards of a cluster: the one place that decides which row goes where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from fleetgen.frozen import frozen
from fleetgen.mapping import names, store
from fleetgen.pipeline import Stream
from fleetgen.quoting import ch_ident

_ON_CLUSTER: Final = " ON CLUSTER '{cluster}'"


@frozen
class Distribution:
    """A table in parts: `local` is the part that a shard keeps, `key` the expression that chooses the shard."""

    local: str
    key: str


def on_cluster(platform: str) -> str:
    """What follows the name of each object that is to be on every server; `{cluster}` is a macro of the servers."""
    return _ON_CLUSTER if platform == names.CLUSTER else ""


def of_stream(stream: Stream, platform: str) -> Distribution | None:
    """By the stream's key: what has one key lies on one shard, where FINAL can see all of it.

    A message without a key is where it was in its topic. One that was pushed without that follows its time: an insert
    stays together, the next goes elsewhere.
    """
    if platform != names.CLUSTER:
        return None
    ours = store.meta(stream)
    types = {column.name: column.type for column in store.payload(stream)}
    key = [_hashable(name, types[name]) for name in store.key_columns(stream)]
    place = [ch_ident(name) for name in (ours.topic, ours.partition, ours.offset, ours.timestamp)]
    return _distribution(stream.name, key or place)


def of_dead_letters(platform: str) -> Distribution | None:
    """By where a message was in its topic, and its time: its key may be what is wrong with it."""
    place = ("topic", "partition", "offset", "message_time")
    return _distribution(names.DEAD_LETTERS, map(ch_ident, place)) if platform == names.CLUSTER else None


def _distribution(table: str, parts: Iterable[str]) -> Distribution:
    # A hash of any value is an unsigned number; a signed one cannot choose a shard, nor can a text.
    return Distribution(names.local(table), f"cityHash64({', '.join(parts)})")


def _hashable(name: str, type: str) -> str:
    """0.0 and -0.0 are one key, and have two hashes."""
    return f"{ch_ident(name)} + 0" if type.startswith("Float") else ch_ident(name)
