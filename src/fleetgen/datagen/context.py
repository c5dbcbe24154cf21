"""Which rows are drawn: of a record at the top, of an array's elements, of one branch of a union."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fleetgen.datagen.bounds import DAY_MS
from fleetgen.datagen.columns import Column, Nulls
from fleetgen.datagen.hashing import Array, Site, Words, under
from fleetgen.frozen import frozen

Draw: TypeAlias = Callable[["Context"], Column]

WINDOW_MS: Final = 30 * DAY_MS
LAG_MS: Final = 60_000


@frozen
class Context:
    """`ids` make the draws, `rows` are those at the top, `positions` count for iterations."""

    ids: Words
    rows: NDArray[np.int64]
    positions: NDArray[np.int64]

    @classmethod
    def top(cls, start: int, stop: int) -> Context:
        rows = np.arange(start, stop, dtype=np.int64)
        return cls(rows.view(np.uint64), rows, rows)

    @property
    def size(self) -> int:
        return len(self.rows)

    def nothing(self) -> Column:
        """What is drawn where nothing can be: for a context without rows."""
        return Nulls(self.size)

    def take(self, which: Array) -> Context:
        return Context(self.ids[which], self.rows[which], self.positions[which])


def elements(site: Site, most: int) -> Callable[[Context, NDArray[np.int64]], Context]:
    """The elements of each row, given how many it has: at most `most`.

    Positions leave room for `most` elements a row, so that those of a row do not depend on the rows before it.
    """
    source = site.source("elements")

    def expand(context: Context, lengths: NDArray[np.int64]) -> Context:
        parents = np.repeat(np.arange(context.size), lengths)
        index = np.arange(len(parents)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        ids = source(context.ids)[parents] + index.view(np.uint64)
        return Context(ids, context.rows[parents], context.positions[parents] * most + index)

    return expand


@frozen
class Clock:
    """Times within the 30 days before `end_ms`.

    Row i of every stream of one seed is about one moment, so that what is joined by time finds its like; what tells of
    it (a message, a field) comes up to a minute later by a lag of its own.
    """

    seed: int
    end_ms: int

    def times(self, site: Site) -> Callable[[Context], NDArray[np.int64]]:
        """Milliseconds since 1970 for each row of a context."""
        moment, lag = Site(self.seed, ("moment",)).source(), site.source("lag")

        def draw(context: Context) -> NDArray[np.int64]:
            back = under(moment(context.rows.view(np.uint64)), WINDOW_MS - LAG_MS) + np.uint64(LAG_MS)
            back -= under(lag(context.ids), LAG_MS)
            return self.end_ms - back.view(np.int64)

        return draw
