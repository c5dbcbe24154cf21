"""What ALTER .. MODIFY COLUMN does to stored values, as measured: ClickHouse itself lets nearly everything pass."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from fleetgen import sql
from fleetgen.frozen import frozen
from fleetgen.plan import Risk
from fleetgen.quoting import ch_string

_SHAPE: Final = re.compile(r"(\w+)(?:\((.*)\))?", re.DOTALL)
_INTEGER: Final = re.compile(r"(U?)Int(8|16|32|64|128|256)")
_MANTISSA: Final = {"Float32": 24, "Float64": 53}
"""Bits of an integer that a float holds exactly."""
_TIMES: Final = ("Date", "Date32", "DateTime", "DateTime64")
_SYMBOL: Final = re.compile(r"('(?:[^'\\]|\\.)*') = (-?\d+)")


@frozen
class Cast:
    """`checked`: whether rows can be counted that would not come back as they were."""

    risk: Risk
    reason: str
    checked: bool = False


SAFE: Final = Cast(Risk.SAFE, "")
REWRITE: Final = Cast(Risk.REWRITES, "")


def classify(old: str, new: str) -> Cast:
    """From the type that rows are stored in to another."""
    if old == new:
        return SAFE
    before, after = _bare(old), _bare(new)
    if is_nullable(old) and not is_nullable(new):
        return Cast(Risk.DESTRUCTIVE, f"{old} to {new}: what is NULL gets the column's default", checked=True)
    if before == after:
        return REWRITE
    return _scalar(before, after)


def _scalar(old: str, new: str) -> Cast:
    (kind, inside), (other, into) = _shape(old), _shape(new)
    if kind == other:
        return _same_kind(kind, inside, into, old, new)
    if _is_wider(old, new):
        return REWRITE
    if kind.startswith("Enum"):
        return _from_enum(old, new)
    if other in _TIMES and kind not in _TIMES:
        return _refused(old, new, "numbers and texts are taken for other times than they mean")
    if _is_number(old) and _is_number(new) and not (kind == "Decimal" and new not in _MANTISSA):
        return Cast(Risk.DESTRUCTIVE, f"{old} to {new} does not keep every value", checked=True)
    if old == "String" and (_is_number(new) or other in ("UUID", "FixedString") or other.startswith("Enum")):
        return Cast(Risk.DESTRUCTIVE, f"{old} to {new} does not keep every value", checked=True)
    return _refused(old, new, "no conversion keeps what is stored")


def _is_wider(old: str, new: str) -> bool:
    """Whether every value of a kind has its own in another."""
    before, after = _INTEGER.fullmatch(old), _INTEGER.fullmatch(new)
    if before and new in _MANTISSA:
        return int(before[2]) - (not before[1]) <= _MANTISSA[new]
    if before and after:
        bits, room = int(before[2]), int(after[2])
        return bits < room if before[1] or not after[1] else False
    if _shape(old)[0] == "DateTime64" or _shape(new)[0] == "DateTime64":
        return False
    return (old == "Bool" and after is not None) or (old == "Float32" and new == "Float64") or _is_text(old, new)


def _is_number(type: str) -> bool:
    return type == "Bool" or type in _MANTISSA or type.startswith("Decimal(") or bool(_INTEGER.fullmatch(type))


def _is_text(old: str, new: str) -> bool:
    plain = old == "UUID" or old in _MANTISSA or bool(_INTEGER.fullmatch(old)) or old in ("Bool", "Date32", "Date")
    return new == "String" and plain


def _same_kind(kind: str, inside: str, into: str, old: str, new: str) -> Cast:
    match kind:
        case "Decimal":
            return _decimal(
                old, new, [int(part) for part in sql.items(inside)], [int(part) for part in sql.items(into)]
            )
        case "DateTime64":
            finer = int(sql.items(into)[0]) - int(sql.items(inside)[0])
            narrower = Cast(Risk.DESTRUCTIVE, f"{old} to {new} cuts times off", checked=True)
            return SAFE if finer == 0 else narrower if finer < 0 else REWRITE
        case "Array":
            return _part(classify(inside, into))
        case "Map":
            (key, value), (other, wanted) = sql.items(inside), sql.items(into)
            return _part(classify(value, wanted)) if key == other else _refused(old, new, "the keys' type differs")
        case "Tuple":
            return _tuple(sql.items(inside), sql.items(into), old, new)
        case "FixedString":
            return _refused(old, new, "a fixed has one size")
        case _ if kind.startswith("Enum"):
            return _from_enum(old, new)
        case _:
            return _refused(old, new, "no conversion keeps what is stored")


def _decimal(old: str, new: str, before: list[int], after: list[int]) -> Cast:
    (precision, scale), (wanted, finer) = before, after
    if finer < scale or wanted - finer < precision - scale:
        return Cast(Risk.DESTRUCTIVE, f"{old} to {new} has less room for digits", checked=True)
    return SAFE if finer == scale and _width(precision) == _width(wanted) else REWRITE


def _width(precision: int) -> int:
    return next(width for width in (9, 18, 38, 76) if precision <= width)


def _part(cast: Cast) -> Cast:
    """Of what is inside arrays and maps rows are not counted, and nothing is metadata alone."""
    return REWRITE if cast.risk is Risk.SAFE else Cast(cast.risk, cast.reason)


def _tuple(old: list[str], new: list[str], before: str, after: str) -> Cast:
    known = dict(_elements(old))
    wanted = dict(_elements(new))
    if list(wanted)[: len(known)] != list(known):
        lost = ", ".join(name for name in known if name not in wanted) or "their order"
        return Cast(Risk.DESTRUCTIVE, f"{before} to {after} loses what is stored inside: {lost}")
    parts = [classify(type, wanted[name]) for name, type in known.items()]
    worst = max((part for part in parts), key=lambda part: list(Risk).index(part.risk), default=SAFE)
    return _part(worst)


def _elements(parts: Iterable[str]) -> Iterable[tuple[str, str]]:
    for part in parts:
        name, _, type = part.partition(" ")
        yield name, type


def _from_enum(old: str, new: str) -> Cast:
    if new == "String":
        return REWRITE
    if not new.startswith("Enum"):
        return _refused(old, new, "no conversion keeps what is stored")
    before, after = dict(_SYMBOL.findall(old)), dict(_SYMBOL.findall(new))
    if any(after.get(symbol, number) != number for symbol, number in before.items()):
        return _refused(old, new, "the numbers of symbols that are stored would change")
    if before.keys() - after.keys():
        return Cast(
            Risk.DESTRUCTIVE, f"{old} to {new}: rows with a symbol that is gone could not be read", checked=True
        )
    return SAFE if _shape(old)[0] == _shape(new)[0] else REWRITE


def _refused(old: str, new: str, reason: str) -> Cast:
    return Cast(Risk.REFUSED, f"{old} to {new}: {reason}")


def _bare(type: str) -> str:
    for wrapper in ("LowCardinality", "Nullable"):
        if type.startswith(f"{wrapper}("):
            type = type[len(wrapper) + 1 : -1]
    return type


def is_nullable(type: str) -> bool:
    return "Nullable(" in type[: len("LowCardinality(Nullable(")] and type.startswith(("Nullable", "LowCardinality"))


def _shape(type: str) -> tuple[str, str]:
    match = _SHAPE.fullmatch(type)
    return (match[1], match[2] or "") if match else (type, "")


def lost(column: str, old: str, new: str) -> str:
    """The condition under which a row would not come back as it was; in doubt it would not."""
    before, after = _bare(old), _bare(new)
    absent = f"isNull({column})" if is_nullable(old) and not is_nullable(new) else "0"
    if before == after:
        return absent
    if after.startswith("Enum"):
        return f"{absent} OR {_no_symbol(column, after)}"
    cast = f"accurateCastOrNull({column}, {ch_string(after)})"
    if before.startswith("DateTime64"):  # the texts differ in their zeros too
        cast = f"CAST({cast}, {ch_string(f'Nullable({before})')})"
    return f"{absent} OR (isNotNull({column}) AND ifNull(toString({cast}) != toString({column}), 1))"


def failing(column: str, old: str, new: str) -> str:
    """The condition under which the conversion of a row fails: then the whole ALTER does, half-way."""
    before, after = _bare(old), _bare(new)
    if before == after or (before != "String" and not before.startswith("Decimal") and not after.startswith("Decimal")):
        return "0"
    if after.startswith("Enum"):
        return f"isNotNull({column}) AND {_no_symbol(column, after)}"
    return f"isNotNull({column}) AND isNull(accurateCastOrNull({column}, {ch_string(after)}))"


def _no_symbol(column: str, enum: str) -> str:
    return f"toString({column}) NOT IN ({', '.join(symbol for symbol, _ in _SYMBOL.findall(enum))})"
