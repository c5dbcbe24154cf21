"""arg.properties as typed values. Reading collects findings and never raises: what is broken counts as not given."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Final, TypeVar

from fleetgen.errors import Finding, Place, Severity
from fleetgen.frozen import frozen
from fleetgen.model import Json


@frozen
class Options:
    """Uniform over `values`; duplicates are weights. With `file` they lie beside the connector and are unknown here."""

    values: tuple[Json, ...] = ()
    file: str | None = None


@frozen
class Range:
    """[low, high): a missing bound is the type's own."""

    low: int | float | None = None
    high: int | float | None = None


@frozen
class Length:
    """[low, high) characters, bytes or elements; high None: not said."""

    low: int
    high: int | None


@frozen
class Iteration:
    """start, start + step, .. back to start where it would reach `restart`; the first one is `initial`."""

    start: int | float | bool
    restart: int | float | None = None
    step: int | float | None = None
    initial: int | float | None = None


@frozen
class Annotation:
    """What one arg.properties says. `keys` is the annotation of a map's keys."""

    options: Options | None = None
    iteration: Iteration | None = None
    range: Range | None = None
    length: Length | None = None
    regex: str | None = None
    prefix: str = ""
    suffix: str = ""
    keys: Annotation | None = None
    odds: float | None = None


KEYS: Final = ("iteration", "keys", "length", "odds", "options", "prefix", "range", "regex", "suffix")
T = TypeVar("T")


def below(place: Place, *members: str) -> Place:
    """The place of a member inside the value at `place`."""
    escaped = (member.replace("~", "~0").replace("/", "~1") for member in members)
    return Place(place.path, "/".join((place.pointer, *escaped)))


class Notes:
    """Collects findings about the object at `at`."""

    def __init__(self, at: Place) -> None:
        self.at = at
        self.findings: list[Finding] = []

    def error(self, code: str, message: str, help: str, *members: str) -> None:
        self.findings.append(Finding(code, Severity.ERROR, message, help, below(self.at, *members)))


_NOTHING: Final = Annotation()


def parse(args: Json, at: Place) -> tuple[Annotation, list[Finding]]:
    """The annotation written as `args` at the place `at`, and what is broken in it."""
    if args is None:
        return _NOTHING, []
    notes = Notes(at)
    if not isinstance(args, dict):
        notes.error("FG200", f"arg.properties is {kind(args)}, not an object", 'write {"range": {"min": 0, "max": 9}}')
        return Annotation(), notes.findings

    def read(key: str, reader: Callable[[Json, Notes], T | None]) -> T | None:
        return reader(args[key], notes) if key in args else None

    return Annotation(
        options=read("options", _options),
        iteration=read("iteration", _iteration),
        range=read("range", _range),
        length=read("length", _length),
        regex=read("regex", lambda value, notes: _text("FG212", "regex", value, notes)),
        prefix=read("prefix", lambda value, notes: _text("FG216", "prefix", value, notes)) or "",
        suffix=read("suffix", lambda value, notes: _text("FG216", "suffix", value, notes)) or "",
        keys=read("keys", _keys),
        odds=read("odds", _odds),
    ), notes.findings


def kind(value: Json) -> str:
    """The JSON kind of a value, as people say it."""
    match value:
        case None | tuple():
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a number with a point"
        case str():
            return "text"
        case list():
            return "an array"
        case _:
            return "an object"


def number(value: Json) -> bool:
    """A finite number: what Python reads as infinity or NaN is none."""
    return (isinstance(value, float) and isfinite(value)) or _integer(value)


def _integer(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _options(value: Json, notes: Notes) -> Options | None:
    match value:
        case []:
            notes.error("FG205", "options is empty", "name at least one value, or leave options out", "options")
        case list():
            return Options(tuple(value))
        case {"file": str(file), "encoding": "json" | "binary"}:
            return Options(file=file)
        case dict():
            help = 'write {"file": "values.json", "encoding": "json"}, or an array of values'
            notes.error("FG205", "options as an object needs a file and the encoding json or binary", help, "options")
        case _:
            notes.error("FG205", f"options is {kind(value)}, not an array", "write [value, value, ..]", "options")
    return None


def _range(value: Json, notes: Notes) -> Range | None:
    if not isinstance(value, dict):
        message = f"range is {kind(value)}, not an object: Datagen ignores it or fails"
        notes.error("FG204", message, 'write {"min": 0, "max": 9}', "range")
        return None
    bounds = {name: value.get(name) for name in ("min", "max")}
    wrong = [name for name, bound in bounds.items() if name in value and not number(bound)]
    for name in wrong:
        message = f"range: {name} is {kind(bounds[name])}, not a number"
        notes.error("FG204", message, "min and max are numbers", "range", name)
    return None if wrong else Range(bounds["min"], bounds["max"])


def _length(value: Json, notes: Notes) -> Length | None:
    if _integer(value) and value >= 0:
        return Length(value, value + 1)
    if isinstance(value, dict) and value.keys() & {"min", "max"}:
        low, high = value.get("min", 0), value.get("max")
        if _integer(low) and low >= 0 and ("max" not in value or (_integer(high) and high > low)):
            return Length(low, high)
    help = 'write a number from 0, or {"min": 1, "max": 9} with 0 <= min < max; max is exclusive'
    notes.error("FG211", "length is neither a number nor a range of numbers", help, "length")
    return None


def _iteration(value: Json, notes: Notes) -> Iteration | None:
    wrong = _wrong_iteration(value)
    if wrong:
        notes.error("FG214", f"iteration: {wrong}", 'write {"start": 0, "step": 1, "restart": 100}', "iteration")
        return None
    return Iteration(value["start"], value.get("restart"), value.get("step"), value.get("initial"))


def _wrong_iteration(value: Json) -> str:
    if not isinstance(value, dict):
        return f"it is {kind(value)}, not an object"
    if "start" not in value:
        return "it has no start"
    members = {name: value[name] for name in ("start", "restart", "step", "initial") if name in value}
    if isinstance(value["start"], bool):
        return "" if len(members) == 1 else "a boolean one has only a start"
    for name, member in members.items():
        if not number(member):
            return f"{name} is {kind(member)}, not a number"
    return _wrong_steps(members)


def _wrong_steps(members: dict[str, int | float]) -> str:
    start, restart, step = members["start"], members.get("restart"), members.get("step")
    if step == 0:
        return "step is 0"
    if restart is None:
        return ""
    if restart == start:
        return f"start and restart are both {start}"
    if step is not None and (step > 0) != (restart > start):
        return f"step {step} leads away from restart {restart}"
    return ""


def _text(code: str, name: str, value: Json, notes: Notes) -> str | None:
    if isinstance(value, str):
        return value
    notes.error(code, f"{name} is {kind(value)}, not text", f"write {name} in quotes", name)
    return None


def _keys(value: Json, notes: Notes) -> Annotation | None:
    if isinstance(value, dict):
        annotation, findings = parse(value, below(notes.at, "keys"))
        notes.findings.extend(findings)
        return annotation
    notes.error("FG217", f"keys is {kind(value)}, not an object", 'write {"regex": "[a-z]{3}"}', "keys")
    return None


def _odds(value: Json, notes: Notes) -> float | None:
    if number(value) and 0 <= value <= 1:
        return float(value)
    notes.error("FG215", "odds is not a number from 0 to 1", "write the share of true, as 0.25", "odds")
    return None
