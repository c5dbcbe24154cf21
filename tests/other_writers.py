"""What becomes of messages whose writer has another schema than the stream, in the format avro, for doc/types.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from clickhouse_connect.driver.exceptions import DatabaseError

from avro_files import NUMBER, avro_stream, file_of, push_file
from engine import Store, store_of
from fleetgen.model import Json
from fleetgen.targets.clickhouse.engine import Engine

_INTS: Final = {"type": "array", "items": "int"}


@dataclass(frozen=True)
class Case:
    """The stream has `reader`, the writer sends `value` of `writer`."""

    what: str
    reader: Json
    writer: Json
    value: Any


def _enum(*symbols: str) -> Json:
    return {"type": "enum", "name": "E", "symbols": [*symbols]}


def _fixed(size: int) -> Json:
    return {"type": "fixed", "name": "F", "size": size}


CASES: Final = (
    Case("null where a value is due", "string", ["null", "string"], None),
    Case("null where an array or a map is due", _INTS, ["null", _INTS], None),
    Case("a long for an int, within 32 bits", "int", "long", 2**31 - 1),
    Case("a long for an int, beyond them", "int", "long", 2**32),
    Case("an int for a long, a float for a double", "double", "float", 0.5),
    Case("a symbol that the enum has not", _enum("A", "B"), _enum("A", "B", "C"), "C"),
    Case("the enum's symbols in another order", _enum("A", "B"), _enum("B", "A"), "B"),
    Case("a fixed that is a byte longer", _fixed(3), _fixed(4), b"abcd"),
    Case("a fixed that is a byte shorter", _fixed(3), _fixed(2), b"ab"),
    Case("text for a number", "int", "string", "1"),
    Case("a double for an int", "int", "double", 1.5),
)
"""In the order of the page. The last is not refused: a registry that checks compatibility does not let it in."""

POSITIONS: Final = ("top", "in an array", "in a map", "in a record")


def _around(position: str, type: Json, value: Any) -> tuple[Json, Any]:
    match position:
        case "in an array":
            return {"type": "array", "items": type}, [value]
        case "in a map":
            return {"type": "map", "values": type}, {"k": value}
        case "in a record":
            return _record("R", {"x": type, "y": "int"}), {"x": value, "y": 1}
        case _:
            return type, value


def _record(name: str, fields: dict[str, Json]) -> Json:
    members = [{"name": field, "type": type} for field, type in fields.items()]
    return {"type": "record", "name": name, "fields": members}


def outcome(engine: Engine, reader: Json, writer: Json, row: dict[str, Any], expected: dict[str, Any]) -> str:
    with store_of(engine, avro_stream(reader)) as held:
        try:
            push_file(held, file_of({**writer, "fields": [*writer["fields"], NUMBER]}, [{**row, "_offset": 0}]))
        except DatabaseError:
            assert (held.rows(), held.letters()) == ([], [])
            return "refused whole"
        return _told(held, expected)


def _told(held: Store, expected: dict[str, Any]) -> str:
    values, letters = held.values(), held.letters()
    assert len(values) + len(letters) == 1, "neither stored nor refused, or both"
    if letters:
        assert letters[0].fields == ("f",)
        return "dead letter"
    return "lossless" if values == [expected] else f"stored as `{values[0]['f']!r}`"


def _cell(engine: Engine, case: Case, position: str) -> str:
    read, _ = _around(position, case.reader, case.value)
    written, value = _around(position, case.writer, case.value)
    row = {"f": value}
    return outcome(engine, _record("s", {"f": read}), _record("s", {"f": written}), row, row)


def _without(engine: Engine, position: str, type: Json, default: dict[str, Json], instead: Any) -> str:
    """Where the writer does not know the field; elsewhere than in records there is none."""
    field = {"name": "f", "type": type, **default}
    if position == "top":
        reader = {**_record("s", {"g": "int"}), "fields": [field, {"name": "g", "type": "int"}]}
        return outcome(engine, reader, _record("s", {"g": "int"}), {"g": 1}, {"f": instead, "g": 1})
    inner = {**_record("R", {}), "fields": [field, {"name": "y", "type": "int"}]}
    writer = _record("s", {"f": _record("R", {"y": "int"})})
    return outcome(engine, _record("s", {"f": inner}), writer, {"f": {"y": 1}}, {"f": {"f": instead, "y": 1}})


def _more(engine: Engine, position: str) -> str:
    if position == "top":
        writer = _record("s", {"f": "int", "z": "int"})
        return outcome(engine, _record("s", {"f": "int"}), writer, {"f": 1, "z": 2}, {"f": 1})
    reader, writer = (_record("s", {"f": _record("R", fields)}) for fields in ({"y": "int"}, {"y": "int", "z": "int"}))
    return outcome(engine, reader, writer, {"f": {"y": 1, "z": 2}}, {"f": {"y": 1}})


def rows(engine: Engine) -> list[tuple[str, ...]]:
    found = [(case.what, *(_cell(engine, case, position) for position in POSITIONS)) for case in CASES]
    missing = {
        "no such field, which is required": ("int", {}, None),
        "no such field, which may be null": (["null", "int"], {}, None),
        "no such field, which has a default": ("int", {"default": 7}, 7),
    }
    for what, (type, default, instead) in missing.items():
        top, inside = (_without(engine, position, type, default, instead) for position in ("top", "in a record"))
        found.append((what, top, "-", "-", inside))
    found.append(("a field more", _more(engine, "top"), "-", "-", _more(engine, "in a record")))
    return found
