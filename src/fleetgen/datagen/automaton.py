"""A pattern as a graph of layers: layer t holds the states that t units can lead to and that can still be completed.

Every walk from the first layer to a stop spells a text of the language within the length's bounds, so sampling needs
no search. Printable units are preferred wherever a step leaves a choice.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

from fleetgen.datagen.dialect import Length
from fleetgen.datagen.language import (
    LIMIT,
    NONE,
    Node,
    RegexError,
    TooLarge,
    both,
    cuts,
    derive,
    nullable,
    weight,
)
from fleetgen.datagen.pattern import parse
from fleetgen.frozen import frozen

_STATES: Final = 3000
_WEIGHT: Final = 600
_UNITS: Final = 5000
_WORK: Final = 1_000_000
_CHOICES: Final = 1024


@frozen
class State:
    """`steps`: for each next state the intervals of units that lead there."""

    accepting: bool
    steps: tuple[tuple[int, tuple[tuple[int, int], ...]], ...]


@frozen
class Layer:
    """For each state: may a text end here, and the units that lead on, each with its state in the next layer."""

    ends: tuple[bool, ...]
    steps: tuple[tuple[tuple[int, int], ...], ...]


@lru_cache(maxsize=64)
def layers(pattern: str, length: Length | None, within: str | None = None) -> list[Layer]:
    """The layers of a pattern; `within` is a second pattern that texts must match too.

    Raises RegexError if the pattern is broken, has no text of that length, or is too large.
    """
    node = parse(pattern) if within is None else both(parse(pattern), parse(within))
    states = _states(node)
    low = length.low if length else 0
    if low > _UNITS:
        raise TooLarge(f"its texts are longer than {_UNITS} characters")
    shortest, longest = _extent(states, low)
    high = longest if length is None or length.high is None else min(length.high - 1, longest)
    if shortest is None:
        raise RegexError("no text matches it")
    if high > _UNITS:
        raise TooLarge(f"its texts are longer than {_UNITS} characters")
    held = _useful(states, _reachable(states, high), low)
    if not held or not held[0]:
        raise RegexError("no text of that length matches it")
    return _layers(states, held, low)


def overruns(pattern: str, length: Length | None) -> str:
    """How Datagen may send a text beyond the length; empty if it cannot.

    It walks until an end and a coin tell it to stop, and takes what the rest of its walk gives where no text fits.
    Raises RegexError as `layers` does.
    """
    states = _states(parse(pattern))
    alive = _alive(states)
    if length is None or length.high is None or length.high > _UNITS:
        return "without a longest text Datagen ends each by chance alone" if _cyclic(states, alive) else ""
    reachable = _reachable(states, length.high - 1)
    held = _useful(states, reachable, length.low)
    for units in range(length.low, length.high - 1):
        for state in (states[number] for number in reachable[units] if states[number].accepting):
            following = {to for to, _ in state.steps} & alive
            if following and following.isdisjoint(held[units + 1]):
                return "Datagen goes on past texts that fit to where none does, and sends one that is too long"
    return ""


def _cyclic(states: list[State], alive: set[int]) -> bool:
    """Whether a text can go on for ever: taking away the states that nothing leads on from leaves some."""
    left, before = {at: {to for to, _ in states[at].steps} & alive for at in alive}, _before(states)
    ends = [at for at, following in left.items() if not following]
    while ends:
        end = ends.pop()
        del left[end]
        for at in before.get(end, set()) & left.keys():
            left[at].discard(end)
            if not left[at]:
                ends.append(at)
    return bool(left)


@lru_cache(maxsize=32)
def _states(node: Node) -> list[State]:
    """The deterministic automaton by derivatives; state 0 is the start."""
    numbers: dict[Node, int] = {node: 0}
    pending, states = [node], list[State]()
    work, most = 0, 4 * weight(node) + _WEIGHT
    while pending:
        weights = list(map(weight, pending))
        work += sum(weights)
        if len(numbers) > _STATES or max(weights) > most or work > _WORK:
            raise TooLarge("it is too large to sample")
        batch, pending = pending, []
        for current in batch:
            steps: dict[int, list[tuple[int, int]]] = {}
            for low, high, after in _steps(current):
                if after not in numbers:
                    numbers[after] = len(numbers)
                    pending.append(after)
                steps.setdefault(numbers[after], []).append((low, high))
            states.append(State(nullable(current), tuple((to, tuple(units)) for to, units in steps.items())))
    return states


def _steps(node: Node) -> list[tuple[int, int, Node]]:
    starts = sorted(cut for cut in cuts(node) | {0} if cut <= LIMIT)
    stops = [start - 1 for start in starts[1:]] + [LIMIT]
    steps = [(low, high, derive(node, low)) for low, high in zip(starts, stops, strict=True)]
    return [step for step in steps if step[2] != NONE]


def _extent(states: list[State], low: int) -> tuple[int | None, int]:
    """The shortest text's length, and the longest worth sampling: past the least by one round through all states."""
    frontier, shortest, longest = {0}, None, 0
    alive, slack, work = _alive(states), max(16, len(states)), 0
    for units in range(low + 2 * slack + len(states)):
        frontier &= alive
        work += len(frontier)
        if work > _WORK:
            raise TooLarge("it is too large to sample")
        if any(states[state].accepting for state in frontier):
            shortest, longest = units if shortest is None else shortest, units
        if not frontier or (shortest is not None and units >= max(low, shortest) + slack):
            break
        frontier = {to for state in frontier for to, _ in states[state].steps}
    return shortest, longest


def _before(states: list[State]) -> dict[int, set[int]]:
    before: dict[int, set[int]] = {}
    for number, state in enumerate(states):
        for to, _ in state.steps:
            before.setdefault(to, set()).add(number)
    return before


def _alive(states: list[State]) -> set[int]:
    """The states from which some text can be completed."""
    before = _before(states)
    alive = {number for number, state in enumerate(states) if state.accepting}
    pending = list(alive)
    while pending:
        fresh = before.get(pending.pop(), set()) - alive
        alive |= fresh
        pending.extend(fresh)
    return alive


def _reachable(states: list[State], high: int) -> list[set[int]]:
    """For each number of units, the states to which they can lead."""
    sets, work = [{0}], 0
    for _ in range(high):
        sets.append({to for state in sets[-1] for to, _ in states[state].steps})
        work += len(sets[-1])
        if work > _WORK:
            raise TooLarge("it is too large to sample")
    return sets


def _useful(states: list[State], reachable: list[set[int]], low: int) -> list[list[int]]:
    """Of each reachable set the states from which a text of an allowed length can still be completed."""
    sets: list[list[int]] = []
    after: set[int] = set()
    for units in range(len(reachable) - 1, -1, -1):
        after = {
            number
            for number in reachable[units]
            if (states[number].accepting and units >= low) or any(to in after for to, _ in states[number].steps)
        }
        sets.append(sorted(after))
    return sets[::-1]


def _layers(states: list[State], held: list[list[int]], low: int) -> list[Layer]:
    result: list[Layer] = []
    for units, numbers in enumerate(held):
        if not numbers:
            break
        following = held[units + 1] if units + 1 < len(held) else []
        places = {number: place for place, number in enumerate(following)}
        ends = tuple(states[number].accepting and units >= low for number in numbers)
        result.append(Layer(ends, tuple(_choices(states[number], places) for number in numbers)))
    return result


def _choices(state: State, places: dict[int, int]) -> tuple[tuple[int, int], ...]:
    held = [(places[to], units) for to, units in state.steps if to in places]
    return tuple((unit, place) for place, units in held for unit in _narrowed(units))


@cache
def _narrowed(intervals: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
    """The units to choose from: printable ones if there are any, and of a wide class (`.`, `[^a]`) the ASCII ones."""
    units = [unit for low, high in intervals for unit in range(low, high + 1)]
    printable = [unit for unit in units if chr(unit).isprintable()] or units
    if len(printable) <= _CHOICES:
        return tuple(printable)
    return tuple(unit for unit in printable if unit < 127) or tuple(printable[:: len(printable) // _CHOICES + 1])
