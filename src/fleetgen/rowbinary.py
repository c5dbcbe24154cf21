"""ClickHouse's RowBinaryWithNamesAndTypes as Python values, exact: ticks and not dates, bytes and not guessed text."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias

FORMAT: Final = "RowBinaryWithNamesAndTypes"

Reader: TypeAlias = Callable[["_Bytes"], Any]


def rows(data: bytes) -> Iterator[dict[str, Any]]:
    """One dict a row, column -> value.

    Integers, dates, times and enums as int, floats as float, String and FixedString as bytes, Decimal as Decimal with
    its scale, UUID as its canonical text, Array as list, Map as dict (keys are text), a named Tuple as dict, NULL as
    None. Raises ValueError for a type that a store never has.
    """
    source = _Bytes(data)
    width = source.varint()
    names = [source.string().decode() for _ in range(width)]
    readers = [reader(source.string().decode()) for _ in range(width)]
    while not source.ended():
        yield {name: read(source) for name, read in zip(names, readers, strict=True)}


class _Bytes:
    """A position in a byte string."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def ended(self) -> bool:
        return self._at >= len(self._data)

    def take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise ValueError("the row is cut off")
        self._at += size
        return taken

    def varint(self) -> int:
        value, shift = 0, 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def string(self) -> bytes:
        return self.take(self.varint())

    def number(self, size: int, *, signed: bool = True) -> int:
        return int.from_bytes(self.take(size), "little", signed=signed)


def reader(type: str) -> Reader:
    """What reads one value of a ClickHouse type, given as system.columns spells it."""
    if type in _PLAIN:
        return _PLAIN[type]
    name, _, rest = type.partition("(")
    if name not in _PARAMETRIC or not rest.endswith(")"):
        raise ValueError(f"no reader for the type {type}")
    return _PARAMETRIC[name](_split(rest[:-1]))


def _split(text: str) -> list[str]:
    """The arguments of a type: split at the commas that are in no brackets and in no quotes."""
    parts, depth, start, quote, skip = [], 0, 0, "", False
    for at, char in enumerate(text):
        if skip:
            skip = False
        elif quote:
            skip, quote = char == "\\", "" if char == quote else quote
        elif char in "'`":
            quote = char
        elif char == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
        else:
            depth += (char == "(") - (char == ")")
    return [*parts, text[start:].strip()] if text.strip() else []


def _integer(size: int, signed: bool) -> Reader:
    return lambda source: source.number(size, signed=signed)


def _float(code: str, size: int) -> Reader:
    return lambda source: struct.unpack(code, source.take(size))[0]


def _uuid(source: _Bytes) -> str:
    """Two little-endian halves, the high one first."""
    text = f"{source.number(8, signed=False):016x}{source.number(8, signed=False):016x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _fixed(arguments: list[str]) -> Reader:
    size = int(arguments[0])
    return lambda source: source.take(size)


def _decimal(arguments: list[str]) -> Reader:
    precision, scale = map(int, arguments)
    size = next(size for size, digits in ((4, 9), (8, 18), (16, 38), (32, 76)) if precision <= digits)

    def read(source: _Bytes) -> Decimal:
        unscaled = source.number(size)
        return Decimal((int(unscaled < 0), tuple(map(int, str(abs(unscaled)))), -scale))

    return read


def _nullable(arguments: list[str]) -> Reader:
    inner = reader(arguments[0])
    return lambda source: None if source.take(1) == b"\1" else inner(source)


def _array(arguments: list[str]) -> Reader:
    item = reader(arguments[0])
    return lambda source: [item(source) for _ in range(source.varint())]


def _map(arguments: list[str]) -> Reader:
    key, value = map(reader, arguments)

    def read(source: _Bytes) -> dict[str, Any]:
        pairs = [(key(source).decode(), value(source)) for _ in range(source.varint())]
        if len({name for name, _ in pairs}) < len(pairs):
            raise ValueError("a map holds a key twice")
        return dict(pairs)

    return read


_ELEMENT: Final = re.compile(r"(`(?:\\.|[^`\\])*`|\w+) (.+)", re.DOTALL)


def _tuple(arguments: list[str]) -> Reader:
    """Named elements only: the store has no other."""
    elements = []
    for argument in arguments:
        if (match := _ELEMENT.fullmatch(argument)) is None:
            raise ValueError(f"an element without a name: {argument}")
        elements.append((re.sub(r"\\(.)", r"\1", match[1].strip("`")), reader(match[2])))
    return lambda source: {name: read(source) for name, read in elements}


_PLAIN: Final[Mapping[str, Reader]] = {
    "Bool": lambda source: source.take(1) != b"\0",
    "Float32": _float("<f", 4),
    "Float64": _float("<d", 8),
    "String": lambda source: source.string(),
    "UUID": _uuid,
    "Date": _integer(2, False),
    "Date32": _integer(4, True),
    "DateTime": _integer(4, False),
    **{f"Int{8 * size}": _integer(size, True) for size in (1, 2, 4, 8, 16, 32)},
    **{f"UInt{8 * size}": _integer(size, False) for size in (1, 2, 4, 8, 16, 32)},
}

_PARAMETRIC: Final[Mapping[str, Callable[[list[str]], Reader]]] = {
    "Array": _array,
    "DateTime": lambda _: _integer(4, False),
    "DateTime64": lambda _: _integer(8, True),
    "Decimal": _decimal,
    "FixedString": _fixed,
    "LowCardinality": lambda arguments: reader(arguments[0]),
    "Map": _map,
    "Nullable": _nullable,
    "Tuple": _tuple,
}
