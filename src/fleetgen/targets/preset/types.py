"""What Superset must be told about a ClickHouse type."""

from __future__ import annotations

import re
from typing import Final

_WRAPPER: Final = re.compile(r"(?:Nullable|LowCardinality)\((.*)\)", re.DOTALL)
_NUMERIC: Final = re.compile(r"U?Int\d+|Float\d+|Decimal")
_TEMPORAL: Final = re.compile(r"Date(?:32|Time|Time64)?\b")
_NESTED: Final = re.compile(r"(?:Array|Map|Tuple|Nested|Variant|Dynamic|JSON)\b")


def bare(type: str) -> str:
    """The type under Nullable and LowCardinality."""
    while match := _WRAPPER.fullmatch(type):
        type = match[1]
    return type


def is_numeric(type: str) -> bool:
    return _NUMERIC.match(bare(type)) is not None


def is_temporal(type: str) -> bool:
    return _TEMPORAL.match(bare(type)) is not None


def is_scalar(type: str) -> bool:
    """Whether it can be grouped by and filtered: Superset writes no literal of a nested type."""
    return _NESTED.match(bare(type)) is None
