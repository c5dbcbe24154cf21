"""What a SELECT gives, as the server works it out, and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

from services.ksqldb.expressions import AGGREGATES, Node, Untypable, columns, qualified, text, typed
from services.ksqldb.statements import Column, Create, Query
from services.ksqldb.text import Type, place

_ROW: Final = {"ROWTIME": Type("BIGINT"), "ROWPARTITION": Type("INTEGER"), "ROWOFFSET": Type("BIGINT")}


class Source(Protocol):
    kind: str
    columns: tuple[Column, ...]
    key_format: str


@dataclass(frozen=True, slots=True)
class Plan:
    columns: tuple[Column, ...]
    key_format: str


class Refused(Exception):
    """Why a statement is not carried out, in the server's words."""


def plan(statement: Create, text: str, sources: Mapping[str, Source], partitions: Mapping[str, int]) -> Plan:
    """Of a query that is written out. `partitions`: of each source's topic. Raises Refused."""
    query = statement.query
    assert query is not None
    scope = {query.alias: sources[query.source], **{join.alias: sources[join.source] for join in query.joins}}
    for join in query.joins:
        _check_join(query, join.source, join.alias, sources, partitions)
    planner = _Planner(statement.name, query, scope, text)
    for join in query.joins:
        planner.check_keys(join.on)
    return Plan(planner.columns(), sources[query.source].key_format)


def written_out(query: Query, sources: Mapping[str, Source]) -> Query:
    """With every name that the server adds. Raises Refused."""
    for each in (query.source, *(join.source for join in query.joins)):
        if each not in sources:
            raise Refused(f"Exception while preparing statement: {each} does not exist.")
    if not query.joins:
        alias = query.alias
        items = tuple((qualified(each, alias), named or each.value) for each, named in query.items)
        where = query.where and qualified(query.where, alias)
        return replace(query, items=items, where=where)
    several = [column.name for each in (query.source, *(join.source for join in query.joins))
               for column in sources[each].columns]  # fmt: skip
    items = tuple((each, named or _default(each, several)) for each, named in query.items)
    return replace(query, items=items)


def _default(node: Node, several: list[str]) -> str:
    """A column without AS bears its source's alias if another source has one of its name."""
    clash = node.kind == "column" and several.count(node.value) > 1
    return f"{node.inner[0].value}_{node.value}" if clash else node.value


def _check_join(
    query: Query, source: str, alias: str, sources: Mapping[str, Source], partitions: Mapping[str, int]
) -> None:
    error = "Could not determine output schema for query due to error: "
    if sources[query.source].kind == "TABLE" and sources[source].kind == "STREAM":
        raise Refused(
            f"{error}Invalid join order: table-stream joins are not supported; only stream-table joins. "
            f"Got {query.source} [INNER] JOIN {source}."
        )
    if sources[source].kind == "STREAM":
        raise Refused(
            f"{error}Stream-Stream joins must have a WITHIN clause specified. None was provided. To learn about how to "
            "specify a WITHIN clause with a stream-stream join, please visit: https://docs.confluent.io/current/ksql/"
            "docs/syntax-reference.html#create-stream-as-select"
        )
    left, right = partitions[query.source], partitions[source]
    if left != right:
        raise Refused(
            f"{error}Can't join `{query.alias}` with `{alias}` since the number of partitions don't match. "
            f"`{query.alias}` partitions = {left}; `{alias}` partitions = {right}. "
            "Please repartition either one so that the number of partitions match."
        )


class _Planner:
    def __init__(self, name: str, query: Query, scope: Mapping[str, Source], text: str) -> None:
        self._name, self._query, self._scope, self._text = name, query, scope, text

    def columns(self) -> tuple[Column, ...]:
        keys = self._keys()
        found = []
        for node, alias in self._query.items:
            try:
                found.append(Column(alias, typed(node, self._column), "KEY" if text(node) in keys else ""))
            except Untypable as error:
                raise self._unresolved(error.node) from error
        self._check_keys_selected(keys)
        self._check_names(found)
        return tuple(found)

    def check_keys(self, on: Node) -> None:
        left, right = (typed(each, self._column) for each in on.inner)
        if left != right:
            raise Refused(
                "Could not determine output schema for query due to error: Invalid join. "
                f"Key types differ: {left.text()} vs {right.text()}"
            )

    def _column(self, node: Node) -> Type:
        alias = node.inner[0].value if node.inner else ""
        source = self._scope.get(alias)
        found = {**_ROW, **{column.name: column.type for column in source.columns}} if source else {}
        if node.value not in found:
            raise Untypable(node)
        return found[node.value]

    def _unresolved(self, node: Node) -> Refused:
        line, column = place(self._text, node.at)
        return Refused(
            f"Could not determine output schema for query due to error: Line: {line}, Col: {column}: "
            f"SELECT column '{text(node)}' cannot be resolved."
        )

    def _keys(self) -> list[str]:
        """The expressions that are the key of what comes out."""
        if self._query.group:
            return [text(each) for each in self._query.group]
        if self._query.joins:
            return [text(each) for each in self._query.joins[0].on.inner]
        (source,) = self._scope.values()
        return [f"{self._query.alias}.{column.name}" for column in source.columns if column.key]

    def _check_keys_selected(self, keys: list[str]) -> None:
        selected = {text(node) for node, _ in self._query.items}
        error = "Could not determine output schema for query due to error: Key missing from projection (ie, SELECT). \n"
        if self._query.joins and not selected.intersection(keys):
            raise Refused(
                f"{error}The query used to build `{self._name}` must include the join expressions {keys[0]} or "
                f"{keys[1]} in its projection (eg, SELECT {keys[0]}...)."
            )
        if self._query.group and not selected.issuperset(keys):
            raise Refused(f"{error}The query used to build `{self._name}` must include the grouping expressions")
        if self._query.group:
            for node, _ in self._query.items:
                self._check_grouped(node, keys)

    def _check_grouped(self, node: Node, keys: list[str]) -> None:
        if text(node) not in keys and not (node.kind == "call" and node.value in AGGREGATES):
            names = ", ".join(each.value for each in columns(node))
            raise Refused(f"Non-aggregate SELECT expression(s) not part of GROUP BY: {names}")

    def _check_names(self, found: list[Column]) -> None:
        for each in found:
            if [other.name for other in found].count(each.name) > 1:
                raise Refused(f"Duplicate columns found in schema: `{each.name}`")
