"""Statements as the server prints them once it has read them."""

from __future__ import annotations

from collections.abc import Mapping

from services.ksqldb.expressions import text as expression
from services.ksqldb.statements import Column, Create, CreateConnector, Query
from services.ksqldb.text import always_quoted, literal, name


def create(statement: Create, properties: Mapping[str, str]) -> str:
    """`properties`: those of the statement and what the server adds."""
    words = "CREATE OR REPLACE" if statement.replace else "CREATE"
    exists = "IF NOT EXISTS " if statement.if_not_exists else ""
    columns = f" ({', '.join(map(column, statement.columns))})" if statement.columns else ""
    listed = ", ".join(f"{key}={value}" for key, value in sorted(properties.items()))
    query = f" AS {select(statement.query)}" if statement.query else ""
    return f"{words} {statement.kind} {exists}{name(statement.name)}{columns} WITH ({listed}){query};"


def column(each: Column) -> str:
    return f"{name(each.name)} {each.type.text()}{f' {each.key}' if each.key else ''}"


def schema(columns: tuple[Column, ...]) -> str:
    """As messages about schemas print it."""
    return ", ".join(told(each) for each in columns)


def told(each: Column) -> str:
    key = " KEY" if each.key else ""
    return f"{always_quoted(each.name)} {each.type.text(always_quoted)}{key}"


def select(query: Query) -> str:
    items = [f"{expression(each)} {name(alias)}" for each, alias in query.items]
    listed = (
        f" {items[0]}"
        if len(items) == 1
        else "".join(f"{',' if number else ''}\n  {item}" for number, item in enumerate(items))
    )
    lines = [f"SELECT{listed}", f"FROM {name(query.source)} {name(query.alias)}"]
    lines += [
        f"{join.kind} JOIN {name(join.source)} {name(join.alias)} ON ({expression(join.on)})" for join in query.joins
    ]
    if query.where:
        lines.append(f"WHERE {expression(query.where)}")
    if query.group:
        lines.append(f"GROUP BY {', '.join(map(expression, query.group))}")
    if query.having:
        lines.append(f"HAVING {expression(query.having)}")
    return "\n".join([*lines, "EMIT CHANGES"])


def connector(statement: CreateConnector) -> str:
    """With the values masked, but for the class."""
    exists = "IF NOT EXISTS " if statement.if_not_exists else ""
    pairs = ", ".join(
        f"{literal(key)}={literal(value) if key == 'connector.class' else literal('[string]')}"
        for key, value in statement.config.items()
    )
    return f"CREATE SOURCE CONNECTOR {exists}{statement.written} WITH ({pairs});"
