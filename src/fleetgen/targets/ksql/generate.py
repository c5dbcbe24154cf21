"""Pipeline -> generated/ksql: the streams, their connectors, and the views that ksqlDB can keep filled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fleetgen.errors import Finding
from fleetgen.pipeline import Format, Pipeline, Role, Stream
from fleetgen.targets.base import Output
from fleetgen.targets.ksql import sources
from fleetgen.targets.ksql.connectors import connector
from fleetgen.targets.ksql.namespace import Namespace, allot
from fleetgen.targets.ksql.types import by_path
from fleetgen.targets.ksql.views import add_views
from fleetgen.templating import Templates

_NOTES: Final = {
    "confluent-cloud": ("The topic must be there before the connector: the statements in streams/ make it.",),
}

_REGISTERED: Final = (
    "The registry must know the schema of the topic's producer first, so start the connector before: else ksqlDB",
    "registers one of its own making, and the producer's is refused as incompatible with it.",
)


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
    add_views(output, pipeline, space)
    if any(name.startswith(("ksql/", "connect/")) for name in templates.own):
        output.findings.extend(_recognised(output))
    return output


def _recognised(output: Output) -> list[Finding]:
    """What a project's own templates give is read back. Reading takes longer than writing, and what the bundled
    templates give is proved to be read by the tests.
    """
    from fleetgen.targets.ksql.recognise import recognise

    return recognise(output.files, output.origins)


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
        notes=_REGISTERED if stream.format is Format.AVRO else (),
        statements=statements,
    )


def _add_connector(output: Output, platform: str, stream: Stream, config: str) -> None:
    """The same name and configuration as Connect's own file: one of the two is applied."""
    output.add(
        f"ksql/{platform}/connectors/{stream.name}.sql",
        "ksql/connector.sql.jinja",
        source=stream.path,
        connector=connector(config),
        notes=_NOTES.get(platform, ()),
    )
