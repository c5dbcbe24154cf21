"""Aggregates: how they are written, and the type that ClickHouse gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fleetgen.mapping.column import bare, is_nullable, nullable
from fleetgen.pipeline import Metric
from fleetgen.quoting import ch_ident

_COUNTS: Final = frozenset({"count", "uniq", "uniqExact"})
_SUMS: Final = {"Int": "Int64", "UInt": "UInt64", "Bool": "UInt64", "Float": "Float64"}


def expression(metric: Metric, alias: str) -> str:
    """The aggregate over columns of `alias`."""
    return f"{metric.function}({', '.join(f'{alias}.{ch_ident(column)}' for column in metric.columns)})"


def text(metric: Metric) -> str:
    """The aggregate as a person writes it."""
    return f"{metric.function}({', '.join(metric.columns)})"


def type_of(metric: Metric, columns: Mapping[str, str]) -> str:
    """ClickHouse's type of the aggregate, from the types of the columns."""
    if metric.function in _COUNTS:
        return "UInt64"
    stored = columns[metric.columns[0]]
    result = _result(metric.function, bare(stored))
    return nullable(result) if is_nullable(stored) else result


def _result(function: str, argument: str) -> str:
    if function == "sum":
        return _sum(argument)
    if function in ("avg", "median"):
        keeps = argument.startswith("Date") or (function == "median" and argument.startswith("Decimal"))
        return argument if keeps else "Float64"
    return argument  # min, max


def _sum(argument: str) -> str:
    """Sums do not overflow where ClickHouse can help it."""
    if argument.startswith("Decimal("):
        precision, scale = argument.removeprefix("Decimal(").removesuffix(")").split(", ")
        return f"Decimal({38 if int(precision) <= 38 else 76}, {scale})"
    return next(wide for prefix, wide in _SUMS.items() if argument.startswith(prefix))
