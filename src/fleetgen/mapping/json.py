"""The wire format json: every scalar arrives as its JSON text, so that nothing is lost before it is checked.

Native wire types are not strict: ClickHouse reads `true` as 1, "" as 0 and wraps large numbers without a word. Each
function here is total (OrNull, try..): a bad row never raises. No condition is ever NULL: such a row would vanish.
`x` is always a Nullable(String).
"""

from __future__ import annotations

from typing import Final, assert_never

from fleetgen.mapping.types import Scalar
from fleetgen.model import (
    DecimalType,
    EnumType,
    FixedType,
    Logical,
    LogicalType,
    Primitive,
    PrimitiveType,
    RecursiveType,
)
from fleetgen.quoting import ch_string

TEXT: Final = "Nullable(String)"

_UNITS: Final = {
    Logical.TIMESTAMP_MILLIS: ("Milli", 10**3),
    Logical.LOCAL_TIMESTAMP_MILLIS: ("Milli", 10**3),
    Logical.TIMESTAMP_MICROS: ("Micro", 10**6),
    Logical.LOCAL_TIMESTAMP_MICROS: ("Micro", 10**6),
    Logical.TIMESTAMP_NANOS: ("Nano", 10**9),
    Logical.LOCAL_TIMESTAMP_NANOS: ("Nano", 10**9),
}
# The years 1 to 9999: outside of them ClickHouse clamps the text and Python's clients raise on the whole result.
_FIRST_SECOND: Final = -62_135_596_800
_END_SECOND: Final = 253_402_300_800
_FIRST_DAY: Final = -719_162
_LAST_DAY: Final = 2_932_896


def scalar(type: Scalar) -> str:
    return TEXT


def array(element: str) -> str:
    """A Variant holds NULL, so that null is not []; its String member turns a wrong shape into a dead letter."""
    return f"Variant(Array({element}), String)"


def map_(element: str) -> str:
    return f"Variant(Map(String, {element}), String)"


def member(x: str, container: str) -> str:
    """The array or map inside `x`; empty where x is NULL or of a wrong shape."""
    return f"variantElement({x}, {ch_string(container)})"


def is_container(x: str) -> str:
    return f"isNotNull({x}) AND isNull(variantElement({x}, 'String'))"


def accept(type: Scalar, x: str) -> str:
    """Whether x is exactly a value of the type: 1 or 0, never NULL."""
    match type:
        case PrimitiveType():
            return _accept_primitive(type.kind, x)
        case LogicalType():
            return _accept_logical(type, x)
        case DecimalType():
            return _accept_decimal(type, x)
        case FixedType():
            return _accept_fixed(type.size, x)
        case EnumType():
            return f"ifNull({x} IN ({', '.join(ch_string(symbol) for symbol in type.symbols)}), 0)"
        case RecursiveType():
            return f"ifNull(JSONType({x}) = 'Object', 0)"
        case _:
            assert_never(type)


def convert(type: Scalar, x: str) -> str:
    """The value that x stands for, Nullable; only meaningful where `accept` holds."""
    match type:
        case PrimitiveType():
            return _convert_primitive(type.kind, x)
        case LogicalType():
            return _convert_logical(type, x)
        case DecimalType():
            return f"toDecimal{_width(type)}OrNull({x}, {type.scale})"
        case FixedType():
            return fixed(x, type.size)
        case EnumType() | RecursiveType():
            return x
        case _:
            assert_never(type)


def fixed(x: str, size: int) -> str:
    return f"toFixedString(tryBase64Decode({x}), {size})"


def _accept_primitive(kind: Primitive, x: str) -> str:
    match kind:
        case Primitive.NULL:
            return f"isNull({x})"
        case Primitive.BOOLEAN:
            return f"ifNull({x} IN ('true', 'false'), 0)"
        case Primitive.INT | Primitive.LONG:
            return f"isNotNull({_convert_primitive(kind, x)})"
        case Primitive.FLOAT | Primitive.DOUBLE:
            value = _convert_primitive(kind, x)
            return f"ifNull(isFinite({value}) OR {x} IN ('NaN', 'Infinity', '-Infinity'), 0)"
        case Primitive.STRING:
            return f"isNotNull({x})"
        case Primitive.BYTES:
            return f"ifNull(base64Encode(tryBase64Decode({x})) = {x}, 0)"
        case _:
            assert_never(kind)


def _convert_primitive(kind: Primitive, x: str) -> str:
    match kind:
        case Primitive.NULL:
            return "CAST(NULL, 'Nullable(UInt8)')"
        case Primitive.BOOLEAN:
            return f"CAST({x} = 'true', 'Nullable(Bool)')"
        case Primitive.INT:
            return f"toInt32OrNull({x})"
        case Primitive.LONG:
            return f"toInt64OrNull({x})"
        case Primitive.FLOAT:
            return f"toFloat32OrNull({x})"
        case Primitive.DOUBLE:
            return f"toFloat64OrNull({x})"
        case Primitive.STRING:
            return x
        case Primitive.BYTES:
            return f"tryBase64Decode({x})"
        case _:
            assert_never(kind)


def _accept_logical(type: LogicalType, x: str) -> str:
    ticks = f"toInt64OrNull({x})"
    match type.kind:
        case Logical.DATE:
            return f"ifNull(toInt32OrNull({x}) BETWEEN {_FIRST_DAY} AND {_LAST_DAY}, 0)"
        case Logical.TIME_MILLIS:
            return f"ifNull(toInt32OrNull({x}) BETWEEN 0 AND {86_400 * 10**3 - 1}, 0)"
        case Logical.TIME_MICROS:
            return f"ifNull({ticks} BETWEEN 0 AND {86_400 * 10**6 - 1}, 0)"
        case Logical.TIMESTAMP_NANOS | Logical.LOCAL_TIMESTAMP_NANOS:
            return f"isNotNull({ticks})"  # 64 bits of nanoseconds stay within the years 1677 to 2262
        case Logical.UUID if isinstance(type.base, FixedType):
            return _accept_fixed(16, x)
        case Logical.UUID:
            return f"ifNull(toString(toUUIDOrNull({x})) = lower({x}), 0)"
        case Logical.DURATION:
            return _accept_fixed(12, x)
        case _:
            scale = _UNITS[type.kind][1]
            return f"ifNull({ticks} BETWEEN {_FIRST_SECOND * scale} AND {_END_SECOND * scale - 1}, 0)"


def _convert_logical(type: LogicalType, x: str) -> str:
    match type.kind:
        case Logical.DATE:
            return f"addDays(toDate32('1970-01-01'), toInt32OrNull({x}))"
        case Logical.TIME_MILLIS:
            return f"toInt32OrNull({x})"
        case Logical.TIME_MICROS:
            return f"toInt64OrNull({x})"
        case Logical.UUID if isinstance(type.base, FixedType):
            return f"toUUIDOrNull(UUIDNumToString({fixed(x, 16)}))"
        case Logical.UUID:
            return f"toUUIDOrNull({x})"
        case Logical.DURATION:
            return fixed(x, 12)
        case _:
            return f"fromUnixTimestamp64{_UNITS[type.kind][0]}(toInt64OrNull({x}), 'UTC')"


def _accept_fixed(size: int, x: str) -> str:
    decoded = f"tryBase64Decode({x})"
    return f"ifNull(base64Encode({decoded}) = {x} AND length({decoded}) = {size}, 0)"


def _accept_decimal(type: DecimalType, x: str) -> str:
    """toDecimalOrNull alone cuts digits behind the scale, and takes as many before it as its width holds."""
    exponent = f"extract({x}, '[eE](.*)')"
    places = f"length(extract({x}, '\\\\.([0-9]*)')) - if({exponent} = '', 0, toInt32OrNull({exponent}))"
    whole, fraction = "9" * (type.precision - type.scale) or "0", "9" * type.scale
    largest = f"toDecimal{_width(type)}('{whole}{'.' if fraction else ''}{fraction}', {type.scale})"
    return f"ifNull({places} <= {type.scale} AND abs({convert(type, x)}) <= {largest}, 0)"


def _width(type: DecimalType) -> int:
    """The bits that ClickHouse gives a decimal of this precision, at most 76."""
    return next((bits for digits, bits in ((9, 32), (18, 64), (38, 128)) if type.precision <= digits), 256)
