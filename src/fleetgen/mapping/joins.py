"""A joined view: exactly one row per row of its base, whatever arrives in the other streams."""

from __future__ import annotations

from fleetgen.mapping import store
from fleetgen.mapping.table import Table, parts, table
from fleetgen.pipeline import JoinedView, Pipeline
from fleetgen.quoting import ch_ident


def select(pipeline: Pipeline, view: JoinedView, *, spread: bool = False) -> str:
    """The SELECT; what has no match is NULL.

    `spread`: the tables are in parts on several shards. Each shard then joins its part of the base with all of the
    other (GLOBAL): right wherever a row lies, also where the two streams are not sharded alike.
    """
    base = table(pipeline, view.base)
    others = [table(pipeline, join.stream) for join in view.joins]
    left, *aliases = names = _aliases(pipeline, view, [base, *others])
    columns = [
        f"    {names[part.table]}.{ch_ident(part.name)} AS {ch_ident(part.column.name)}"
        for part in parts(pipeline, view)
    ]
    lines = ["SELECT", ",\n".join(columns), f"FROM {base.source} AS {left}{base.final}"]
    everywhere = "GLOBAL " if spread else ""
    for alias, other, join in zip(aliases, others, view.joins, strict=True):
        before = join.match == "latest-before"
        joined = _latest_before(left, base, alias, other) if before else _latest(left, alias, other)
        lines.append(f"{everywhere}{joined}")
    return "\n".join([*lines, "SETTINGS join_use_nulls = 1"])


def _aliases(pipeline: Pipeline, view: JoinedView, tables: list[Table]) -> list[str]:
    """Names that no column has: `q.a` would be an element of a column q."""
    taken = {column.name for each in tables for column in each.columns} | {*view.rename.values(), pipeline.database}
    taken |= {name for each in tables for name in each.order}
    return [store.free(f"t{number}", taken) for number in range(len(tables))]


def _latest_before(left: str, base: Table, alias: str, other: Table) -> str:
    """ASOF matches one row, also where several share key and time."""
    if base.time is None or other.time is None:
        raise LookupError("latest-before needs the time of both")
    before = f"{left}.{ch_ident(base.time)} >= {alias}.{ch_ident(other.time)}"
    return f"ASOF LEFT JOIN\n{_inner(other)}\n) AS {alias} ON {_on(left, alias, other)} AND {before}"


def _latest(left: str, alias: str, other: Table) -> str:
    """The newest row of each key. FINAL leaves one of a dimension; the newest of an event is chosen here."""
    newest = ""
    if not other.final:
        order = ", ".join(f"{ch_ident(name)} DESC" for name in other.order)
        newest = f"\n    ORDER BY {order}\n    LIMIT 1 BY {', '.join(ch_ident(name) for name in other.key)}"
    return f"ANY LEFT JOIN\n{_inner(other)}{newest}\n) AS {alias} ON {_on(left, alias, other)}"


def _inner(other: Table) -> str:
    names = ", ".join(ch_ident(column.name) for column in other.columns)
    return f"(\n    SELECT {names}\n    FROM {other.source}{other.final}"


def _on(left: str, alias: str, other: Table) -> str:
    return " AND ".join(f"{left}.{ch_ident(key)} = {alias}.{ch_ident(key)}" for key in other.key)
