"""Aggregates as ksqlDB computes them, where it gives what ClickHouse gives."""

from __future__ import annotations

from typing import Final

from fleetgen.mapping.metrics import text
from fleetgen.model import DecimalType, Logical, LogicalType, PrimitiveType, Type
from fleetgen.pipeline import Metric
from fleetgen.targets.ksql.flatten import Column
from fleetgen.targets.ksql.types import Inexpressible, ksql_type

FUNCTIONS: Final = frozenset({"count", "sum", "avg", "min", "max", "uniq"})
"""Those that ksqlDB has, for some columns at least."""

_SUMMED: Final = frozenset({"INT", "BIGINT", "DOUBLE", "DECIMAL"})
_ORDERED: Final = _SUMMED | {"DATE", "TIME", "TIMESTAMP", "VARCHAR"}
_WIDEST: Final = 38
"""ClickHouse widens a sum of decimals to as many digits."""


def aggregate(metric: Metric, columns: tuple[Column, ...], *, table: bool) -> str:
    """The expression over the metric's columns; `table`: of the newest rows, where what was counted is taken back.

    Raises Inexpressible.
    """
    match metric.function:
        case "count":
            return "COUNT(*)"
        case "sum":
            return f"SUM({_wide(metric, columns[0])})"
        case "avg":
            return f"AVG({_whole(metric, columns[0])})"
        case "min" | "max" if not table:
            return f"{metric.function.upper()}({_ordered(metric, columns[0])})"
        case "uniq" if not table and len(columns) == 1:
            return f"COUNT_DISTINCT({columns[0].expression})"
        case "min" | "max" | "uniq" if table:
            raise _refused(metric, "over the newest rows, and ksqlDB cannot take a row back from it")
        case "uniq":
            raise _refused(metric, "over several columns, and ksqlDB takes one")
        case "uniqExact":
            raise _refused(metric, "exact, and ksqlDB only estimates how many values there are")
        case _:
            raise _refused(metric, "none of ksqlDB's aggregates")


def _wide(metric: Metric, column: Column) -> str:
    """The argument of a SUM, which has its argument's type, and overflows in silence."""
    match _number(metric, column):
        case "INT":
            return f"CAST({column.expression} AS BIGINT)"
        case "DECIMAL" if isinstance(column.type, DecimalType) and column.type.precision < _WIDEST:
            return f"CAST({column.expression} AS DECIMAL({_WIDEST}, {column.type.scale}))"
        case _:
            return column.expression


def _whole(metric: Metric, column: Column) -> str:
    """The argument of an AVG, which sums as SUM does and knows no decimals. ClickHouse's is a Float64 too."""
    if _number(metric, column) == "DECIMAL":
        return f"CAST({column.expression} AS DOUBLE)"
    return _wide(metric, column)


def _ordered(metric: Metric, column: Column) -> str:
    """The argument of a MIN or MAX: bytes, booleans and UUIDs are in another order in ClickHouse."""
    uuid = isinstance(column.type, LogicalType) and column.type.kind is Logical.UUID
    if uuid or _family(column.type) not in _ORDERED:
        raise _refused(metric, f"over a {ksql_type(column.type)}, of which ksqlDB has none in that order")
    return column.expression


def _number(metric: Metric, column: Column) -> str:
    family = _family(column.type)
    plain = isinstance(column.type, PrimitiveType | DecimalType)
    if not plain or family not in _SUMMED:
        raise _refused(metric, f"over a {ksql_type(column.type)}, which ksqlDB does not sum as that")
    return family


def _family(type: Type) -> str:
    return ksql_type(type).partition("(")[0].partition("<")[0]


def is_zero_without_values(metric: Metric, columns: tuple[Column, ...]) -> bool:
    """Whether ksqlDB gives 0 where ClickHouse gives NULL: of a group that has nothing but NULL."""
    return metric.function in ("sum", "avg") and columns[0].optional


def _refused(metric: Metric, reason: str) -> Inexpressible:
    return Inexpressible("FG460", f"has {text(metric)}, which is {reason}", "")
