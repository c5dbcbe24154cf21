"""Stepping through the tokens of a statement."""

from __future__ import annotations

from collections.abc import Iterator

from fleetgen.targets.ksql.names import RESERVED, is_source
from fleetgen.targets.ksql.tokens import Kind, NotKsql, Token


class Reader:
    """A position in a list of tokens that ends with END. `variables`: those defined before it, in upper case."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self.variables: set[str] = set()

    @property
    def next(self) -> Token:
        return self._tokens[self._at]

    def refuse(self, expected: str, found: Token | None = None) -> NotKsql:
        """What to raise at a token: the next one, unless the fault is with another."""
        found = found or self.next
        return NotKsql(f"expected {expected}, found {found}", found.line, found.column)

    def take(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def accept(self, kind: Kind, value: str) -> bool:
        """Step over the token if it is this one."""
        found = self.next.kind is kind and self.next.value == value
        self._at += found
        return found

    def words(self, text: str) -> None:
        for word in text.split():
            if not self.accept(Kind.WORD, word):
                raise self.refuse(word)

    def symbol(self, value: str) -> None:
        if not self.accept(Kind.SYMBOL, value):
            raise self.refuse(repr(value))

    def string(self) -> str:
        if self.next.kind is not Kind.STRING:
            raise self.refuse("a string")
        return self.take().value

    def name(self) -> str:
        """An identifier: folded, unless it is in quotes."""
        if self.next.kind is Kind.QUOTED and self.next.value and "`" not in self.next.value:
            return self.take().value
        if self.next.kind is Kind.WORD and self.next.value not in RESERVED:
            return self.take().value
        raise self.refuse("a name")

    def source(self) -> str:
        if not is_source(self.next.value):
            raise self.refuse("the name of a stream or table")
        return self.name()

    def pairs(self) -> Iterator[tuple[Token, Token]]:
        """The `name = value` pairs of a WITH clause, brackets included."""
        self.words("WITH")
        self.symbol("(")
        while True:
            name = self.take()
            self.symbol("=")
            yield name, self.take()
            if not self.accept(Kind.SYMBOL, ","):
                break
        self.symbol(")")
