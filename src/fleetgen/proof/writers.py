"""Writers in the format avro whose schema is not the stream's, as real producers may have one.

A loose writer knows fewer rules than the reader: it has null where a value is due, longs for ints, text for the symbols
of an enum. What it sends lands with the rest, and the views decide. Inside a union the reader takes its own types only.
A writer that has a fixed of another size, or lacks a field, is refused by the reader or by the views.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any, Final, TypeAlias, assert_never

from fleetgen.frozen import frozen
from fleetgen.mapping import format
from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    Field,
    FixedType,
    Json,
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
    is_null,
    unwrap,
)
from fleetgen.pipeline import Format

Path: TypeAlias = tuple[str | int, ...]


@frozen
class Change:
    """What a writer has otherwise: the fixed at `path` has so many bytes more; 0: the field is not there."""

    path: Path
    bytes: int = 0

    @property
    def what(self) -> str:
        field = ".".join(map(str, self.path))
        if not self.bytes:
            return f"comes from a writer without {field}"
        return f"comes from a writer whose {field} is a byte {'longer' if self.bytes > 0 else 'shorter'}"


def schema(record: RecordType, change: Change | None = None) -> Json:
    """A loose writer's. Each named type gets a namespace of its own: the reader does not look at it."""
    return _Writer(change).record(record, (), exact=False)


class _Writer:
    def __init__(self, change: Change | None) -> None:
        self._change = change
        self._spaces = (f"n{number}" for number in count())

    def record(self, type: RecordType, path: Path, *, exact: bool) -> Json:
        named = self._named("record", type.name)
        fields = [
            {"name": field.name, "type": self._type(field.type, (*path, field.name), exact)}
            for field in type.fields
            if self._change != Change((*path, field.name))
        ]
        return {**named, "fields": fields}

    def _type(self, type: Type, path: Path, exact: bool) -> Json:
        inner, optional = unwrap(type)
        plain = self._plain(inner, path, exact)
        if is_null(inner) or not (optional or (not exact and is_nullable(inner))):
            return plain
        return ["null", *plain] if isinstance(plain, list) else ["null", plain]

    def _plain(self, type: Type, path: Path, exact: bool) -> Json:
        match type:
            case PrimitiveType():
                return "long" if type.kind is Primitive.INT and not exact else type.kind.value
            case LogicalType():
                return self._logical(type, path, exact)
            case DecimalType():
                base = self._plain(type.base, path, exact)
                held = base if isinstance(base, dict) else {"type": base}
                return {**held, "logicalType": "decimal", "precision": type.precision, "scale": type.scale}
            case FixedType():
                return {**self._named("fixed", type.name), "size": type.size + self._more(path)}
            case EnumType():
                return {**self._named("enum", type.name), "symbols": list(type.symbols)} if exact else "string"
            case ArrayType():
                return {"type": "array", "items": self._type(type.items, (*path, 0), exact)}
            case MapType():
                return {"type": "map", "values": self._type(type.values, (*path, ""), exact)}
            case RecordType():
                return self.record(type, path, exact=exact)
            case UnionType():
                return [self._type(branch, (*path, number), True) for number, branch in enumerate(type.branches)]
            case RecursiveType():
                raise AssertionError("the reader cannot read it, and no such stream is proved")
            case _:
                assert_never(type)

    def _logical(self, type: LogicalType, path: Path, exact: bool) -> Json:
        base = self._plain(type.base, path, exact)
        if exact:
            held = base if isinstance(base, dict) else {"type": base}
            return {**held, "logicalType": type.kind.value}
        return base

    def _named(self, kind: str, name: str) -> dict[str, Json]:
        return {"type": kind, "name": name, "namespace": next(self._spaces)}

    def _more(self, path: Path) -> int:
        return self._change.bytes if self._change is not None and self._change.path == path else 0


def is_nullable(type: Type) -> bool:
    """Whether the landing tells null from a value: a null array or map is empty before anybody sees it."""
    return not is_null(type) and not isinstance(type, ArrayType | MapType)


def changes(record: RecordType) -> Iterator[Change]:
    """What must be refused: a field that is required and has no default, a fixed of another size.

    A decimal of another size is a number all the same.
    """
    dialect = format.dialect(Format.AVRO)
    for field in record.fields:
        inner, optional = unwrap(field.type)
        if not optional and is_nullable(inner) and not dialect.default(field, ""):
            yield Change((field.name,))
        yield from _inside(field.type, (field.name,))


def _inside(type: Type, path: Path) -> Iterator[Change]:
    inner, _ = unwrap(type)
    match inner:
        case LogicalType(base=FixedType() as fixed):
            yield from _inside(fixed, path)
        case FixedType():
            yield Change(path, 1)
            if inner.size > 1:
                yield Change(path, -1)
        case ArrayType():
            yield from _inside(inner.items, (*path, 0))
        case MapType():
            yield from _inside(inner.values, (*path, ""))
        case RecordType():
            for field in inner.fields:
                yield from _member(field, (*path, field.name))
        case PrimitiveType() | LogicalType() | DecimalType() | EnumType() | UnionType() | RecursiveType():
            return
        case _:
            assert_never(inner)


def _member(field: Field, path: Path) -> Iterator[Change]:
    inner, optional = unwrap(field.type)
    if not optional and is_nullable(inner):
        yield Change(path)
    yield from _inside(field.type, path)


def least(type: Type, change: Change, path: Path = ()) -> Any:
    """The smallest value in which every place is there, as a writer with the change has it."""
    inner, _ = unwrap(type)
    match inner:
        case PrimitiveType():
            return _LEAST[inner.kind]
        case LogicalType(kind=Logical.UUID, base=PrimitiveType()):
            return "00000000-0000-0000-0000-000000000000"
        case LogicalType(base=FixedType()):
            return least(inner.base, change, path)
        case LogicalType():
            return 0
        case DecimalType():
            return Decimal((0, (0,), -inner.scale))
        case FixedType():
            return bytes(inner.size + (change.bytes if change.path == path else 0))
        case EnumType():
            return inner.symbols[0]
        case ArrayType():
            return [least(inner.items, change, (*path, 0))]
        case MapType():
            return {"": least(inner.values, change, (*path, ""))}
        case RecordType():
            return {field.name: least(field.type, change, (*path, field.name)) for field in inner.fields}
        case UnionType():
            return branch_name(inner.branches[0]), least(inner.branches[0], change, (*path, 0))
        case RecursiveType():
            raise AssertionError("the reader cannot read it, and no such stream is proved")
        case _:
            assert_never(inner)


_LEAST: Final = {
    Primitive.NULL: None,
    Primitive.BOOLEAN: False,
    Primitive.INT: 0,
    Primitive.LONG: 0,
    Primitive.FLOAT: 0.0,
    Primitive.DOUBLE: 0.0,
    Primitive.BYTES: b"",
    Primitive.STRING: "",
}
