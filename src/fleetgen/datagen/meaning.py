"""Rules for any annotation: what is broken in it, so that nobody can mean it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from fleetgen.datagen import bounds, options, reads
from fleetgen.datagen.dialect import KEYS, Iteration
from fleetgen.datagen.spots import Spot
from fleetgen.errors import Finding
from fleetgen.model import DecimalType, LogicalType, Primitive, PrimitiveType, Type

Rule: TypeAlias = Callable[[Spot], Iterator[Finding]]


def broken(spot: Spot) -> Iterator[Finding]:
    yield from spot.broken


def unknown_key(spot: Spot) -> Iterator[Finding]:
    written = {(): spot.args, ("keys",): spot.args.get("keys")} if isinstance(spot.args, dict) else {}
    for inside, args in written.items():
        for key in args if isinstance(args, dict) else ():
            if key not in KEYS:
                yield spot.warning("FG202", f"Datagen knows no {key!r} and ignores it", _like(key), *inside, key)


def _like(key: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(key, KEYS, 1)
    return f"did you mean {close[0]!r}?" if close else f"the keys are {', '.join(KEYS)}"


def range_empty(spot: Spot) -> Iterator[Finding]:
    given = spot.note.range
    if given is None:
        return
    help = "min is inclusive, max is exclusive: write min < max"
    if given.low is not None and given.high is not None and given.low >= given.high:
        yield spot.error("FG203", f"range: min {given.low} is not below max {given.high}", help, "range")
    elif reads.integral(spot.type) or isinstance(spot.type, DecimalType):
        assert isinstance(spot.type, PrimitiveType | LogicalType | DecimalType)
        if bounds.span(spot.type, given) is None:
            yield spot.error("FG203", f"range: no value of {reads.name(spot.type)} lies in it", help, "range")


def range_bounds(spot: Spot) -> Iterator[Finding]:
    base = reads.base(spot.type)
    given, limits = spot.note.range, bounds.PRIMITIVE.get(base) if base else None
    if given is None or limits is None:
        return
    for name, bound in (("min", given.low), ("max", given.high)):
        if bound is not None and not (isinstance(bound, int) and limits[0] <= bound <= limits[1]):
            message = f"range: {name} {bound} is not an integer of {base}"
            help = f"write it without a point, from {limits[0]} to {limits[1]}"
            yield spot.error("FG204", message, help, "range", name)


def option_kinds(spot: Spot) -> Iterator[Finding]:
    for index, value in enumerate(spot.note.options.values if spot.note.options else ()):
        try:
            options.fit(spot.type, value, spot.enclosing)
        except options.Unfit as reason:
            help = f"options are values of the type: {reads.name(spot.type)}"
            yield spot.error("FG206", f"options: {reason}", help, "options", str(index))


def key_options(spot: Spot) -> Iterator[Finding]:
    """The options of a map's keys are text."""
    held = spot.note.keys.options if spot.note.keys else None
    for index, value in enumerate(held.values if held else ()):
        if not isinstance(value, str):
            message = f"keys: options: {value!r} is not text"
            yield spot.error("FG206", message, "the keys of a map are text", "keys", "options", str(index))


def regex(spot: Spot) -> Iterator[Finding]:
    from fleetgen.datagen import automaton
    from fleetgen.datagen.language import RegexError
    from fleetgen.datagen.pattern import parse

    for note, inside in ((spot.note, ()), (spot.note.keys, ("keys",))):
        if note is None or note.regex is None:
            continue
        try:
            parse(note.regex)
        except RegexError as reason:
            yield spot.error(
                "FG212",
                f"regex: {reason}",
                'write & ~ # @ < " with a backslash to mean themselves; there is no (?:, no ^, no $',
                *inside,
                "regex",
            )
            continue
        try:
            automaton.layers(note.regex, note.length)
        except RegexError as reason:
            help = "give pattern and length a text in common; without `length` any length is allowed"
            yield spot.error("FG213", f"regex: {reason}", help, *inside, "regex")


def length_beyond(spot: Spot) -> Iterator[Finding]:
    for note, inside in ((spot.note, ()), (spot.note.keys, ("keys",))):
        if note is not None and note.length is not None and note.length.low > bounds.LONGEST:
            message = f"length: no sample has more than {bounds.LONGEST}: the annotation counts as none"
            yield spot.warning("FG221", message, "Datagen builds each value in memory: choose less", *inside, "length")


def iteration(spot: Spot) -> Iterator[Finding]:
    given = spot.note.iteration
    if given is not None and "iteration" in reads.keys(spot.type):
        wrong = _wrong_iteration(spot.type, given)
        if wrong:
            yield spot.error("FG214", f"iteration: {wrong}", "start, restart, step and initial are values of the type",
                             "iteration")  # fmt: skip


def _wrong_iteration(type: Type, given: Iteration) -> str:
    boolean = isinstance(type, PrimitiveType) and type.kind is Primitive.BOOLEAN
    if isinstance(given.start, bool) != boolean:
        return f"start {given.start!r} is no value of {reads.name(type)}"
    limits = reads.integral(type) or bounds.PRIMITIVE[Primitive.INT]
    if boolean or reads.real(type):
        return ""
    for name in ("start", "restart", "initial", "step"):
        part = getattr(given, name)
        if part is not None and not (isinstance(part, int) and (name == "step" or limits[0] <= part <= limits[1])):
            return f"{name} {part} is not an integer of {reads.name(type)}"
    return ""


_EXCLUDED: Final = {
    "options": ("iteration", "length", "range", "regex"),
    "iteration": ("length", "range", "regex"),
}


def conflict(spot: Spot) -> Iterator[Finding]:
    for winner, losers in _EXCLUDED.items():
        for loser in losers if isinstance(spot.args, dict) and winner in spot.args else ():
            if loser in spot.args:
                message = f"{loser} cannot stand beside {winner}: Datagen refuses both"
                yield spot.error("FG218", message, f"keep one of {winner} and {loser}", loser)


def not_for_type(spot: Spot) -> Iterator[Finding]:
    if not isinstance(spot.args, dict) or (spot.inherited and spot.branch):
        return
    for key in spot.args:
        if key in KEYS and key not in reads.keys(spot.type):
            message = f"{key} means nothing to {reads.name(spot.type)}: it is ignored"
            yield spot.warning(
                "FG219", message, f"{reads.name(spot.type)} reads {', '.join(reads.keys(spot.type)) or 'none'}", key
            )


RULES: Final[tuple[Rule, ...]] = (
    broken, unknown_key, range_empty, range_bounds, option_kinds, key_options, regex,
    length_beyond, iteration, conflict, not_for_type,
)  # fmt: skip
