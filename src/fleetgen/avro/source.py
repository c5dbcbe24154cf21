"""A schema file's bytes as a JSON tree, and everything that can be wrong with it before Avro comes into play."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Final

from fleetgen import positions
from fleetgen.avro.findings import Findings, show
from fleetgen.errors import Place
from fleetgen.model import Json

MAX_NESTING: Final = 400
"""Levels of brackets in one file. Python's parser ends at about a thousand, and so do those who walk the tree."""

# Patterns are text here: compiling all of them takes longer than reading a schema, and good files need none.
_STRING: Final = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_BRACKET: Final = _STRING + r"|[\[\]{}]"
_CONSTANT: Final = _STRING + r"|-?\b(?:NaN|Infinity)\b"
_NUMBER: Final = _STRING + r"|-?\d[\d.eE+-]*"
_SURROGATE: Final = "[\ud800-\udfff]"


class _Repeating(dict[str, Json]):
    """An object in which a key is written twice."""

    repeated: tuple[str, ...] = ()


class _Hooks:
    """What the JSON parser says on the way; it knows no positions, so they are looked for afterwards."""

    def __init__(self) -> None:
        self.repeated = self.constant = self.infinite = False

    def object(self, pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        self.repeated = True
        seen: set[str] = set()
        twice = [key for key, _ in pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
        repeating = _Repeating(pairs)
        repeating.repeated = tuple(dict.fromkeys(twice))
        return repeating

    def number(self, text: str) -> float:
        value = float(text)
        self.infinite = self.infinite or math.isinf(value)
        return value

    def no_number(self, text: str) -> float:
        self.constant = True
        return 0.0


class Unreadable(Exception):
    """The file is no JSON tree; the finding has been recorded."""


def parse(path: str, data: bytes, findings: Findings) -> Json:
    """The tree. Raises Unreadable where there is none; other faults are recorded, and the tree goes on."""
    text = positions.blank_comments(_decode(path, data, findings))
    if not text.strip(" \t\r\n\ufeff"):
        findings.error(
            "FG102", _spot(path, text, 0), "the file is empty", "write an Avro schema into it, or delete the file"
        )
        raise Unreadable
    _refuse_depth(path, text, findings)
    hooks = _Hooks()
    tree = _load(path, text, hooks, findings)
    if hooks.constant:
        _refuse_constants(path, text, findings)
    if hooks.infinite:
        _refuse_numbers(path, text, findings)
    if hooks.repeated or "\\u" in text:
        _refuse_members(path, text, tree, findings)
    return tree


def _decode(path: str, data: bytes, findings: Findings) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        message = f"the file is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start}"
        findings.error("FG101", _spot(path, before, len(before)), message, "save the file as UTF-8")
        raise Unreadable from error


def _load(path: str, text: str, hooks: _Hooks, findings: Findings) -> Json:
    bom = text.startswith("\ufeff")
    try:
        return json.loads(
            text[bom:], object_pairs_hook=hooks.object, parse_float=hooks.number, parse_constant=hooks.no_number
        )
    except json.JSONDecodeError as error:
        help = (
            "the file holds one JSON value: one schema, or an array of schemas"
            if error.msg == "Extra data"
            else ("mend the JSON at this place: a comma, a quote or a bracket is missing, or one is too many")
        )
        findings.error("FG103", _spot(path, text, error.pos + bom), f"not JSON: {error.msg}", help)
    except ValueError:  # an integer of more digits than Python converts (4300)
        _refuse_numbers(path, text, findings)
    raise Unreadable


def _refuse_depth(path: str, text: str, findings: Findings) -> None:
    if text.count("{") + text.count("[") <= MAX_NESTING:
        return
    depth = 0
    for token in re.finditer(_BRACKET, text, re.DOTALL):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token[0], 0)
        if depth > MAX_NESTING:
            message = f"more than {MAX_NESTING} brackets inside each other"
            findings.error("FG107", _spot(path, text, token.start()), message, "nest less, or name the inner types")
            raise Unreadable


def _refuse_constants(path: str, text: str, findings: Findings) -> None:
    for token in re.finditer(_CONSTANT, text, re.DOTALL):
        if token[0][0] != '"':
            help = "JSON has no such number; a default must be a finite number"
            findings.error("FG103", _spot(path, text, token.start()), f"not JSON: {token[0]}", help)


def _refuse_numbers(path: str, text: str, findings: Findings) -> None:
    for token in re.finditer(_NUMBER, text, re.DOTALL):
        if token[0][0] != '"' and _too_large(token[0]):
            message = f"the number {_cut(token[0])} is too large for a double or a long"
            findings.error("FG106", _spot(path, text, token.start()), message, "write a number that a double can hold")


def _cut(number: str) -> str:
    return number if len(number) <= 20 else f"{number[:20]}.."


def _too_large(number: str) -> bool:
    if not set(number) & set(".eE"):
        return len(number) > 4300
    try:
        return math.isinf(float(number))
    except ValueError:
        return False


def _refuse_members(path: str, text: str, tree: Json, findings: Findings) -> None:
    """Keys written twice, and text that no UTF-8 can hold."""
    for value, pointer in _walk(tree):
        if isinstance(value, _Repeating):
            for key in value.repeated:
                line, column = positions.locate_key(text, f"{pointer}/{positions.escape(key)}")
                place = Place(path, f"{pointer}/{positions.escape(key)}", line, column)
                findings.error(
                    "FG104", place, f"the key {show(key)} stands twice in one object", "delete one of the two"
                )
        texts = value if isinstance(value, dict) else [value] if isinstance(value, str) else []
        if any(re.search(_SURROGATE, text) for text in texts):
            message = "half of a surrogate pair, which UTF-8 cannot hold"
            help = "write the whole pair (\\ud83d\\ude00), or the character itself"
            findings.error("FG105", Place(path, pointer), message, help)


def _walk(tree: Json) -> Iterator[tuple[Json, str]]:
    """Every value with its pointer, in the order written."""
    stack: list[tuple[Json, str]] = [(tree, "")]
    while stack:
        value, pointer = stack.pop()
        yield value, pointer
        if isinstance(value, dict):
            stack.extend((inner, f"{pointer}/{positions.escape(key)}") for key, inner in reversed(value.items()))
        elif isinstance(value, list):
            stack.extend((inner, f"{pointer}/{index}") for index, inner in reversed(list(enumerate(value))))


def _spot(path: str, text: str, offset: int) -> Place:
    line, column = positions.coordinates(text, offset)
    return Place(path, "", line, column)
