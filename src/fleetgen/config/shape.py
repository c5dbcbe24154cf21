"""The shapes that a configuration's values have, and the one reader of them.

Shapes are data, so that the published JSON Schema is made from what is really checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias, assert_never

from fleetgen import references
from fleetgen.config.reading import Reading, child, quote, suggest


class Text(NamedTuple):
    """`pattern` matches the whole. A service's text (`hidden`) may hold references, and no message repeats it."""

    expects: str
    pattern: str = r"[\s\S]+"
    hidden: bool = False


class Secret(NamedTuple):
    """A text that must be a reference and nothing else."""

    expects: str = "a reference such as ${env:NAME}"


class Word(NamedTuple):
    """One of a few words."""

    words: tuple[str, ...]
    expects: str


class Whole(NamedTuple):
    """A whole number, bounds included."""

    least: int = 1
    most: int = 2**31 - 1
    expects: str = "a whole number"


class Switch(NamedTuple):
    expects: str = "true or false"


class Many(NamedTuple):
    """An array. Texts in it do not repeat; of tables, the faulty ones are read as None."""

    items: Text | Table
    expects: str
    least: int = 1


class Table(NamedTuple):
    """`expects` says what the table is; what is wrong in it is left out."""

    expects: str
    keys: Mapping[str, Shape]
    required: tuple[str, ...] = ()


class Named(NamedTuple):
    """A table whose keys are names that the user gives."""

    expects: str
    names: Text
    values: Shape


Shape: TypeAlias = Text | Secret | Word | Whole | Switch | Many | Table | Named


def read(shape: Shape, value: Any, reading: Reading, pointer: str = "") -> Any:
    """The value without its faulty parts, None if nothing of it is of use (TOML has no null). Notes what is wrong."""
    match shape:
        case Text() | Secret() | Word():
            return _text(shape, value, reading, pointer)
        case Whole():
            return _whole(shape, value, reading, pointer)
        case Switch():
            return _switch(shape, value, reading, pointer)
        case Many():
            return _many(shape, value, reading, pointer)
        case Table():
            return _table(shape, value, reading, pointer)
        case Named():
            return _named(shape, value, reading, pointer)
        case _:
            assert_never(shape)


def _switch(shape: Switch, value: Any, reading: Reading, pointer: str) -> bool | None:
    if isinstance(value, bool):
        return value
    _mismatch(shape, value, reading, pointer)
    return None


def _text(shape: Text | Secret | Word, value: Any, reading: Reading, pointer: str) -> str | None:
    if not isinstance(value, str):
        _mismatch(shape, value, reading, pointer)
        return None
    fault = _fault(shape, value)
    if fault is not None:
        code, message, help = fault
        reading.error(code, pointer, message, help)
        return None
    return value


def _fault(shape: Text | Secret | Word, text: str) -> tuple[str, str, str] | None:
    """Code, message and help for what is wrong with a text."""
    match shape:
        case Secret():
            help = "write a reference instead: ${env:NAME}, and set NAME in the environment"
            return None if references.is_reference(text) else ("FG307", "a secret stands in the file", help)
        case Word():
            if text in shape.words:
                return None
            return "FG304", f"{quote(text)} is not {shape.expects}", suggest(text, shape.words)
        case Text():
            if shape.hidden and references.is_malformed(text):
                help = "write ${env:NAME} or ${env:NAME:-default}; NAME is letters, digits and underscores"
                return "FG309", "a reference is not complete", help
            subject = "the value" if shape.hidden else quote(text)
            fault = ("FG304", f"{subject} is not {shape.expects}", f"write {shape.expects}")
            return None if re.fullmatch(shape.pattern, text) else fault
        case _:
            assert_never(shape)


def _whole(shape: Whole, value: Any, reading: Reading, pointer: str) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        _mismatch(shape, value, reading, pointer)
        return None
    if not shape.least <= value <= shape.most:
        help = f"write a whole number from {shape.least} to {shape.most}"
        subject = str(value) if abs(value) < 10**15 else "the number"
        reading.error("FG304", pointer, f"{subject} is out of range", help)
        return None
    return value


def _many(shape: Many, value: Any, reading: Reading, pointer: str) -> list[Any] | None:
    if not isinstance(value, list):
        _mismatch(shape, value, reading, pointer)
        return None
    if len(value) < shape.least:
        reading.error("FG304", pointer, "the list is empty", f"write {shape.expects}, or leave the key out")
        return None
    items = [read(shape.items, item, reading, child(pointer, number)) for number, item in enumerate(value)]
    if isinstance(shape.items, Table):
        return items
    for number, item in enumerate(items):
        if item is not None and item in items[:number]:
            reading.error("FG304", child(pointer, number), f"{quote(item)} is named twice", "name it once")
            return None
    return None if None in items else items


def _table(shape: Table, value: Any, reading: Reading, pointer: str) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        _mismatch(shape, value, reading, pointer)
        return None
    kept = {}
    for key, below in value.items():
        if key not in shape.keys:
            message = f"{shape.expects} has no key {quote(key)}"
            reading.error("FG302", child(pointer, key), message, suggest(key, shape.keys), key=True)
            continue
        kept[key] = read(shape.keys[key], below, reading, child(pointer, key))
    for key in shape.required:
        if key not in value:
            reading.error(
                "FG305", pointer, f"{shape.expects} lacks {key!r}", f"add {key} = {_example(shape.keys[key])}"
            )
    if any(kept.get(key) is None for key in shape.required):
        return None
    return {key: below for key, below in kept.items() if below is not None}


def _named(shape: Named, value: Any, reading: Reading, pointer: str) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        _mismatch(shape, value, reading, pointer)
        return None
    kept = {}
    for name, below in value.items():
        if not re.fullmatch(shape.names.pattern, name):
            message = f"{quote(name)} is not {shape.names.expects}"
            reading.error("FG304", child(pointer, name), message, f"write {shape.names.expects}", key=True)
            continue
        kept[name] = read(shape.values, below, reading, child(pointer, name))
    return {name: below for name, below in kept.items() if below is not None}


def _mismatch(shape: Shape, value: Any, reading: Reading, pointer: str) -> None:
    help = f"write {{ .. }} for {shape.expects}" if isinstance(shape, Table) else f"write {shape.expects}"
    if isinstance(value, dict) and isinstance(shape, Text | Secret):
        help += '; a name with dots in it stands in quotes: "a.b" = ..'
    table = "a table for " if isinstance(shape, Table) else ""
    reading.error("FG303", pointer, f"expected {table}{shape.expects}, found {_kind(value)}", help)


def _kind(value: Any) -> str:
    names = {
        str: "text",
        bool: "true or false",
        int: "a whole number",
        float: "a fraction",
        list: "a list",
        dict: "a table",
    }
    return names.get(type(value), "a date or time")


def _example(shape: Shape) -> str:
    match shape:
        case Word():
            return f'"{shape.words[0]}"'
        case Secret():
            return '"${env:NAME}"'
        case _:
            return ".."
