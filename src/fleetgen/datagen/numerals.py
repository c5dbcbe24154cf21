"""Numbers as rows of decimal digits."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import orjson
from numpy.typing import NDArray

from fleetgen.datagen.hashing import Array

_TABLE: Final = 65_536
_GROUPS: Final = np.frombuffer("".join(f"{number:04d}" for number in range(10_000)).encode(), np.uint32)
_POWERS: Final = np.array([10**power for power in range(1, 20)], np.uint64)


def rows(texts: list[bytes]) -> NDArray[np.uint8]:
    """Texts without a NUL, padded with it."""
    held: Array = np.array(texts or [b""], dtype="S")
    return held.view(np.uint8).reshape(len(held), held.dtype.itemsize)[: len(texts)]


def write(data: Array) -> NDArray[np.uint8]:
    """Integers, and floats in their shortest text, as JSON writes them."""
    if not len(data):
        return rows([])
    if data.dtype.kind == "f":
        return rows(orjson.dumps(np.ascontiguousarray(data), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b","))
    low, high = int(data.min()), int(data.max())
    if high - low < min(2 * len(data), _TABLE):
        first = low // 4096 * 4096
        found: NDArray[np.uint8] = _table(first, -(-(high + 1) // 4096) * 4096)[data - first]
        return found
    return _integers(data, low, high)


@lru_cache(maxsize=64)
def _table(low: int, high: int) -> NDArray[np.uint8]:
    return rows([b"%d" % number for number in range(low, high)])


def _integers(data: Array, low: int, high: int) -> NDArray[np.uint8]:
    """Four digits at a time, then without the zeros in front."""
    size = np.abs(data).view(np.uint64)
    width = len(str(max(-low, high)))
    groups = -(-width // 4)
    held = np.empty((len(data), groups), np.uint32)
    rest = size
    for group in range(groups - 1, -1, -1):
        above = rest // np.uint64(10_000)
        held[:, group] = _GROUPS[(rest - above * np.uint64(10_000)).view(np.int64)]
        rest = above
    digits = held.view(np.uint8)[:, 4 * groups - width :]
    if min(abs(low), abs(high)) < 10 ** (width - 1) or low < 0 < high:
        used = np.searchsorted(_POWERS, size, side="right") + 1
        digits = np.where(np.arange(width) < (width - used)[:, None], np.uint8(0), digits)
    if low >= 0:
        return digits
    return np.hstack([np.where(data < 0, np.uint8(ord("-")), np.uint8(0))[:, None], digits])
