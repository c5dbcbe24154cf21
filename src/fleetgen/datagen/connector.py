"""Rules for streams that Datagen fills: what it does with an annotation that people mean otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fleetgen.datagen import bounds, datagen_kinds, iterations, reads, regexes
from fleetgen.datagen.dialect import below
from fleetgen.datagen.meaning import Rule, range_bounds
from fleetgen.datagen.spots import Spot
from fleetgen.errors import Finding, Severity
from fleetgen.model import DecimalType, Logical, LogicalType, MapType, Primitive


def on_field(spot: Spot) -> Iterator[Finding]:
    if spot.field is not None and spot.field.args is not None:
        yield Finding(
            "FG201",
            Severity.WARNING,
            f"Datagen reads an annotation on a type, never on a field ({spot.field.name})",
            'move it into the type: {"type": {"type": .., "arg.properties": ..}}; samples take it as it is meant',
            below(spot.field.at, "arg.properties"),
        )


def options_refused(spot: Spot) -> Iterator[Finding]:
    """What is clear to a reader and to samples, and yet an exception in Datagen."""
    values = spot.note.options.values if spot.note.options else ()
    wrong = {n: datagen_kinds.refused(spot.type, value, spot.enclosing) for n, value in enumerate(values)}
    # With one that is taken the task runs until it draws another; with none it fails on the first record.
    finding = spot.warning if not all(wrong.values()) else spot.error
    for index, reason in wrong.items():
        if reason:
            help = "write 1.0 for a float or double" if reads.real(spot.type) else "annotate the parts instead"
            yield finding("FG207", f"options: Datagen refuses {reason}", help, "options", str(index))


def options_file(spot: Spot) -> Iterator[Finding]:
    if spot.note.options is not None and spot.note.options.file is not None:
        message = f"options come from {spot.note.options.file!r}, which depends on the connector's worker"
        yield spot.warning("FG208", message, "samples do not know it: write the values here", "options", "file")


def plain_string(spot: Spot) -> Iterator[Finding]:
    text = reads.base(spot.type) is Primitive.STRING
    if text and not any((spot.note.options, spot.note.iteration, spot.note.regex is not None)):
        message = "Datagen fills a plain string with random ASCII, control characters among it"
        yield spot.warning("FG209", message, 'annotate its type, for example {"regex": "[a-z]{8}"}')


def range_overflow(spot: Spot) -> Iterator[Finding]:
    given, base = spot.note.range, reads.base(spot.type)
    limits = bounds.PRIMITIVE.get(base) if base else None
    if given is None or base is None or base not in reads.KEYS or "range" not in reads.KEYS[base]:
        return
    if any(range_bounds(spot)):  # a bound that the type does not have is the cause, and has its own finding
        return
    most = limits[1] if limits else bounds.real(base)
    low = given.low if given.low is not None else (limits[0] if limits else -most)
    high = given.high if given.high is not None else most
    if high > low and high - low > most:
        what = "values leave the range" if limits else "all values are Infinity, as text"
        message = f"Datagen computes max - min in {base.value}: the span overflows, and {what}"
        yield spot.warning("FG210", message, f"give both bounds, at most {most} apart", "range")


def logical_untold(spot: Spot) -> Iterator[Finding]:
    """A time of day is not among them: the connector has a stricter finding for that."""
    told = spot.note.options or spot.note.range or spot.note.iteration
    dated = isinstance(spot.type, LogicalType) and spot.type.kind in bounds.LOGICAL
    if dated and not told and reads.name(spot.type) != Logical.TIME_MILLIS:
        message = f"Datagen fills {reads.name(spot.type)} with any {reads.base(spot.type)}, mostly no sensible time"
        yield spot.warning("FG220", message, "annotate its type with a range, or with an iteration from a start")


def _has(spot: Spot, key: str) -> bool:
    return isinstance(spot.args, dict) and key in spot.args


def map_keys(spot: Spot) -> Iterator[Finding]:
    if isinstance(spot.type, MapType) and not spot.note.options and not _has(spot, "keys"):
        message = "without keys each key of a map is one random character of ASCII, control characters among them"
        yield spot.warning("FG226", message, 'annotate its type, for example {"keys": {"regex": "[a-z]{4}"}}')


def length_open(spot: Spot) -> Iterator[Finding]:
    """A pattern ends its texts itself."""
    told = reads.keys(spot.type)
    for note, inside, texts in ((spot.note, (), "text"), (spot.note.keys, ("keys",), "key")):
        given = note.length if note is not None and note.regex is None and note.options is None else None
        if given is not None and given.high is None and (*inside, "length")[0] in told:
            what = f"a {texts}" if inside else "a value"
            message = f"length: without max {what} has up to 2147483646 parts, which no worker holds"
            yield spot.warning("FG237", message, "give a max; it is exclusive", *inside, "length")


def decimal_range(spot: Spot) -> Iterator[Finding]:
    """Off unless asked for: generators that no connector since 0.5.3 has."""
    if isinstance(spot.type, DecimalType) and spot.note.range is not None:
        message = "range of a decimal: a generator before 0.4.0 does not read it"
        yield spot.warning("FG236", message, "use version 0.5.3 of the connector, or a later one", "range")


RULES: Final[tuple[Rule, ...]] = (
    on_field, options_refused, options_file, range_overflow, length_open, regexes.traps, regexes.overruns,
    regexes.version, iterations.refused, iterations.beyond_64_bits, decimal_range,
)  # fmt: skip
"""About an annotation."""

BARE: Final[tuple[Rule, ...]] = (plain_string, logical_untold, map_keys)
"""Also about what has none."""
