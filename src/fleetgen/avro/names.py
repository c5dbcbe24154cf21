"""Avro's names: what one may be, what it is in full, and the nearest known one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from fleetgen.model import Primitive

PRIMITIVES: Final = {kind.value: kind for kind in Primitive}
NAMED: Final = frozenset({"record", "error", "enum", "fixed"})
COMPLEX: Final = NAMED | {"array", "map", "union"}

RULE: Final = "a name is letters A-Z a-z, digits and _, and does not start with a digit"

_OTHERWISE: Final = {
    "integer": "int",
    "int32": "int",
    "int64": "long",
    "bigint": "long",
    "str": "string",
    "text": "string",
    "varchar": "string",
    "bool": "boolean",
    "number": "double",
    "float32": "float",
    "float64": "double",
    "binary": "bytes",
    "list": "array",
    "object": "record",
    "struct": "record",
}
"""What other languages call Avro's types."""


@lru_cache(8192)
def is_name(text: str) -> bool:
    return text.isidentifier() and text.isascii()


@lru_cache(8192)
def is_fullname(text: str) -> bool:
    return all(is_name(part) for part in text.split("."))


def split(name: str, namespace: str) -> tuple[str, str]:
    """Name and namespace of a definition: the dots of a name win over a namespace."""
    space, dot, last = name.rpartition(".")
    return (last, space) if dot else (name, namespace)


def join(name: str, namespace: str) -> str:
    return f"{namespace}.{name}" if namespace else name


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name (in full) that was probably meant."""
    lowered = name.lower()
    if lowered in _OTHERWISE:
        return _OTHERWISE[lowered]
    by_spelling: dict[str, str] = {}
    for full in [*PRIMITIVES, *sorted(known)]:
        by_spelling.setdefault(full.lower(), full)
        by_spelling.setdefault(full.rpartition(".")[2].lower(), full)
    from difflib import get_close_matches  # only for this message: importing it costs milliseconds

    for spelling in (lowered, lowered.rpartition(".")[2]):
        close = get_close_matches(spelling, by_spelling, n=1)
        if close:
            return by_spelling[close[0]]
    return None
