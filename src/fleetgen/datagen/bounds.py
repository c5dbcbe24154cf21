"""Which numbers a type can hold, and what of them a range leaves. All bounds here are inclusive."""

from __future__ import annotations

from math import ceil
from typing import Final

from fleetgen.datagen.dialect import Range
from fleetgen.model import DecimalType, Logical, LogicalType, Primitive, PrimitiveType

DAY_MS: Final = 86_400_000
LONGEST: Final = 100_000
"""Characters, bytes or elements that one sample value has at most."""
FLOAT_MAX: Final = 3.4028234663852886e38
DOUBLE_MAX: Final = 1.7976931348623157e308
_INT: Final = (-(2**31), 2**31 - 1)
_LONG: Final = (-(2**63), 2**63 - 1)
_MILLIS: Final = (-62_135_596_800_000, 253_402_300_799_999)
_MICROS: Final = (-62_135_596_800_000_000, 253_402_300_799_999_999)

# Dates and timestamps: the years 1 to 9999, which is what every client can show; nanoseconds end before that.
LOGICAL: Final[dict[Logical, tuple[int, int]]] = {
    Logical.DATE: (-719_162, 2_932_896),
    Logical.TIME_MILLIS: (0, DAY_MS - 1),
    Logical.TIME_MICROS: (0, DAY_MS * 1000 - 1),
    Logical.TIMESTAMP_MILLIS: _MILLIS,
    Logical.TIMESTAMP_MICROS: _MICROS,
    Logical.TIMESTAMP_NANOS: _LONG,
    Logical.LOCAL_TIMESTAMP_MILLIS: _MILLIS,
    Logical.LOCAL_TIMESTAMP_MICROS: _MICROS,
    Logical.LOCAL_TIMESTAMP_NANOS: _LONG,
}
PRIMITIVE: Final[dict[Primitive, tuple[int, int]]] = {Primitive.INT: _INT, Primitive.LONG: _LONG}


def whole(type: PrimitiveType | LogicalType | DecimalType) -> tuple[int, int] | None:
    """The least and greatest integer (of a decimal: unscaled) of a type that holds integers."""
    match type:
        case PrimitiveType():
            return PRIMITIVE.get(type.kind)
        case LogicalType():
            return LOGICAL.get(type.kind)
        case DecimalType():
            return -(10**type.precision) + 1, 10**type.precision - 1


def span(type: PrimitiveType | LogicalType | DecimalType, range: Range) -> tuple[int, int] | None:
    """The integers of the type with low <= x < high; None if there is none."""
    limits = whole(type)
    if limits is None:
        return None
    scale = type.scale if isinstance(type, DecimalType) else 0
    low = limits[0] if range.low is None else max(limits[0], _scaled(range.low, scale))
    high = limits[1] if range.high is None else min(limits[1], _scaled(range.high, scale) - 1)
    return (low, high) if low <= high else None


def _scaled(bound: int | float, scale: int) -> int:
    """The least integer that is not below bound * 10^scale, exactly: a float is its shortest decimal text."""
    if isinstance(bound, int):
        return int(bound * 10**scale)
    from fractions import Fraction

    exact: int = ceil(Fraction(repr(bound)) * 10**scale)
    return exact


def real(kind: Primitive) -> float:
    """The greatest finite float or double."""
    return FLOAT_MAX if kind is Primitive.FLOAT else DOUBLE_MAX
