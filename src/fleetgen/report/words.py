"""How the report writes numbers, days and whatever a database may hold."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from typing import Final

NO_VALUE: Final = "–"


def number(value: object) -> float | None:
    """The value as a number that can be drawn, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    drawn = float(value)
    return drawn if math.isfinite(drawn) else None


def count(value: object) -> str:
    """A figure with thousands separators; a float to six digits."""
    match value:
        case None:
            return NO_VALUE
        case int() if not isinstance(value, bool):
            return f"{value:,}"
        case float():
            return f"{value:,.0f}" if value.is_integer() or abs(value) >= 1e6 else f"{value:,.6g}"
        case _:
            return str(value)


def compact(value: float) -> str:
    """1234 as 1.2k: short enough for a cell of a calendar."""
    for bound, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= bound:
            short = value / bound
            return f"{short:.1f}{unit}" if abs(short) < 100 else f"{short:.0f}{unit}"
    return f"{value:.3g}"


def cell(value: object) -> str:
    """A value of a result table: as it is, without separators, for it may be an id."""
    match value:
        case None:
            return NO_VALUE
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.9g}"
        case bytes():
            return value.hex(" ")
        case _:
            return str(value)


def day(value: object) -> date:
    """A day from a date, a datetime or the ISO text of either."""
    return date.fromisoformat(str(value)[:10])


def short_day(value: date) -> str:
    """24 Aug: without a locale."""
    return f"{value.day} {_MONTHS[value.month - 1]}"


def long_day(value: date) -> str:
    """Mon 24 Aug 2026."""
    return f"{WEEKDAYS[value.weekday()]} {short_day(value)} {value.year}"


def clip(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
