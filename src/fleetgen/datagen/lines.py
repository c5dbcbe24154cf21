"""Columns as JSON lines in the shape of Connect's JsonConverter with schemas.enable=false."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never

import numpy as np
from numpy.typing import NDArray

from fleetgen.datagen import numerals
from fleetgen.datagen.columns import (
    Binary,
    Branches,
    Column,
    Decimals,
    Lists,
    Maps,
    Nulls,
    Pool,
    Records,
    Scalars,
    Text,
    binaries,
    texts,
)
from fleetgen.datagen.hashing import Array
from fleetgen.datagen.jsontext import Matrix, base64, decimal, pool, quote, raw

_BOOLEANS: Final = numerals.rows([b"false", b"true"])


def lines(column: Column) -> bytes:
    """One line a row, each ended by a line feed."""
    rows = render(column)
    return frame(len(rows), [rows, "\n"]).tobytes().translate(None, b"\0")


def render(column: Column) -> Matrix:
    """The JSON text of each row."""
    match column:
        case Nulls():
            return raw("null", column.size)
        case Scalars():
            return (
                _BOOLEANS[column.data.astype(np.int8)] if column.data.dtype == np.bool_ else numerals.write(column.data)
            )
        case Decimals():
            return _decimals(column)
        case Text():
            return _text(column)
        case Binary():
            return _quoted(numerals.rows([base64(data) for data in binaries(column)]))
        case Pool():
            return column.choices.json[column.codes]
        case Records():
            parts = zip(column.names, map(render, column.children), strict=True)
            return _object(column.size, list(parts))
        case Lists():
            return _gathered("[", render(column.items), column.offsets, "]")
        case Maps():
            keys, items = render(column.keys), render(column.items)
            return _gathered("{", frame(len(keys), [keys, ":", items]), column.offsets, "}")
        case Branches():
            return _branches(column)
        case _:
            assert_never(column)


def frame(size: int, parts: Sequence[Matrix | str]) -> Matrix:
    """Parts side by side; text is the same in every row."""
    held = [np.frombuffer(part.encode(), np.uint8) if isinstance(part, str) else part for part in parts]
    data = np.empty((size, sum(part.shape[-1] for part in held)), np.uint8)
    at = 0
    for part in held:
        data[:, at : at + part.shape[-1]] = part
        at += part.shape[-1]
    return data


def _object(size: int, members: list[tuple[str, Matrix]]) -> Matrix:
    parts: list[Matrix | str] = []
    for name, rows in members:
        parts += [f"{',' if parts else '{'}{quote(name)}:", rows]
    return frame(size, [*parts, "}"] if parts else ["{}"])


def _quoted(data: Matrix) -> Matrix:
    return frame(len(data), ['"', data, '"'])


def _text(column: Text) -> Matrix:
    data = column.data
    if column.plain or not ((data == ord('"')) | (data == ord("\\")) | ((data < 32) & (data > 0))).any():
        return _quoted(data)
    return render(pool(texts(column)))


def _decimals(column: Decimals) -> Matrix:
    data, scale = column.unscaled, column.scale
    if data.dtype == object or scale > 17:
        return numerals.rows([decimal(value, scale).encode() for value in data.tolist()])
    if not scale:
        return numerals.write(data)
    size = np.abs(data)
    sign = np.where(data < 0, np.uint8(ord("-")), np.uint8(0))[:, None]
    below = numerals.write(size % 10**scale + 10**scale)[:, 1:]
    return frame(len(data), [sign, numerals.write(size // 10**scale), ".", below])


def _gathered(opening: str, items: Matrix, offsets: NDArray[np.int64], closing: str) -> Matrix:
    """The items of each row, separated by commas, between brackets."""
    parts = frame(len(items), [items, ","])
    last = offsets[1:][offsets[1:] > offsets[:-1]] - 1
    parts[last, -1] = 0
    ends = np.concatenate(([0], np.cumsum(np.count_nonzero(parts, axis=1))))
    flat = np.frombuffer(parts.tobytes().translate(None, b"\0"), np.uint8)
    return frame(len(offsets) - 1, [opening, _spread(flat, ends[offsets]), closing])


def _spread(flat: Matrix, offsets: Array) -> Matrix:
    """flat[offsets[i]:offsets[i + 1]] as row i."""
    lengths = np.diff(offsets)
    width = int(lengths.max(initial=0))
    held = np.arange(width) < lengths[:, None]
    data = np.zeros((len(lengths), width), np.uint8)
    data[held] = flat
    return data


def _branches(column: Branches) -> Matrix:
    size = len(column.index)
    held = []
    for branch, (name, child) in enumerate(zip(column.names, column.children, strict=True)):
        if name is not None:
            held.append((name, _scattered(render(child), column.index == branch)))
    if not column.several:
        return held[0][1] if held else raw("null", size)
    data = _object(size, held)
    for branch, name in enumerate(column.names):
        if name is None:
            data[column.index == branch] = raw("null".ljust(data.shape[1], "\0"), 1)
    return data


def _scattered(rows: Matrix, where: NDArray[np.bool_]) -> Matrix:
    """The rows where they belong, null elsewhere."""
    data = np.zeros((len(where), max(4, rows.shape[1])), np.uint8)
    data[:, :4] = np.frombuffer(b"null", np.uint8)
    data[where] = 0
    data[where, : rows.shape[1]] = rows
    return data
