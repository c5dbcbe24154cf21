"""Numbers, booleans, decimals, dates and times as their annotations mean them."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from fleetgen.datagen import bounds, counting
from fleetgen.datagen.columns import Column, Decimals, Scalars
from fleetgen.datagen.context import Clock, Context, Draw
from fleetgen.datagen.dialect import Annotation, Range
from fleetgen.datagen.hashing import Site, Source, Words, under, unit
from fleetgen.model import DecimalType, Logical, LogicalType, Primitive, PrimitiveType

# Without a range: numbers that look like readings, not like noise.
_PLAIN: Final = {Primitive.INT: (0, 999), Primitive.LONG: (0, 999_999)}
_PER_MS: Final = {"millis": 1, "micros": 1000, "nanos": 1_000_000}


def booleans(note: Annotation, site: Site) -> Draw:
    if note.iteration is not None and isinstance(note.iteration.start, bool):
        start = note.iteration.start
        return lambda context: Scalars((context.positions % 2 == 1) != start)
    odds = 0.5 if note.odds is None else note.odds
    source = site.source()
    return lambda context: Scalars(unit(source(context.ids)) < odds)


def integers(type: PrimitiveType | LogicalType, note: Annotation, site: Site, clock: Clock) -> Draw:
    """int, long and what is dates and times over them."""
    limits = bounds.whole(type)
    assert limits is not None
    if note.iteration is not None:
        counted = counting.integers(note.iteration, limits)
        if counted is not None:
            return lambda context: Scalars(counted(context.positions))
    span = bounds.span(type, note.range) if note.range is not None else None
    if span is not None:
        return _uniform(span, site.source())
    if isinstance(type, PrimitiveType):
        return _uniform(_PLAIN[type.kind], site.source())
    if type.kind in (Logical.TIME_MILLIS, Logical.TIME_MICROS):
        return _uniform(limits, site.source())
    return _recent(type.kind, limits, site, clock)


def _uniform(span: tuple[int, int], source: Source) -> Draw:
    low, count = span[0], span[1] - span[0] + 1

    def draw(context: Context) -> Column:
        words = under(source(context.ids), count)
        words += np.uint64(low & (2**64 - 1))
        return Scalars(words.view(np.int64))

    return draw


def _recent(kind: Logical, limits: tuple[int, int], site: Site, clock: Clock) -> Draw:
    """Dates and timestamps in the days before the end; below milliseconds they differ too."""
    times = clock.times(site)
    if kind is Logical.DATE:
        return lambda context: Scalars(np.clip(times(context) // bounds.DAY_MS, *limits))
    per_ms = _PER_MS[kind.value.rpartition("-")[2]]
    source = site.source("below")

    def draw(context: Context) -> Column:
        ticks = np.clip(times(context), -(-limits[0] // per_ms), limits[1] // per_ms) * per_ms
        below = under(source(context.ids), per_ms).view(np.int64)
        return Scalars(np.minimum(ticks, limits[1] - per_ms + 1) + below)

    return draw


def reals(kind: Primitive, note: Annotation, site: Site) -> Draw:
    """float and double."""
    single = kind is Primitive.FLOAT
    if note.iteration is not None:
        counted = counting.reals(note.iteration, single)
        if counted is not None:
            return lambda context: Scalars(counted(context.positions))
    source = site.source()
    ends = _ends(note.range, kind) if note.range is not None else None
    if ends is None:
        return lambda context: Scalars(_plain(source(context.ids), single))
    low, high = ends

    def draw(context: Context) -> Column:
        share = unit(source(context.ids))
        given = np.clip(low * (1 - share) + high * share, low, high)
        return Scalars(np.clip(given.astype(np.float32), np.float32(low), np.float32(high)) if single else given)

    return draw


def _plain(words: Words, single: bool) -> np.ndarray[tuple[int, ...], np.dtype[np.floating]]:
    """0.00 to 99.99."""
    given = under(words, 10_000).astype(np.float64) / 100
    return given.astype(np.float32) if single else given


def _ends(range: Range, kind: Primitive) -> tuple[float, float] | None:
    """The least and greatest float or double with low <= x < high."""
    limit = bounds.real(kind)
    low = -limit if range.low is None else max(_double(range.low), -limit)
    high = limit if range.high is None else _double(range.high)
    if kind is Primitive.DOUBLE:
        high = math.nextafter(high, -math.inf) if range.high is not None and high <= limit else min(high, limit)
        return (low, high) if low <= high else None
    least, most = np.float32(low), np.float32(min(high, limit))
    if float(least) < low:
        least = np.nextafter(least, np.float32(np.inf))
    if range.high is not None and float(most) >= high:
        most = np.nextafter(most, np.float32(-np.inf))
    return (float(least), float(most)) if least <= most else None


def _double(bound: int | float) -> float:
    """A bound as a double; an integer beyond all doubles is infinite."""
    try:
        return float(bound)
    except OverflowError:
        return math.inf if bound > 0 else -math.inf


def decimals(type: DecimalType, note: Annotation, site: Site) -> Draw:
    span = bounds.span(type, note.range) if note.range is not None else None
    low, high = span or (0, 10**type.precision - 1)
    count = high - low + 1
    if low >= -(2**63) and high < 2**63:
        draw = _uniform((low, high), site.source())

        def narrow(context: Context) -> Column:
            column = draw(context)
            assert isinstance(column, Scalars)
            return Decimals(column.data, type.scale)

        return narrow
    sources = [site.source(str(word)) for word in range(count.bit_length() // 64 + 2)]

    def wide(context: Context) -> Column:
        given = np.zeros(context.size, dtype=object)
        for source in sources:
            given = (given << 64) + source(context.ids).astype(object)
        return Decimals((given * count >> 64 * len(sources)) + low, type.scale)

    return wide
