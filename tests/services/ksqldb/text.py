"""The words of ksqlDB's SQL as the server in the process reads and prints them: tokens, names, types."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from fleetgen.targets.ksql.names import RESERVED

_SCALARS: Final = {
    **{
        name: name
        for name in ("BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "STRING", "BYTES", "TIME", "DATE", "TIMESTAMP")
    },
    "INT": "INTEGER",
    "VARCHAR": "STRING",
}
_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|--[^\r\n]*|/\*.*?\*/)|(?P<string>'(?:[^']|'')*')|(?P<quoted>`(?:[^`]|``)*`|"(?:[^"]|"")*")
    |(?P<word>[0-9]*[A-Za-z_][A-Za-z0-9_@]*)|(?P<number>-?[0-9]+(?:\.[0-9]+)?)
    |(?P<symbol>->|:=|<>|!=|<=|>=|[(),;.<>=*+\-/%])""",
    re.VERBOSE | re.DOTALL,
)


class SyntaxFault(Exception):
    """Text that is no statement of ours. `at`: where in the text, from 0."""

    def __init__(self, at: int, reason: str = "") -> None:
        super().__init__(reason)
        self.at = at


@dataclass(frozen=True, slots=True)
class Token:
    """`value` is what it means: words in upper case, names and strings without their quotes."""

    kind: str
    value: str
    at: int


@dataclass(frozen=True, slots=True)
class Type:
    """`parts`: the names and types of a STRUCT, the key and value of a MAP, the items of an ARRAY."""

    base: str
    parts: tuple[tuple[str, Type], ...] = ()
    numbers: tuple[int, ...] = ()

    def text(self, quote: Any = None) -> str:
        quoted = quote or name
        match self.base:
            case "STRUCT":
                return f"STRUCT<{', '.join(f'{quoted(each)} {type.text(quote)}' for each, type in self.parts)}>"
            case "ARRAY" | "MAP":
                return f"{self.base}<{', '.join(type.text(quote) for _, type in self.parts)}>"
            case "DECIMAL":
                return f"DECIMAL({self.numbers[0]}, {self.numbers[1]})"
            case _:
                return self.base

    def told(self) -> dict[str, Any]:
        """As DESCRIBE tells it."""
        fields = [{"name": each, "schema": type.told()} for each, type in self.parts]
        member = self.parts[-1][1].told() if self.base in ("ARRAY", "MAP") else None
        told: dict[str, Any] = {"type": self.base, "fields": None, "memberSchema": member}
        if self.base == "STRUCT":
            told["fields"] = fields
        if self.base == "DECIMAL":
            told["parameters"] = {"precision": self.numbers[0], "scale": self.numbers[1]}
        return told


class Reader:
    """Stepping through the tokens of one statement."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = _tokens(text)
        self._at = 0

    @property
    def next(self) -> Token:
        return self._tokens[self._at]

    def take(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def accept(self, *words: str) -> bool:
        """Step over these words or symbols, if they are the next ones."""
        ahead = self._tokens[self._at : self._at + len(words)]
        found = [each.value for each in ahead if each.kind in ("word", "symbol")] == list(words)
        self._at += len(words) * found
        return found

    def expect(self, *words: str) -> None:
        if not self.accept(*words):
            raise SyntaxFault(self.next.at, f"{' '.join(words)} expected, not {self.next.value!r}")

    def string(self) -> str:
        if self.next.kind != "string":
            raise SyntaxFault(self.next.at, "a string expected")
        return self.take().value

    def name(self) -> str:
        if self.next.kind == "quoted" or (self.next.kind == "word" and self.next.value not in RESERVED):
            return self.take().value
        raise SyntaxFault(self.next.at, f"a name expected, not {self.next.value!r}")

    def type(self) -> Type:
        word = self.take()
        if word.value in _SCALARS:
            if self.accept("("):  # a length, which is dropped
                self.take()
                self.expect(")")
            return Type(_SCALARS[word.value])
        if word.value == "DECIMAL":
            return Type("DECIMAL", numbers=self._numbers())
        self.expect("<")
        match word.value:
            case "ARRAY":
                found = Type("ARRAY", (("", self.type()),))
            case "MAP":
                key = self.type()
                self.expect(",")
                found = Type("MAP", (("", key), ("", self.type())))
            case "STRUCT":
                found = Type("STRUCT", tuple(self.listed(lambda: (self.name(), self.type()))))
            case _:
                raise SyntaxFault(word.at, f"no type: {word.value}")
        self.expect(">")
        return found

    def listed(self, one: Any) -> list[Any]:
        found = [one()]
        while self.accept(","):
            found.append(one())
        return found

    def end(self) -> None:
        self.expect(";")
        if self.next.kind != "end":
            raise SyntaxFault(self.next.at, "more than one statement")

    def _numbers(self) -> tuple[int, int]:
        self.expect("(")
        precision = int(self.take().value)
        self.expect(",")
        scale = int(self.take().value)
        self.expect(")")
        return precision, scale


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise SyntaxFault(at)
        value, kind = match[0], match.lastgroup
        if kind in ("string", "quoted"):
            value = value[1:-1].replace(value[0] * 2, value[0])
        if kind != "space":
            found.append(Token(kind, value.upper() if kind == "word" else value, at))
        at = match.end()
    return [*found, Token("end", "", len(text))]


def name(text: str) -> str:
    """As the server prints it."""
    plain = re.fullmatch(r"[0-9]*[A-Z_][A-Z0-9_@]*", text) and text not in RESERVED
    return text if plain else f"`{text.replace('`', '``')}`"


def always_quoted(text: str) -> str:
    """As messages about schemas print it."""
    return f"`{text}`"


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def place(text: str, at: int) -> tuple[int, int]:
    """Line and column, from 1, of a position from 0."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
