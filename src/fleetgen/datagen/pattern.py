"""Datagen's regular expressions: the dialect of the automaton library under it, over UTF-16 units.

`^ $ \\n` are literal, `(?:x)` is `?:x`, `& ~ # @ < "` are operators; `#` is the empty language.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from fleetgen.datagen.language import (
    ANY,
    EMPTY,
    EVERYTHING,
    NONE,
    Chars,
    Node,
    RegexError,
    TooLarge,
    both,
    chars,
    either,
    inverse,
    other,
    repeat,
    sequence,
)

Rule: TypeAlias = Callable[[], Node]
_CLASSES: Final = {
    "\\d": "[0-9]",
    "\\D": "[^0-9]",
    "\\s": "[ \t\n\f\r]",
    "\\S": "[^ \t\n\f\r]",
    "\\w": "[a-zA-Z_0-9]",
    "\\W": "[^a-zA-Z_0-9]",
}


def prepare(text: str) -> str:
    r"""Quoted spans escaped, then the shorthands replaced as plain text: inside brackets too, as the original does."""
    if "\\" not in text:
        return text
    text = re.sub(r"\\Q(.*?)\\E", lambda match: "".join(f"\\{char}" for char in match[1]), text, flags=re.DOTALL)
    return re.sub(r"\\[dDsSwW]", lambda match: _CLASSES[match[0]], text)


def parse(text: str) -> Node:
    """The language of a pattern. Raises RegexError with the reason."""
    return _Parser(_units(prepare(text))).whole()


def _units(text: str) -> list[int]:
    """The units of UTF-16."""
    if text.isascii():
        return list(text.encode())
    data = text.encode("utf-16-le", "surrogatepass")
    return [data[at] | data[at + 1] << 8 for at in range(0, len(data), 2)]


class _Parser:
    """Recursive descent as the grammar reads; an operator where an operand is due is literal."""

    def __init__(self, units: list[int]) -> None:
        self.units = units
        self.at = 0
        self.depth = 0
        # "@" is any text, so just "@" is one of it, and what people mean; only under & and ~ the others matter.
        self.literal_at = not {ord("&"), ord("~")} & set(units)

    def peek(self, any_of: str) -> bool:
        return self.at < len(self.units) and chr(self.units[self.at]) in any_of

    def take(self, char: str) -> bool:
        if not self.peek(char):
            return False
        self.at += 1
        return True

    def unit(self) -> int:
        if self.at >= len(self.units):
            raise RegexError("unexpected end of the pattern")
        self.at += 1
        return self.units[self.at - 1]

    def expect(self, char: str) -> None:
        if not self.take(char):
            raise RegexError(f"expected {char!r} at position {self.at}")

    def until(self, char: str) -> list[int]:
        start = self.at
        while not self.take(char):
            if self.at >= len(self.units):
                raise RegexError(f"expected {char!r} at position {self.at}")
            self.at += 1
        return self.units[start : self.at - 1]

    def whole(self) -> Node:
        if not self.units:
            return EMPTY
        node = self.union()
        if self.at < len(self.units):
            raise RegexError(f"end of the pattern expected at position {self.at}")
        return node

    def union(self) -> Node:
        parts = [self.intersection()]
        while self.take("|"):
            parts.append(self.intersection())
        return either(*parts)

    def intersection(self) -> Node:
        parts = [self.concatenation()]
        while self.take("&"):
            parts.append(self.concatenation())
        return both(*parts)

    def concatenation(self) -> Node:
        parts = [self.repetition()]
        while self.at < len(self.units) and not self.peek(")|&"):
            parts.append(self.repetition())
        return sequence(*parts)

    def repetition(self) -> Node:
        node = self.complement()
        while self.peek("?*+{"):
            match chr(self.unit()):
                case "?":
                    node = repeat(node, 0, 1)
                case "*":
                    node = repeat(node, 0, None)
                case "+":
                    node = repeat(node, 1, None)
                case _:
                    node = self.counted(node)
        return node

    def counted(self, node: Node) -> Node:
        least = self.integer()
        most: int | None = least
        if self.take(","):
            most = self.integer() if self.peek("0123456789") else None
        self.expect("}")
        return repeat(node, least, most)

    def integer(self) -> int:
        start = self.at
        while self.peek("0123456789"):
            self.at += 1
        if not 0 < self.at - start <= 10:
            raise RegexError(f"integer expected at position {start}")
        return int("".join(map(chr, self.units[start : self.at])))

    def complement(self) -> Node:
        return other(self.nested(self.complement)) if self.take("~") else self.char_class()

    def char_class(self) -> Node:
        if not self.take("["):
            return self.simple()
        negated = self.take("^")
        intervals = self.item()
        while self.at < len(self.units) and not self.peek("]"):
            intervals += self.item()
        self.expect("]")
        return inverse(chars(intervals)) if negated else chars(intervals)

    def item(self) -> list[tuple[int, int]]:
        low = self.char()
        if not self.take("-"):
            return [(low, low)]
        return [(low, low), (ord("-"), ord("-"))] if self.peek("]") else [(low, self.char())]

    def simple(self) -> Node:
        if self.take("."):
            return ANY
        if self.take("#"):
            return NONE
        if self.take('"'):
            return sequence(*(Chars(((unit, unit),)) for unit in self.until('"')))
        if self.take("<"):
            return self.interval()
        if self.peek("@") and not self.literal_at:
            self.at += 1
            return EVERYTHING
        return self.group() if self.take("(") else self.literal()

    def group(self) -> Node:
        if self.take(")"):
            return EMPTY
        node = self.nested(self.union)
        self.expect(")")
        return node

    def nested(self, rule: Rule) -> Node:
        self.depth += 1
        if self.depth > 60:
            raise TooLarge("nested more than 60 deep")
        node = rule()
        self.depth -= 1
        return node

    def interval(self) -> Node:
        text = "".join(map(chr, self.until(">")))
        ends = text.split("-")
        if len(ends) != 2 or not all(end.isascii() and end.isdigit() for end in ends):
            raise RegexError(f"interval syntax error in <{text}>" if "-" in text else f"{text!r} not found")
        return decimals(*sorted(ends, key=int))

    def literal(self) -> Node:
        unit = self.char()
        return Chars(((unit, unit),))

    def char(self) -> int:
        self.take("\\")
        return self.unit()


def decimals(low: str, high: str) -> Node:
    """The numbers from low to high: of equal width as written, else without leading zeros."""
    if len(low) == len(high):
        return _between(low, high)
    low, high = str(int(low)), str(int(high))
    parts = []
    for width in range(len(low), len(high) + 1):
        start = low if width == len(low) else "1" + "0" * (width - 1)
        parts.append(_between(start, high if width == len(high) else "9" * width))
    return either(*parts)


def _between(low: str, high: str) -> Node:
    if not low:
        return EMPTY
    if set(low[1:]) <= {"0"} and set(high[1:]) <= {"9"}:
        return sequence(_digit(low[0], high[0]), repeat(_digit("0", "9"), len(low) - 1, len(low) - 1))
    if low[0] == high[0]:
        return sequence(_digit(low[0], low[0]), _between(low[1:], high[1:]))
    first = sequence(_digit(low[0], low[0]), _between(low[1:], "9" * (len(low) - 1)))
    last = sequence(_digit(high[0], high[0]), _between("0" * (len(high) - 1), high[1:]))
    middle = sequence(
        chars([(ord(low[0]) + 1, ord(high[0]) - 1)]), repeat(_digit("0", "9"), len(low) - 1, len(low) - 1)
    )
    return either(first, middle, last)


def _digit(low: str, high: str) -> Chars:
    return Chars(((ord(low), ord(high)),))
