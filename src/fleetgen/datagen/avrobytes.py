"""Columns in Avro's binary encoding, as rows of cells: a byte is itself plus 256, a zero is padding wherever it stands.

Any byte may be part of a value, so that padding needs a sign of its own. Joining columns is putting matrices side by
side and dropping the zeros at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Final, TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

from fleetgen.datagen import avrovalues
from fleetgen.datagen.columns import (
    Binary,
    Branches,
    Choices,
    Column,
    Decimals,
    Lists,
    Maps,
    Nulls,
    Pool,
    Records,
    Scalars,
    Text,
)
from fleetgen.datagen.hashing import Array
from fleetgen.datagen.jsontext import STRING
from fleetgen.frozen import frozen
from fleetgen.model import (
    ArrayType,
    DecimalType,
    FixedType,
    LogicalType,
    MapType,
    RecordType,
    RecursiveType,
    Type,
    UnionType,
)

Cells: TypeAlias = NDArray[np.uint16]

_HELD: Final = np.uint16(256)


@frozen
class Scope:
    """The records around a place, and the cells of choices that were met before."""

    records: Mapping[str, RecordType] = field(default_factory=dict)
    pools: dict[Choices, Cells] = field(default_factory=dict)

    def inside(self, record: RecordType) -> Scope:
        return replace(self, records={**self.records, record.fullname: record})


def encode(record: RecordType, column: Column, scope: Scope) -> bytes:
    """The rows behind each other. One scope serves all columns that one draw gives."""
    return _flat(render(record, column, scope)).astype(np.uint8).tobytes()


def rows(record: RecordType, column: Column, scope: Scope) -> list[bytes]:
    """Each row by itself."""
    cells = render(record, column, scope)
    ends = np.cumsum(np.count_nonzero(cells, axis=1)).tolist()
    data = _flat(cells).astype(np.uint8).tobytes()
    return [data[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def render(type: Type, column: Column, scope: Scope) -> Cells:
    """The cells of each row. `type` says what the column leaves open: a fixed has no length in front."""
    match column:
        case Nulls():
            return np.empty((column.size, 0), np.uint16)
        case Scalars():
            return _scalars(column.data)
        case Decimals():
            return _decimals(type, column.unscaled)
        case Text():
            return _sized(column.data, column.data != 0)
        case Binary():
            return _binary(type, column)
        case Pool():
            return _pool(type, column, scope)
        case Records():
            return _record(type, column, scope)
        case Lists():
            assert isinstance(type, ArrayType)
            return _gathered(render(type.items, column.items, scope), column.offsets)
        case Maps():
            assert isinstance(type, MapType)
            parts = [render(STRING, column.keys, scope), render(type.values, column.items, scope)]
            return _gathered(np.hstack(parts), column.offsets)
        case Branches():
            return _branches(type, column, scope)
        case _:
            assert_never(column)


def _scalars(data: Array) -> Cells:
    """Booleans and floats as they lie in memory, little end first; integers as varints."""
    if data.dtype.kind == "i":
        return varints(data)
    little = np.ascontiguousarray(data, data.dtype.newbyteorder("<"))
    return _whole(little.view(np.uint8).reshape(len(data), data.dtype.itemsize))


def varints(data: Array) -> Cells:
    """Integers of 64 bits: zigzag, then seven bits a byte, the lowest first."""
    rest: Array = (data << 1 ^ data >> 63).view(np.uint64)
    most = int(rest.max(initial=0))
    if most < 2**32:
        rest = rest.astype(np.uint32)
    cells = np.empty((len(data), max(1, -(-most.bit_length() // 7))), np.uint16)
    for at in range(cells.shape[1]):
        above = rest >> 7
        cell = (rest & 127 | 256).astype(np.uint16)
        cell |= (above != 0).astype(np.uint16) << 7
        if at:
            cell *= rest != 0
        cells[:, at] = cell
        rest = above
    return cells


def _whole(data: Array) -> Cells:
    return data | _HELD


def _masked(data: Array, held: NDArray[np.bool_]) -> Cells:
    return _whole(data) * held


def _sized(data: Array, held: NDArray[np.bool_]) -> Cells:
    """What is held of each row, its length in front."""
    return np.hstack([varints(np.count_nonzero(held, axis=1)), _masked(data, held)])


def _binary(type: Type, column: Binary) -> Cells:
    if _is_fixed(type):
        return _whole(column.data)
    return _sized(column.data, np.arange(column.data.shape[1]) < column.lengths[:, None])


def _is_fixed(type: Type) -> bool:
    base = type.base if isinstance(type, DecimalType | LogicalType) else type
    return isinstance(base, FixedType)


def _decimals(type: Type, unscaled: Array) -> Cells:
    """Big end first: as many bytes as a fixed has, else the fewest that hold the number and its sign."""
    assert isinstance(type, DecimalType)
    if unscaled.dtype == object:
        return table([avrovalues.decimal(type.base, value) for value in unscaled.tolist()])
    data = np.ascontiguousarray(unscaled, ">i8").view(np.uint8).reshape(len(unscaled), 8)
    if isinstance(type.base, FixedType):
        return _widened(data, type.base.size)
    size = unscaled ^ unscaled >> 63
    least = sum((size >= 1 << bits).astype(np.int64) for bits in range(7, 63, 8)) + np.ones(len(size), np.int64)
    return _sized(data, np.arange(8) >= 8 - least[:, None])


def _widened(data: Array, size: int) -> Cells:
    """Numbers of 8 bytes as numbers of `size`, where they fit."""
    if size <= 8:
        return _whole(data[:, 8 - size :])
    sign = np.where(data[:, :1] >= 128, np.uint8(255), np.uint8(0))
    return _whole(np.hstack([np.repeat(sign, size - 8, axis=1), data]))


def _pool(type: Type, column: Pool, scope: Scope) -> Cells:
    """Choices that are many are made anew each time, so that only what is drawn again is kept."""
    choices, records = column.choices, scope.records
    if len(choices.values) >= len(column.codes):
        drawn = (choices.values[code] for code in column.codes.tolist())
        return table([avrovalues.write(type, value, records) for value in drawn])
    if choices not in scope.pools:
        scope.pools[choices] = table([avrovalues.write(type, value, records) for value in choices.values])
    return scope.pools[choices][column.codes]


def table(rows: list[bytes]) -> Cells:
    """Any bytes, a row each."""
    lengths = np.array([len(row) for row in rows], np.int64)
    return _spread(_whole(np.frombuffer(b"".join(rows), np.uint8)), lengths)


def _record(type: Type, column: Records, scope: Scope) -> Cells:
    record = scope.records[type.fullname] if isinstance(type, RecursiveType) else type
    assert isinstance(record, RecordType)
    scope = scope.inside(record)
    fields = zip(record.fields, column.children, strict=True)
    parts = [render(each.type, child, scope) for each, child in fields]
    return np.hstack([np.empty((column.size, 0), np.uint16), *parts])


def _gathered(items: Cells, offsets: NDArray[np.int64]) -> Cells:
    """One block of all items of a row, and a count of none behind it, which is all where there are no items."""
    counts = np.diff(offsets)
    ends = np.concatenate(([0], np.cumsum(np.count_nonzero(items, axis=1))))
    rows = _spread(_flat(items), np.diff(ends[offsets]))
    return np.hstack([varints(counts), rows, (_HELD * (counts > 0))[:, None]])


def _flat(cells: Cells) -> Cells:
    held: Cells = cells[cells != 0]
    return held


def _spread(flat: Cells, lengths: NDArray[np.int64]) -> Cells:
    """The next `lengths[i]` cells as row i."""
    held = np.arange(int(lengths.max(initial=0))) < lengths[:, None]
    cells = np.zeros(held.shape, np.uint16)
    cells[held] = flat
    return cells


def _branches(type: Type, column: Branches, scope: Scope) -> Cells:
    assert isinstance(type, UnionType)
    pairs = zip(type.branches, column.children, strict=True)
    parts = [render(branch, child, scope) for branch, child in pairs]
    cells = np.zeros((len(column.index), max(part.shape[1] for part in parts)), np.uint16)
    for branch, part in enumerate(parts):
        cells[column.index == branch, : part.shape[1]] = part
    return np.hstack([varints(column.index), cells])
