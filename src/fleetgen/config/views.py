"""Views: joined, grouped or latest, by the keys that they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from fleetgen.config.metrics import Fault, parse_having, parse_metric
from fleetgen.config.reading import child, quote, suggest
from fleetgen.config.scope import Scope, raw_name, repeated
from fleetgen.mapping.column import Column, bare
from fleetgen.mapping.table import table
from fleetgen.pipeline import GroupedView, Having, Join, JoinedView, LatestView, Metric, Role, View

_Parsed = TypeVar("_Parsed", Metric, Having)

_KINDS: Final = {"join": ("join", "rename"), "group": ("group", "metrics", "having"), "latest": ("latest",)}
"""The key that makes a view one of a kind, and the keys that only this kind has."""


def build(scope: Scope, entries: Sequence[Mapping[str, Any] | None]) -> None:
    """Add the views to the scope in their order. What is wrong is noted, and the view's name is uncertain from then."""
    for number, entry in enumerate(entries):
        pointer = f"/views/{number}"
        view = None
        if entry is not None and scope.reading.is_clean(pointer):
            view = _build(scope, pointer, entry)
        if view is not None and scope.reading.is_clean(pointer):
            scope.add(view)
        elif (name := raw_name(scope.reading.document.tree["views"][number])) is not None:
            scope.uncertain.add(name)


def _build(scope: Scope, pointer: str, entry: Mapping[str, Any]) -> View | None:
    name, base = entry["name"], entry["from"]
    if scope.taken(name):
        message = f"{quote(name)} is the name of a stream or view already"
        scope.reading.error(
            "FG324", f"{pointer}/name", message, "streams and views share one space of names: rename it"
        )
        return None
    if other := scope.alike(name):
        message = f"the view {quote(name)} differs only in case from {quote(other)}"
        help = "files are named after both, and some systems see one file: rename it"
        scope.reading.error("FG315", f"{pointer}/name", message, help)
        return None
    kind = _kind(scope, pointer, entry)
    find = scope.find_stream if kind == "latest" else scope.find
    if kind is None or not find(f"{pointer}/from", base):
        return None
    match kind:
        case "join":
            return _joined(scope, pointer, entry)
        case "group":
            return _grouped(scope, pointer, entry)
        case _:
            return _latest(scope, pointer, entry)


def _kind(scope: Scope, pointer: str, entry: Mapping[str, Any]) -> str | None:
    found = [kind for kind, keys in _KINDS.items() if any(key in entry for key in keys)]
    if len(found) != 1:
        message = "a view is joined, grouped or latest; this is " + (" and ".join(found) if found else "none of them")
        help = "give it join, or group and metrics, or latest"
        scope.reading.error("FG320", pointer, message, help)
        return None
    missing = [key for key in {"join": ("join",), "group": ("group", "metrics")}.get(found[0], ()) if key not in entry]
    for key in missing:
        scope.reading.error("FG305", pointer, f"a view with {found[0]} lacks {key!r}", f"add {key} = ..")
    return None if missing else found[0]


def _joined(scope: Scope, pointer: str, entry: Mapping[str, Any]) -> View | None:
    joins: list[Join] = []
    for number, join in enumerate(entry["join"]):
        made = _join(scope, f"{pointer}/join/{number}", join, entry["from"])
        if made is not None and made.stream in {entry["from"], *(each.stream for each in joins)}:
            message = f"{quote(made.stream)} is in the view already"
            scope.reading.error("FG325", f"{pointer}/join/{number}/stream", message, "join each stream once")
        if made is not None:
            joins.append(made)
    if len(joins) < len(entry["join"]) or not scope.reading.is_clean(pointer):
        return None
    view = JoinedView(
        name=entry["name"],
        base=entry["from"],
        joins=tuple(joins),
        rename={},
        ksql_name=entry.get("ksql-name"),
        at=scope.reading.at(pointer),
    )
    return _renamed(scope, pointer, view, entry.get("rename", {}))


def _join(scope: Scope, pointer: str, entry: Mapping[str, str], base: str) -> Join | None:
    stream = scope.pipeline.stream(entry["stream"])
    if not scope.find_stream(f"{pointer}/stream", entry["stream"]) or stream is None:
        return None
    if not stream.key:
        message, help = f"{stream.name} has no key to join by", f'add key = [".."] to [streams.{stream.name}]'
        scope.reading.error("FG325", f"{pointer}/stream", message, help)
        return None
    ours, theirs = scope.inside(base), scope.inside(stream.name)
    for key in stream.key:
        if key not in ours:
            message = f"{base} has no column {quote(key)}, the key of {stream.name}"
            scope.reading.error("FG325", f"{pointer}/stream", message, "a join goes by columns of the same name")
        elif bare(ours[key]) != bare(theirs.get(key, "")):
            message = f"{key} is {bare(ours[key])} in {base} and {bare(theirs.get(key, ''))} in {stream.name}"
            scope.reading.error("FG325", f"{pointer}/stream", message, "give the field one type in both schemas")
    match = entry.get("match", "latest" if stream.role is Role.DIMENSION else "latest-before")
    if match == "latest-before" and scope.time_column(base) is None:
        message = f"{base} has no column with the message's time, before which to look for the latest"
        scope.reading.error("FG325", pointer, message, 'join with match = "latest"')
    return Join(stream.name, match)


def _renamed(scope: Scope, pointer: str, view: JoinedView, rename: Mapping[str, str]) -> View | None:
    names = [column.name for column in _columns(scope, view)]
    for old in rename:
        if old not in names:
            message = f"the view has no column {quote(old)}"
            scope.reading.error("FG306", child(f"{pointer}/rename", old), message, suggest(old, names), key=True)
    view = replace(view, rename=dict(rename))
    twice = repeated(_columns(scope, view))
    if twice is not None and scope.reading.is_clean(pointer):
        message = f"two columns of the view would be called {twice!r}"
        help = f'rename one of them: rename = {{ {twice} = ".." }}'
        scope.reading.error("FG326", pointer, message, help)
    return view


def _grouped(scope: Scope, pointer: str, entry: Mapping[str, Any]) -> View:
    base, group = entry["from"], tuple(entry["group"])
    columns = scope.inside(base)
    for number, name in enumerate(group):
        scope.require(f"{pointer}/group/{number}", name, base, columns)
    metrics = {}
    for name, text in entry["metrics"].items():
        at = child(f"{pointer}/metrics", name)
        metric = checked(scope, at, parse_metric(text, columns))
        if name in group:
            message = f"{quote(name)} is a column of the group already"
            scope.reading.error("FG326", at, message, "give the metric a name of its own", key=True)
        metrics[name] = metric or Metric("count")
    having = None
    if "having" in entry:
        having = checked(scope, f"{pointer}/having", parse_having(entry["having"], metrics, columns))
    return GroupedView(
        name=entry["name"],
        base=base,
        group=group,
        metrics=metrics,
        having=having,
        ksql_name=entry.get("ksql-name"),
        at=scope.reading.at(pointer),
    )


def _latest(scope: Scope, pointer: str, entry: Mapping[str, Any]) -> View:
    columns = scope.inside(entry["from"])
    for number, name in enumerate(entry["latest"]):
        scope.require(f"{pointer}/latest/{number}", name, entry["from"], columns)
    return LatestView(
        name=entry["name"],
        base=entry["from"],
        key=tuple(entry["latest"]),
        ksql_name=entry.get("ksql-name"),
        at=scope.reading.at(pointer),
    )


def _columns(scope: Scope, view: View) -> tuple[Column, ...]:
    """Those that a view would have that is not in the scope yet."""
    return table(replace(scope.pipeline, views=(*scope.pipeline.views, view)), view.name).columns


def checked(scope: Scope, pointer: str, parsed: _Parsed | Fault) -> _Parsed | None:
    """What was parsed; a fault is noted."""
    if isinstance(parsed, Fault):
        scope.reading.error(parsed.code, pointer, parsed.message, parsed.help)
        return None
    return parsed
