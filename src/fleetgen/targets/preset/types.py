"""What Superset must be told about a ClickHouse type."""

from __future__ import annotations

from typing import Final

from fleetgen.mapping.column import bare

_NUMERIC: Final = frozenset({"Int", "UInt", "Float", "Decimal"})
_TEMPORAL: Final = frozenset({"Date", "DateTime"})
_NESTED: Final = frozenset({"Array", "Map", "Tuple", "Nested", "Variant", "Dynamic", "JSON"})


def is_numeric(type: str) -> bool:
    return _family(type) in _NUMERIC


def is_temporal(type: str) -> bool:
    return _family(type) in _TEMPORAL


def is_scalar(type: str) -> bool:
    """Whether it can be grouped by and filtered: Superset writes no literal of a nested type."""
    return _family(type) not in _NESTED


def has_few_values(type: str) -> bool:
    """Whether people choose among its values: an enum is stored as LowCardinality."""
    return type.startswith("LowCardinality(") or _family(type) in ("Bool", "Enum")


def _family(type: str) -> str:
    """The type's name without size and arguments."""
    return bare(type).partition("(")[0].rstrip("0123456789")
