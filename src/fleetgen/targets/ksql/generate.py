"""Pipeline -> generated/ksql: the streams, their connectors, and the views that ksqlDB can keep filled."""

from __future__ import annotations

import json
from collections.abc import Mapping

from fleetgen.errors import Finding, Severity
from fleetgen.pipeline import JoinedView, Pipeline, Role, Stream
from fleetgen.targets.base import Output
from fleetgen.targets.ksql import joined, sources
from fleetgen.targets.ksql.namespace import Namespace, allot, title
from fleetgen.targets.ksql.types import by_path
from fleetgen.templating import Templates


def generate(pipeline: Pipeline, templates: Templates, earlier: Mapping[str, Output]) -> Output:
    output = Output(templates)
    streams = [stream for stream in pipeline.streams if _expressible(output, stream)]
    space = allot(pipeline, streams, output.findings)
    configs = earlier["connect"].files if "connect" in earlier else {}
    for stream in streams:
        output.types[stream.name] = by_path(stream.record)
        output.findings.extend(sources.key_warnings(stream))
        for platform in pipeline.platforms.get("ksql", ()):
            _add_stream(output, platform, stream, space)
            config = configs.get(f"connect/{platform}/{stream.name}-source.json")
            if config is not None:
                _add_connector(output, platform, stream, config)
    for view in pipeline.views:
        if isinstance(view, JoinedView) and view.name in space.queries:
            _add_view(output, pipeline, view, space)
    return output


def _expressible(output: Output, stream: Stream) -> bool:
    found = list(sources.reasons(stream))
    output.findings.extend(found)
    return not found


def _add_stream(output: Output, platform: str, stream: Stream, space: Namespace) -> None:
    """An event's TABLE stands behind its STREAM in one file: the first of the two makes the topic."""
    statements = [sources.primary(stream, space.sources[stream.name])]
    if stream.role is Role.EVENT and stream.name in space.tables:
        statements.append(sources.latest(stream, space.tables[stream.name]))
    output.add(
        f"ksql/{platform}/streams/{stream.name}.sql",
        "ksql/stream.sql.jinja",
        source=stream.path,
        doc=stream.record.doc,
        statements=statements,
    )


def _add_connector(output: Output, platform: str, stream: Stream, config: str) -> None:
    """The same name and configuration as Connect's own file: one of the two is applied."""
    output.add(
        f"ksql/{platform}/connectors/{stream.name}.sql",
        "ksql/connector.sql.jinja",
        source=stream.path,
        connector=json.loads(config),
    )


def _add_view(output: Output, pipeline: Pipeline, view: JoinedView, space: Namespace) -> None:
    try:
        query = joined.query(pipeline, view, space.sources, space.tables)
    except joined.Unjoinable as error:
        help = "the other targets have it; `fleetgen explain FG437` says what ksqlDB can join"
        output.findings.append(_warning(view, "FG437", f"{error}: it is left out of ksqlDB", help))
        return
    for column in query.shouting:
        message = f"passes on the column {column!r}, inside which ksqlDB writes names in upper case"
        output.findings.append(_warning(view, "FG438", message, "read those names in upper case, or flatten the field"))
    for platform in pipeline.platforms.get("ksql", ()):
        output.add(
            f"ksql/{platform}/queries/{view.name}.sql",
            "ksql/query.sql.jinja",
            name=space.queries[view.name],
            topic=title(view),
            query=query,
        )


def _warning(view: JoinedView, code: str, message: str, help: str) -> Finding:
    return Finding(code, Severity.WARNING, f"view {view.name} {message}", help, view.at)
