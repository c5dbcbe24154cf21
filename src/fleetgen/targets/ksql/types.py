"""Avro -> ksqlDB, as its JSON format reads what Datagen and JsonConverter write."""

from __future__ import annotations

from typing import assert_never

from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
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
    branch_name,
    unwrap,
)
from fleetgen.targets.ksql.names import spell

_PRIMITIVES = {
    Primitive.BOOLEAN: "BOOLEAN",
    Primitive.INT: "INT",
    Primitive.LONG: "BIGINT",
    Primitive.FLOAT: "DOUBLE",
    Primitive.DOUBLE: "DOUBLE",
    Primitive.BYTES: "BYTES",
    Primitive.STRING: "VARCHAR",
}

# TIMESTAMP reads a number as milliseconds, whatever it means: micros, nanos and local times stay numbers.
_LOGICAL = {Logical.DATE: "DATE", Logical.TIME_MILLIS: "TIME", Logical.TIMESTAMP_MILLIS: "TIMESTAMP"}


class Inexpressible(Exception):
    """A type that ksqlDB does not have. The message completes "FIELD ..."."""

    def __init__(self, code: str, message: str, help: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


def ksql_type(type: Type) -> str:
    """The column's type; null is always allowed. Raises Inexpressible."""
    inner, _ = unwrap(type)
    match inner:
        case PrimitiveType():
            return _primitive(inner.kind)
        case LogicalType():
            return _LOGICAL.get(inner.kind) or ksql_type(inner.base)
        case DecimalType():
            return f"DECIMAL({inner.precision}, {inner.scale})"
        case FixedType():
            return "BYTES"
        case EnumType():
            return "VARCHAR"
        case ArrayType():
            return f"ARRAY<{ksql_type(inner.items)}>"
        case MapType():
            return f"MAP<VARCHAR, {ksql_type(inner.values)}>"
        case RecordType():
            return _struct([(field.name, field.type) for field in inner.fields])
        case UnionType():
            return _struct([(branch_name(branch), branch) for branch in inner.branches])
        case RecursiveType():
            raise Inexpressible("FG431", f"refers back to {inner.fullname}, and no STRUCT can", "flatten the recursion")
        case _:
            assert_never(inner)


def _primitive(kind: Primitive) -> str:
    if kind is Primitive.NULL:
        raise Inexpressible("FG430", "is null alone, which no column can be", "give it a type beside null")
    return _PRIMITIVES[kind]


def _struct(members: list[tuple[str, Type]]) -> str:
    if not members:
        raise Inexpressible("FG432", "is a record without fields, and a STRUCT has at least one", "give it a field")
    names = spell(name for name, _ in members)
    if len(names) < len(members):
        raise Inexpressible("FG433", "has two branches of one name", "rename one of the types: namespaces do not count")
    return f"STRUCT<{', '.join(f'{names[name]} {ksql_type(type)}' for name, type in members)}>"


def by_path(record: RecordType, prefix: str = "") -> dict[str, str]:
    """Each field, also those of records inside, by its dotted path. Raises Inexpressible."""
    types: dict[str, str] = {}
    for field in record.fields:
        path = f"{prefix}{field.name}"
        types[path] = ksql_type(field.type)
        inner = unwrap(field.type)[0]
        if isinstance(inner, RecordType):
            types |= by_path(inner, f"{path}.")
    return types
