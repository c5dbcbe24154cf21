"""The views that ksqlDB keeps filled: a STREAM for a joined one, a TABLE for a grouped one."""

from __future__ import annotations

from typing import Any

from fleetgen.errors import Finding, Severity
from fleetgen.pipeline import GroupedView, JoinedView, Pipeline, View
from fleetgen.targets.base import Output
from fleetgen.targets.ksql import grouped, joined
from fleetgen.targets.ksql.namespace import Namespace, title


def add_views(output: Output, pipeline: Pipeline, space: Namespace) -> None:
    """Every view that has a name in `space`, as far as ksqlDB can compute it; a finding says why not."""
    made: dict[str, joined.Query] = {}
    for view in pipeline.views:
        match view:
            case JoinedView() if view.name in space.queries:
                _add_joined(output, pipeline, view, space, made)
            case GroupedView():
                _add_grouped(output, pipeline, view, space, made)
            case _:
                pass


def _add_joined(
    output: Output, pipeline: Pipeline, view: JoinedView, space: Namespace, made: dict[str, joined.Query]
) -> None:
    try:
        query = joined.query(pipeline, view, space.sources, space.tables)
    except joined.Unjoinable as error:
        help = "the other targets have it; `fleetgen explain FG437` says what ksqlDB can join"
        output.findings.append(_warning(view, "FG437", f"{error}: it is left out of ksqlDB", help))
        return
    for column in query.shouting:
        message = f"passes on the column {column!r}, inside which ksqlDB writes names in upper case"
        output.findings.append(_warning(view, "FG438", message, "read those names in upper case, or flatten the field"))
    made[view.name] = query
    _add(output, pipeline, view, "ksql/query.sql.jinja", name=space.queries[view.name], query=query)


def _add_grouped(
    output: Output, pipeline: Pipeline, view: GroupedView, space: Namespace, made: dict[str, joined.Query]
) -> None:
    try:
        query = grouped.query(pipeline, view, space.sources, made)
    except grouped.Ungroupable as error:
        help = "the other targets have it; `fleetgen explain FG460` says what ksqlDB can compute"
        output.findings.append(_warning(view, "FG460", f"{error}: it is left out of ksqlDB", help))
        return
    if view.name in space.queries:
        base = space.sources.get(view.base) or space.queries[view.base]
        _add(output, pipeline, view, "ksql/grouped.sql.jinja", name=space.queries[view.name], base=base, query=query)


def _add(output: Output, pipeline: Pipeline, view: View, template: str, /, **context: Any) -> None:
    for platform in pipeline.platforms.get("ksql", ()):
        output.add(f"ksql/{platform}/queries/{view.name}.sql", template, topic=title(view), **context)


def _warning(view: View, code: str, message: str, help: str) -> Finding:
    return Finding(code, Severity.WARNING, f"view {view.name} {message}", help, view.at)
