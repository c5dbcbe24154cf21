"""Line and column of a value, looked up in the file's text only when there is something to say about it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

# Patterns are text here: compiling them takes longer than reading a schema, and good files need none.
_STRING: Final = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_COMMENT: Final = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"|//[^\n]*|/\*.*?\*/'
_STRUCTURE: Final = _STRING + r"|[\[\]{}]"
_SCALAR: Final = _STRING + r"|[^\s,\]}\[{]+"
_BLANK: Final = r"[ \t\r\n]*"
_KEY: Final = rf"({_STRING})?{_BLANK}:?{_BLANK}"
_NEXT: Final = rf"{_BLANK}(,?){_BLANK}"
_DECODER: Final = json.JSONDecoder(strict=False)


class Member(NamedTuple):
    """One member of an object, or element of an array: offsets into the text. An element's key is its index."""

    key: str
    at: int
    value: int


class Span(NamedTuple):
    """A member, or an element (whose key is where its value is): offsets of its key and value, and past the end."""

    key: int
    value: int
    stop: int


def blank_comments(text: str) -> str:
    """The text with each // and /* */ comment outside strings replaced by as many spaces: no position moves."""
    if "//" not in text and "/*" not in text:
        return text
    return re.sub(_COMMENT, lambda match: match[0] if match[0][0] == '"' else _blank(match[0]), text, flags=re.DOTALL)


def _blank(comment: str) -> str:
    return "".join(char if char.isspace() else " " for char in comment)


def in_comment(text: str, offset: int) -> bool:
    """Whether an offset is inside a /* comment */, which may go on over lines."""
    found = (match for match in re.finditer(_COMMENT, text, re.DOTALL) if match[0].startswith("/*"))
    return any(match.start() < offset < match.end() for match in found)


def escape(key: str) -> str:
    """A key as one step of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def steps(pointer: str) -> list[str]:
    """The keys of a JSON pointer."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


class Text:
    """A JSON text with comments, of which several places are asked: what was looked through is remembered."""

    def __init__(self, text: str) -> None:
        self._text = blank_comments(text)
        self._members: dict[int, dict[str, int]] = {}

    def locate(self, pointer: str) -> tuple[int, int]:
        """Line and column (from 1) of the value at a JSON pointer.

        Where the last member is missing: of the object it is missing in. Of equal keys the last counts.
        """
        return coordinates(self._text, self.offset(pointer))

    def offset(self, pointer: str) -> int:
        offset = _skip(self._text, self._text.startswith("\ufeff"))
        for step in steps(pointer):
            if offset not in self._members:
                self._members[offset] = {member.key: member.value for member in _members(self._text, offset)}
            found = self._members[offset].get(step)
            if found is None:
                break
            offset = found
        return offset


def locate(text: str, pointer: str) -> tuple[int, int]:
    """As `Text.locate`, for one place of a text."""
    return Text(text).locate(pointer)


def locate_key(text: str, pointer: str) -> tuple[int, int]:
    """The same for the key of the member at the pointer: of equal keys, of the second."""
    text = blank_comments(text)
    parent, _, key = pointer.rpartition("/")
    start = Text(text).offset(parent)
    found = [member.at for member in _members(text, start) if member.key == steps(f"/{key}")[0]]
    return coordinates(text, found[min(1, len(found) - 1)] if found else start)


def span(text: str, pointer: str) -> Span | None:
    """Where the member at a JSON pointer is; None if there is none. Of equal keys the last counts."""
    parent, _, last = pointer.rpartition("/")
    found = [each for key, each in _spans(blank_comments(text), parent) if key == steps(f"/{last}")[0]]
    return found[-1] if found else None


def spans(text: str, pointer: str) -> list[Span]:
    """The members of the object, or the elements of the array, at a JSON pointer."""
    return [each for _, each in _spans(blank_comments(text), pointer)]


def _spans(text: str, pointer: str) -> list[tuple[str, Span]]:
    offset = _skip(text, text.startswith("\ufeff"))
    for step in steps(pointer):
        found = [member.value for member in _members(text, offset) if member.key == step]
        if not found:
            return []
        offset = found[-1]
    return [(each.key, Span(each.at, each.value, _end(text, each.value))) for each in _members(text, offset)]


def literal_end(text: str, offset: int) -> int:
    """Where the string that starts here ends."""
    match = _pattern(_STRING).match(text, offset)
    return match.end() if match else offset


def encode(text: str) -> str:
    """As a JSON string."""
    return json.dumps(text, ensure_ascii=False)


def coordinates(text: str, offset: int) -> tuple[int, int]:
    """Line and column (from 1, in characters) of an offset. A byte order mark takes no column."""
    start = text.rfind("\n", 0, offset) + 1
    mark = start == 0 and text.startswith("\ufeff")
    return text.count("\n", 0, offset) + 1, max(1, offset - start + 1 - mark)


def _skip(text: str, offset: int) -> int:
    """The first offset from here that is not white space."""
    return _match(_BLANK, text, offset).end()


def _members(text: str, offset: int) -> Iterator[Member]:
    """The members of the object or array that starts here. Nothing for a scalar; stops where the text is no JSON."""
    opening = text[offset : offset + 1]
    if opening not in ("{", "["):
        return
    offset = _skip(text, offset + 1)
    index = 0
    while offset < len(text) and text[offset] not in "]}":
        start, key = offset, str(index)
        if opening == "{":
            match = _match(_KEY, text, offset)
            if not match[1]:
                return
            key, offset = _decode(match[1]), match.end()
        yield Member(key, start, offset)
        match = _match(_NEXT, text, _end(text, offset))
        if not match[1]:
            return
        offset = match.end()
        index += 1


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


def _match(pattern: str, text: str, offset: int) -> re.Match[str]:
    """The match at an offset, of a pattern that matches nothing too."""
    match = _pattern(pattern).match(text, offset)
    assert match is not None
    return match


def _decode(literal: str) -> str:
    if "\\" not in literal:
        return literal[1:-1]
    try:
        return str(json.loads(literal, strict=False))
    except ValueError:
        return literal


def _end(text: str, offset: int) -> int:
    """Where the value that starts here ends. What Python's own scanner cannot read is taken apart token by token."""
    try:
        return _DECODER.raw_decode(text, offset)[1]
    except (ValueError, RecursionError):
        return _end_of_tokens(text, offset)


def _end_of_tokens(text: str, offset: int) -> int:
    if text[offset : offset + 1] not in ("{", "["):
        match = _pattern(_SCALAR).match(text, offset)
        return match.end() if match else len(text)
    depth = 0
    for token in _pattern(_STRUCTURE).finditer(text, offset):
        if token[0][0] == '"':
            continue
        depth += 1 if token[0] in "{[" else -1
        if depth == 0:
            return token.end()
    return len(text)
