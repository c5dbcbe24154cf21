"""Sample records of a stream: any rows of it, as columns, JSON lines, keys, times, records or an Avro file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from fleetgen.datagen import avrobytes, columns, container, jsontext, lines, shapes
from fleetgen.datagen.columns import Column, Records
from fleetgen.datagen.context import Clock, Context, Draw
from fleetgen.datagen.hashing import Site
from fleetgen.frozen import frozen
from fleetgen.pipeline import Stream

BLOCK: Final = 8192
"""Rows that are drawn at once, if they are narrow enough: a power of two."""
_BLOCK_BYTES: Final = 16_000_000
_PROBE: Final = 4


def batch(stream: Stream, seed: int, end_ms: int, start: int, stop: int) -> Batch:
    """Rows [start, stop) of a stream. `end_ms`: milliseconds since 1970, the end of the 30 days of its times.

    Raises FleetgenError if no finite record exists.
    """
    sites = {field.name: _site(stream, field.name, seed) for field in stream.record.fields}
    clock = Clock(seed, end_ms)
    keyed = replace(stream.record, fields=tuple(field for field in stream.record.fields if field.name in stream.key))
    return Batch(
        stream,
        shapes.compose(stream.record, sites, clock),
        shapes.compose(keyed, sites, clock),
        clock.times(Site(seed, ("message", stream.name))),
        start,
        stop,
    )


def _site(stream: Stream, field: str, seed: int) -> Site:
    """A key's values are those of every stream that has the key, so that joins match."""
    return Site(seed, ("key", field) if field in stream.key else ("stream", stream.name, field))


@frozen
class Batch:
    """Nothing is drawn before it is asked for; what is asked for twice is drawn twice, and the same."""

    stream: Stream
    draw: Draw
    draw_keys: Draw
    moments: Callable[[Context], NDArray[np.int64]]
    start: int
    stop: int

    def columns(self) -> Records:
        """All rows at once."""
        return _records(self.draw(Context.top(self.start, self.stop)))

    def parts(self) -> Iterator[Records]:
        """The rows in parts that fit a processor's cache, wide records fewer at a time."""
        return self._parts(self.draw)

    def _parts(self, draw: Draw) -> Iterator[Records]:
        size = _fitting(draw, self.start)
        for start in range(self.start, self.stop, size):
            yield _records(draw(Context.top(start, min(start + size, self.stop))))

    def blocks(self) -> Iterator[bytes]:
        """The rows as blocks of an Avro container file.

        Blocks end at multiples of a power of two that is at most BLOCK, by how wide the stream's first rows are: slices
        that end at multiples of BLOCK are pieces of the whole file.
        """
        record, scope = self.stream.record, avrobytes.Scope()
        size = 1 << _fitting(self.draw, 0).bit_length() - 1
        for start, stop in _spans(self.start, self.stop, size):
            data = avrobytes.encode(record, self.draw(Context.top(start, stop)), scope)
            yield container.block(stop - start, data)

    def lines(self) -> bytes:
        """The values as JSON, one a line."""
        return b"".join(map(lines.lines, self.parts()))

    def records(self) -> Iterator[dict[str, Any]]:
        for part in self.parts():
            yield from columns.values(part)

    def times(self) -> NDArray[np.int64]:
        """When each message is sent, in milliseconds since 1970."""
        return self.moments(Context.top(self.start, self.stop))

    def keys(self) -> list[str]:
        """The keys' text: that of the one key field, an object of several; empty without a key."""
        return [text for part in self._parts(self.draw_keys) for text in self.key_texts(part)]

    def key_texts(self, drawn: Column) -> list[str]:
        """`drawn`: what draw_keys gives for any rows."""
        part = _records(drawn)
        return _keys(part, self.stream.key) if self.stream.key else [""] * part.size


def write_avro(stream: Stream, file: BinaryIO, *, rows: int, seed: int, end_ms: int) -> None:
    """The first rows as one Avro container file: the same bytes for the same arguments."""
    file.write(container.header(stream))
    for block in batch(stream, seed, end_ms, 0, rows).blocks():
        file.write(block)


def _fitting(draw: Draw, start: int) -> int:
    """How many rows to draw at once, by the width of a few."""
    width: int = lines.render(draw(Context.top(start, start + _PROBE))).shape[1]
    return max(1, min(BLOCK, _BLOCK_BYTES // max(1, width)))


def _spans(start: int, stop: int, size: int) -> Iterator[tuple[int, int]]:
    """[start, stop) in pieces that end at multiples of `size`."""
    while start < stop:
        end = min(stop, (start // size + 1) * size)
        yield start, end
        start = end


def _records(column: Column) -> Records:
    assert isinstance(column, Records)
    return column


def _keys(part: Records, names: tuple[str, ...]) -> list[str]:
    if len(names) == 1:
        return [_bare(text) for text in _texts(part.children[0])]
    held = dict(zip(part.names, part.children, strict=True))
    return _texts(Records(part.size, names, tuple(held[name] for name in names)))


def _texts(column: Column) -> list[str]:
    return lines.lines(column).decode().split("\n")[:-1]


def _bare(text: str) -> str:
    """A string without its quotes; anything else as JSON writes it."""
    return str(jsontext.read(text)) if text.startswith('"') else text
