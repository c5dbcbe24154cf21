"""A column of a store or a view."""

from __future__ import annotations

from fleetgen.frozen import frozen


@frozen
class Column:
    """`type` is ClickHouse's. `path` is the dotted path of the field, empty for the columns that fleetgen adds.

    `codec` and `default` are ClickHouse texts, empty for none. `expression` computes the column from a landing's row.
    `part` says what of its field it is, where a field has several: "months", "whether it is set". `former` are the
    names that the column had while its field bore one of its aliases.
    """

    name: str
    type: str
    path: str = ""
    doc: str = ""
    codec: str = ""
    default: str = ""
    expression: str = ""
    part: str = ""
    former: tuple[str, ...] = ()


def nullable(type: str) -> str:
    """The type with NULL added, as far as ClickHouse can: an array or a map that is missing stays empty."""
    if type.startswith("LowCardinality(") and not type.startswith("LowCardinality(Nullable("):
        return f"LowCardinality(Nullable({type.removeprefix('LowCardinality(')})"
    if type.startswith(("Nullable(", "LowCardinality(", "Array(", "Map(", "Tuple(")):
        return type
    return f"Nullable({type})"


def is_nullable(type: str) -> bool:
    return type.startswith(("Nullable(", "LowCardinality(Nullable("))


def bare(type: str) -> str:
    """The type without what wraps it: LowCardinality(Nullable(X)) is X."""
    for wrapper in ("LowCardinality(", "Nullable("):
        if type.startswith(wrapper):
            type = type.removeprefix(wrapper)[:-1]
    return type
