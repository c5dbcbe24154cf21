"""The little languages of the configuration: aggregates, conditions on them, and durations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from fleetgen.config.reading import quote, suggest
from fleetgen.mapping.column import bare
from fleetgen.mapping.metrics import type_of
from fleetgen.pipeline import Having, Metric


class Fault(NamedTuple):
    """What is wrong with a text."""

    code: str
    message: str
    help: str


FUNCTIONS: Final = {
    "count": (0, 0),
    "sum": (1, 1),
    "avg": (1, 1),
    "min": (1, 1),
    "max": (1, 1),
    "median": (1, 1),
    "uniq": (1, 8),
    "uniqExact": (1, 8),
}
"""How many columns each aggregate takes, at least and at most."""

_NUMBERS: Final = ("Int", "UInt", "Float", "Decimal", "Bool")
_TAKES: Final = {"sum": _NUMBERS, "avg": (*_NUMBERS, "Date"), "median": (*_NUMBERS, "DateTime")}
_SINGLE: Final = frozenset({"min", "max", "uniq", "uniqExact"})
_CALL: Final = r"\s*([A-Za-z_]\w*)\s*\(([^()]*)\)\s*"
_BOUND: Final = r"\s*([A-Za-z_]\w*)\s*(>=|<=|!=|>|<|=)\s*(-?\d{1,15}(?:\.\d{1,15})?)\s*"
_MILLISECONDS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def parse_metric(text: str, columns: Mapping[str, str]) -> Metric | Fault:
    """`function(column, ..)` over columns (name to ClickHouse type)."""
    found = re.fullmatch(_CALL, text, re.ASCII)
    if found is None:
        return Fault("FG321", f"{quote(text)} is no aggregate", 'write one such as "count()" or "sum(amount)"')
    function, inside = found[1], found[2].strip()
    if function not in FUNCTIONS:
        return Fault("FG321", f"there is no aggregate {quote(function)}", suggest(function, FUNCTIONS))
    names = tuple(name.strip() for name in inside.split(",")) if inside else ()
    least, most = FUNCTIONS[function]
    if not least <= len(names) <= most:
        number = f"{least}" if least == most else f"{least} to {most}"
        message = f"{function} takes {number} column{'s' * (number != '1')}, not {len(names)}"
        return Fault("FG321", message, _usage(function))
    for name in names:
        fault = _argument(function, name, columns)
        if fault is not None:
            return fault
    return Metric(function, names)


def parse_having(text: str, metrics: Mapping[str, Metric], columns: Mapping[str, str]) -> Having | Fault:
    """`metric operator number`."""
    found = re.fullmatch(_BOUND, text, re.ASCII)
    if found is None:
        help = 'write a metric, one of > >= < <= = != and a number, such as "readings > 1"'
        return Fault("FG322", f"{quote(text)} is no condition", help)
    metric, operator, number = found[1], found[2], found[3]
    if metric not in metrics:
        return Fault("FG306", f"the view has no metric {quote(metric)}", suggest(metric, metrics))
    if not is_number(metrics[metric], columns):
        return Fault("FG322", f"{metric} is no number, and is compared with one", "name a metric that counts or sums")
    return Having(metric, operator, float(number) if "." in number else int(number))


def parse_duration(text: str) -> int:
    """Milliseconds of a text that the grammar has passed."""
    return int(text[:-1]) * _MILLISECONDS[text[-1]]


def is_number(metric: Metric, columns: Mapping[str, str]) -> bool:
    """Whether the aggregate gives what can be drawn, and compared with a number."""
    return bare(type_of(metric, columns)).startswith(_NUMBERS)


def _argument(function: str, name: str, columns: Mapping[str, str]) -> Fault | None:
    if name not in columns:
        return Fault("FG306", f"there is no column {quote(name)}", suggest(name, columns))
    type = bare(columns[name])
    if function in _TAKES and not type.startswith(_TAKES[function]):
        return Fault("FG321", f"{function} needs a number, and {name} is {type}", "name a column of numbers")
    if function in _SINGLE and type.startswith(("Array(", "Map(", "Tuple(")):
        return Fault(
            "FG321", f"{function} needs a single value, and {name} is {type}", "name a column of single values"
        )
    return None


def _usage(function: str) -> str:
    most = FUNCTIONS[function][1]
    inside = "" if most == 0 else "column" if most == 1 else "column, .."
    return f"write {function}({inside})"
