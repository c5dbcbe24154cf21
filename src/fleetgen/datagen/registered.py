"""Rules for streams that are written in Avro: what Connect's AvroConverter makes of Datagen's records."""

from __future__ import annotations

from collections.abc import Iterator

from fleetgen.datagen import reads
from fleetgen.datagen.spots import Spot
from fleetgen.errors import Finding
from fleetgen.model import DecimalType, EnumType, FixedType, Logical, LogicalType, Primitive, UnionType

_KEPT = (Logical.DATE, Logical.TIME_MILLIS, Logical.TIMESTAMP_MILLIS)


def fixed_decimal(spot: Spot) -> Iterator[Finding]:
    if isinstance(spot.type, DecimalType) and isinstance(spot.type.base, FixedType):
        message = "Datagen makes the decimals of a fixed without padding, and the AvroConverter fails on them"
        yield spot.warning("FG225", message, "let the decimal be one of bytes")


def enum_beside_string(spot: Spot) -> Iterator[Finding]:
    """Connect has no enum: it is a string to it."""
    if isinstance(spot.type, UnionType):
        enums = any(isinstance(branch, EnumType) for branch in spot.type.branches)
        if enums and any(reads.base(branch) is Primitive.STRING for branch in spot.type.branches):
            message = "Connect registers an enum as a string, and a union cannot hold string twice: its task fails"
            yield spot.warning("FG227", message, "keep one of the two branches")


def logical_lost(spot: Spot) -> Iterator[Finding]:
    if isinstance(spot.type, LogicalType) and spot.type.kind not in _KEPT:
        base = reads.base(spot.type) or "fixed"
        message = f"Connect does not know {spot.type.kind.value}: the registered schema has a plain {base}"
        yield spot.warning("FG231", message, "fleetgen's own tables keep it; other readers see the plain values")
