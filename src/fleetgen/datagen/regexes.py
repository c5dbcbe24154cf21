"""Rules for regexes: those of strings, and those of the keys of maps."""

from __future__ import annotations

from collections.abc import Iterator

from fleetgen.datagen.dialect import Annotation
from fleetgen.datagen.spots import Spot
from fleetgen.errors import Finding

_FIT = "give pattern and length a text in common; without `length` any length is allowed"


def _read(spot: Spot) -> Iterator[tuple[Annotation, tuple[str, ...], str]]:
    """The annotations with a regex that is read, the members that lead to it, and it."""
    from fleetgen.datagen import reads

    told = reads.keys(spot.type)
    for note, inside in ((spot.note, ()), (spot.note.keys, ("keys",))):
        if note is not None and note.regex is not None and note.options is None and (*inside, "regex")[0] in told:
            yield note, (*inside, "regex"), note.regex


def texts(spot: Spot) -> Iterator[Finding]:
    """Whether a pattern can be read, and has a text."""
    for note, place, regex in _read(spot):
        from fleetgen.datagen import automaton  # most annotations have none
        from fleetgen.datagen.language import RegexError, TooLarge
        from fleetgen.datagen.pattern import parse

        try:
            parse(regex)
        except TooLarge as reason:
            yield spot.warning("FG230", f"regex: {reason}", "samples are drawn as if there were none", *place)
            continue
        except RegexError as reason:
            help = 'write & ~ # @ < " with a backslash to mean themselves; there is no (?:, no ^, no $'
            yield spot.error("FG212", f"regex: {reason}", help, *place)
            continue
        try:
            automaton.layers(regex, note.length)
        except TooLarge as reason:
            yield spot.warning("FG230", f"regex: {reason}", "samples are drawn as if there were none", *place)
        except RegexError as reason:
            yield spot.error("FG213", f"regex: {reason}", _FIT, *place)


def traps(spot: Spot) -> Iterator[Finding]:
    """What Datagen reads otherwise than everybody else."""
    for _, place, regex in _read(spot):
        from fleetgen.datagen.language import RegexError
        from fleetgen.datagen.pattern import parse
        from fleetgen.datagen.traps import find, tears

        try:
            node = parse(regex)
        except RegexError:
            continue  # it is said already
        found = find(regex)
        if tears(node):
            found.append("a dot or a negated class is any UTF-16 unit, control characters and half characters too")
        if found:
            help = "a backslash makes an operator plain, brackets such as [a-z0-9] say which characters are meant"
            yield spot.warning("FG228", f"regex: {'; '.join(found)}", help, *place)


def overruns(spot: Spot) -> Iterator[Finding]:
    """Whether Datagen may send a text beyond the length."""
    from fleetgen.datagen import automaton
    from fleetgen.datagen.language import RegexError

    for note, place, regex in _read(spot):
        try:
            automaton.layers(regex, note.length)
            reason = automaton.overruns(regex, note.length)
        except RegexError:
            continue  # it is said already
        if reason:
            yield spot.warning(
                "FG229", f"regex: {reason}", "count in the pattern itself: [a-z]{3,8} instead of [a-z]+", *place
            )


def version(spot: Spot) -> Iterator[Finding]:
    """Off unless asked for: generators that no connector since 0.5.3 has."""
    for note, place, _ in _read(spot):
        if note.length is None:
            message = "regex without length: a generator before 0.4.1 takes texts of 8 to 14 characters only"
            yield spot.warning("FG236", message, "give a length that the pattern allows", *place)
