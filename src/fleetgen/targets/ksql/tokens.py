"""The tokens of ksqlDB's SQL, as far as fleetgen writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import Final

from fleetgen.frozen import frozen


class Kind(Enum):
    WORD = "word"
    QUOTED = "quoted name"
    STRING = "string"
    NUMBER = "number"
    SYMBOL = "symbol"
    END = "end of text"


@frozen
class Token:
    """`value` is what it means: a word in upper case, a name or string without its quotes. Line and column from 1."""

    kind: Kind
    value: str
    line: int
    column: int

    def __str__(self) -> str:
        return self.kind.value if self.kind is Kind.END else f"{self.kind.value} {self.value!r}"


class NotKsql(Exception):
    """The text is no statement that fleetgen writes. Line and column from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(f"{line}:{column}: {message}")
        self.message = message
        self.line = line
        self.column = column


# In order: a word may start with a digit if a letter follows; a comment ends with its line, or with */.
_TOKEN: Final = re.compile(
    r"""
    (?P<space>    \s+ | --[^\r\n]* | /\*.*?\*/ )
    | '(?P<string>  (?:[^'] | '')* )'
    | `(?P<back>    (?:[^`] | ``)* )`
    | "(?P<double>  (?:[^"] | "")* )"
    | (?P<word>     [0-9]*[A-Za-z_][A-Za-z0-9_@]* )
    | (?P<number>   [0-9]+(?:\.[0-9]+)? )
    | (?P<symbol>   -> | := | <> | != | <= | >= | [(),;.<>=*+\-/%] )
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTES: Final = {"string": ("'", Kind.STRING), "back": ("`", Kind.QUOTED), "double": ('"', Kind.QUOTED)}


def tokens(text: str) -> Iterator[Token]:
    """The tokens, comments and space left out, closed by one of kind END. Raises NotKsql."""
    at, line, start = 0, 1, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise NotKsql(f"cannot read {text[at : at + 10]!r}", line, at - start + 1)
        if match.lastgroup != "space":
            yield _token(match.lastgroup, match[match.lastgroup], line, at - start + 1)
        breaks = match[0].count("\n")
        line += breaks
        start = match.start() + match[0].rindex("\n") + 1 if breaks else start
        at = match.end()
    yield Token(Kind.END, "", line, at - start + 1)


def _token(group: str, found: str, line: int, column: int) -> Token:
    if group in _QUOTES:
        quote, kind = _QUOTES[group]
        return Token(kind, found.replace(quote * 2, quote), line, column)
    if group == "word":
        return Token(Kind.WORD, found.upper(), line, column)
    return Token(Kind(group), found, line, column)


def split(text: str) -> list[str]:
    """The statements of a text, each with its semicolon, without the comments before it. Raises NotKsql."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    found: list[str] = []
    begin: int | None = None
    for token in tokens(text):
        at = starts[token.line - 1] + token.column - 1
        begin = at if begin is None else begin
        if token.kind is Kind.SYMBOL and token.value == ";":
            found.append(text[begin : at + 1])
            begin = None
    return found
