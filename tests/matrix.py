"""Each type of Avro in each position, and the odd cases: schemas, to be sent and read back."""

from __future__ import annotations

from typing import Final

from fleetgen.model import Json


def _over(base: str, kind: str) -> Json:
    return {"type": base, "logicalType": kind}


def _decimal(precision: int, scale: int, **base: Json) -> Json:
    return {"type": "bytes", **base, "logicalType": "decimal", "precision": precision, "scale": scale}


_PART: Final = {"type": "record", "name": "Part", "fields": [{"name": "a", "type": "int"}]}
_LONGS: Final = ("time-micros", *(f"{local}timestamp-{unit}" for local in ("", "local-") for unit in
                                  ("millis", "micros", "nanos")))  # fmt: skip

TYPES: Final[dict[str, Json]] = {
    **{name: name for name in ("null", "boolean", "int", "long", "float", "double", "bytes", "string")},
    "fixed(3)": {"type": "fixed", "name": "Three", "size": 3},
    "enum": {"type": "enum", "name": "State", "symbols": ["ON", "OFF"]},
    "decimal(9, 2)": _decimal(9, 2),
    "decimal(76, 38)": _decimal(76, 38),
    "decimal(77, 0)": _decimal(77, 0),
    "decimal(9, 2), fixed": _decimal(9, 2, type="fixed", name="Money", size=4),
    **{kind: _over("int", kind) for kind in ("date", "time-millis")},
    **{kind: _over("long", kind) for kind in _LONGS},
    "uuid": _over("string", "uuid"),
    "uuid, fixed": {"type": "fixed", "name": "Id", "size": 16, "logicalType": "uuid"},
    "duration": {"type": "fixed", "name": "Span", "size": 12, "logicalType": "duration"},
    "array": {"type": "array", "items": "int"},
    "map": {"type": "map", "values": "int"},
    "record": _PART,
    "union of int, string": ["int", "string"],
}

POSITIONS: Final = ("top", "optional", "in an array", "in a map", "in a record", "in a union")


def placed(type: Json, position: str) -> Json | None:
    """The type in a position; None where Avro does not allow it."""
    if position in ("optional", "in a union") and (type == "null" or isinstance(type, list)):
        return None
    match position:
        case "top":
            return type
        case "optional":
            return ["null", type]
        case "in an array":
            return {"type": "array", "items": type}
        case "in a map":
            return {"type": "map", "values": type}
        case "in a record":
            return {"type": "record", "name": "Around", "fields": [{"name": "inner", "type": type}]}
        case _:
            return [type, "string" if type == "boolean" else "boolean"]


def schema(*types: Json) -> Json:
    fields = [{"name": f"f{number}", "type": type} for number, type in enumerate(types)]
    return {"type": "record", "name": "s", "fields": fields}


def _levels(count: int) -> Json:
    inner: Json = "int"
    for level in range(count):
        inner = {"type": "record", "name": f"R{level}", "fields": [{"name": "a", "type": inner}]}
    return inner


_NULLS: Final = {"type": "record", "name": "N", "fields": [{"name": "a", "type": ["null", "int"]}]}
ODD: Final[dict[str, Json]] = {
    "a record that holds itself": schema(["null", "s"], {"type": "array", "items": "s"}),
    "a union of all primitives": schema(["null", "boolean", "int", "long", "float", "double", "bytes", "string"]),
    "a union of array, map and record": schema([TYPES["array"], TYPES["map"], _PART]),
    "a union of two records of one shape": schema([_PART, {**_PART, "name": "Other"}]),
    "a nullable record of nullable fields": schema(["null", _NULLS]),
    "an array of nullable records of nullable fields": schema({"type": "array", "items": ["null", _NULLS]}),
    "nullable arrays and maps": schema(["null", TYPES["array"]], ["null", TYPES["map"]]),
    "an array of arrays of nullable arrays": schema(
        {"type": "array", "items": {"type": "array", "items": ["null", TYPES["array"]]}}
    ),
    "a record without fields": schema(),
    "an empty record in a record": schema({"type": "record", "name": "Empty", "fields": []}),
    "an enum of 10,000 symbols": schema({"type": "enum", "name": "Many", "symbols": [f"S{n}" for n in range(10_000)]}),
    "1,000 fields": schema(*(["null", "int"] for _ in range(1000))),
    "12 levels of records": schema(_levels(12)),
    "20 levels of records": schema(_levels(20)),
}
