"""Inside a union of the format avro: the types that ClickHouse's reader itself gives each branch, exactly.

It fills a Variant only if its types are those that it infers from the writer's schema: Int32 and no Int64, Date32 and
no number, Nullable only where the schema says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final, assert_never

from fleetgen.frozen import frozen
from fleetgen.mapping import json, ticks
from fleetgen.mapping.types import PRIMITIVES, Scalar
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
from fleetgen.quoting import ch_string, ch_type_ident

_MOMENTS: Final = {Logical.TIMESTAMP_MILLIS: "DateTime64(3)", Logical.TIMESTAMP_MICROS: "DateTime64(6)"}
_MOST_IN_ENUM8: Final = 128


@frozen
class Branch:
    """`is_registered`: the writer's schema is one that Connect's AvroConverter made of ours. It knows no
    timestamp-micros (a long), no uuid and no enum (strings).
    """

    is_registered: bool = False

    branches: ClassVar = None
    FILE: ClassVar = "Avro"
    STREAM: ClassVar = "AvroConfluent"
    HAS_REGISTRY: ClassVar = True
    TABLE_SETTINGS: ClassVar = ()
    PULL_SETTINGS: ClassVar = ()
    VIEW_SETTINGS: ClassVar = ()

    def scalar(self, type: Scalar) -> str:
        match type:
            case PrimitiveType():
                return "Nothing" if type.kind is Primitive.NULL else PRIMITIVES[type.kind]
            case LogicalType():
                return self._logical(type)
            case DecimalType():
                return f"Decimal({type.precision}, {type.scale})"
            case FixedType():
                return f"FixedString({type.size})"
            case EnumType():
                return "String" if self.is_registered else _enum(type.symbols)
            case RecursiveType():
                return "String"
            case _:
                assert_never(type)

    def _logical(self, type: LogicalType) -> str:
        if isinstance(type.base, FixedType):
            return f"FixedString({type.base.size})"
        match type.kind:
            case Logical.DATE:
                return "Date32"
            case Logical.TIME_MILLIS:
                return "Int32"
            case Logical.UUID:
                return "String" if self.is_registered else "UUID"
            case _:
                return _MOMENTS[type.kind] if self._is_moment(type.kind) else "Int64"

    def _is_moment(self, kind: Logical) -> bool:
        return kind in _MOMENTS and not (self.is_registered and kind is Logical.TIMESTAMP_MICROS)

    def array(self, element: str) -> str:
        return f"Array({element})"

    def map_(self, element: str) -> str:
        return f"Map(String, {element})"

    def record(self, parts: Iterable[tuple[str, str]]) -> str:
        return tuple_(parts)

    def union(self, parts: Iterable[tuple[str, str]]) -> str:
        """In the order in which ClickHouse prints it: types are compared by their text."""
        return f"Variant({', '.join(sorted(wire for _, wire in parts))})"

    def optional(self, wire: str) -> str:
        return wire if wire.startswith(("Array(", "Map(", "Variant(")) else f"Nullable({wire})"

    def default(self, field: Field, wire: str) -> str:
        return ""

    def given(self, field: Field, x: str, wire: str) -> str:
        return x

    def member(self, x: str, container: str) -> str:
        return x

    def is_container(self, x: str) -> str:
        return "1"

    def is_empty(self, x: str) -> str:
        return "1"

    def branch(self, x: str, name: str, wire: str) -> str:
        """Before 26.9 a record that is not set is one of zeros."""
        element = f"variantElement({x}, {ch_string(wire)})"
        return f"if({self.is_branch(x, name, wire)}, {element}, NULL)" if wire.startswith("Tuple(") else element

    def is_branch(self, x: str, name: str, wire: str) -> str:
        """An array or a map is empty where it is not set, so that only the type tells."""
        if wire.startswith(("Array(", "Map(", "Tuple(")):
            return f"ifNull(toString(variantType({x})) = {ch_string(wire)}, 0)"
        return f"isNotNull({self.branch(x, name, wire)})"

    def is_one(self, x: str, parts: Iterable[tuple[str, str]]) -> str:
        return "1"

    def accept(self, type: Scalar, x: str) -> str:
        """The reader has read a value of the type, or failed."""
        match type:
            case LogicalType() if not isinstance(type.base, FixedType):
                return self._accept_logical(type, x)
            case DecimalType():
                return within(type, x)
            case EnumType() if self.is_registered:
                return json.accept_symbol(type, x)
            case PrimitiveType() | LogicalType() | FixedType() | EnumType() | RecursiveType():
                return "1"
            case _:
                assert_never(type)

    def _accept_logical(self, type: LogicalType, x: str) -> str:
        match type.kind:
            case Logical.UUID:
                return json.accept_uuid(x) if self.is_registered else "1"
            case Logical.DATE:
                return ticks.accept(type.kind, f"toInt32({x})")
            case kind if self._is_moment(kind):
                return ticks.accept(kind, ticks.number(kind, x))
            case Logical.TIMESTAMP_NANOS | Logical.LOCAL_TIMESTAMP_NANOS:
                return "1"
            case kind:
                return ticks.accept(kind, x)

    def convert(self, type: Scalar, x: str) -> str:
        match type:
            case PrimitiveType(kind=Primitive.NULL):
                return "CAST(NULL, 'Nullable(UInt8)')"
            case LogicalType():
                return self._convert_logical(type, x)
            case EnumType():
                return x if self.is_registered else f"toString({x})"
            case PrimitiveType() | DecimalType() | FixedType() | RecursiveType():
                return x
            case _:
                assert_never(type)

    def _convert_logical(self, type: LogicalType, x: str) -> str:
        match type.kind:
            case Logical.UUID if isinstance(type.base, FixedType):
                return f"toUUIDOrNull(UUIDNumToString({x}))"
            case Logical.UUID:
                return f"toUUIDOrNull({x})" if self.is_registered else x
            case Logical.DATE | Logical.TIME_MILLIS | Logical.TIME_MICROS | Logical.DURATION:
                return x
            case kind:
                return f"toTimeZone({x}, 'UTC')" if self._is_moment(kind) else ticks.moment(kind, x)

    def text(self, x: str) -> str:
        return x

    def unread(self, message: str) -> str:
        return message


def tuple_(parts: Iterable[tuple[str, str]]) -> str:
    return f"Tuple({', '.join(f'{ch_type_ident(name)} {type}' for name, type in parts)})"


def within(type: DecimalType, x: str) -> str:
    """Whether a decimal has no more digits than its precision: the reader takes whatever its width holds."""
    return f"ifNull({x} BETWEEN -{json.largest(type)} AND {json.largest(type)}, 0)"


def _enum(symbols: tuple[str, ...]) -> str:
    width = 8 if len(symbols) <= _MOST_IN_ENUM8 else 16
    return f"Enum{width}({', '.join(f'{ch_string(symbol)} = {number}' for number, symbol in enumerate(symbols))})"
