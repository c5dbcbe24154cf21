"""Texts of a pattern, drawn by walking its layers with all rows at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fleetgen.datagen import jsontext
from fleetgen.datagen.automaton import Layer, layers
from fleetgen.datagen.columns import Column, Text
from fleetgen.datagen.context import Draw
from fleetgen.datagen.dialect import Length
from fleetgen.datagen.hashing import Array, Site, Source, Words, digits
from fleetgen.datagen.language import RegexError
from fleetgen.frozen import frozen

_STOP: Final = np.uint64(int(0.35 * 2**32))
"""Where a text may end and may go on, 0.35 of them end, as in the original."""

Spell: TypeAlias = Callable[[Words], tuple[Array, NDArray[np.int64]]]
"""UTF-16 units in rows, zero beyond the length, and the lengths."""


def draw(pattern: str, length: Length | None, site: Site, within: str | None = None) -> Draw | None:
    """None if the pattern is broken, too large, or has no text of that length: the lint says so."""
    try:
        found = layers(pattern, length, within)
    except RegexError:
        return None
    units = {unit for layer in found for steps in layer.steps for unit, _ in steps}
    spell = _straight(found, site) if _is_straight(found) else _walk(found, site)
    if min(units, default=1) > 0 and max(units, default=1) < 128:
        plain = jsontext.plain("".join(map(chr, units)))
        return lambda context: Text(spell(context.ids)[0].astype(np.uint8, copy=False), plain)
    return lambda context: _wide(*spell(context.ids))


def _wide(data: Array, lengths: NDArray[np.int64]) -> Column:
    """Beyond ASCII, or with a NUL: as Python text."""
    rows = zip(data.astype("<u2", copy=False), lengths.tolist(), strict=True)
    return jsontext.pool([row[:length].tobytes().decode("utf-16-le", "replace") for row, length in rows])


def _is_straight(found: list[Layer]) -> bool:
    """Every text has the same length and each place its own letters."""
    return all(len(layer.ends) == 1 for layer in found) and not any(layer.ends[0] for layer in found[:-1])


def _straight(found: list[Layer], site: Site) -> Spell:
    alphabets = [np.array([unit for unit, _ in layer.steps[0]], np.uint16) for layer in found[:-1]]
    kind = np.uint8 if all(alphabet.max() < 256 for alphabet in alphabets) else np.uint16
    alphabets = [alphabet.astype(kind) for alphabet in alphabets]
    drawn = digits(site, "place", [len(alphabet) for alphabet in alphabets])

    def spell(ids: Words) -> tuple[Array, NDArray[np.int64]]:
        data = np.empty((len(ids), len(alphabets)), kind)
        for at, (alphabet, letters) in enumerate(zip(alphabets, drawn(ids), strict=True)):
            data[:, at] = alphabet[letters.view(np.int64)]
        return data, np.full(len(ids), len(alphabets))

    return spell


@frozen
class _Table:
    """A layer flat: state s has `counts[s]` units from `firsts[s]` on, each with the state it leads to."""

    firsts: NDArray[np.int64]
    counts: NDArray[np.uint64]
    ends: NDArray[np.bool_]
    units: NDArray[np.uint16]
    states: NDArray[np.int64]
    source: Source


def _tables(found: list[Layer], site: Site) -> Iterator[_Table]:
    for at, layer in enumerate(found):
        counts = np.array([len(steps) for steps in layer.steps], np.int64)
        flat = np.array([step for steps in layer.steps for step in steps], np.int64).reshape(-1, 2)
        yield _Table(
            np.cumsum(counts) - counts,
            counts.view(np.uint64),
            np.array(layer.ends),
            flat[:, 0].astype(np.uint16),
            flat[:, 1],
            site.source(f"step{at}"),
        )


def _walk(found: list[Layer], site: Site) -> Spell:
    tables = list(_tables(found, site))

    def spell(ids: Words) -> tuple[Array, NDArray[np.int64]]:
        data = np.zeros((len(ids), len(tables) - 1), np.uint16)
        lengths = np.zeros(len(ids), np.int64)
        rows, states = np.arange(len(ids)), np.zeros(len(ids), np.int64)
        for at, table in enumerate(tables[:-1]):
            words, counts = table.source(ids[rows]), table.counts[states]
            ended = table.ends[states] & ((words & np.uint64(2**32 - 1)) < _STOP) | (counts == 0)
            steps = table.firsts[states] + (((words >> np.uint64(32)) * counts) >> np.uint64(32)).view(np.int64)
            on = ~ended
            rows, steps = rows[on], steps[on]
            data[rows, at] = table.units[steps]
            lengths[rows] = at + 1
            states = table.states[steps]
        return data, lengths

    return spell
