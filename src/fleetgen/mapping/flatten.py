"""A value flattened into columns: the store's, and the tuples inside arrays and maps, by the same function.

An element of an array or a map is bare if it has one column, else the tuple of the columns that it would have at the
top, without a prefix.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, assert_never

from fleetgen.frozen import frozen
from fleetgen.mapping import types, wire
from fleetgen.mapping.column import Column, documented, nullable
from fleetgen.mapping.format import Dialect, inside
from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    FixedType,
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
from fleetgen.quoting import ch_element, ch_string, ch_type_ident

_NULL: Final = PrimitiveType(Primitive.NULL)


@frozen
class At:
    """A value: its column's name (empty inside an element), its expression, and where it stands.

    `optional`: what encloses it may be null. `depth` counts the lambdas around it. `is_set`: whether it is there, for
    the branch of a union.
    """

    name: str
    x: str
    dialect: Dialect
    path: str = ""
    optional: bool = False
    depth: int = 0
    is_set: str = ""

    def member(self, name: str, path: str) -> At:
        return At(_join(self.name, name), ch_element(self.x, name), self.dialect, path, self.optional, self.depth)

    def branch(self, name: str, wired: str) -> At:
        x, is_set = self.dialect.branch(self.x, name, wired), self.dialect.is_branch(self.x, name, wired)
        return replace(self, name=_join(self.name, name), x=x, dialect=inside(self.dialect), is_set=is_set)


def columns(type: Type, at: At) -> tuple[Column, ...]:
    """The columns of a value, each with the expression that computes it; meaningful where wire.accept holds."""
    inner, own = unwrap(type)
    flag = (_flag(at),) if own else ()
    if own:
        at = replace(at, optional=True)
    match inner:
        case RecordType():
            return (*flag, *_record(inner, at))
        case UnionType():
            return tuple(_union(inner, at))
        case ArrayType() | MapType():
            return (*flag, _container(inner, at))
        case LogicalType() if types.is_duration(inner):
            return (*flag, *_duration(inner, at))
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            return (_scalar(inner, at),)
        case _:
            assert_never(inner)


def _flag(at: At) -> Column:
    """What keeps null apart from an empty array or map, and from a record of nulls."""
    expression = at.is_set or f"isNotNull({at.x})"
    return Column(_join(at.name, "is_set"), "Bool", at.path, expression=expression, part="whether it is set")


def _record(record: RecordType, at: At) -> Iterator[Column]:
    for field in record.fields:
        path = f"{at.path}.{field.name}" if at.path else field.name
        for column in columns(field.type, at.member(field.name, path)):
            yield documented(column, field.doc) if field.doc else column


def _union(union: UnionType, at: At) -> Iterator[Column]:
    """Each branch as if it were [null, branch]: which one was set is kept; none set is null."""
    for branch, (name, wired) in zip(union.branches, wire.branches(union, at.dialect), strict=True):
        part = at.branch(name, wired)
        for column in columns(UnionType((_NULL, branch)), part):
            is_flag = column.name == _flag(part).name
            yield replace(column, part=f"whether it is of type {name}") if is_flag else column


def _container(type: ArrayType | MapType, at: At) -> Column:
    member, elements, items = wire.elements(type, at.x, at.dialect)
    lambda_ = f"e{at.depth}"
    item, value = _item(columns(items, At("", lambda_, at.dialect, at.path, depth=at.depth + 1)))
    stored = f"Array({item})"
    expression = f"CAST(arrayMap({lambda_} -> {value}, {elements}), {ch_string(stored)})"
    if isinstance(type, MapType):
        stored = f"Map(String, {item})"
        expression = f"CAST(mapFromArrays(mapKeys({member}), {expression}), {ch_string(stored)})"
    return Column(at.name or "value", stored, at.path, codec="ZSTD(1)", expression=expression)


def _item(parts: tuple[Column, ...]) -> tuple[str, str]:
    """The type and the expression of an element of an array or a map."""
    if len(parts) == 1:
        return parts[0].type, parts[0].expression
    inside = ", ".join(f"{ch_type_ident(part.name)} {part.type}" for part in parts)
    return f"Tuple({inside})", f"tuple({', '.join(part.expression for part in parts)})"


def _duration(type: LogicalType, at: At) -> Iterator[Column]:
    """Three little-endian numbers of 32 bits, as Avro's specification has it."""
    for start, part in ((1, "months"), (5, "days"), (9, "millis")):
        value = f"reinterpretAsUInt32(substring({at.dialect.convert(type, at.x)}, {start}, 4))"
        column = Column(_join(at.name, part), types.store(type), at.path, expression=value, part=part)
        yield _finish(column, type, at.optional)


def _scalar(type: types.Scalar, at: At) -> Column:
    value = at.dialect.convert(type, at.x)
    stored = types.store(type, flat=at.depth == 0)
    return _finish(Column(at.name or "value", stored, at.path, expression=value), type, at.optional)


def _finish(column: Column, type: types.Scalar, optional: bool) -> Column:
    """Nullable with its converted value, or plain with a value that is known not to be NULL."""
    if optional or column.type.startswith("Nullable("):
        stored, value = nullable(column.type), column.expression
    else:
        stored, value = column.type, f"assumeNotNull({column.expression})"
    return replace(column, type=stored, expression=value, codec=types.codec(type, stored))


def _join(prefix: str, name: str) -> str:
    return f"{prefix}_{name}" if prefix else name
