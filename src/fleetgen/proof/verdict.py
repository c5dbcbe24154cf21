"""What became of the messages that were sent, against what has to become of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from fleetgen import readback
from fleetgen.frozen import frozen
from fleetgen.mapping import store
from fleetgen.messages import dumps
from fleetgen.model import Json
from fleetgen.pipeline import Role, Stream
from fleetgen.proof.bench import Letter
from fleetgen.proof.hostile import Fault


class Layer(StrEnum):
    """Where it went wrong: the files do not run; the message does not mean its record; the landing does not take it;
    the store holds something else; what is wrong is not refused as it should be."""

    FILES = "files"
    MESSAGE = "message"
    LANDING = "landing"
    STORE = "store"
    DEAD_LETTERS = "dead letters"


@frozen
class Failure:
    """`columns` may be empty: ClickHouse refused all at once. `record` is the message as JSON text, if there is one."""

    layer: Layer
    columns: tuple[str, ...]
    message: str
    record: str = ""


@frozen
class Sent:
    """A message as JSON, for people, and `given` as its format has it. Either `value`, the record that has to come
    back, or `fault`, what is wrong with it, is there. `is_loose`: a writer with another schema sends it."""

    message: Json
    given: dict[str, Any]
    value: Mapping[str, Any] | None = None
    fault: Fault | None = None
    is_loose: bool = False

    def failure(self, layer: Layer, columns: Sequence[str], message: str) -> Failure:
        return Failure(layer, tuple(columns), message, dumps(self.message))


def judge(stream: Stream, sent: Sequence[Sent], rows: Sequence[Mapping[str, Any]], letters: Sequence[Letter]) -> (
    Failure | None
):  # fmt: skip
    """The first thing that is wrong, the refused messages first: their neighbours are stored or not because of it."""
    return next(_all(stream, sent, rows, letters), None)


def _all(
    stream: Stream, sent: Sequence[Sent], rows: Sequence[Mapping[str, Any]], letters: Sequence[Letter]
) -> Iterator[Failure]:
    offset = store.meta(stream).offset
    held = {row[offset]: row for row in rows}
    errors = {letter.number: letter.error for letter in letters}
    for number, one in enumerate(sent):
        if one.fault is not None:
            yield from _hostile(one, one.fault, errors.get(number), held.get(number))
        elif number in errors:
            columns = errors[number].split(", ")
            yield one.failure(Layer.LANDING, columns, f"is refused, though nothing is wrong with {errors[number]}")
    wanted = _wanted(stream, sent)
    for number in wanted:
        yield from _valid(stream, sent[number], held.get(number))
    yield from _counted(sent, rows, letters, held, wanted)


def _hostile(one: Sent, fault: Fault, error: str | None, row: Mapping[str, Any] | None) -> Iterator[Failure]:
    if error is None and row is not None:
        yield one.failure(Layer.DEAD_LETTERS, [fault.field], f"is stored, though {fault.field} is no value of its type")
    elif error is None:
        yield one.failure(Layer.DEAD_LETTERS, [fault.field], "is neither stored nor refused")
    elif error != fault.field:
        message = f"is refused for {error or 'nothing'!r}, and what is wrong is {fault.field!r}"
        yield one.failure(Layer.DEAD_LETTERS, [fault.field], message)
    elif row is not None:
        yield one.failure(Layer.DEAD_LETTERS, [fault.field], "is both stored and refused")


def _wanted(stream: Stream, sent: Sequence[Sent]) -> list[int]:
    """The messages that have to be stored: of a dimension the last of each key."""
    valid = [number for number, one in enumerate(sent) if one.value is not None]
    if stream.role is not Role.DIMENSION:
        return valid
    newest = {_key(stream, sent[number].value or {}): number for number in valid}
    return sorted(newest.values())


def _key(stream: Stream, value: Mapping[str, Any]) -> tuple[Any, ...]:
    """For ClickHouse -0.0 and 0.0 are one key."""
    parts = (value[name] for name in stream.key)
    return tuple(readback.exact(part + 0.0 if isinstance(part, float) else part) for part in parts)


def _valid(stream: Stream, one: Sent, row: Mapping[str, Any] | None) -> Iterator[Failure]:
    assert one.value is not None
    if row is None:
        yield one.failure(Layer.STORE, (), "is neither stored nor refused")
        return
    try:
        found = readback.read(stream.record, row)
    except KeyError as error:
        yield one.failure(Layer.STORE, [str(error.args[0])], f"is stored without {error}")
        return
    except ValueError as error:
        yield one.failure(Layer.STORE, (), f"is stored as what cannot be read back: {error}")
        return
    path, wanted, held = _difference(dict(one.value), found, ())
    if path:
        columns = _of_branch(_columns(stream, path, wanted is None or held is None), path, wanted)
        yield one.failure(
            Layer.STORE, columns, f"has {_shown(wanted)} in {'.'.join(path)}, and {_shown(held)} is stored"
        )


def _of_branch(columns: list[str], path: tuple[str, ...], wanted: Any) -> list[str]:
    """Of a union the columns of the branch that is set."""
    prefix = "_".join((*path, wanted[0])) if isinstance(wanted, tuple) else ""
    return [name for name in columns if name == prefix or name.startswith(f"{prefix}_")] if prefix else columns


def _difference(wanted: Any, held: Any, path: tuple[str, ...]) -> tuple[tuple[str, ...], Any, Any]:
    """The innermost field of records in which the two differ; an empty path if they do not."""
    if readback.exact(wanted) == readback.exact(held):
        return (), wanted, held
    if isinstance(wanted, dict) and isinstance(held, dict) and wanted.keys() == held.keys():
        for name in wanted:
            if readback.exact(wanted[name]) != readback.exact(held[name]):
                inner = _difference(wanted[name], held[name], (*path, name))
                return inner if inner[0] else ((*path, name), wanted[name], held[name])
    return path, wanted, held


def _columns(stream: Stream, path: tuple[str, ...], flag: bool) -> list[str]:
    """The store's columns of the innermost part of a path that has some. `flag`: one of the two is null."""
    payload = store.payload(stream)
    for length in range(len(path), 0, -1):
        dotted = ".".join(path[:length])
        columns = [column for column in payload if column.path == dotted or column.path.startswith(f"{dotted}.")]
        flags = [column for column in columns if column.path == dotted and column.part == "whether it is set"]
        if columns:
            return [column.name for column in (flags if flag and flags else columns)]
    return []


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}.."


def _counted(
    sent: Sequence[Sent],
    rows: Sequence[Mapping[str, Any]],
    letters: Sequence[Letter],
    held: Mapping[int, Any],
    wanted: Sequence[int],
) -> Iterator[Failure]:
    """Nothing twice, and nothing that was not sent."""
    twice = [number for number, count in Counter(letter.number for letter in letters).items() if count > 1]
    if twice:
        one = sent[min(twice[0], len(sent) - 1)]
        yield one.failure(Layer.DEAD_LETTERS, [one.fault.field] if one.fault else (), "is refused more than once")
    if len(rows) > len(held):
        yield sent[wanted[0] if wanted else 0].failure(Layer.STORE, (), "is stored more than once")
    extra = sorted(held.keys() - set(wanted))
    if extra:
        yield sent[min(extra[0], len(sent) - 1)].failure(Layer.STORE, (), "is stored, though a later one has its key")
