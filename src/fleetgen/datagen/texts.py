"""Strings, bytes, enums and uuids: printable, of the length or pattern that is annotated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fleetgen.datagen import counting, jsontext, numerals, walking
from fleetgen.datagen.bounds import LONGEST, PRIMITIVE
from fleetgen.datagen.columns import Binary, Choices, Column, Pool, Text, values
from fleetgen.datagen.context import Context, Draw
from fleetgen.datagen.dialect import Annotation, Length
from fleetgen.datagen.hashing import Array, Site, Words, digits, under
from fleetgen.datagen.words import WORDS
from fleetgen.model import FixedType, Primitive, PrimitiveType

UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_SPREAD: Final = 4096
_UNSAID: Final = 8
_HEX: Final = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), np.uint8).reshape(256, 2)


def span(length: Length | None, unsaid: tuple[int, int]) -> tuple[int, int]:
    """The least and greatest length to draw; where the annotation leaves the upper end open, or it is immense, ours."""
    if length is None or length.low > LONGEST:
        return unsaid
    high = length.low + _UNSAID if length.high is None else min(length.high - 1, length.low + _SPREAD)
    return length.low, high


def lengths(low: int, high: int, site: Site) -> Callable[[Context], NDArray[np.int64]]:
    source = site.source("length")
    return lambda context: under(source(context.ids), high - low + 1).view(np.int64) + low


def pick(held: Choices, site: Site) -> Draw:
    """Uniform over the choices."""
    source, count = site.source("option"), len(held.values)
    return lambda context: Pool(under(source(context.ids), count).view(np.int64), held)


def strings(note: Annotation, site: Site) -> Draw:
    if note.iteration is not None:
        counted = counting.integers(note.iteration, PRIMITIVE[Primitive.INT])
        if counted is not None:
            return _framed(note, lambda context: Text(numerals.write(counted(context.positions)), True))
    if note.regex is not None:
        drawn = walking.draw(note.regex, note.length, site)
        if drawn is not None:
            return _framed(note, drawn)
    if note.length is not None:
        return _framed(note, _letters(*span(note.length, (8, 15)), site))
    return pick(jsontext.choices(jsontext.STRING, [f"{note.prefix}{word}{note.suffix}" for word in WORDS]), site)


def _framed(note: Annotation, draw: Draw) -> Draw:
    """With prefix and suffix, which stand outside pattern and length."""
    if not note.prefix and not note.suffix:
        return draw

    def framed(context: Context) -> Column:
        column = draw(context)
        if not isinstance(column, Text) or "\0" in note.prefix + note.suffix:
            return jsontext.pool([f"{note.prefix}{value}{note.suffix}" for value in values(column)])
        parts = [jsontext.raw(note.prefix, context.size), column.data, jsontext.raw(note.suffix, context.size)]
        return Text(np.hstack(parts), plain=column.plain and jsontext.plain(note.prefix + note.suffix))

    return framed


def _letters(low: int, high: int, site: Site) -> Draw:
    size, drawn = lengths(low, high, site), digits(site, "letter", [26] * high)

    def draw(context: Context) -> Column:
        data = np.zeros((context.size, high), np.uint8)
        for at, letters in enumerate(drawn(context.ids)):
            data[:, at] = letters + np.uint64(97)
        if low < high:
            data[np.arange(high) >= size(context)[:, None]] = 0
        return Text(data, plain=True)

    return draw


def _bytes(size: int, site: Site) -> Callable[[Words], NDArray[np.uint8]]:
    sources = [site.source(f"bytes{word}") for word in range(-(-size // 8))]

    def draw(ids: Words) -> NDArray[np.uint8]:
        if not sources:
            return np.zeros((len(ids), 0), np.uint8)
        words = np.stack([source(ids).astype("<u8") for source in sources], axis=1)
        return words.view(np.uint8)[:, :size]

    return draw


def binaries(note: Annotation, site: Site) -> Draw:
    low, high = span(note.length, (8, 15))
    size, drawn = lengths(low, high, site), _bytes(high, site)
    return lambda context: Binary(np.ascontiguousarray(drawn(context.ids)), size(context))


def fixed(size: int, site: Site) -> Draw:
    drawn = _bytes(size, site)
    return lambda context: _fixed(drawn(context.ids))


def _fixed(data: Array) -> Binary:
    return Binary(np.ascontiguousarray(data), np.full(len(data), data.shape[1], np.int64))


def durations(site: Site) -> Draw:
    """Up to a year, a month and a day: three little-endian words of 32 bits."""
    drawn = digits(site, "part", (12, 31, 86_400_000))

    def draw(context: Context) -> Column:
        parts = np.stack([part.astype("<u4") for part in drawn(context.ids)], axis=1)
        return _fixed(parts.view(np.uint8))

    return draw


def uuids(base: PrimitiveType | FixedType, note: Annotation, site: Site) -> Draw:
    """Version 4. A pattern counts as far as it leaves uuids."""
    drawn = _bytes(16, site)

    def versioned(context: Context) -> Array:
        data = np.ascontiguousarray(drawn(context.ids))
        data[:, 6] = data[:, 6] & 0x0F | 0x40
        data[:, 8] = data[:, 8] & 0x3F | 0x80
        return data

    if isinstance(base, FixedType):
        return lambda context: _fixed(versioned(context))
    walked = walking.draw(note.regex, None, site, within=UUID) if note.regex is not None else None
    return walked or (lambda context: Text(_canonical(versioned(context)), plain=True))


def _canonical(data: Array) -> Array:
    text = np.full((len(data), 36), ord("-"), np.uint8)
    text[:, [at for at in range(36) if at not in (8, 13, 18, 23)]] = _HEX[data].reshape(len(data), 32)
    return text
