"""Values drawn after the configuration's grammar, TOML text of them, and the JSON Schema that says the same."""

from __future__ import annotations

import datetime
import json
from typing import Any, assert_never

from hypothesis import strategies as st

from fleetgen.config.shape import Many, Named, Secret, Shape, Switch, Table, Text, Whole, Word
from fleetgen.references import PATTERN

WORDS = [
    *("rides", "bikes", "docks", "v", "w", "bike", "code", "metres", "started", "fee", "model", "place", "_timestamp"),
    *("local", "prod", "count()", "sum(metres)", "max(code)", "uniqExact(bike, code)", "n > 1", "n", "7d", "90d"),
    *("${env:X}", "${env:X:-y}", "${env:", "http://h:1", "${env:U}/x", "clickhousedb://h/d", "", " ", "\n", "a.b", "Ω"),
    *("a/b", "~", "system", "x${env:X}", "https://a:b@h", "https://a:${env:P}@h"),
]
TEXTS = st.one_of(st.sampled_from(WORDS), st.text(st.characters(exclude_categories=["Cs"]), max_size=4))
SCALARS = st.one_of(
    TEXTS, st.integers(-(2**70), 2**70), st.booleans(), st.floats(), st.just(datetime.date(2024, 2, 29))
)
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda below: st.lists(below, max_size=2) | st.dictionaries(TEXTS, below, max_size=2), max_leaves=4
)


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Mostly values of the shape, so that what lies behind the grammar is reached; now and then anything."""
    fitting = st.deferred(lambda: _fitting(shape))
    return st.integers(0, 19).flatmap(lambda dice: ANYTHING if dice == 0 else fitting)


def _fitting(shape: Shape) -> st.SearchStrategy[Any]:
    match shape:
        case Text():
            return st.one_of(TEXTS, st.from_regex(shape.pattern, fullmatch=True).filter(_encodable))
        case Secret():
            return st.sampled_from(["${env:X}", "${env:X:-y}", "hunter2"])
        case Word():
            return st.sampled_from(shape.words)
        case Whole():
            return st.one_of(st.integers(1, 9), st.integers(-1, 2**40))
        case Switch():
            return st.booleans()
        case Many():
            return st.lists(values(shape.items), max_size=3)
        case Table():
            needed = {key: values(shape.keys[key]) for key in shape.required}
            others = {key: values(below) for key, below in shape.keys.items() if key not in shape.required}
            return st.tuples(st.fixed_dictionaries(needed, optional=others), _extra()).map(lambda two: two[0] | two[1])
        case Named():
            return st.dictionaries(_fitting(shape.names), values(shape.values), max_size=3)
        case _:
            assert_never(shape)


def _extra() -> st.SearchStrategy[dict[str, Any]]:
    return st.integers(0, 19).flatmap(lambda dice: st.dictionaries(TEXTS, SCALARS, max_size=1 if dice == 0 else 0))


def _encodable(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


def toml(tree: dict[str, Any]) -> str:
    """One key a line, everything below it inline."""
    return "".join(f"{_string(key)} = {_inline(value)}\n" for key, value in tree.items())


def _inline(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{_string(key)} = {_inline(below)}" for key, below in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_inline, value)) + "]"
        case str():
            return _string(value)
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def _string(text: str) -> str:
    return '"' + "".join(c if c.isalnum() and c.isascii() else f"\\U{ord(c):08X}" for c in text) + '"'


def published() -> str:
    """The text of doc/fleetgen.schema.json."""
    from fleetgen.config.grammar import CONFIGURATION

    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "fleetgen.toml"}
    return json.dumps(head | json_schema(CONFIGURATION), indent=2) + "\n"


def json_schema(shape: Shape) -> dict[str, Any]:
    return {"description": shape.expects} | _rules(shape)


def _rules(shape: Shape) -> dict[str, Any]:
    match shape:
        case Text():
            # A dollar alone would let a last line feed pass.
            rules = [f"^(?:{shape.pattern})$(?!\\n)"]
            rules += [rf"^(?:{PATTERN}|(?!\$\{{env:)[\s\S])*$(?!\n)"] if shape.hidden else []
            return {"type": "string", "allOf": [{"pattern": rule} for rule in rules]}
        case Secret():
            return {"type": "string", "pattern": f"^(?:{PATTERN})$(?!\\n)"}
        case Word():
            return {"enum": list(shape.words)}
        case Whole():
            return {"type": "integer", "minimum": shape.least, "maximum": shape.most}
        case Switch():
            return {"type": "boolean"}
        case Many():
            unique = isinstance(shape.items, Text)
            items = json_schema(shape.items)
            return {"type": "array", "items": items, "minItems": shape.least, "uniqueItems": unique}
        case Table():
            members = {key: json_schema(below) for key, below in shape.keys.items()}
            required = {"required": list(shape.required)} if shape.required else {}
            return {"type": "object", "properties": members, "additionalProperties": False} | required
        case Named():
            names = {"pattern": f"^(?:{shape.names.pattern})$(?!\\n)"}
            return {"type": "object", "propertyNames": names, "additionalProperties": json_schema(shape.values)}
        case _:
            assert_never(shape)
