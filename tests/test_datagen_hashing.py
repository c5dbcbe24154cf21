"""The draws: the same in numpy as in ClickHouse, uniform, and independent of one another."""

from __future__ import annotations

import numpy as np
import pytest

from fleetgen.datagen.hashing import Site, digits, salt, under, unit
from fleetgen.targets.clickhouse.engine import Engine

IDS = np.arange(100_000, dtype=np.uint64)


def test_clickhouse_computes_the_same(engine: Engine) -> None:
    word = salt(7, "stream", "S", "v", "")
    query = f"""
        WITH number * 11400714819323198485 + toUInt64('{word}') AS a,
             bitXor(a, bitShiftRight(a, 30)) * 13787848793156543929 AS b,
             bitXor(b, bitShiftRight(b, 27)) * 10723151780598845931 AS c
        SELECT bitXor(c, bitShiftRight(c, 31)) AS draw, bitShiftRight(bitShiftRight(draw, 32) * 8999, 32)
        FROM numbers(1000) ORDER BY number"""
    rows = engine.rows(query)
    words = Site(7, ("stream", "S", "v")).source()(IDS[:1000])
    assert [row[0] for row in rows] == words.tolist()
    assert [row[1] for row in rows] == under(words, 8999).tolist()


def test_a_known_draw_stays_what_it_is() -> None:
    assert Site(0, ("stream", "S", "v")).source()(IDS[:3]).tolist() == [
        4364301786216509744,
        18388298523892771646,
        12836721313383439306,
    ]


@pytest.mark.parametrize("count", [1, 2, 10, 2**31, 2**32, 2**32 + 1, 2**63, 2**64 - 1, 2**64])
def test_draws_below_a_count_are_exact(count: int) -> None:
    words = Site(1, ("x",)).source()(IDS[:5000])
    expected = [word * count >> 64 for word in words.tolist()]
    if count <= 2**32:
        expected = [(word >> 32) * count >> 32 for word in words.tolist()]
    assert under(words.copy(), count).tolist() == expected


def test_draws_are_uniform_and_independent() -> None:
    first, second = (unit(Site(0, ("stream", "S", name)).source()(IDS)) for name in ("a", "b"))
    other = unit(Site(1, ("stream", "S", "a")).source()(IDS))
    for draws in (first, second, other):
        counts = np.histogram(draws, 100, (0, 1))[0]
        assert ((counts - 1000) ** 2 / 1000).sum() < 160  # chi squared with 99 degrees of freedom: 1 in 10,000
        assert abs(np.corrcoef(draws[:-1], draws[1:])[0, 1]) < 0.015
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.015
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.015


def test_names_do_not_run_into_each_other() -> None:
    assert (
        len({salt(0, "a", "b"), salt(0, "ab", ""), salt(0, "", "ab"), salt(0, "ab"), salt(1, "ab"), salt(0, "ba")}) == 6
    )


def test_several_digits_come_out_of_one_draw() -> None:
    drawn = list(digits(Site(0, ("x",)), "d", [10] * 9)(IDS))
    for place in drawn:
        counts = np.bincount(place.astype(np.int64), minlength=10)
        assert len(counts) == 10
        assert np.abs(counts - 10_000).max() < 450
    pairs = np.bincount((drawn[0] * np.uint64(10) + drawn[1]).astype(np.int64), minlength=100)
    assert np.abs(pairs - 1000).max() < 150
