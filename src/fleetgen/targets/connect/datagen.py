"""What the Datagen connector cannot send: its task would fail, at once or at some record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from fleetgen.errors import Place
from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    FixedType,
    Json,
    Logical,
    LogicalType,
    MapType,
    PrimitiveType,
    RecordType,
    RecursiveType,
    Type,
    UnionType,
    branch_name,
    is_null,
    unwrap,
)
from fleetgen.pipeline import Format, Stream
from fleetgen.targets.connect.obstacle import Obstacle
from fleetgen.targets.connect.registered import unregistered

DAY = 86_400_000
"""Connect's Time refuses a value outside 0..DAY milliseconds, and the task with it."""


def obstacles(stream: Stream) -> Iterator[Obstacle]:
    """Every field that keeps a connector with this schema from running."""
    yield from _members(stream.record)
    if stream.format is Format.AVRO:
        yield from unregistered(stream.record)


def _members(record: RecordType, prefix: str = "", sheltered: bool = False) -> Iterator[Obstacle]:
    """`sheltered`: the values come from options further out, so that no annotation inside is ever asked."""
    for field in record.fields:
        args = field.args if unwrap(field.type)[0].args is None else None
        yield from _inside(field.type, f"{prefix}{field.name}", field.at, args, sheltered)


def _inside(type: Type, path: str, at: Place, args: Json, sheltered: bool) -> Iterator[Obstacle]:
    args = type.args if type.args is not None else args
    covered = sheltered or (isinstance(args, dict) and "options" in args)
    match type:
        case PrimitiveType():
            if is_null(type):
                yield _null(path, at)
        case LogicalType():
            if type.kind is Logical.TIME_MILLIS and not (covered or _within_day(args)):
                yield _time(path, at)
        case ArrayType():
            yield from _inside(type.items, f"{path}[]", at, None, covered)
        case MapType():
            yield from _inside(type.values, f"{path}{{}}", at, None, covered)
        case RecordType():
            yield from _members(type, f"{path}.", covered)
        case UnionType():
            yield from _union(type, path, at, args, covered)
        case RecursiveType():
            yield _recursion(path, type.fullname, at)
        case DecimalType() | FixedType() | EnumType():
            return
        case _:
            assert_never(type)


def _union(union: UnionType, path: str, at: Place, args: Json, covered: bool) -> Iterator[Obstacle]:
    branches = [branch for branch in union.branches if not is_null(branch)]
    if not branches:
        yield _null(path, at)
    names = [branch_name(branch) for branch in branches]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield _branches(path, name, at)
    for branch in branches:
        yield from _inside(branch, path, at, args if len(branches) == 1 else None, covered)


def _within_day(args: Json) -> bool:
    """Whether an annotation keeps the values inside a day: a range, or an iteration that starts again in time."""
    if not isinstance(args, dict):
        return False
    bounds, steps = args.get("range"), args.get("iteration")
    if isinstance(bounds, dict):
        return _inside_day(bounds.get("min")) and _inside_day(bounds.get("max"))
    if isinstance(steps, dict):
        return all(_inside_day(steps.get(name, fallback)) for name, fallback in (("start", 0), ("restart", -1)))
    return False


def _inside_day(value: Json) -> bool:
    return isinstance(value, int) and 0 <= value <= DAY


def _null(path: str, at: Place) -> Obstacle:
    return Obstacle("FG422", path, "is null alone, which Connect has no type for", "give it a type beside null", at)


def _recursion(path: str, name: str, at: Place) -> Obstacle:
    message = f"refers back to {name}, and Datagen builds such records without end"
    return Obstacle("FG423", path, message, 'set source = { kind = "none" } and fill the topic otherwise', at)


def _time(path: str, at: Place) -> Obstacle:
    message = (
        "is a time-millis without bounds: Datagen draws from all 32 bits, and a value outside the day ends its task"
    )
    help = f'annotate its type with "arg.properties": {{"range": {{"min": 0, "max": {DAY}}}}}'
    return Obstacle("FG424", path, message, help, at)


def _branches(path: str, name: str, at: Place) -> Obstacle:
    message = f"has two branches that Connect both calls {name!r}"
    return Obstacle("FG425", path, message, "rename one of the types: namespaces do not count here", at)
