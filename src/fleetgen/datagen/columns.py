"""Sample values as columns: a closed set of shapes, each with as many rows as its record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal
from itertools import pairwise
from typing import Any, Final, TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

from fleetgen.datagen.hashing import Array

EXACT: Final = Context(prec=1_000_000)


@dataclass(frozen=True, slots=True, eq=False)
class Nulls:
    size: int


@dataclass(frozen=True, slots=True, eq=False)
class Scalars:
    """bool, int64, float32 or float64: an Avro boolean, int, long, float, double, or a logical type over them."""

    data: Array


@dataclass(frozen=True, slots=True, eq=False)
class Decimals:
    """Unscaled integers: int64 where they fit, else Python's own in an array of objects."""

    unscaled: Array
    scale: int


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """UTF-8 in a matrix of bytes, a row each. A NUL is padding wherever it stands, never part of the text.

    `plain`: no byte of it needs an escape in JSON.
    """

    data: NDArray[np.uint8]
    plain: bool


@dataclass(frozen=True, slots=True, eq=False)
class Binary:
    """The first `lengths[i]` bytes of each row."""

    data: NDArray[np.uint8]
    lengths: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """Values of any type, and the JSON text of each as a row of bytes padded with NUL."""

    values: tuple[Any, ...]
    json: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Row i is choices.values[codes[i]]."""

    codes: NDArray[np.int64]
    choices: Choices


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    size: int
    names: tuple[str, ...]
    children: tuple[Column, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """Row i is items[offsets[i]:offsets[i + 1]]."""

    offsets: NDArray[np.int64]
    items: Column


@dataclass(frozen=True, slots=True, eq=False)
class Maps:
    """Row i has keys[offsets[i]:offsets[i + 1]], all different, and their values."""

    offsets: NDArray[np.int64]
    keys: Column
    items: Column


@dataclass(frozen=True, slots=True, eq=False)
class Branches:
    """Row i is of branch index[i]; a branch's column has just its own rows, in order. The name of null is None."""

    index: NDArray[np.int64]
    names: tuple[str | None, ...]
    children: tuple[Column, ...]

    @property
    def several(self) -> bool:
        """Two or more branches beside null: values say which one they are."""
        return sum(name is not None for name in self.names) > 1


Column: TypeAlias = Nulls | Scalars | Decimals | Text | Binary | Pool | Records | Lists | Maps | Branches


def values(column: Column) -> list[Any]:
    """The rows as Python values."""
    match column:
        case Nulls():
            return [None] * column.size
        case Scalars():
            return list(column.data.tolist())
        case Decimals():
            return [Decimal(value).scaleb(-column.scale, EXACT) for value in column.unscaled.tolist()]
        case Text():
            return texts(column)
        case Binary():
            return binaries(column)
        case Pool():
            choices = column.choices.values
            return [choices[code] for code in column.codes.tolist()]
        case Records():
            return _records(column)
        case Lists():
            items = values(column.items)
            return [items[start:stop] for start, stop in _bounds(column.offsets)]
        case Maps():
            pairs = list(zip(values(column.keys), values(column.items), strict=True))
            return [dict(pairs[start:stop]) for start, stop in _bounds(column.offsets)]
        case Branches():
            return _branches(column)
        case _:
            assert_never(column)


def texts(column: Text) -> list[str]:
    data = column.data.tobytes().translate(None, b"\0")
    stops = np.cumsum(np.count_nonzero(column.data, axis=1))
    spans = _bounds(np.concatenate(([0], stops)))
    if data.isascii():
        text = data.decode()
        return [text[start:stop] for start, stop in spans]
    return [data[start:stop].decode() for start, stop in spans]


def binaries(column: Binary) -> list[bytes]:
    data, width = column.data.tobytes(), column.data.shape[1]
    return [data[row * width : row * width + size] for row, size in enumerate(column.lengths.tolist())]


def _bounds(offsets: Array) -> Iterable[tuple[int, int]]:
    flat: list[int] = offsets.tolist()
    return pairwise(flat)


def _records(column: Records) -> list[dict[str, Any]]:
    if not column.children:
        return [{} for _ in range(column.size)]
    parts = zip(*map(values, column.children), strict=True)
    return [dict(zip(column.names, part, strict=True)) for part in parts]


def _branches(column: Branches) -> list[Any]:
    result: list[Any] = [None] * len(column.index)
    for branch, (name, child) in enumerate(zip(column.names, column.children, strict=True)):
        rows = np.flatnonzero(column.index == branch).tolist()
        for row, value in zip(rows, values(child), strict=True):
            result[row] = (name, value) if column.several and name is not None else value
    return result
