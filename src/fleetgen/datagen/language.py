"""Regular languages over UTF-16 units: expressions kept small by their constructors, and their derivatives."""

from __future__ import annotations

from typing import Final, TypeAlias, assert_never

from fleetgen.frozen import frozen

LIMIT: Final = 0xFFFF


@frozen
class Chars:
    """One unit out of sorted, separate, inclusive intervals. None at all: the empty language."""

    intervals: tuple[tuple[int, int], ...]


@frozen
class Seq:
    """Nothing but the empty text when it has no parts."""

    parts: tuple[Node, ...]


@frozen
class Alt:
    parts: frozenset[Node]


@frozen
class Both:
    parts: frozenset[Node]


@frozen
class Other:
    """Every text that `part` is not."""

    part: Node


@frozen
class Repeat:
    """`most` None: without end."""

    part: Node
    least: int
    most: int | None


Node: TypeAlias = Chars | Seq | Alt | Both | Other | Repeat
NONE: Final = Chars(())
EMPTY: Final = Seq(())
ANY: Final = Chars(((0, LIMIT),))
EVERYTHING: Final = Repeat(ANY, 0, None)


class RegexError(Exception):
    """Not a pattern of the dialect, or one without a text."""


class TooLarge(RegexError):
    """There are texts, but too many or too long ones to sample."""


def chars(intervals: list[tuple[int, int]]) -> Chars:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(interval for interval in intervals if interval[0] <= interval[1]):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return Chars(tuple(merged))


def inverse(given: Chars) -> Chars:
    starts = [0, *(high + 1 for _, high in given.intervals)]
    stops = [*(low - 1 for low, _ in given.intervals), LIMIT]
    return chars(list(zip(starts, stops, strict=True)))


def sequence(*parts: Node) -> Node:
    flat: list[Node] = []
    for part in parts:
        if part == NONE:
            return NONE
        flat.extend(part.parts if isinstance(part, Seq) else [part])
    return flat[0] if len(flat) == 1 else Seq(tuple(flat))


def either(*parts: Node) -> Node:
    flat = {inner for part in parts for inner in (part.parts if isinstance(part, Alt) else (part,))} - {NONE}
    if EVERYTHING in flat or Other(NONE) in flat:
        return EVERYTHING
    units = [part for part in flat if isinstance(part, Chars)]
    if len(units) > 1:
        flat = flat.difference(units) | {chars([interval for unit in units for interval in unit.intervals])}
    return next(iter(flat)) if len(flat) == 1 else Alt(frozenset(flat)) if flat else NONE


def both(*parts: Node) -> Node:
    flat = {inner for part in parts for inner in (part.parts if isinstance(part, Both) else (part,))}
    flat -= {EVERYTHING, Other(NONE)}
    if NONE in flat:
        return NONE
    return next(iter(flat)) if len(flat) == 1 else Both(frozenset(flat)) if flat else EVERYTHING


def other(part: Node) -> Node:
    return part.part if isinstance(part, Other) else Other(part)


def repeat(part: Node, least: int, most: int | None) -> Node:
    if most is not None and least > most:
        return NONE
    if most == 0 or part == EMPTY:
        return EMPTY
    if part == NONE:
        return EMPTY if least == 0 else NONE
    return part if (least, most) == (1, 1) else Repeat(part, least, most)


def nullable(node: Node) -> bool:
    """Whether the empty text is in the language."""
    match node:
        case Chars():
            return False
        case Seq() | Both():
            return all(map(nullable, node.parts))
        case Alt():
            return any(map(nullable, node.parts))
        case Other():
            return not nullable(node.part)
        case Repeat():
            return node.least == 0 or nullable(node.part)
        case _:
            assert_never(node)


def cuts(node: Node) -> set[int]:
    """Units at which the derivative may change: between two of them it is one and the same."""
    match node:
        case Chars():
            return {cut for low, high in node.intervals for cut in (low, high + 1)}
        case Seq():
            found: set[int] = set()
            for part in node.parts:
                found |= cuts(part)
                if not nullable(part):
                    break
            return found
        case Alt() | Both():
            return set().union(*map(cuts, node.parts))
        case Other() | Repeat():
            return cuts(node.part)
        case _:
            assert_never(node)


def derive(node: Node, unit: int) -> Node:
    """What may follow `unit` (Brzozowski's derivative)."""
    match node:
        case Chars():
            return EMPTY if any(low <= unit <= high for low, high in node.intervals) else NONE
        case Seq():
            return _derive_sequence(node.parts, unit)
        case Alt():
            return either(*(derive(part, unit) for part in node.parts))
        case Both():
            return both(*(derive(part, unit) for part in node.parts))
        case Other():
            return other(derive(node.part, unit))
        case Repeat():
            most = None if node.most is None else node.most - 1
            return sequence(derive(node.part, unit), repeat(node.part, max(node.least - 1, 0), most))
        case _:
            assert_never(node)


def _derive_sequence(parts: tuple[Node, ...], unit: int) -> Node:
    ways: list[Node] = []
    for index, part in enumerate(parts):
        ways.append(sequence(derive(part, unit), *parts[index + 1 :]))
        if not nullable(part):
            break
    return either(*ways)


def weight(node: Node) -> int:
    """How many expressions it is made of."""
    match node:
        case Chars():
            return 1
        case Seq() | Alt() | Both():
            return 1 + sum(map(weight, node.parts))
        case Other() | Repeat():
            return 1 + weight(node.part)
        case _:
            assert_never(node)
