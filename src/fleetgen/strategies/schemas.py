"""Schemas over all of Avro: every type and logical type in every position, as the JSON that a person would write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from fleetgen.frozen import frozen
from fleetgen.model import Json

_DEPTH: Final = 3


def schemas(*, depth: int = _DEPTH, recursion: bool = True) -> SearchStrategy[dict[str, Json]]:
    """Records of 1 to 6 fields, those in them of 0 to 3, nested at most `depth` deep, over all types and logical types.

    Names are legal and often unfortunate: reserved words, our own metadata columns, words that differ in case alone.
    Named types come in namespaces of their own or of what encloses them, and are referred to again. No two fields
    lead to columns of one name, and no two branches of a union have one name.
    """
    return _schema(depth, recursion)


@dataclass(slots=True)
class _Names:
    """What is named so far in one schema. `known` are complete types (full name, namespace, branch kind)."""

    recursion: bool
    short: set[str] = field(default_factory=set)
    known: list[_Named] = field(default_factory=list)


@frozen
class _Named:
    name: str
    namespace: str


@frozen
class _Place:
    """Where in a schema something is drawn."""

    names: _Names
    depth: int
    namespace: str = ""
    enclosing: tuple[_Named, ...] = ()

    def deeper(self) -> _Place:
        return replace(self, depth=self.depth - 1)


# An underscore inside a name is left to examples: a field a_b beside a record a with a field b is an error of its own.
_WORDS: Final = (
    "a", "A", "b", "id", "e0", "e1", "q", "x", "m", "v", "value", "key", "raw", "reason", "select", "from", "where",
    "true", "nan", "array", "map", "tuple", "Date", "table", "int", "order", "settings", "_topic", "_offset",
    "_partition", "_timestamp", "_key", "__topic",
)  # fmt: skip
_PRIMITIVE: Final = ("int", "string", "boolean", "long", "float", "double", "bytes", "null")
_LOGICAL: Final = (
    *(("int", kind) for kind in ("date", "time-millis")),
    *(
        ("long", f"{zone}timestamp-{unit}")
        for zone in ("", "local-")
        for unit in ("millis", "micros", "nanos")
    ),
    ("long", "time-micros"),
    ("string", "uuid"),
)  # fmt: skip


def _words() -> SearchStrategy[str]:
    # "is" and "set" would make a column out of two names that says whether the first is set.
    plain = st.from_regex(r"_?[A-Za-z][A-Za-z0-9]{0,5}", fullmatch=True)
    return st.sampled_from(_WORDS) | plain.filter(lambda name: name not in ("is", "set", "_is"))


def _type_name(draw: DrawFn, names: _Names) -> str:
    """A short name that no other type of the schema has, nor a primitive or a kind of branch."""
    taken = {*names.short, *_PRIMITIVE, "array", "map"}
    name = draw(_words().filter(lambda word: word not in taken))
    names.short.add(name)
    return name


@st.composite
def _schema(draw: DrawFn, depth: int, recursion: bool) -> dict[str, Json]:
    place = _Place(_Names(recursion), depth)
    return dict(_record(draw, place))


def _name(draw: DrawFn, place: _Place) -> tuple[dict[str, Json], _Named]:
    """The name of a new type, with a namespace of its own or that of what encloses it."""
    name = _type_name(draw, place.names)
    own = draw(st.sampled_from(("", "", "n", "fleet.mgmt")))
    members: dict[str, Json] = {"name": name, "namespace": own} if own else {"name": name}
    if own and draw(st.booleans()):
        members = {"name": f"{own}.{name}"}
    return members, _Named(name, own or place.namespace)


def _documented(draw: DrawFn) -> dict[str, Json]:
    doc = draw(st.sampled_from((None, None, None, 'It\'s `a` -- "doc" */ {{ x }} \\ \n;', "")))
    return {} if doc is None else {"doc": doc}


def _record(draw: DrawFn, place: _Place) -> Json:
    members, named = _name(draw, place)
    inside = replace(place.deeper(), namespace=named.namespace, enclosing=(*place.enclosing, named))
    least, most = (0, 3) if place.enclosing else (1, 6)
    names = draw(st.lists(_words(), min_size=least, max_size=most, unique=True))
    fields = [{"name": name, "type": _type(draw, inside), **_documented(draw)} for name in names]
    place.names.known.append(named)
    return {"type": "record", **members, **_documented(draw), "fields": fields}


def _type(draw: DrawFn, place: _Place) -> Json:
    """Any type, null among them, optional or not."""
    shape = draw(st.sampled_from(("one", "one", "optional", "union", "sole")))
    if shape == "optional":
        return _optional(draw, _branch(draw, place, frozenset({"null", _NULLABLE}))[1])
    if shape == "union":
        return _union(draw, place)
    one = _branch(draw, place, frozenset())[1]
    return [one] if shape == "sole" and draw(st.booleans()) else one


def _optional(draw: DrawFn, type: Json) -> Json:
    return draw(st.sampled_from((["null", type], [type, "null"])))


def _union(draw: DrawFn, place: _Place) -> Json:
    """Two to four branches of different names, with null or without."""
    optional = draw(st.booleans())
    taken = {"null", _NULLABLE} if optional else {"null"}
    branches: list[Json] = []
    for _ in range(draw(st.integers(2, 4))):
        name, branch = _branch(draw, place, frozenset(taken))
        taken.add(name)
        branches.append(branch)
    if optional:
        branches.insert(draw(st.integers(0, len(branches))), "null")
    return branches


def _branch(draw: DrawFn, place: _Place, taken: frozenset[str]) -> tuple[str, Json]:
    """A type that is no union, and its name as a branch, which is not among `taken`."""
    kinds = [kind for kind in _WEIGHTED if _KINDS[kind](place, taken)]
    kind = draw(st.sampled_from(kinds))
    return _DRAWN[kind](draw, place, taken)


def _primitive(draw: DrawFn, _: _Place, taken: frozenset[str]) -> tuple[str, Json]:
    name = draw(st.sampled_from([name for name in _PRIMITIVE if name not in taken]))
    return name, draw(st.sampled_from((name, {"type": name})))


def _logical(draw: DrawFn, _: _Place, taken: frozenset[str]) -> tuple[str, Json]:
    base, kind = draw(st.sampled_from([pair for pair in _LOGICAL if pair[0] not in taken]))
    return base, {"type": base, "logicalType": kind}


def _digits(draw: DrawFn) -> dict[str, Json]:
    """Precision to 76, edges of ClickHouse's four widths among them; a scale of 0 may be left out."""
    precision = draw(st.sampled_from((1, 9, 10, 18, 19, 38, 39, 76)) | st.integers(1, 76))
    scale = draw(st.sampled_from((0, precision)) | st.integers(0, precision))
    members = {"logicalType": "decimal", "precision": precision, "scale": scale}
    return members if scale or draw(st.booleans()) else {"logicalType": "decimal", "precision": precision}


def _decimal(draw: DrawFn, _: _Place, __: frozenset[str]) -> tuple[str, Json]:
    return "bytes", {"type": "bytes", **_digits(draw)}


def _fixed(draw: DrawFn, place: _Place, _: frozenset[str]) -> tuple[str, Json]:
    """A fixed, plain or as uuid, duration or a decimal that it is wide enough for."""
    members, named = _name(draw, place)
    extra = draw(st.sampled_from(("plain", "uuid", "duration", "decimal")))
    digits = _digits(draw) if extra == "decimal" else {}
    least = ((10 ** digits.get("precision", 0)).bit_length() + 8) // 8
    size = {"uuid": 16, "duration": 12}.get(extra) or draw(st.integers(least, least + 20))
    logical = {"logicalType": extra} if extra in ("uuid", "duration") else digits
    place.names.known.append(named)
    return named.name, {"type": "fixed", **members, "size": size, **logical}


def _enum(draw: DrawFn, place: _Place, _: frozenset[str]) -> tuple[str, Json]:
    members, named = _name(draw, place)
    symbols = draw(st.lists(_words(), min_size=1, max_size=4, unique=True))
    place.names.known.append(named)
    return named.name, {"type": "enum", **members, "symbols": symbols, **_documented(draw)}


def _nested(draw: DrawFn, place: _Place, _: frozenset[str]) -> tuple[str, Json]:
    record = _record(draw, place)
    return record["name"].rpartition(".")[2], record


def _array(draw: DrawFn, place: _Place, _: frozenset[str]) -> tuple[str, Json]:
    return "array", {"type": "array", "items": _type(draw, place.deeper())}


def _map(draw: DrawFn, place: _Place, _: frozenset[str]) -> tuple[str, Json]:
    return "map", {"type": "map", "values": _type(draw, place.deeper())}


def _spelled(draw: DrawFn, named: _Named, place: _Place) -> str:
    """A reference, by the short name where that means the same."""
    short = named.namespace == place.namespace and draw(st.booleans())
    return f"{named.namespace}.{named.name}" if named.namespace and not short else named.name


def _visible(known: tuple[_Named, ...], place: _Place, taken: frozenset[str]) -> list[_Named]:
    """Inside a namespace, a type that has none cannot be referred to."""
    return [n for n in known if n.name not in taken and (n.namespace or not place.namespace)]


def _reference(draw: DrawFn, place: _Place, taken: frozenset[str]) -> tuple[str, Json]:
    named = draw(st.sampled_from(_visible(tuple(place.names.known), place, taken)))
    return named.name, _spelled(draw, named, place)


def _recursive(draw: DrawFn, place: _Place, taken: frozenset[str]) -> tuple[str, Json]:
    """What encloses this place, in an array or a map, which may be empty."""
    named = draw(st.sampled_from(_visible(place.enclosing, place, frozenset())))
    container, member = draw(st.sampled_from([c for c in (("array", "items"), ("map", "values")) if c[0] not in taken]))
    return container, {"type": container, member: _spelled(draw, named, place)}


def _itself(draw: DrawFn, place: _Place, taken: frozenset[str]) -> tuple[str, Json]:
    named = draw(st.sampled_from(_visible(place.enclosing, place, taken)))
    return named.name, _spelled(draw, named, place)


_Possible = Callable[[_Place, frozenset[str]], bool]


def _any(names: set[str]) -> _Possible:
    return lambda _, taken: bool(names - taken)


_NULLABLE: Final = ""
"""Stands among the taken names of a union that will have null as a branch."""

_ENDS: Final = frozenset({_NULLABLE, *_PRIMITIVE, "array", "map"}) - {"null"}


def _ends(place: _Place, taken: frozenset[str]) -> bool:
    """Whether the union has a branch already that holds no record without an end."""
    return place.names.recursion and bool(taken & _ENDS) and bool(_visible(place.enclosing, place, taken))


_KINDS: Final[Mapping[str, _Possible]] = {
    "primitive": _any(set(_PRIMITIVE)),
    "logical": _any({base for base, _ in _LOGICAL}),
    "decimal": lambda _, taken: "bytes" not in taken,
    "enum": lambda _, __: True,
    "fixed": lambda _, __: True,
    "array": lambda place, taken: place.depth > 0 and "array" not in taken,
    "map": lambda place, taken: place.depth > 0 and "map" not in taken,
    "record": lambda place, _: place.depth > 0,
    "reference": lambda place, taken: bool(_visible(tuple(place.names.known), place, taken)),
    "recursive": lambda place, taken: (
        place.names.recursion and bool({"array", "map"} - taken) and bool(_visible(place.enclosing, place, frozenset()))
    ),
}

# There are eight primitives and eleven logical types, and they matter most.
_WEIGHTED: Final = ("primitive",) * 4 + ("logical",) * 3 + tuple(_KINDS)

_DRAWN: Final[Mapping[str, Callable[[DrawFn, _Place, frozenset[str]], tuple[str, Json]]]] = {
    "primitive": _primitive,
    "logical": _logical,
    "decimal": _decimal,
    "enum": _enum,
    "fixed": _fixed,
    "array": _array,
    "map": _map,
    "record": _nested,
    "reference": _reference,
    "recursive": _recursive,
    "itself": _itself,
}
