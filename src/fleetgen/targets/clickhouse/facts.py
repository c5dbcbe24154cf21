"""What an engine says of its tables and views: its own words from its system tables, as flat facts.

Texts of statements are never compared: the engine writes defaults out, renames types and folds expressions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fleetgen import sql
from fleetgen.frozen import frozen
from fleetgen.quoting import CH_MARK, ch_string
from fleetgen.targets.clickhouse.engine import Engine

HIDDEN: Final = "[HIDDEN]"
"""What ClickHouse prints in place of a secret."""
PASSING: Final = ("Null", "Kafka")
"""Engines that keep nothing: messages pass through them."""
CLOSED: Final = "_fleetgen_closed"
"""A column that refuses every insert: a landing has it while its views are not all there."""
OWN: Final = "_fleetgen_"
"""What begins with it is fleetgen's own bookkeeping."""

_KINDS: Final = {"View": "view", "MaterializedView": "materialized view", "Dictionary": "dictionary"}
_CLAUSES: Final = ("PARTITION", "PRIMARY", "ORDER", "SAMPLE", "TTL", "SETTINGS", "COMMENT")
_TABLES: Final = """SELECT name, engine, engine_full, partition_key, sorting_key, primary_key, sampling_key, comment,
    as_select, create_table_query, ifNull(total_rows, 0), ifNull(total_bytes, 0)
FROM system.tables WHERE database = {database} AND NOT is_temporary ORDER BY name"""
_COLUMNS: Final = """SELECT table, name, type, default_kind, default_expression, compression_codec, comment
FROM system.columns WHERE database = {database} ORDER BY table, position"""
_INDICES: Final = """SELECT table, name, expr, type_full, granularity
FROM system.data_skipping_indices WHERE database = {database} ORDER BY table, name"""


@frozen
class Thing:
    """A table or a view. `select` and `target` are a view's; `columns` are the names, in their order.

    `virtual` are what a Kafka table tells of each message beside its columns, with their types.
    """

    kind: str
    name: str
    engine: str
    comment: str
    facts: Mapping[str, str]
    columns: tuple[str, ...]
    select: str = ""
    target: str = ""
    rows: int = 0
    bytes: int = 0
    virtual: tuple[tuple[str, str], ...] = ()

    @property
    def is_ours(self) -> bool:
        return self.comment.endswith(CH_MARK)

    @property
    def is_passing(self) -> bool:
        return self.engine in PASSING


def read(engine: Engine, database: str, names: Mapping[str, str]) -> dict[str, Thing]:
    """Everything in a database, by its name within. `names` are databases, and what each is to be called.

    Raises FleetgenError if the system tables cannot be read.
    """
    columns: dict[str, list[Sequence[Any]]] = defaultdict(list)
    for table, *column in engine.rows(_COLUMNS.replace("{database}", ch_string(database))):
        columns[table].append(column)
    indices: dict[str, list[Sequence[Any]]] = defaultdict(list)
    for table, *index in engine.rows(_INDICES.replace("{database}", ch_string(database))):
        indices[table].append(index)
    rows = engine.rows(_TABLES.replace("{database}", ch_string(database)))
    return {row[0]: _thing(row, columns[row[0]], indices[row[0]], names) for row in rows}


def readers(engine: Engine, name: str) -> list[tuple[str, str]]:
    """Every materialized view over a table (by full name), and what it selects."""
    database, _, table = name.partition(".")
    rows = engine.rows(
        "SELECT v.database, v.name, v.as_select FROM system.tables AS v INNER JOIN system.tables AS t "
        f"ON t.database = {ch_string(database)} AND t.name = {ch_string(table)} "
        "WHERE v.engine = 'MaterializedView' AND has(t.dependencies_table, v.name)"
    )
    return [(f"{other}.{view}", select) for other, view, select in rows]


def _thing(
    row: Sequence[Any], columns: list[Sequence[Any]], indices: list[Sequence[Any]], names: Mapping[str, str]
) -> Thing:
    table, engine, full, partition, sorting, primary, sampling, comment, select, statement, rows, size = row
    kind = _KINDS.get(engine, "table")
    facts = dict(_of_columns(columns, plain=kind != "table"))
    if kind == "table":
        keys = {"partition by": partition, "order by": sorting, "sample by": sampling}
        keys["primary key"] = "" if primary == sorting else primary
        facts = {**dict(_of_engine(full)), **{key: _bare(text) for key, text in keys.items() if text}, **facts}
    facts |= {f"index {index}": f"{expr} TYPE {type} GRANULARITY {size}" for index, expr, type, size in indices}
    for database, name in names.items():
        select = sql.qualify(select, database, name)
    target = _target(statement, names) if kind == "materialized view" else ""
    facts |= {fact: text for fact, text in (("to", target), ("select", select), ("comment", comment)) if text}
    order = tuple(column[0] for column in columns)
    if engine not in PASSING:
        facts["columns"] = ", ".join(order)
    return Thing(kind, table, engine, comment, facts, order, select, target, int(rows), int(size))


def _of_columns(columns: list[Sequence[Any]], *, plain: bool) -> Iterator[tuple[str, str]]:
    """`plain`: a view's, which have nothing but a type."""
    for name, type, kind, default, codec, comment in columns:
        yield f"column {name} type", type
        if not plain:
            parts = (("default", f"{kind} {default}" if kind else ""), ("codec", codec), ("comment", comment))
            yield from ((f"column {name} {part}", text) for part, text in parts if text)


def _of_engine(full: str) -> Iterator[tuple[str, str]]:
    """Newer servers print Null in backticks, because it is a word of SQL too."""
    parts = sql.clauses(full, _CLAUSES)
    yield "engine", parts[""].replace("`", "").removesuffix("()")
    if "TTL" in parts:
        yield "ttl", parts["TTL"]
    for setting in sql.items(parts.get("SETTINGS", "")):
        key, _, value = setting.partition(" = ")
        yield f"setting {key}", value


def _bare(key: str) -> str:
    """The engine keeps the parentheses of a single column, and then tells it from the same without."""
    inside = key[1:-1] if key.startswith("(") and key.endswith(")") else key
    return inside if len(sql.items(key)) == len(sql.items(inside)) == 1 and "(" not in inside else key


def _target(statement: str, names: Mapping[str, str]) -> str:
    """`database.table` that a materialized view writes to; empty if it keeps its rows itself."""
    head = statement.partition(" AS SELECT ")[0]
    found = sql.qualified(sql.clauses(head, ("TO",)).get("TO", ""))
    return f"{names.get(found[0][0], found[0][0])}.{found[0][1]}" if found else ""
