"""The wire format json: every scalar arrives as its JSON text, so that nothing is lost before it is checked.

Native wire types are not strict: ClickHouse reads `true` as 1, "" as 0 and wraps large numbers without a word. Each
function here is total (OrNull, try..): a bad row never raises. No condition is ever NULL: such a row would vanish.
`x` is always a Nullable(String).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, assert_never

from fleetgen.mapping import ticks
from fleetgen.mapping.types import Scalar
from fleetgen.model import (
    DecimalType,
    EnumType,
    Field,
    FixedType,
    Logical,
    LogicalType,
    Primitive,
    PrimitiveType,
    RecursiveType,
)
from fleetgen.quoting import ch_element, ch_string, ch_type_ident

TEXT: Final = "Nullable(String)"

branches: Final = None
"""A union's branches travel like everything else."""

FILE: Final = "JSONEachRow"
STREAM: Final = "JSONEachRow"
HAS_REGISTRY: Final = False
TABLE_SETTINGS: Final = ("allow_experimental_nullable_tuple_type = 1",)
PULL_SETTINGS: Final = (
    "input_format_skip_unknown_fields = 0",
    "input_format_json_ignore_unknown_keys_in_named_tuple = 0",
    "input_format_column_name_matching_mode = 'match_case'",
)
"""What closes the holes of the reader's defaults: unknown fields, at the top and nested, and names in another case."""

VIEW_SETTINGS: Final = ("precise_float_parsing = 1",)
"""Else a third of all doubles differ in their last bits."""

NOTHING: Final = "_"
"""The element of an empty record's tuple: ClickHouse cannot read {} into a tuple of no elements."""


def scalar(type: Scalar) -> str:
    return TEXT


def array(element: str) -> str:
    """A Variant holds NULL, so that null is not []; its String member turns a wrong shape into a dead letter."""
    return f"Variant(Array({element}), String)"


def map_(element: str) -> str:
    return f"Variant(Map(String, {element}), String)"


def record(parts: Iterable[tuple[str, str]]) -> str:
    """Nullable: a null record is not a record of nulls."""
    inside = ", ".join(f"{ch_type_ident(name)} {type}" for name, type in parts)
    return f"Nullable(Tuple({inside or f'{ch_type_ident(NOTHING)} {TEXT}'}))"


def union(parts: Iterable[tuple[str, str]]) -> str:
    """As Connect writes it: an object of all branches, the unused ones null."""
    return record(parts)


def optional(wire: str) -> str:
    return wire


def is_empty(x: str) -> str:
    return f"isNull({ch_element(x, NOTHING)})"


def branch(x: str, name: str, wire: str) -> str:
    return ch_element(x, name)


def is_branch(x: str, name: str, wire: str) -> str:
    return f"isNotNull({ch_element(x, name)})"


def is_one(x: str, parts: Iterable[tuple[str, str]]) -> str:
    return f"{' + '.join(is_branch(x, name, wire) for name, wire in parts)} = 1"


def default(field: Field, wire: str) -> str:
    """A missing member counts as null."""
    return ""


def given(field: Field, x: str, wire: str) -> str:
    return x


def text(x: str) -> str:
    return f"ifNull(toJSONString({x}), 'null')"


def unread(message: str) -> str:
    return message


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
            return accept_symbol(type, x)
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


def accept_symbol(type: EnumType, x: str) -> str:
    return f"ifNull({x} IN ({', '.join(ch_string(symbol) for symbol in type.symbols)}), 0)"


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
    match type.kind:
        case Logical.DATE | Logical.TIME_MILLIS:
            return ticks.accept(type.kind, f"toInt32OrNull({x})")
        case Logical.UUID if isinstance(type.base, FixedType):
            return _accept_fixed(16, x)
        case Logical.UUID:
            return accept_uuid(x)
        case Logical.DURATION:
            return _accept_fixed(12, x)
        case _:
            return ticks.accept(type.kind, f"toInt64OrNull({x})")


def accept_uuid(x: str) -> str:
    """Only the canonical form, in either case."""
    return f"ifNull(toString(toUUIDOrNull({x})) = lower({x}), 0)"


def _convert_logical(type: LogicalType, x: str) -> str:
    match type.kind:
        case Logical.DATE:
            return ticks.day(f"toInt32OrNull({x})")
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
            return ticks.moment(type.kind, f"toInt64OrNull({x})")


def _accept_fixed(size: int, x: str) -> str:
    decoded = f"tryBase64Decode({x})"
    return f"ifNull(base64Encode({decoded}) = {x} AND length({decoded}) = {size}, 0)"


def _accept_decimal(type: DecimalType, x: str) -> str:
    """toDecimalOrNull alone cuts digits behind the scale, and takes as many before it as its width holds.

    Zeros at the end are no digits: Java writes the decimal 1E-10 as 1.0E-10.
    """
    exponent = f"extract({x}, '[eE](.*)')"
    places = f"length(extract({x}, '\\\\.([0-9]*?)0*(?:[eE]|$)')) - if({exponent} = '', 0, toInt32OrNull({exponent}))"
    return f"ifNull({places} <= {type.scale} AND abs({convert(type, x)}) <= {largest(type)}, 0)"


def largest(type: DecimalType) -> str:
    """As many nines as the precision has digits."""
    whole, fraction = "9" * (type.precision - type.scale) or "0", "9" * type.scale
    return f"toDecimal{_width(type)}('{whole}{'.' if fraction else ''}{fraction}', {type.scale})"


def _width(type: DecimalType) -> int:
    """The bits that ClickHouse gives a decimal of this precision, at most 76."""
    return next((bits for digits, bits in ((9, 32), (18, 64), (38, 128)) if type.precision <= digits), 256)
