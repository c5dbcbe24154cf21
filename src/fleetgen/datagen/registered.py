"""Rules for streams that are written in Avro. What its converter cannot write at all is said by the target connect."""

from __future__ import annotations

from collections.abc import Iterator

from fleetgen.datagen import reads
from fleetgen.datagen.spots import Spot
from fleetgen.errors import Finding
from fleetgen.model import Logical, LogicalType

_KEPT = (Logical.DATE, Logical.TIME_MILLIS, Logical.TIMESTAMP_MILLIS)


def logical_lost(spot: Spot) -> Iterator[Finding]:
    if isinstance(spot.type, LogicalType) and spot.type.kind not in _KEPT:
        base = reads.base(spot.type) or "fixed"
        message = f"Connect does not know {spot.type.kind.value}: the registered schema has a plain {base}"
        yield spot.warning("FG231", message, "fleetgen's own tables keep it; other readers see the plain values")
