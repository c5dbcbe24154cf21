"""Values within the annotations: what Datagen may send, and nothing else.

Regular expressions are walks through an automaton of Datagen's own dialect: Python's `\\d` takes digits of every script
and its `$` a last line feed, and neither means that there. Needs the extra `local`, as samples do.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from fleetgen.datagen import automaton, bounds, counting, options, texts
from fleetgen.datagen.automaton import Layer
from fleetgen.datagen.dialect import Annotation, Length
from fleetgen.datagen.language import RegexError
from fleetgen.model import (
    ArrayType,
    DecimalType,
    Logical,
    LogicalType,
    MapType,
    Primitive,
    PrimitiveType,
    RecordType,
    Type,
)
from fleetgen.strategies.values import decimal, integers

_POSITIONS: Final = 100_000
_ITEMS: Final = (0, 4)


def value(type: Type, note: Annotation, enclosing: dict[str, RecordType]) -> SearchStrategy[Any] | None:
    """Values of a type that its annotation narrows; None where it says nothing about the type.

    Of arrays and maps only options: what else they read is about their parts. As in samples, an option that is no value
    of the type counts as not there, and so does a range without a value, or a pattern without a text.
    """
    if held := _options(type, note, enclosing):
        return st.sampled_from(held)
    match type:
        case PrimitiveType(kind=Primitive.INT | Primitive.LONG) | DecimalType():
            return _whole(type, note)
        case PrimitiveType(kind=Primitive.FLOAT | Primitive.DOUBLE as kind):
            return _real(kind, note)
        case PrimitiveType(kind=Primitive.STRING):
            return text(note)
        case PrimitiveType(kind=Primitive.BYTES) if note.length is not None:
            low, high = texts.span(note.length, (8, 15))
            return st.binary(min_size=low, max_size=high)
        case LogicalType(kind=Logical.UUID, base=PrimitiveType()) if note.regex is not None:
            return _spelled(note.regex, None, texts.UUID)
        case LogicalType() if bounds.whole(type) is not None:
            return _whole(type, note)
        case _:
            return None


def size(type: ArrayType | MapType, note: Annotation) -> tuple[int, int]:
    """How many elements it has: at least and at most."""
    return texts.span(note.length, _ITEMS)


def keys(note: Annotation | None) -> tuple[SearchStrategy[str] | None, int | None]:
    """The keys of a map, None if nothing is said about them; and how many there are for certain, None: any number."""
    if note is None:
        return None, None
    named = [each for each in dict.fromkeys(note.options.values if note.options else ()) if isinstance(each, str)]
    if named:
        return st.sampled_from(named), len(named)
    return text(note), 1 if note.regex is not None else None


def _options(type: Type, note: Annotation, enclosing: dict[str, RecordType]) -> list[Any]:
    held = []
    for given in note.options.values if note.options else ():
        try:
            held.append(options.fit(type, given, enclosing))
        except options.Unfit:
            continue
    return held


def _whole(type: PrimitiveType | LogicalType | DecimalType, note: Annotation) -> SearchStrategy[Any] | None:
    limits = bounds.whole(type)
    assert limits is not None
    if note.iteration is not None and not isinstance(type, DecimalType):
        counted = counting.integers(note.iteration, limits)
        if counted is not None:
            return _counted(counted)
    span = bounds.span(type, note.range) if note.range is not None else None
    if span is None:
        return None
    drawn = integers(*span)
    return drawn.map(lambda unscaled: decimal(unscaled, type.scale)) if isinstance(type, DecimalType) else drawn


def _counted(counter: counting.Counter) -> SearchStrategy[Any]:
    """The values of an iteration at any of its first positions."""
    import numpy as np

    return st.integers(0, _POSITIONS).map(lambda at: counter(np.array([at], np.int64))[0].item())


def _real(kind: Primitive, note: Annotation) -> SearchStrategy[float] | None:
    single = kind is Primitive.FLOAT
    if note.iteration is not None:
        counted = counting.reals(note.iteration, single)
        if counted is not None:
            return _counted(counted)
    if note.range is None:
        return None
    limit = bounds.real(kind)
    low = -limit if note.range.low is None else max(float(note.range.low), -limit)
    high = limit if note.range.high is None else min(float(note.range.high), limit)
    given = note.range.high

    def inside(drawn: float) -> bool:
        return low <= drawn <= high and (given is None or drawn < given)

    drawn = st.floats(low, high).map(_single if single else float).filter(inside)
    return drawn if low < high or inside(low) else None


def _single(number: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", number))[0])


def text(note: Annotation) -> SearchStrategy[str] | None:
    """Pattern or length between prefix and suffix; None if the annotation has none of all that."""
    inner = _text(note)
    if inner is None:
        return st.text(_letters(), max_size=20).map(_framed(note)) if note.prefix or note.suffix else None
    return inner.map(_framed(note))


def _framed(note: Annotation) -> Callable[[Any], str]:
    return lambda inner: f"{note.prefix}{inner}{note.suffix}"


def _letters() -> SearchStrategy[str]:
    """Of one UTF-16 unit each: that is what Datagen counts."""
    return st.characters(codec="utf-8", max_codepoint=0xFFFF)


def _text(note: Annotation) -> SearchStrategy[Any] | None:
    if note.iteration is not None:
        counted = counting.integers(note.iteration, bounds.PRIMITIVE[Primitive.INT])
        if counted is not None:
            return _counted(counted)
    spelled = _spelled(note.regex, note.length) if note.regex is not None else None
    if spelled is not None or note.length is None:
        return spelled
    low, high = texts.span(note.length, (8, 15))
    return st.text(_letters(), min_size=low, max_size=high)


def _spelled(pattern: str, length: Length | None, within: str | None = None) -> SearchStrategy[str] | None:
    """Texts of a pattern, the shortest and the first letters first; None if it is broken or has none."""
    try:
        return _walk(automaton.layers(pattern, length, within))
    except RegexError:
        return None


@st.composite
def _walk(draw: DrawFn, layers: Sequence[Layer]) -> str:
    state, units = 0, []
    for layer in layers:
        steps = layer.steps[state]
        if not steps or (layer.ends[state] and not draw(st.booleans())):
            break
        unit, state = steps[draw(st.integers(0, len(steps) - 1))]
        units.append(unit)
    return b"".join(unit.to_bytes(2, "little") for unit in units).decode("utf-16-le", "replace")
