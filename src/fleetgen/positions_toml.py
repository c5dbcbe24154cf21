"""Where a key or value stands in TOML text.

tomllib keeps no positions, so the text is scanned once more when there is something to say about it, and only as far
as the place asked for. The text is one that tomllib accepts; of any other the answer is merely near.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import Final, NamedTuple

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BETWEEN: Final = re.compile(r"(?:[ \t\r\n,]|#[^\n]*)*")
_INLINE: Final = re.compile(r"[ \t]*")
_EQUALS: Final = re.compile(r"[ \t]*=?[ \t]*")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_STRING: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR: Final = re.compile(r"[^,\[\]{}#\n]+")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_ESCAPED: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}

_Path = tuple[str, ...]


class _Event(NamedTuple):
    """A key or an element of an array, and the offsets of its name and of its value (equal where only one is there)."""

    path: _Path
    name: int
    value: int


class Text:
    """A TOML text of which several places are asked: it is scanned once, as far as they need."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._events = _Scanner(text).document()
        self._seen: dict[_Path, _Event] = {(): _Event((), 0, 0)}

    def locate(self, pointer: str, *, key: bool = False) -> tuple[int, int]:
        """Line and column (from 1) of the value at a JSON pointer into the document, or of its key.

        Of a member that is missing: the place of the nearest table around it. A table stands at its header's bracket,
        or, where dotted keys alone make it, at the first of these.
        """
        path = tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
        while path not in self._seen and (event := next(self._events, None)):
            self._seen.setdefault(event.path, event)
        known = next(path[:depth] for depth in range(len(path), -1, -1) if path[:depth] in self._seen)
        event = self._seen[known]
        offset = event.name if key and known == path else event.value
        return self._text.count("\n", 0, offset) + 1, offset - self._text.rfind("\n", 0, offset)


def locate(text: str, pointer: str, *, key: bool = False) -> tuple[int, int]:
    """As `Text.locate`, for one place of a text."""
    return Text(text).locate(pointer, key=key)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.elements: dict[_Path, int] = {}  # how many [[headers]] of each array of tables went before

    def document(self) -> Iterator[_Event]:
        table: _Path = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            start = self.at
            if self.text[start] == "[":
                table = yield from self._header()
            else:
                yield from self._pair(table)
            self._skip(_BLANK)
            if self.at == start:
                return  # no TOML: nothing more to find

    def _header(self) -> Generator[_Event, None, _Path]:
        """`[a.b]` or `[[a.b]]`; gives the path that the pairs below it belong to."""
        start = self.at
        array = self.text.startswith("[[", start)
        self.at += 2 if array else 1
        path: _Path = ()
        names = list(self._names())
        for number, (name, offset) in enumerate(names, 1):
            path = (*path, name)
            if number < len(names):
                yield _Event(path, offset, offset)
                path = self._newest(path)
        yield _Event(path, names[-1][1] if names else start, start)
        if array:
            self.elements[path] = self.elements.get(path, -1) + 1
            path = self._newest(path)
            yield _Event(path, start, start)
        self.at += 2 if array else 1
        return path

    def _newest(self, path: _Path) -> _Path:
        """A header that goes through an array of tables means its last element."""
        return (*path, str(self.elements[path])) if path in self.elements else path

    def _pair(self, table: _Path) -> Iterator[_Event]:
        """`a.b = value` and everything inside the value."""
        path = yield from self._key(table)
        stack: list[tuple[_Path, bool]] = []
        counts: list[int] = []
        before = -1
        while self.at > before:
            before = self.at
            opening = self.text[self.at : self.at + 1]
            if opening in ("[", "{"):
                self.at += 1
                stack.append((path, opening == "["))
                counts.append(0)
            else:
                self._skip(_STRING if opening in ("'", '"') else _SCALAR)
            self._leave(stack, counts)
            if not stack:
                return
            around, array = stack[-1]
            if array:
                path = (*around, str(counts[-1]))
                counts[-1] += 1
                yield _Event(path, self.at, self.at)
            else:
                path = yield from self._key(around)

    def _leave(self, stack: list[tuple[_Path, bool]], counts: list[int]) -> None:
        """Go on to the next element or key, out of all that closes here."""
        while stack:
            self._skip(_BETWEEN)
            if self.text[self.at : self.at + 1] not in ("]", "}"):
                return
            self.at += 1
            stack.pop()
            counts.pop()

    def _key(self, table: _Path) -> Generator[_Event, None, _Path]:
        """`a.b = `, up to where the value starts."""
        path = table
        names = list(self._names())
        self._skip(_EQUALS)
        for number, (name, offset) in enumerate(names, 1):
            path = (*path, name)
            yield _Event(path, offset, self.at if number == len(names) else offset)
        return path

    def _names(self) -> Iterator[tuple[str, int]]:
        while True:
            self._skip(_INLINE)
            start = self.at
            quoted = self.text[start : start + 1] in ("'", '"')
            self._skip(_STRING if quoted else _BARE)
            if self.at == start:
                return
            yield _unquote(self.text[start : self.at]), start
            self._skip(_INLINE)
            if self.text[self.at : self.at + 1] != ".":
                return
            self.at += 1

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at


def _unquote(name: str) -> str:
    if name[0] == "'":
        return name[1:-1]
    return _ESCAPE.sub(_character, name[1:-1]) if name[0] == '"' else name


def _character(escape: re.Match[str]) -> str:
    digits = escape[1] or escape[2] or escape[3]
    if digits is None:
        return _ESCAPED.get(escape[4], escape[4])
    return chr(int(digits, 16)) if int(digits, 16) < 0x110000 else escape[0]
