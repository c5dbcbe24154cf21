"""What a pattern means to Datagen, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fleetgen.datagen.language import Alt, Chars, Node, Repeat, Seq

_OPERATORS: Final = {
    "@": "@ is any text",
    "#": "# matches nothing",
    "~": "~ is a complement",
    "&": "& is an intersection",
    "<": "< begins an interval of numbers",
    '"': '" begins a quotation',
}
_SHORTHANDS: Final = "dDsSwW"
_SURROGATES: Final = (0xD800, 0xDFFF)


def find(pattern: str) -> list[str]:
    """The traps of a pattern that can be read, each said once, in the order written."""
    return list(dict.fromkeys(_Scan(pattern).traps()))


class _Scan:
    """`operand`: an operand is due here, so that an operator is literal; `repeated`: a quantifier stands before."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.operand = True
        self.repeated = False

    def traps(self) -> Iterator[str]:
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char == "\\":
                yield from self._escape(inside=False)
            elif char == "[":
                yield from self._brackets()
            else:
                yield from self._plain(char)
                continue
            self.operand = self.repeated = False

    def _escape(self, *, inside: bool) -> Iterator[str]:
        char = self.text[self.at : self.at + 1]
        self.at += 1
        if char == "Q":
            stop = self.text.find("\\E", self.at)
            if stop + 2 != len(self.text):
                yield "\\Q..\\E is read rightly only once, at the very end"
            self.at = stop + 2 if stop >= 0 else len(self.text)
        elif char and char in _SHORTHANDS:
            if inside:
                yield f"\\{char} inside brackets brings brackets of its own, and the first ] ends both"
        elif char.isascii() and char.isalnum():
            yield f"\\{char} is a plain {char}"

    def _brackets(self) -> Iterator[str]:
        self.at += self.text[self.at : self.at + 1] == "^"
        first = self.at
        while self.at < len(self.text) and (self.text[self.at] != "]" or self.at == first):
            self.at += 1
            if self.text[self.at - 1] == "\\":
                yield from self._escape(inside=True)
        self.at += 1

    def _plain(self, char: str) -> Iterator[str]:
        operand, repeated = self.operand, self.repeated
        self.operand, self.repeated = char in "(|&~", char in "?*+}" and not operand
        if char in "^$":
            yield f"{char} is a plain {char}: a pattern is always about the whole text"
        elif char == "(" and self.text.startswith("?", self.at):
            yield "(? begins a group with a plain ? in it"
            self.at += 1
            self.operand = False
        elif char == "|" and operand:
            yield "an empty alternative is a plain |"
            self.operand = False
        elif char in "?*+" and operand:
            yield f"{char} without anything before it is a plain {char}"
        elif char in "?+" and repeated:
            yield f"{char} after a quantifier is one more, neither lazy nor possessive"
        elif char in _OPERATORS and not (operand and char == "&"):
            yield f"{_OPERATORS[char]}"
            if char == '"' or (char == "<" and ">" in self.text[self.at :]):
                self.at = max(self.text.find('"' if char == '"' else ">", self.at) + 1, self.at)


def tears(node: Node) -> bool:
    """Whether halves of surrogate pairs are among the texts. Not looked for behind an intersection or complement."""
    match node:
        case Chars():
            return any(low <= _SURROGATES[1] and high >= _SURROGATES[0] for low, high in node.intervals)
        case Seq() | Alt():
            return any(map(tears, node.parts))
        case Repeat():
            return tears(node.part)
        case _:
            return False
