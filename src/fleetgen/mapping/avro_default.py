"""A field's default as SQL: what Avro gives a reader for a field that the writer did not know."""

from __future__ import annotations

from typing import assert_never

from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    Field,
    FixedType,
    Json,
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


def literal(field: Field) -> str | None:
    """The default, if NULL does not say it already, or could not be told from what was sent.

    An optional field that was not sent is null, an array or a map empty. A default with a union in it is not given: it
    would need the types of the whole union.
    """
    inner, optional = unwrap(field.type)
    if field.default is None or optional or isinstance(inner, ArrayType | MapType) or _has_union(inner):
        return None
    return _literal(inner, field.default.value)


def _has_union(type: Type) -> bool:
    inner, _ = unwrap(type)
    match inner:
        case UnionType() | RecursiveType():
            return True
        case RecordType():
            return any(_has_union(field.type) for field in inner.fields)
        case ArrayType():
            return _has_union(inner.items)
        case MapType():
            return _has_union(inner.values)
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType():
            return False
        case _:
            assert_never(inner)


def is_partial(type: Type, value: Json) -> bool:
    """Whether a default leaves a field of a record to the field's own default."""
    inner, _ = unwrap(type)
    match inner, value:
        case RecordType(), dict():
            held = {field.name: field for field in inner.fields}
            return held.keys() != value.keys() or any(is_partial(held[name].type, part) for name, part in value.items())
        case ArrayType(), list():
            return any(is_partial(inner.items, item) for item in value)
        case MapType(), dict():
            return any(is_partial(inner.values, item) for item in value.values())
        case UnionType(), _:
            return is_partial(inner.branches[0], value)
        case _:
            return False


def _literal(type: Type, value: Json) -> str:
    inner, optional = unwrap(type)
    if optional and value is None:
        return "NULL"
    match inner:
        case PrimitiveType():
            return _primitive(inner.kind, value)
        case LogicalType():
            return _literal(inner.base, value)
        case DecimalType():
            return _decimal(int.from_bytes(value.encode("latin-1"), "big", signed=True), inner.scale)
        case FixedType():
            return _bytes(value)
        case EnumType():
            return ch_string(value)
        case ArrayType():
            return f"[{', '.join(_literal(inner.items, item) for item in value)}]"
        case MapType():
            return (
                f"map({', '.join(f'{ch_string(key)}, {_literal(inner.values, each)}' for key, each in value.items())})"
            )
        case RecordType():
            return f"tuple({', '.join(_member(field, value) for field in inner.fields)})"
        case UnionType() | RecursiveType():
            raise AssertionError("a default with a union or a recursion in it has no literal")
        case _:
            assert_never(inner)


def _member(field: Field, value: Json) -> str:
    if field.name in value:
        return _literal(field.type, value[field.name])
    assert field.default is not None, "checked when read"
    return _literal(field.type, field.default.value)


def _primitive(kind: Primitive, value: Json) -> str:
    match kind:
        case Primitive.NULL:
            return "NULL"
        case Primitive.BOOLEAN:
            return "true" if value else "false"
        case Primitive.INT | Primitive.LONG:
            return str(int(value))
        case Primitive.FLOAT | Primitive.DOUBLE:
            return repr(float(value))
        case Primitive.BYTES:
            return _bytes(value)
        case Primitive.STRING:
            return ch_string(value)
        case _:
            assert_never(kind)


def _decimal(unscaled: int, scale: int) -> str:
    from decimal import Decimal  # 2 ms

    return ch_string(format(Decimal((int(unscaled < 0), tuple(map(int, str(abs(unscaled)))), -scale)), "f"))


def _bytes(value: str) -> str:
    """Avro's JSON has a character for each byte."""
    return f"unhex('{value.encode('latin-1').hex()}')"
