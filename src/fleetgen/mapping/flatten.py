"""A value flattened into columns: the store's, and the tuples inside arrays and maps, by the same function.

An element of an array or a map is bare if it has one column, else the tuple of the columns that it would have at the
top, without a prefix.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final, NamedTuple, assert_never

from fleetgen.mapping import types, wire
from fleetgen.mapping.column import Column, nullable
from fleetgen.mapping.format import Dialect, inside
from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    Field,
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


class At(NamedTuple):
    """A value: its column's name (empty inside an element), its expression, and where it stands.

    `doc` is that of the nearest field around it which has one. `optional`: what encloses it may be null. `depth` counts
    the lambdas around it. `is_set`: whether it is there, for the branch of a union; `flag` is this in words.
    """

    name: str
    x: str
    dialect: Dialect
    path: str = ""
    doc: str = ""
    optional: bool = False
    depth: int = 0
    is_set: str = ""
    flag: str = "whether it is set"

    def member(self, field: Field) -> At:
        path = f"{self.path}.{field.name}" if self.path else field.name
        x, doc = ch_element(self.x, field.name), field.doc or self.doc
        return At(_join(self.name, field.name), x, self.dialect, path, doc, self.optional, self.depth)

    def branch(self, name: str, wired: str) -> At:
        x, is_set = self.dialect.branch(self.x, name, wired), self.dialect.is_branch(self.x, name, wired)
        return self._replace(
            name=_join(self.name, name),
            x=x,
            dialect=inside(self.dialect),
            is_set=is_set,
            flag=f"whether it is of type {name}",
        )


def columns(type: Type, at: At) -> tuple[Column, ...]:
    """The columns of a value, each with the expression that computes it; meaningful where wire.accept holds."""
    inner, own = unwrap(type)
    flag = (_flag(at),) if own else ()
    if own:
        at = at._replace(optional=True)
    match inner:
        case RecordType():
            parts = [columns(field.type, at.member(field)) for field in inner.fields]
            return (*flag, *chain.from_iterable(parts))
        case UnionType():
            return tuple(_union(inner, at))
        case ArrayType() | MapType():
            return (*flag, _container(inner, at))
        case LogicalType() if types.is_duration(inner):
            return (*flag, *_duration(inner, at))
        case PrimitiveType() | LogicalType() | DecimalType() | FixedType() | EnumType() | RecursiveType():
            value = at.dialect.convert(inner, at.x)
            return (_scalar(inner, at, at.name or "value", types.store(inner, flat=at.depth == 0), value),)
        case _:
            assert_never(inner)


def _flag(at: At) -> Column:
    """What keeps null apart from an empty array or map, and from a record of nulls."""
    expression = at.is_set or f"isNotNull({at.x})"
    doc = _documented(at.flag, at.doc)
    return Column(_join(at.name, "is_set"), "Bool", at.path, doc, expression=expression, part=at.flag)


def _union(union: UnionType, at: At) -> Iterator[Column]:
    """Each branch as if it were [null, branch]: which one was set is kept; none set is null."""
    for branch, (name, wired) in zip(union.branches, wire.branches(union, at.dialect), strict=True):
        yield from columns(UnionType((_NULL, branch)), at.branch(name, wired))


def _container(type: ArrayType | MapType, at: At) -> Column:
    member, elements, items = wire.elements(type, at.x, at.dialect)
    lambda_ = f"e{at.depth}"
    item, value = _item(columns(items, At("", lambda_, at.dialect, at.path, depth=at.depth + 1)))
    stored = f"Array({item})"
    expression = f"CAST(arrayMap({lambda_} -> {value}, {elements}), {ch_string(stored)})"
    if isinstance(type, MapType):
        stored = f"Map(String, {item})"
        expression = f"CAST(mapFromArrays(mapKeys({member}), {expression}), {ch_string(stored)})"
    return Column(at.name or "value", stored, at.path, at.doc, codec="ZSTD(1)", expression=expression)


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
        yield _scalar(type, at, _join(at.name, part), types.store(type), value, part)


def _scalar(type: types.Scalar, at: At, name: str, stored: str, value: str, part: str = "") -> Column:
    """Nullable with its converted value, or plain with a value that is known not to be NULL."""
    if at.optional or stored.startswith("Nullable("):
        stored = nullable(stored)
    else:
        value = f"assumeNotNull({value})"
    return Column(name, stored, at.path, _documented(part, at.doc), types.codec(type, stored), "", value, part)


def _documented(part: str, doc: str) -> str:
    return f"{part}: {doc}" if part and doc else part or doc


def _join(prefix: str, name: str) -> str:
    return f"{prefix}_{name}" if prefix else name
