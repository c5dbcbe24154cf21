"""An asset as flat text: what a plan compares, and names when it differs.

Compared is what the bundle says. What Superset adds to an asset, or people in keys and rows of their own, is theirs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from fleetgen.targets.preset import layout
from fleetgen.targets.preset.assets import MASK, Asset, Data

STORED: Final = "stored"
_ALIASES: Final = {"allow_csv_upload": "allow_file_upload"}
# Compared elsewhere, or never exported.
_APART: Final = frozenset(
    {
        "version", "is_managed_externally", "external_url", "sqlalchemy_uri", "columns", "metrics", "params",
        "query_context", "position", "metadata",
    }
)  # fmt: skip
_ROWS: Final = {"columns": "column_name", "metrics": "metric_name"}


def facts(asset: Asset, like: Asset) -> dict[str, str]:
    """Of an asset, desired or live, what the desired asset `like` says of it."""
    found = dict(_scalars(asset.data, like.data))
    match asset.kind:
        case "database":
            found |= _connection(asset.data)
        case "dataset":
            for kind, key in _ROWS.items():
                found |= dict(_rows(kind.removesuffix("s"), key, asset.data.get(kind), like.data.get(kind)))
        case "chart":
            found |= dict(_chart(asset.data, like.data))
        case _:
            found |= dict(_dashboard(asset.data, like.data))
    return found


def query(chart: Data) -> Any:
    """What a chart asks, as its API answers it."""
    try:
        return json.loads(chart.get("query_context") or "{}").get("queries")
    except (ValueError, AttributeError):
        return None


def narrow(value: Any, like: Any) -> Any:
    """Of a value that Superset has enriched, what `like` has too."""
    match value, like:
        case dict(), dict():
            return {key: narrow(value.get(key), part) for key, part in like.items()}
        case list(), list() if len(value) == len(like):
            return [narrow(each, part) for each, part in zip(value, like, strict=True)]
        case _:
            return value


def _scalars(data: Data, like: Data) -> Iterator[tuple[str, str]]:
    named = {_ALIASES.get(key, key): value for key, value in data.items()}
    for key, wanted in like.items():
        if key not in _APART:
            key = _ALIASES.get(key, key)
            yield from _fact(key, narrow(named.get(key), wanted))


def _fact(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Null and empty are the same to Superset, and no fact."""
    if value is not None and value != "" and value != [] and value != {}:
        yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _connection(data: Data) -> dict[str, str]:
    """Never the password: a file that holds one is not taken at its word."""
    uri = str(data["sqlalchemy_uri"])
    scheme, _, rest = uri.partition("://")
    login, at, address = rest.rpartition("@")
    user, colon, password = login.partition(":")
    found = {"address": f"{scheme}://{user}{at}{address}"}
    return found | ({"password": STORED if password == MASK else "in the address"} if colon else {})


def _rows(what: str, key: str, rows: Any, like: Any) -> Iterator[tuple[str, str]]:
    """A fact for each member of each column and metric that the bundle has."""
    there = {row[key]: row for row in rows or []}
    for ours in like or []:
        row = there.get(ours[key])
        if row is None:
            continue
        yield f"{what} {ours[key]}", "there"
        for member, wanted in ours.items():
            value = row.get(member)
            if member == "type" and str(value).upper() == str(wanted).upper():
                value = wanted  # "sync columns" writes it in capitals
            if member != key:
                yield from _fact(f"{what} {ours[key]}: {member}", value)


def _chart(data: Data, like: Data) -> Iterator[tuple[str, str]]:
    params = data.get("params") or {}
    for key, wanted in (like.get("params") or {}).items():
        yield from _fact(f"params: {key}", narrow(params.get(key), wanted))
    yield from _fact("query", narrow(query(data), query(like)))


def _dashboard(data: Data, like: Data) -> Iterator[tuple[str, str]]:
    metadata, wanted = data.get("metadata") or {}, like.get("metadata") or {}
    for key, value in wanted.items():
        if key != layout.FILTERS:
            yield from _fact(f"metadata: {key}", narrow(metadata.get(key), value))
    yield from _filters(metadata.get(layout.FILTERS), wanted.get(layout.FILTERS))
    yield from layout.places(data.get("position") or {}, layout.names(like.get("position") or {})).items()


def _filters(filters: Iterable[Data] | None, like: Iterable[Data] | None) -> Iterator[tuple[str, str]]:
    there = {each["id"]: each for each in filters or []}
    for ours in like or []:
        if ours["id"] in there:
            yield from _fact(f"filter {ours['name']}", narrow(there[ours["id"]], ours))
