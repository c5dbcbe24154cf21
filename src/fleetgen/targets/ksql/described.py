"""What DESCRIBE tells of a stream or table, as the facts that our own statements have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleetgen.targets.ksql.declarations import SHORT
from fleetgen.targets.ksql.names import printed
from fleetgen.targets.ksql.objects import PARTITIONS, Object, column_fact
from fleetgen.targets.ksql.running import query_facts
from fleetgen.targets.ksql.tokens import NotKsql


def facts(told: Mapping[str, Any], wanted: Object) -> dict[str, str]:
    """As far as they can be compared with what is wanted under that name."""
    found = {"kind": told["type"], "topic": told["topic"], "value format": told["valueFormat"]}
    if any(field.get("type") == "KEY" for field in told["fields"]):
        found["key format"] = told["keyFormat"]
    if told.get("timestamp"):
        found["timestamp"] = told["timestamp"].replace("`", "").upper()
    if told.get("windowType"):
        found["window"] = told["windowType"]
    if PARTITIONS in wanted.facts:
        found[PARTITIONS] = str(told["partitions"])
    query = creating(told)
    if wanted.is_query:
        found["query"] = "runs" if query else "is terminated" if "SELECT" in told["statement"] else "none"
        return found | _selected(query or told["statement"])
    if query:
        found["query"] = query
    return found | {f"column {printed(field['name'])}": _column(field) for field in told["fields"]}


def creating(told: Mapping[str, Any]) -> str:
    """The text of the query that came with it, if it runs; an INSERT INTO is another's."""
    texts = [str(query["queryString"]) for query in told["writeQueries"]]
    return next((text for text in texts if text.startswith("CREATE ")), "")


def inserting(told: Mapping[str, Any]) -> list[str]:
    """The ids of the queries that fill it beside its own."""
    return [query["id"] for query in told["writeQueries"] if not query["queryString"].startswith("CREATE ")]


def readers(told: Mapping[str, Any]) -> set[str]:
    """The streams and tables that are made from it."""
    return {sink for query in told["readQueries"] for sink in query["sinks"]} | {*told.get("sourceConstraints", ())}


def _selected(text: str) -> dict[str, str]:
    """A query that fleetgen would not write is one fact: itself."""
    try:
        return query_facts(text)
    except NotKsql:
        return {"statement": text}


def _column(field: Mapping[str, Any]) -> str:
    return column_fact(_type(field["schema"]), key=field.get("type") == "KEY")


def _type(schema: Mapping[str, Any]) -> str:
    name = str(schema["type"])
    match name:
        case "STRUCT":
            return f"STRUCT<{', '.join(map(_member, schema['fields']))}>"
        case "ARRAY":
            return f"ARRAY<{_type(schema['memberSchema'])}>"
        case "MAP":
            return f"MAP<VARCHAR, {_type(schema['memberSchema'])}>"
        case "DECIMAL":
            return f"DECIMAL({schema['parameters']['precision']}, {schema['parameters']['scale']})"
        case _:
            return SHORT.get(name, name)


def _member(field: Mapping[str, Any]) -> str:
    return f"{printed(field['name'])} {_type(field['schema'])}"
