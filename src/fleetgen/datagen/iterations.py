"""Rules for iterations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fleetgen.datagen import bounds, reads
from fleetgen.datagen.dialect import Iteration
from fleetgen.datagen.spots import Spot
from fleetgen.errors import Finding
from fleetgen.model import DecimalType, Logical, LogicalType, Primitive, PrimitiveType, Type, UnionType, is_null
from fleetgen.pipeline import Stream

_PARTS = ("start", "restart", "initial", "step")


def values(spot: Spot) -> Iterator[Finding]:
    """Whether the parts are values of the type."""
    given = spot.note.iteration
    if given is None or "iteration" not in reads.keys(spot.type) or isinstance(spot.type, UnionType):
        return
    wrong = _wrong(spot.type, given)
    if wrong:
        help = "start, restart, step and initial are values of the type"
        yield spot.error("FG214", f"iteration: {wrong}", help, "iteration")
    elif isinstance(spot.type, LogicalType) and (beyond := _beyond(given, *_limits(spot.type), steps=False)):
        message = f"iteration: {beyond} is no {reads.name(spot.type)} that the store holds"
        finding = spot.error if spot.type.kind is Logical.TIME_MILLIS else spot.warning
        yield finding("FG214", message, "start, restart and initial are values of the type", "iteration")


def _wrong(type: Type, given: Iteration) -> str:
    boolean = isinstance(type, PrimitiveType) and type.kind is Primitive.BOOLEAN
    if isinstance(given.start, bool) != boolean:
        return f"start {given.start!r} is no value of {reads.name(type)}"
    if boolean:
        return ""
    base = reads.base(type)
    if base in (Primitive.FLOAT, Primitive.DOUBLE):
        most = bounds.real(base)
        wrong = next((name for name in _PARTS if abs(getattr(given, name) or 0) > most), "")
        return wrong and f"{wrong} is beyond {base.value}"
    limits = bounds.PRIMITIVE[base if base in bounds.PRIMITIVE else Primitive.INT]
    beyond = _beyond(given, *limits, steps=True)
    return beyond and f"{beyond} is not an integer of {reads.name(type)}"


def _limits(type: LogicalType) -> tuple[int, int]:
    return bounds.LOGICAL.get(type.kind) or bounds.PRIMITIVE[Primitive.INT]


def _beyond(given: Iteration, low: int, high: int, *, steps: bool) -> str:
    """The first part that is no integer between the two; a step may be any integer."""
    for name in _PARTS if steps else _PARTS[:3]:
        part = getattr(given, name)
        end = name == "restart" and part == high + 1  # where it starts again, which is never sent
        if part is not None and not (isinstance(part, int) and (name == "step" or low <= part <= high or end)):
            return f"{name} {part}"
    return ""


def refused(spot: Spot) -> Iterator[Finding]:
    """Most keys that mean nothing to a type are ignored. This one is not."""
    given = isinstance(spot.args, dict) and "iteration" in spot.args
    counted = "iteration" in reads.keys(spot.type) or is_null(spot.type)
    if given and not counted and not (spot.inherited and spot.branch):
        what = reads.name(spot.type)
        help = f"{what} reads {', '.join(reads.keys(spot.type))}; numbers, text and booleans can be counted"
        yield spot.error("FG222", f"iteration: Datagen cannot count through {what}, and fails", help, "iteration")


def several_tasks(stream: Stream, spot: Spot) -> Iterator[Finding]:
    if spot.note.iteration is not None and stream.source.tasks > 1 and "iteration" in reads.keys(spot.type):
        message = f"iteration: each of the {stream.source.tasks} tasks begins at start: every value comes as often"
        yield spot.warning("FG223", message, "set tasks = 1 in the stream's source", "iteration")


def resumed(spots: list[Spot]) -> Iterator[Finding]:
    """After a restart a counter assumes one step a record."""
    counted = [spot for spot in spots if spot.note.iteration is not None and "iteration" in reads.keys(spot.type)]
    uses = Counter(spot.at for spot in counted if spot.type.args is not None)
    for spot in counted:
        reason = _uneven(spot, uses[spot.at])
        if reason:
            message = f"iteration: {reason}: after a restart of the connector it goes on elsewhere"
            help = "one step a record needs a counter in a field of its own, outside arrays, maps and unions"
            yield spot.warning("FG224", message, help, "iteration")


def _uneven(spot: Spot, uses: int) -> str:
    given = spot.note.iteration
    assert given is not None
    if spot.within:
        return f"inside {spot.within} a record takes any number of steps"
    if uses > 1:
        return f"its type is used {uses} times, and each use takes a step"
    if given.initial is not None and not isinstance(given.start, bool):
        down = (given.step or 0) < 0 or (given.restart is not None and given.restart < given.start)
        if (given.initial > given.start) if down else (given.initial < given.start):
            return f"initial {given.initial} lies before start {given.start}, and is mirrored"
    return ""


def beyond_64_bits(spot: Spot) -> Iterator[Finding]:
    """Of integers beyond 64 bits Datagen reads nothing, as if they were not there."""
    if not reads.real(spot.type) and not isinstance(spot.type, DecimalType):
        return
    args = spot.args if isinstance(spot.args, dict) else {}
    for key in ("range", "iteration"):
        members = args.get(key)
        for name, value in members.items() if isinstance(members, dict) else ():
            if isinstance(value, int) and not -(2**63) <= value < 2**63:
                message = f"{key}: Datagen does not see {name}, an integer of more than 64 bits"
                yield spot.warning("FG232", message, "write it with a point: 1e30 or 1.0e30", key, name)
