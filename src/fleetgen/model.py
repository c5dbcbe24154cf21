"""The types of Avro as plain values, in Avro's own words."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import Any, Final, TypeAlias, assert_never

from fleetgen.errors import Place
from fleetgen.frozen import frozen

Json: TypeAlias = Any
"""A JSON value as `json.loads` gives it."""

NOWHERE: Final = Place("")


class Primitive(StrEnum):
    NULL = "null"
    BOOLEAN = "boolean"
    INT = "int"
    LONG = "long"
    FLOAT = "float"
    DOUBLE = "double"
    BYTES = "bytes"
    STRING = "string"


class Logical(StrEnum):
    """The logical types without parameters. Decimal is a type of its own."""

    DATE = "date"
    TIME_MILLIS = "time-millis"
    TIME_MICROS = "time-micros"
    TIMESTAMP_MILLIS = "timestamp-millis"
    TIMESTAMP_MICROS = "timestamp-micros"
    TIMESTAMP_NANOS = "timestamp-nanos"
    LOCAL_TIMESTAMP_MILLIS = "local-timestamp-millis"
    LOCAL_TIMESTAMP_MICROS = "local-timestamp-micros"
    LOCAL_TIMESTAMP_NANOS = "local-timestamp-nanos"
    UUID = "uuid"
    DURATION = "duration"


@frozen
class Node:
    """What every type object of a schema has. `args` is its arg.properties as written.

    None: it has none; `()`: what is written is null.
    """

    at: Place = field(default=NOWHERE, kw_only=True, compare=False, repr=False)
    args: Json = field(default=None, kw_only=True, compare=False, repr=False)


@frozen
class PrimitiveType(Node):
    kind: Primitive


@frozen
class LogicalType(Node):
    """`base` is int, long or string by `kind`; a uuid may be a fixed of 16, a duration is a fixed of 12."""

    kind: Logical
    base: PrimitiveType | FixedType


@frozen
class DecimalType(Node):
    """1 <= precision, 0 <= scale <= precision, and a fixed base is wide enough: checked when read."""

    precision: int
    scale: int
    base: PrimitiveType | FixedType


@frozen
class FixedType(Node):
    name: str
    namespace: str
    size: int
    doc: str = ""
    aliases: tuple[str, ...] = ()


@frozen
class EnumType(Node):
    name: str
    namespace: str
    symbols: tuple[str, ...]
    default: str | None = None
    doc: str = ""
    aliases: tuple[str, ...] = ()


@frozen
class ArrayType(Node):
    items: Type


@frozen
class MapType(Node):
    values: Type


@frozen
class UnionType(Node):
    """The branches as written, null among them. Never nested, no two alike: checked when read."""

    branches: tuple[Type, ...]


@frozen
class RecordType(Node):
    name: str
    namespace: str
    fields: tuple[Field, ...]
    doc: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def fullname(self) -> str:
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


@frozen
class RecursiveType(Node):
    """A reference to a record that encloses it: the model is a tree, so recursion ends here."""

    fullname: str


Type: TypeAlias = (
    PrimitiveType
    | LogicalType
    | DecimalType
    | FixedType
    | EnumType
    | ArrayType
    | MapType
    | UnionType
    | RecordType
    | RecursiveType
)
"""Closed: match it whole and end with `assert_never`."""


@frozen
class Default:
    """A field's default as JSON. Absent is None, so a default of null is Default(None)."""

    value: Json


@frozen
class Field:
    """`args` is an arg.properties written on the field itself, where Datagen does not read it."""

    name: str
    type: Type
    doc: str = ""
    default: Default | None = None
    aliases: tuple[str, ...] = ()
    order: str = "ascending"
    at: Place = field(default=NOWHERE, compare=False, repr=False)
    args: Json = field(default=None, compare=False, repr=False)


def is_null(type: Type) -> bool:
    return isinstance(type, PrimitiveType) and type.kind is Primitive.NULL


def unwrap(type: Type) -> tuple[Type, bool]:
    """The type without null, and whether null was in it.

    ["null", X] and [X, "null"] give (X, True), [X] gives (X, False); a union of two or more other branches stays a
    UnionType of just those; null alone stays null.
    """
    if not isinstance(type, UnionType):
        return type, False
    branches = [branch for branch in type.branches if not is_null(branch)]
    optional = len(branches) < len(type.branches)
    if not branches:
        return type.branches[0], False
    if len(branches) == 1:
        return branches[0], optional
    return UnionType(tuple(branches), at=type.at, args=type.args) if optional else type, optional


def branch_name(type: Type) -> str:
    """The name Connect gives a union's branch: the primitive under a logical type, array, map, or a short name."""
    match type:
        case PrimitiveType():
            return type.kind.value
        case LogicalType() | DecimalType():
            return branch_name(type.base)
        case FixedType() | EnumType() | RecordType():
            return type.name
        case ArrayType():
            return "array"
        case MapType():
            return "map"
        case RecursiveType():
            return type.fullname.rpartition(".")[2]
        case UnionType():
            raise AssertionError("a union has no branch name: unions are never nested")
        case _:
            assert_never(type)
