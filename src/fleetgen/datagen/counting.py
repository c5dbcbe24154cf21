"""Iterations: the value at a position, without the values before it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import lcm
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fleetgen.datagen import bounds
from fleetgen.datagen.dialect import Iteration
from fleetgen.datagen.hashing import Array

Counter: TypeAlias = Callable[[NDArray[np.int64]], Array]
_EXACT: Final = 2**53
_LONG: Final = 2**63


def integers(iteration: Iteration, limits: tuple[int, int]) -> Counter | None:
    """Within the type's limits; None if the iteration is not one of integers, or starts beyond them."""
    parts = (iteration.start, iteration.restart, iteration.step, iteration.initial)
    given = [part for part in parts if part is not None]
    if any(isinstance(part, bool) or part != int(part) for part in given):
        return None
    start = int(iteration.start)
    if not limits[0] <= start <= limits[1]:
        return None
    step, restart = _way(iteration, (limits[0] - 1, limits[1] + 1))
    restart = min(max(restart, limits[0] - 1), limits[1] + 1)
    initial = start if iteration.initial is None else int(iteration.initial)
    return lambda positions: _steps(positions, int(start), int(step), int(restart), initial)


def _way(iteration: Iteration, ends: tuple[Any, Any]) -> tuple[Any, Any]:
    """Step and restart: the step leads to the restart, or to the end of the type."""
    step, restart = iteration.step, iteration.restart
    if restart is None:
        step = 1 if step is None else step
        return step, ends[1] if step > 0 else ends[0]
    return (1 if restart > iteration.start else -1) if step is None else step, restart


def _steps(positions: NDArray[np.int64], start: int, step: int, restart: int, initial: int) -> NDArray[Any]:
    """start + ((initial - start + position * step) modulo (restart - start)): the modulus has the step's sign."""
    modulus = restart - start
    if modulus == 0:
        return np.full(len(positions), start)
    first = (initial - start) % modulus
    stride = step if abs(step) < abs(modulus) else step % modulus
    furthest = abs(stride) * int(positions.max(initial=0)) + abs(first)
    small = furthest + abs(start) < _LONG and positions.min(initial=0) >= 0
    if small and furthest < abs(modulus):
        return start + (positions * stride + first)
    if small and abs(start) + abs(modulus) < _LONG:
        return start + (positions * stride + first) % modulus
    counted = [start + (each * stride + first) % modulus for each in positions.tolist()]
    return np.array(counted, dtype=np.int64 if -_LONG <= start < _LONG and abs(restart) <= _LONG else object)


def reals(iteration: Iteration, single: bool) -> Counter | None:
    """Exactly, as integers over the least common denominator of what is written: each is one correct division."""
    limit = Fraction(bounds.FLOAT_MAX if single else bounds.DOUBLE_MAX)
    if isinstance(iteration.start, bool) or abs(iteration.start) > limit:
        return None
    step, restart = _way(iteration, (-limit, limit))
    restart = min(max(restart, -limit), limit)
    initial = iteration.start if iteration.initial is None else iteration.initial
    parts = [
        Fraction(repr(part)) if isinstance(part, float) else Fraction(part)
        for part in (iteration.start, step, restart, initial)
    ]
    unit = lcm(*(part.denominator for part in parts))
    whole = [int(part * unit) for part in parts]
    kind = np.float32 if single else np.float64

    def count(positions: NDArray[np.int64]) -> Array:
        counted = _steps(positions, *whole)
        if counted.dtype != object and np.abs(counted).max(initial=0) < _EXACT and unit < _EXACT:
            return (counted / unit).astype(kind)
        return np.array([each / unit for each in counted.tolist()], dtype=np.float64).astype(kind)

    return count
