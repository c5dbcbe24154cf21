"""Messages of writers that lack a field or have a fixed of another size: refused, by the reader or by the views."""

from __future__ import annotations

from typing import Final

from fleetgen import messages
from fleetgen.mapping import store
from fleetgen.pipeline import Format, Stream
from fleetgen.proof import hostile, writers
from fleetgen.proof.bench import Bench
from fleetgen.proof.verdict import Failure, Layer, Sent, judge
from fleetgen.targets.clickhouse.engine import EngineError

_MOST: Final = 24
"""Changes that are tried of a stream."""
_FEW: Final = 4
_WIDE: Final = 200
"""Columns of a store with which an insert takes so long that few are tried."""


def prove(bench: Bench) -> tuple[int, Failure | None]:
    """How many were refused, and what was not."""
    tried = _tried(bench.stream)
    for number, change in enumerate(tried):
        if (failure := _through(bench, change)) is not None:
            return number, failure
    return len(tried), None


def _tried(stream: Stream) -> list[writers.Change]:
    """Spread evenly where there are many."""
    if stream.format is not Format.AVRO:
        return []
    found = list(writers.changes(stream.record))
    most = _MOST if len(store.payload(stream)) < _WIDE else _FEW
    step = max(1, -(-len(found) // most))
    return found[::step]


def _through(bench: Bench, change: writers.Change) -> Failure | None:
    """A message is refused whole, with nothing stored, or is a dead letter that names the field."""
    sent = _message(bench.stream, change)
    bench.clear()
    try:
        bench.push_changed(sent.given, change)
    except EngineError:
        if not bench.stored() and not bench.refused():
            return None
        return sent.failure(Layer.LANDING, [str(change.path[0])], "is refused whole, and something of it is kept")
    failure = judge(bench.stream, [sent], bench.stored(), bench.refused())
    if failure is None:
        return None
    return Failure(failure.layer, failure.columns, f"{failure.message}: it {change.what}", failure.record)


def _message(stream: Stream, change: writers.Change) -> Sent:
    given = writers.least(stream.record, change)
    message = messages.encode(stream.record, given)
    fault = hostile.Fault(change.path, hostile.MISSING if change.bytes == 0 else None, is_loose=True)
    if change.bytes == 0:
        message = hostile.spoil(message, fault)
    return Sent(message, given, fault=fault, is_loose=True)
