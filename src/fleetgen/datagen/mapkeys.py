"""The keys of maps: within one map all different."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fleetgen.datagen import jsontext, texts
from fleetgen.datagen.columns import Column, Pool, Text
from fleetgen.datagen.context import Context, elements
from fleetgen.datagen.dialect import Annotation
from fleetgen.datagen.hashing import Array, Site, under
from fleetgen.datagen.words import WORDS

Keys: TypeAlias = Callable[[Context], tuple[NDArray[np.int64], Column, Context]]
"""For each row: how many keys, the keys, and the elements that the values are drawn for."""


def keys_of(note: Annotation | None, low: int, high: int, site: Site) -> Keys:
    """Between low and high keys a row, fewer where there are no more different ones."""
    if note is not None and note.options is not None:
        named = [value for value in dict.fromkeys(note.options.values) if isinstance(value, str)]
        if named:
            return _rotated(named, low, high, site)
    if note is None or (note.regex is None and note.length is None):
        affixes = (note.prefix, note.suffix) if note else ("", "")
        return _rotated([f"{affixes[0]}{word}{affixes[1]}" for word in WORDS], low, high, site)
    return _drawn(note, low, high, site)


def _rotated(names: list[str], low: int, high: int, site: Site) -> Keys:
    """Names in turn, from one that is drawn."""
    most = min(high, len(names))
    lengths, expand = texts.lengths(min(low, most), most, site), elements(site, high)
    held, source = jsontext.choices(jsontext.STRING, names), site.source("key")

    def draw(context: Context) -> tuple[NDArray[np.int64], Column, Context]:
        counts = lengths(context)
        first = np.repeat(under(source(context.ids), len(names)).view(np.int64), counts)
        turn = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
        return counts, Pool((first + turn) % len(names), held), expand(context, counts)

    return draw


def _drawn(note: Annotation, low: int, high: int, site: Site) -> Keys:
    lengths, expand = texts.lengths(low, high, site), elements(site, high)
    strings = texts.strings(note, site / "key")

    def draw(context: Context) -> tuple[NDArray[np.int64], Column, Context]:
        counts = lengths(context)
        rows, inner = np.repeat(np.arange(context.size), counts), expand(context, counts)
        keep = _first(rows, strings(inner))
        inner = inner.take(keep)
        return np.bincount(rows[keep], minlength=context.size), strings(inner), inner

    return draw


def _first(rows: Array, keys: Column) -> NDArray[np.int64]:
    """Where a key is the first of its kind in its row."""
    data = keys.data if isinstance(keys, Text) else keys.choices.json[keys.codes] if isinstance(keys, Pool) else None
    assert data is not None
    packed = np.hstack([rows.astype(np.int64)[:, None].view(np.uint8), data])
    _, first = np.unique(np.ascontiguousarray(packed).view(f"V{packed.shape[1]}"), return_index=True)
    return np.sort(first)
