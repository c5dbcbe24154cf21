"""The wire formats: a module each, and what their messages have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from fleetgen.mapping import json
from fleetgen.mapping.types import Scalar
from fleetgen.pipeline import Format
from fleetgen.quoting import ch_string, ch_type_ident


class Dialect(Protocol):
    """How one format writes what ClickHouse reads."""

    def scalar(self, type: Scalar) -> str:
        """The wire type."""

    def array(self, element: str) -> str:
        """The wire type of an array of that wire type."""

    def map_(self, element: str) -> str:
        """The wire type of a map to that wire type."""

    def member(self, x: str, container: str) -> str:
        """The Array(..) or Map(..) inside x, empty where there is none."""

    def is_container(self, x: str) -> str:
        """Whether x holds an array or a map: 1 or 0, never NULL."""

    def accept(self, type: Scalar, x: str) -> str:
        """Whether x is exactly a value of the type: 1 or 0, never NULL."""

    def convert(self, type: Scalar, x: str) -> str:
        """The stored value, Nullable. Of a duration its 12 bytes."""


FORMATS: Final[Mapping[Format, Dialect]] = {Format.JSON: json}

NOTHING: Final = "_"
"""The element of an empty record's tuple: ClickHouse cannot read {} into a tuple of no elements."""


def tuple_type(parts: Iterable[tuple[str, str]]) -> str:
    """The wire type of a record or a union. Nullable: a null record is not a record of nulls."""
    inside = ", ".join(f"{ch_type_ident(name)} {type}" for name, type in parts)
    return f"Nullable(Tuple({inside or f'{ch_type_ident(NOTHING)} Nullable(String)'}))"


def element(x: str, name: str) -> str:
    return f"tupleElement({x}, {ch_string(name)})"
