"""Logical types: what an annotation makes of its base type."""

from __future__ import annotations

import math
from typing import Final

from fleetgen.avro.findings import Findings, show
from fleetgen.errors import Place
from fleetgen.model import DecimalType, FixedType, Json, Logical, LogicalType, Primitive, PrimitiveType, Type

_BASES: Final[dict[Logical, Primitive]] = {
    Logical.DATE: Primitive.INT,
    Logical.TIME_MILLIS: Primitive.INT,
    Logical.TIME_MICROS: Primitive.LONG,
    Logical.TIMESTAMP_MILLIS: Primitive.LONG,
    Logical.TIMESTAMP_MICROS: Primitive.LONG,
    Logical.TIMESTAMP_NANOS: Primitive.LONG,
    Logical.LOCAL_TIMESTAMP_MILLIS: Primitive.LONG,
    Logical.LOCAL_TIMESTAMP_MICROS: Primitive.LONG,
    Logical.LOCAL_TIMESTAMP_NANOS: Primitive.LONG,
    Logical.UUID: Primitive.STRING,
}
_SIZES: Final[dict[Logical, int]] = {Logical.UUID: 16, Logical.DURATION: 12}
_KNOWN: Final = {kind.value: kind for kind in Logical}
_MAX_PRECISION: Final = 2**31 - 1
_DIGITS: Final = "precision is the number of digits: a whole number from 1"


def annotate(base: PrimitiveType | FixedType, json: dict[str, Json], findings: Findings, owner: str) -> Type | None:
    """The type that `base` is with the logicalType of its type object. None: it is a broken decimal.

    As the specification has it, an unknown logical type, and one on a type that cannot bear it, is ignored.
    """
    written = json.get("logicalType")
    if written is None:
        return base
    at = Place(base.at.path, f"{base.at.pointer}/logicalType")
    if written == "decimal":
        if isinstance(base, FixedType) or base.kind is Primitive.BYTES:
            return _decimal(base, json, findings, owner)
        _warn_base(findings, at, owner, "decimal", "bytes or fixed")
        return base
    kind = _KNOWN.get(written) if isinstance(written, str) else None
    if kind is None:
        message = f"{owner}: unknown logicalType {show(written)} is ignored"
        findings.warn("FG191", at, message, f"known are decimal, {', '.join(_KNOWN)}")
        return base
    if not _bears(base, kind):
        wanted = [f"fixed of size {_SIZES[kind]}"] if kind in _SIZES else []
        wanted = [_BASES[kind].value, *wanted] if kind in _BASES else wanted
        _warn_base(findings, at, owner, kind.value, " or ".join(wanted))
        return base
    return LogicalType(kind, base, at=base.at, args=base.args)


def _bears(base: PrimitiveType | FixedType, kind: Logical) -> bool:
    if isinstance(base, FixedType):
        return _SIZES.get(kind) == base.size
    return _BASES.get(kind) is base.kind


def _warn_base(findings: Findings, at: Place, owner: str, logical: str, wanted: str) -> None:
    message = f"{owner}: logicalType {logical} is ignored: it belongs on {wanted}"
    findings.warn("FG192", at, message, f"make the type {wanted}, or delete the logicalType")


def _decimal(
    base: PrimitiveType | FixedType, json: dict[str, Json], findings: Findings, owner: str
) -> DecimalType | None:
    """Java ignores a decimal that makes no sense and reads plain bytes; here it is an error, for the numbers' sake."""
    precision: Json = json.get("precision")
    scale: Json = json.get("scale", 0)
    fault = _precision_fault(precision, base)
    if fault is not None:
        member = "/precision" if "precision" in json else ""
        message, help = fault
        findings.error("FG140", Place(base.at.path, base.at.pointer + member), f"{owner}: {message}", help)
        return None
    if not _is_integer(scale) or not 0 <= scale <= precision:
        message = f"{owner}: decimal scale {show(scale)} is not a whole number from 0 to the precision, {precision}"
        help = "scale is how many of the digits stand behind the point"
        findings.error("FG140", Place(base.at.path, f"{base.at.pointer}/scale"), message, help)
        return None
    return DecimalType(precision, scale, base, at=base.at, args=base.args)


def _precision_fault(precision: Json, base: PrimitiveType | FixedType) -> tuple[str, str] | None:
    """Message and help."""
    if precision is None:
        return "a decimal without precision", _DIGITS
    if not _is_integer(precision) or not 1 <= precision <= _MAX_PRECISION:
        return f"decimal precision {show(precision)} is not a whole number from 1 up", _DIGITS
    if isinstance(base, FixedType):
        digits = math.floor(math.log10(2) * (8 * base.size - 1))
        if precision > digits:
            message = f"decimal precision {precision} is more than a fixed of {base.size} bytes holds, {digits} digits"
            return message, "make the fixed larger, or the precision smaller"
    return None


def _is_integer(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
