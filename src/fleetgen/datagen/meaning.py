"""Rules for any annotation: what is broken in it, so that nobody can mean it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from fleetgen.datagen import bounds, iterations, options, reads, regexes
from fleetgen.datagen.dialect import KEYS, Range
from fleetgen.datagen.spots import Spot
from fleetgen.errors import Finding, Severity
from fleetgen.model import DecimalType, EnumType, Json, Logical, LogicalType, Primitive, PrimitiveType, Type, UnionType

_TOLD: Final = 8
"""Symbols of an enum that a help line names."""
_BESIDE_OPTIONS: Final = ("keys", "odds", "prefix", "suffix")
_RANGELESS: Final = (Primitive.INT, Primitive.LONG, Primitive.FLOAT)
_OF_KEYS: Final = ("length", "options", "prefix", "regex", "suffix")
Rule: TypeAlias = Callable[[Spot], Iterator[Finding]]


def broken(spot: Spot) -> Iterator[Finding]:
    """What cannot be read; only a warning where Datagen does not read it either."""
    for finding in spot.broken:
        key, told = _key(spot, finding), True
        if isinstance(spot.type, UnionType):  # its branches say it, if one of them reads the key
            told = not any(key in reads.keys(branch) for branch in spot.type.branches) and not spot.inherited
        elif key:
            told = key in reads.keys(spot.type)
        if told:
            yield replace(finding, severity=Severity.WARNING) if _unread(spot, finding, key) else finding


def _key(spot: Spot, finding: Finding) -> str:
    """The member of the annotation that a finding is about; empty if it is about the whole."""
    below = finding.place.pointer.removeprefix(spot.at.pointer)
    return below.split("/")[1] if below else ""


def _unread(spot: Spot, finding: Finding, key: str) -> bool:
    """Datagen looks at nothing else beside options, and takes an int, long or float without a range for a full one."""
    if key in _BESIDE_OPTIONS and spot.note.options is not None:
        return True
    whole = _RANGELESS if isinstance(spot.args, dict) and not isinstance(spot.args.get("range"), dict) else ()
    return key == "range" and reads.base(spot.type) in whole


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
    given, type = spot.note.range, spot.type
    if given is None or "range" not in reads.keys(type) or isinstance(type, UnionType):
        return
    help = "min is inclusive, max is exclusive: write min < max"
    low, high = _defaults(type) if given.low is None or given.high is None else (None, None)
    low, high = low if given.low is None else given.low, high if given.high is None else given.high
    if low is not None and high is not None and low >= high:
        yield spot.error("FG203", f"range: min {low} is not below max {high}", help, "range")
    elif reads.integral(type) or isinstance(type, DecimalType):
        assert isinstance(type, PrimitiveType | LogicalType | DecimalType)
        if bounds.span(type, given) is None:
            runs = isinstance(type, LogicalType) and type.kind is not Logical.TIME_MILLIS
            finding = spot.warning if runs else spot.error
            yield finding("FG203", f"range: no value of {reads.name(type)} lies in it", help, "range")


def _defaults(type: Type) -> tuple[float | None, float | None]:
    """What Datagen takes for a bound that is missing."""
    if isinstance(type, DecimalType):
        most = 10 ** (type.precision - type.scale)
        return -most, most
    base = reads.base(type)
    if base in bounds.PRIMITIVE:
        return bounds.PRIMITIVE[base]
    most_real = bounds.real(base) if base in (Primitive.FLOAT, Primitive.DOUBLE) else None
    return None if most_real is None else -most_real, most_real


def range_bounds(spot: Spot) -> Iterator[Finding]:
    base = reads.base(spot.type)
    given, limits = spot.note.range, bounds.PRIMITIVE.get(base) if base else None
    if given is None or (limits is None and base is not Primitive.FLOAT):
        return
    if limits is None:
        yield from _float_bounds(spot, given)
        return
    for name, bound in (("min", given.low), ("max", given.high)):
        if bound is not None and not (isinstance(bound, int) and limits[0] <= bound <= limits[1]):
            message = f"range: {name} {bound} is not an integer of {base}"
            help = f"write it without a point, from {limits[0]} to {limits[1]}"
            yield spot.error("FG204", message, help, "range", name)


def _float_bounds(spot: Spot, given: Range) -> Iterator[Finding]:
    for name, bound in (("min", given.low), ("max", given.high)):
        if bound is not None and abs(bound) > bounds.FLOAT_MAX:
            help = f"a float reaches from {-bounds.FLOAT_MAX} to {bounds.FLOAT_MAX}"
            yield spot.error("FG204", f"range: {name} {bound} is beyond float", help, "range", name)


def option_kinds(spot: Spot) -> Iterator[Finding]:
    for index, value in enumerate(spot.note.options.values if spot.note.options else ()):
        try:
            options.fit(spot.type, value, spot.enclosing)
        except options.Unfit as reason:
            help = f"options are values of the type: {_values(spot.type)}"
            finding = spot.warning if _sent(spot, value) else spot.error
            yield finding("FG206", f"options: {reason}", help, "options", str(index))


def _values(type: Type) -> str:
    """The type in words; of an enum its symbols, as far as they are few."""
    if not isinstance(type, EnumType):
        return reads.name(type)
    more = len(type.symbols) - _TOLD
    return ", ".join(type.symbols[:_TOLD]) + (f" and {more} more" if more > 0 else "")


def _sent(spot: Spot, value: Json) -> bool:
    """Whether Datagen sends the option all the same: it does not know logical types, but a time of day."""
    if not isinstance(spot.type, LogicalType) or spot.type.kind is Logical.TIME_MILLIS:
        return False
    try:
        options.fit(spot.type.base, value, spot.enclosing)
    except options.Unfit:
        return False
    return True


def key_options(spot: Spot) -> Iterator[Finding]:
    """The options of a map's keys are text."""
    held = spot.note.keys.options if spot.note.keys else None
    for index, value in enumerate(held.values if held else ()):
        if not isinstance(value, str):
            message = f"keys: options: {value!r} is not text"
            yield spot.error("FG206", message, "the keys of a map are text", "keys", "options", str(index))


def length_beyond(spot: Spot) -> Iterator[Finding]:
    for note, inside in ((spot.note, ()), (spot.note.keys, ("keys",))):
        if note is not None and note.length is not None and note.length.low > bounds.LONGEST:
            message = f"length: no sample has more than {bounds.LONGEST}: the annotation counts as none"
            yield spot.warning("FG221", message, "Datagen builds each value in memory: choose less", *inside, "length")


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
    """An iteration is not ignored but refused, which is said elsewhere."""
    if not isinstance(spot.args, dict) or (spot.inherited and spot.branch):
        return
    name, told = reads.name(spot.type), reads.keys(spot.type)
    for key in spot.args:
        if key in KEYS and key not in told and (key != "iteration" or not told):
            message = f"{key} means nothing to {name}: it is ignored"
            yield spot.warning("FG219", message, f"{name} reads {', '.join(told) or 'none'}", key)
        elif key in _BESIDE_OPTIONS and "options" in spot.args:
            message = f"{key} means nothing beside options: it is ignored"
            yield spot.warning("FG219", message, "options are sent as they stand: write the whole values", key)
    keys = spot.args.get("keys")
    for key in keys if isinstance(keys, dict) and "keys" in told else ():
        if key in KEYS and key not in _OF_KEYS:
            message = f"{key} means nothing to the keys of a map: it is ignored"
            yield spot.warning("FG219", message, f"keys reads {', '.join(_OF_KEYS)}", "keys", key)


RULES: Final[tuple[Rule, ...]] = (
    broken, unknown_key, range_empty, range_bounds, option_kinds, key_options, regexes.texts,
    length_beyond, iterations.values, conflict, not_for_type,
)  # fmt: skip
