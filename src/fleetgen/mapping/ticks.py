"""Dates, times and timestamps, whatever the format: which numbers are valid, and what they are stored as."""

from __future__ import annotations

from typing import Final

from fleetgen.model import Logical

_UNITS: Final = {
    Logical.TIMESTAMP_MILLIS: ("Milli", 10**3),
    Logical.LOCAL_TIMESTAMP_MILLIS: ("Milli", 10**3),
    Logical.TIMESTAMP_MICROS: ("Micro", 10**6),
    Logical.LOCAL_TIMESTAMP_MICROS: ("Micro", 10**6),
    Logical.TIMESTAMP_NANOS: ("Nano", 10**9),
    Logical.LOCAL_TIMESTAMP_NANOS: ("Nano", 10**9),
}
# The years 1 to 9999: outside of them ClickHouse clamps the text and Python's clients raise on the whole result.
_FIRST_SECOND: Final = -62_135_596_800
_END_SECOND: Final = 253_402_300_800
_FIRST_DAY: Final = -719_162
_LAST_DAY: Final = 2_932_896


def accept(kind: Logical, number: str) -> str:
    """Whether a number, or NULL, is one of the type: 1 or 0, never NULL."""
    if kind in (Logical.TIMESTAMP_NANOS, Logical.LOCAL_TIMESTAMP_NANOS):
        return f"isNotNull({number})"  # 64 bits of nanoseconds stay within the years 1677 to 2262
    low, high = _bounds(kind)
    return f"ifNull({number} BETWEEN {low} AND {high}, 0)"


def moment(kind: Logical, number: str) -> str:
    """The timestamp that a number stands for; NULL where it is NULL."""
    return f"fromUnixTimestamp64{_UNITS[kind][0]}({number}, 'UTC')"


def number(kind: Logical, moment: str) -> str:
    """The number that stands for a timestamp of the type's own unit."""
    return f"toUnixTimestamp64{_UNITS[kind][0]}({moment})"


def day(number: str) -> str:
    """toDate32 itself takes a number beyond 2299 for seconds on some versions."""
    return f"addDays(toDate32('1970-01-01'), {number})"


def _bounds(kind: Logical) -> tuple[int, int]:
    match kind:
        case Logical.DATE:
            return _FIRST_DAY, _LAST_DAY
        case Logical.TIME_MILLIS:
            return 0, 86_400 * 10**3 - 1
        case Logical.TIME_MICROS:
            return 0, 86_400 * 10**6 - 1
        case _:
            scale = _UNITS[kind][1]
            return _FIRST_SECOND * scale, _END_SECOND * scale - 1
