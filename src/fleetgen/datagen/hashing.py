"""Random numbers as a hash of a counter, so that any row of any stream can be computed by itself.

A draw is `mix(id * GOLDEN + salt)` in wrapping 64-bit arithmetic; at the top of a record the id is the row, and the
salt stands for (seed, stream, field, purpose). ClickHouse computes the same, `salt` being a constant of UInt64:

    WITH number * 11400714819323198485 + salt AS a,
         bitXor(a, bitShiftRight(a, 30)) * 13787848793156543929 AS b,
         bitXor(b, bitShiftRight(b, 27)) * 10723151780598845931 AS c
    SELECT bitXor(c, bitShiftRight(c, 31)) AS draw,
           bitShiftRight(bitShiftRight(draw, 32) * n, 32) AS below_n

The mixing is that of splitmix64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fleetgen.frozen import frozen

Array: TypeAlias = NDArray[Any]
Words: TypeAlias = NDArray[np.uint64]
Source: TypeAlias = Callable[[Words], Words]

GOLDEN: Final = 0x9E3779B97F4A7C15
_FIRST: Final = 0xBF58476D1CE4E5B9
_SECOND: Final = 0x94D049BB133111EB
_PRIME: Final = 0x100000001B3
_MASK: Final = 2**64 - 1


def mix(words: Words) -> Words:
    """The finaliser of splitmix64. Overwrites and returns its argument."""
    words ^= words >> np.uint64(30)
    words *= np.uint64(_FIRST)
    words ^= words >> np.uint64(27)
    words *= np.uint64(_SECOND)
    words ^= words >> np.uint64(31)
    return words


def salt(seed: int, *names: str) -> int:
    """A word for a seed and names: FNV-1a over the UTF-8 text of each, mixed after each, so that borders count."""
    word = _mixed(seed & _MASK)
    for name in names:
        for byte in name.encode(errors="surrogatepass"):
            word = (word ^ byte) * _PRIME & _MASK
        word = _mixed(word + GOLDEN & _MASK)
    return word


def _mixed(word: int) -> int:
    word = (word ^ word >> 30) * _FIRST & _MASK
    word = (word ^ word >> 27) * _SECOND & _MASK
    return word ^ word >> 31


@frozen
class Site:
    """A place in a record's tree, from which draws come."""

    seed: int
    path: tuple[str, ...]

    def __truediv__(self, name: str) -> Site:
        return Site(self.seed, (*self.path, name))

    def source(self, purpose: str = "") -> Source:
        """Draws for ids; another purpose gives independent ones."""
        word = np.uint64(salt(self.seed, *self.path, purpose))

        def draw(ids: Words) -> Words:
            words = ids * np.uint64(GOLDEN)
            words += word
            return mix(words)

        return draw


def under(words: Words, count: int) -> Words:
    """Uniform integers from 0 to count - 1; 1 <= count <= 2^64."""
    if count <= 2**32:
        return ((words >> np.uint64(32)) * np.uint64(count)) >> np.uint64(32)
    if count == 2**64:
        return words
    return _high(words, count)


def _high(words: Words, count: int) -> Words:
    """The upper 64 bits of words * count, by halves of 32."""
    half, mask = np.uint64(32), np.uint64(2**32 - 1)
    low, high = words & mask, words >> half
    count_low, count_high = np.uint64(count & (2**32 - 1)), np.uint64(count >> 32)
    middle = high * count_low + ((low * count_low) >> half)
    other = low * count_high + (middle & mask)
    upper: Words = high * count_high + (middle >> half) + (other >> half)
    return upper


def unit(words: Words) -> NDArray[np.float64]:
    """Uniform doubles in [0, 1) with 53 bits."""
    share: NDArray[np.float64] = np.multiply(words >> np.uint64(11), 2.0**-53, dtype=np.float64)
    return share


def digits(site: Site, purpose: str, counts: Sequence[int]) -> Callable[[Words], Iterator[Words]]:
    """For each count one array of uniform integers below it; several come out of one draw while 32 bits suffice."""
    plan: list[tuple[int, Source | None]] = []
    spent = 2**33
    for index, count in enumerate(counts):
        fresh = spent * count > 2**24
        plan.append((count, site.source(f"{purpose}{index}") if fresh else None))
        spent = count if fresh else spent * count

    def draw(ids: Words) -> Iterator[Words]:
        fraction = ids
        for count, source in plan:
            if source is not None:
                fraction = source(ids) >> np.uint64(32)
            product = fraction * np.uint64(count)
            yield product >> np.uint64(32)
            fraction = product & np.uint64(2**32 - 1)

    return draw
