"""The registry of targets: one line each, in the order in which they are generated and planned."""

from __future__ import annotations

from fleetgen.targets import clickhouse, connect, docs, kafka, ksql, preset
from fleetgen.targets.base import Target

TARGETS: dict[str, Target] = {
    "kafka": kafka,
    "clickhouse": clickhouse,
    "connect": connect,
    "ksql": ksql,
    "preset": preset,
    "docs": docs,
}
