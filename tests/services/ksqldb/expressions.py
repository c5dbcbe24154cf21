"""Expressions of a SELECT: read, printed as the server prints them, and typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from services.ksqldb.text import Reader, SyntaxFault, Type, literal, name

_BINARY: Final = (("OR",), ("AND",), ("=", "<>", "!=", "<", "<=", ">", ">="), ("+", "-"), ("*", "/", "%"))
_NUMERIC: Final = ("INTEGER", "BIGINT", "DECIMAL", "DOUBLE")
AGGREGATES: Final = frozenset({"COUNT", "SUM", "AVG", "MIN", "MAX", "COUNT_DISTINCT"})


@dataclass(frozen=True, slots=True)
class Node:
    """`kind` is column, member, call, cast, operator, null, string, number or word; `value` its name or operator.

    `at` is where in the statement it begins.
    """

    kind: str
    value: str
    inner: tuple[Node, ...] = ()
    type: Type | None = None
    at: int = 0


class Untypable(Exception):
    """A column that is not there. `at` is where in the statement."""

    def __init__(self, node: Node) -> None:
        super().__init__(node.value)
        self.node = node


def expression(reader: Reader, level: int = 0) -> Node:
    if level == len(_BINARY):
        return _primary(reader)
    left = expression(reader, level + 1)
    while reader.next.kind in ("word", "symbol") and reader.next.value in _BINARY[level]:
        operator = reader.take().value
        right = expression(reader, level + 1)
        left = Node("operator", "<>" if operator == "!=" else operator, (left, right), at=left.at)
    for words in (("IS", "NOT", "NULL"), ("IS", "NULL")):
        if level == 2 and reader.accept(*words):
            left = Node("null", " ".join(words), (left,), at=left.at)
    return left


def _primary(reader: Reader) -> Node:
    token = reader.next
    if reader.accept("("):
        found = expression(reader)
        reader.expect(")")
    elif reader.accept("CAST", "("):
        inner = expression(reader)
        reader.expect("AS")
        found = Node("cast", "CAST", (inner,), reader.type(), token.at)
        reader.expect(")")
    elif token.kind in ("string", "number"):
        reader.take()
        found = Node(token.kind, token.value, at=token.at)
    elif token.value in ("NULL", "TRUE", "FALSE") and token.kind == "word":
        reader.take()
        found = Node("word", token.value.lower(), at=token.at)
    else:
        found = _named(reader)
    while reader.accept("->"):
        found = Node("member", reader.name(), (found,), at=found.at)
    return found


def _named(reader: Reader) -> Node:
    at = reader.next.at
    first = reader.name()
    if reader.accept("."):
        return Node("column", reader.name(), (Node("source", first),), at=at)
    if not reader.accept("("):
        return Node("column", first, at=at)
    if first == "COUNT" and reader.accept("*"):
        arguments: list[Node] = []
    else:
        arguments = reader.listed(lambda: expression(reader))
    reader.expect(")")
    return Node("call", first, tuple(arguments), at=at)


def text(node: Node) -> str:
    """As the server prints it."""
    inner = [text(each) for each in node.inner]
    match node.kind:
        case "column":
            return ".".join([*inner, name(node.value)])
        case "source":
            return name(node.value)
        case "member":
            return f"{inner[0]}->{name(node.value)}"
        case "call":
            return f"{node.value}({', '.join(inner) or '*'})"
        case "cast":
            assert node.type is not None
            return f"CAST({inner[0]} AS {node.type.text()})"
        case "operator":
            return f"({inner[0]} {node.value} {inner[1]})"
        case "null":
            return f"({inner[0]} {node.value})"
        case "string":
            return literal(node.value)
        case _:
            return node.value


def qualified(node: Node, alias: str) -> Node:
    """With the only source's alias before each column that bears none."""
    inner = tuple(qualified(each, alias) for each in node.inner)
    if node.kind == "column" and not inner:
        inner = (Node("source", alias),)
    return Node(node.kind, node.value, inner, node.type, node.at)


def columns(node: Node) -> Iterator[Node]:
    if node.kind == "column":
        yield node
    for each in node.inner:
        yield from columns(each)


def typed(node: Node, column: Callable[[Node], Type]) -> Type:
    """The type of what it gives. `column` gives a column's, and raises Untypable."""
    match node.kind:
        case "column":
            return column(node)
        case "member":
            members = dict(typed(node.inner[0], column).parts)
            if node.value not in members:
                raise Untypable(node)
            return members[node.value]
        case "cast":
            assert node.type is not None
            typed(node.inner[0], column)
            return node.type
        case "call":
            return _call(node, [typed(each, column) for each in node.inner])
        case "operator" if node.value in ("+", "-", "*", "/", "%"):
            types = [typed(each, column) for each in node.inner]
            return max(types, key=lambda type: _NUMERIC.index(type.base))
        case "string":
            return Type("STRING")
        case "number":
            return Type("DECIMAL", numbers=(4, 2)) if "." in node.value else Type("INTEGER")
        case _:
            for each in node.inner:
                typed(each, column)
            return Type("BOOLEAN")


def _call(node: Node, arguments: list[Type]) -> Type:
    match node.value:
        case "COUNT" | "COUNT_DISTINCT":
            return Type("BIGINT")
        case "AVG":
            return Type("DOUBLE")
        case "AS_VALUE" | "MIN" | "MAX" | "SUM":
            return arguments[0]
        case _:
            raise SyntaxFault(node.at, f"no function that fleetgen writes: {node.value}")
