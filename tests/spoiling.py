"""A valid message with one node replaced, removed or joined by a stranger, at any depth."""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from fleetgen.messages import Enclosing, enclose
from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    FixedType,
    Json,
    LogicalType,
    MapType,
    RecordType,
    RecursiveType,
    Type,
    UnionType,
    branch_name,
    unwrap,
)
from oracle import Twice

Path: TypeAlias = tuple[str | int, ...]

MISSING: Final = object()
TWICE: Final = object()
STRANGER: Final = object()

NUMBERS: Final[tuple[Json, ...]] = (
    0, 1, -1, 12, 2**31, -(2**31) - 1, 2**63, -(2**63) - 1, 2**64 + 1, 2**128 + 5, 10**60, 16_777_217, 2**53 + 1,
    Decimal("1.5"), 1.0, Decimal("1E+3"), Decimal("1E+39"), Decimal("1E+400"), Decimal("1E-400"), Decimal("1.50"),
    -719_163, 2_932_896, 2_932_897, 86_399_999, 86_400_000, 86_400_000_000, -62_135_596_800_001, 253_402_300_800_000,
    -62_135_596_800_000_001, 253_402_300_800_000_000,
)  # fmt: skip
TEXTS: Final[tuple[Json, ...]] = (
    "", " ", " 12", "12 ", "12", "+5", "007", "-0", "1.25e0", "abc", "a", "0", "true", "True", "null", "NaN",
    "Infinity", "-Infinity", "inf", "nan", "0x10", "1e5", "[]", "{}", "[1]", '{"a": 1}', "2024-01-01",
    "2024-01-01T00:00:00Z", "AA==", "AB==", "AA", "AA=", "AAA=", "AAAA", "A-_A", "A A=", "==", "AA==\n",
    "0F8FAD5B-D9CB-469F-A165-70867728950E", "0f8fad5bd9cb469fa16570867728950e",
    "{0f8fad5b-d9cb-469f-a165-70867728950e}", "0f8fad5b-d9cb-469f-a165-70867728950", "\0", "ä\U0001d4b3",
)  # fmt: skip
SHAPES: Final[tuple[Json, ...]] = (
    None, True, False, [], {}, [1], [None], [[]], [{}], ["a"], {"a": 1}, {"a": None}, {"int": 1, "string": "a"}, [1, 2],
)  # fmt: skip
TOKENS: Final = (*SHAPES, *NUMBERS, *TEXTS, MISSING)


@dataclass(frozen=True)
class Node:
    """A place in a message, and what is due there."""

    path: Path
    type: Type


def nodes(record: RecordType, message: Json) -> list[Node]:
    """All places of a message but the message itself."""
    return list(_members(record, message, (), {}))


def _members(record: RecordType, node: Json, path: Path, enclosing: Enclosing) -> Iterator[Node]:
    inside = enclose(record, enclosing)
    for field in record.fields:
        yield from _below(field.type, node[field.name], (*path, field.name), inside)


def _below(type: Type, node: Json, path: Path, enclosing: Enclosing) -> Iterator[Node]:
    yield Node(path, type)
    inner, _ = unwrap(type)
    match inner, node:
        case ArrayType(), list():
            for at, item in enumerate(node):
                yield from _below(inner.items, item, (*path, at), enclosing)
        case MapType(), dict():
            for key, item in node.items():
                yield from _below(inner.values, item, (*path, key), enclosing)
        case RecordType(), dict():
            yield from _members(inner, node, path, enclosing)
        case RecursiveType(), dict():
            yield from _members(enclosing[inner.fullname], node, path, enclosing)
        case UnionType(), dict():
            for branch in inner.branches:
                name = branch_name(branch)
                if node[name] is not None:
                    yield from _below(branch, node[name], (*path, name), enclosing)
        case _:
            return


def _near(type: Type) -> tuple[Json, ...]:
    """What is almost right for a type: a digit, a byte, a letter, a branch too many or too few."""
    inner, _ = unwrap(type)
    match inner:
        case DecimalType(precision=precision, scale=scale):
            more = Decimal((0, (1,), -scale - 1))
            most = Decimal((0, (9,) * precision, -scale))
            least = Decimal((1, (9,) * precision, -scale))
            return more, most, least, str(most), 10 ** (precision - scale), Decimal((1, (1, *(0,) * precision), -scale))
        case FixedType(size=size) | LogicalType(base=FixedType(size=size)):
            sizes = (size - 1, size, size + 1)
            return tuple(base64.b64encode(b"\xff" * length).decode() for length in sizes)
        case EnumType(symbols=symbols):
            return symbols[-1], symbols[0] + "x", symbols[0].swapcase(), 0
        case MapType():
            return TWICE, STRANGER
        case RecordType():
            return (STRANGER,)
        case UnionType(branches=branches):
            names = [branch_name(branch) for branch in branches]
            return STRANGER, dict.fromkeys(names), dict.fromkeys(names, 1), {names[0]: 1, names[1]: "a"}, {names[-1]: 1}
        case _:
            return ()


@dataclass(frozen=True)
class Spoiled:
    """`message` was valid but for what now stands at `paths`."""

    message: Json
    paths: tuple[Path, ...]


def both(one: Spoiled, other: Spoiled) -> Spoiled:
    """The message spoiled in two fields, unless they are the same."""
    name = other.paths[0][0]
    if name == one.paths[0][0]:
        return one
    rest = {key: node for key, node in one.message.items() if key != name}
    spoiled = {name: other.message[name]} if name in other.message else {}
    return Spoiled({**rest, **spoiled}, (*one.paths, *other.paths))


def spoilings(record: RecordType, message: Json) -> SearchStrategy[Spoiled]:
    """One node of the message as it should not be, though some of it happens to be right."""
    places = st.sampled_from(nodes(record, message))

    def spoil(node: Node) -> SearchStrategy[Spoiled]:
        near = _near(node.type)
        tokens = st.sampled_from(TOKENS) | st.sampled_from(near) if near else st.sampled_from(TOKENS)
        return tokens.map(lambda token: Spoiled(put(message, node.path, token), (node.path,)))

    return places.flatmap(spoil)


def every(node: Node, message: Json) -> list[Spoiled]:
    """All spoilings of one node."""
    return [Spoiled(put(message, node.path, token), (node.path,)) for token in (*TOKENS, *_near(node.type))]


def at(message: Json, path: Path) -> Json:
    for step in path:
        message = message[step]
    return message


def put(message: Json, path: Path, token: Any) -> Json:
    """A copy of the message with `token` at `path`."""
    changed = copy.deepcopy(message)
    parent = at(changed, path[:-1])
    if token is MISSING:
        del parent[path[-1]]
    elif token is TWICE or token is STRANGER:
        _EXTRAS[id(token)](parent[path[-1]])
    else:
        parent[path[-1]] = copy.deepcopy(token)
    return changed


def _twice(node: Json) -> None:
    """The first key of a map a second time."""
    for key, item in list(node.items())[:1] if isinstance(node, dict) else ():
        node[Twice(key)] = item


def _stranger(node: Json) -> None:
    if isinstance(node, dict):
        node["stranger"] = 1


_EXTRAS: Final[Mapping[int, Callable[[Json], None]]] = {id(TWICE): _twice, id(STRANGER): _stranger}


def mend(message: Json, path: Path, good: Json) -> Json:
    """`message` with the node of `good` at `path` in its place, or what is around it where it is text by now."""
    mended = copy.deepcopy(message)
    node = mended
    for depth, step in enumerate(path, 1):
        good = good[step]
        last = depth == len(path) or not isinstance(node[step], dict | list)
        if last:
            node[step] = good
            break
        node = node[step]
    return mended
