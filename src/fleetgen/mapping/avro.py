"""The wire format avro: native types, wider where ClickHouse's reader would wrap.

An int lands in 64 bits, so that one that does not fit is refused and not cut. Everything is Nullable that can be: what
is missing is known from what is zero. Inside a union the reader takes its own types only: avro_union.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final, assert_never

from fleetgen.frozen import frozen
from fleetgen.mapping import json, ticks
from fleetgen.mapping.avro_default import literal
from fleetgen.mapping.avro_union import Branch, tuple_, within
from fleetgen.mapping.types import Scalar
from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    Field,
    FixedType,
    Logical,
    LogicalType,
    MapType,
    Primitive,
    PrimitiveType,
    RecordType,
    RecursiveType,
    Type,
    UnionType,
    unwrap,
)
from fleetgen.quoting import ch_string

_PRIMITIVES: Final = {
    Primitive.NULL: "UInt8",
    Primitive.BOOLEAN: "Bool",
    Primitive.INT: "Int64",
    Primitive.LONG: "Int64",
    Primitive.FLOAT: "Float32",
    Primitive.DOUBLE: "Float64",
    Primitive.BYTES: "String",
    Primitive.STRING: "String",
}


@frozen
class Avro:
    """`branches` is how what is inside a union travels. `is_pulled`: a writer may not have known every field."""

    branches: Branch
    is_pulled: bool = False

    FILE: ClassVar = "Avro"
    STREAM: ClassVar = "AvroConfluent"
    HAS_REGISTRY: ClassVar = True
    # ClickHouse warns of [int, long] and the like; the reader never has to guess between the two.
    TABLE_SETTINGS: ClassVar = (*json.TABLE_SETTINGS, "allow_suspicious_variant_types = 1")
    PULL_SETTINGS: ClassVar = ("input_format_avro_allow_missing_fields = 1",)
    # A number that JSON has no word for is text in a dead letter, not null.
    VIEW_SETTINGS: ClassVar = ("output_format_json_quote_denormals = 1",)

    def scalar(self, type: Scalar) -> str:
        return f"Nullable({_scalar(type)})"

    def array(self, element: str) -> str:
        return f"Array({element})"

    def map_(self, element: str) -> str:
        return f"Map(String, {element})"

    def record(self, parts: Iterable[tuple[str, str]]) -> str:
        return f"Nullable({tuple_(parts)})"

    def union(self, parts: Iterable[tuple[str, str]]) -> str:
        return self.branches.union(parts)

    def optional(self, wire: str) -> str:
        """A null array or map is empty before anybody sees it."""
        return wire

    def default(self, field: Field, wire: str) -> str:
        """The schema's, as Avro has it for a writer that did not know the field."""
        default = literal(field)
        return "" if default is None else f"CAST({default}, {ch_string(_told(field.type))})"

    def given(self, field: Field, x: str, wire: str) -> str:
        """A Kafka table has no DEFAULT: what its writer did not know is NULL there."""
        default = self.default(field, wire) if self.is_pulled else ""
        return f"ifNull({x}, {default})" if default else x

    def member(self, x: str, container: str) -> str:
        return x

    def is_container(self, x: str) -> str:
        return "1"

    def is_empty(self, x: str) -> str:
        return "1"

    def branch(self, x: str, name: str, wire: str) -> str:
        return self.branches.branch(x, name, wire)

    def is_branch(self, x: str, name: str, wire: str) -> str:
        return self.branches.is_branch(x, name, wire)

    def is_one(self, x: str, parts: Iterable[tuple[str, str]]) -> str:
        """A Variant holds one value."""
        return "1"

    def accept(self, type: Scalar, x: str) -> str:
        match type:
            case PrimitiveType(kind=Primitive.NULL):
                return f"isNull({x})"
            case PrimitiveType(kind=Primitive.INT):
                return f"ifNull({x} BETWEEN {-(2**31)} AND {2**31 - 1}, 0)"
            case EnumType():
                return json.accept_symbol(type, x)
            case LogicalType():
                return _accept_logical(type, x)
            case DecimalType():
                return within(type, x)
            case PrimitiveType() | FixedType() | RecursiveType():
                return f"isNotNull({x})"
            case _:
                assert_never(type)

    def convert(self, type: Scalar, x: str) -> str:
        match type:
            case PrimitiveType(kind=Primitive.NULL):
                return "CAST(NULL, 'Nullable(UInt8)')"
            case PrimitiveType(kind=Primitive.INT):
                return f"toInt32({x})"
            case LogicalType():
                return _convert_logical(type, x)
            case PrimitiveType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
                return x
            case _:
                assert_never(type)

    def text(self, x: str) -> str:
        """Bytes that are no UTF-8 are replaced: a dead letter is for people."""
        return f"toValidUTF8(ifNull(toJSONString({x}), 'null'))"

    def unread(self, message: str) -> str:
        return f"base64Encode({message})"


PUSHED: Final = Avro(Branch())
"""What has the stream's own schema."""

PULLED: Final = Avro(Branch(), is_pulled=True)
"""What has a schema of the registry's, by a writer that registered the stream's, or an older or newer one."""

REGISTERED: Final = Avro(Branch(is_registered=True), is_pulled=True)
"""What Connect's AvroConverter writes: it registers a schema of its own making."""


def _scalar(type: Scalar) -> str:
    match type:
        case PrimitiveType():
            return _PRIMITIVES[type.kind]
        case LogicalType(base=FixedType() as base):
            return f"FixedString({base.size})"
        case LogicalType():
            return "String" if type.kind is Logical.UUID else "Int64"
        case DecimalType():
            return f"Decimal({type.precision}, {type.scale})"
        case FixedType():
            return f"FixedString({type.size})"
        case EnumType() | RecursiveType():
            return "String"
        case _:
            assert_never(type)


def _told(type: Type) -> str:
    """The wire type of a default, which is no null: before 26.9 an expression can name no Nullable tuple."""
    inner, optional = unwrap(type)
    match inner:
        case RecordType():
            told = tuple_((field.name, _told(field.type)) for field in inner.fields)
            return f"Nullable({told})" if optional else told
        case ArrayType():
            return PUSHED.array(_told(inner.items))
        case MapType():
            return PUSHED.map_(_told(inner.values))
        case UnionType():
            raise AssertionError("a default with a union in it has no literal")
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            return PUSHED.scalar(inner)
        case _:
            assert_never(inner)


def _accept_logical(type: LogicalType, x: str) -> str:
    if isinstance(type.base, FixedType):
        return f"isNotNull({x})"
    return json.accept_uuid(x) if type.kind is Logical.UUID else ticks.accept(type.kind, x)


def _convert_logical(type: LogicalType, x: str) -> str:
    match type.kind:
        case Logical.UUID if isinstance(type.base, FixedType):
            return f"toUUIDOrNull(UUIDNumToString({x}))"
        case Logical.UUID:
            return f"toUUIDOrNull({x})"
        case Logical.DATE:
            return ticks.day(x)
        case Logical.TIME_MILLIS:
            return f"toInt32({x})"
        case Logical.TIME_MICROS | Logical.DURATION:
            return x
        case _:
            return ticks.moment(type.kind, x)
