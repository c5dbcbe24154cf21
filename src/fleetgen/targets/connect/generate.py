"""Pipeline -> generated/connect: a Datagen source and a ClickHouse sink for each stream, as Connect takes them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from fleetgen.errors import Finding, FleetgenError, Severity
from fleetgen.mapping import names, store
from fleetgen.mapping.key import message_key
from fleetgen.pipeline import Pipeline, Stream
from fleetgen.targets.base import Output
from fleetgen.targets.connect import sink, transforms, values
from fleetgen.targets.connect.datagen import obstacles
from fleetgen.targets.connect.types import by_path
from fleetgen.templating import Templates

CLOUD: Final = "confluent-cloud"
SOURCES: Final = {
    "self-managed": "connect/source.json.jinja",
    CLOUD: "connect/source-cloud.json.jinja",
}
SINKS: Final = {
    "self-managed": "connect/sink.json.jinja",
    CLOUD: "connect/sink-cloud.json.jinja",
}
BY_KEY: Final = (
    ("kafka.auth.mode", "KAFKA_API_KEY"),
    ("kafka.api.key", "${profile:kafka.user}"),
    ("kafka.api.secret", "${profile:kafka.password}"),
)
BY_ACCOUNT: Final = (
    ("kafka.auth.mode", "SERVICE_ACCOUNT"),
    ("kafka.service.account.id", "${profile:connect.service-account}"),
)
"""How a connector on Confluent Cloud reaches Kafka. A self-managed worker knows it for all of its connectors."""


def generate(pipeline: Pipeline, templates: Templates, earlier: Mapping[str, Output]) -> Output:
    output = Output(templates)
    for stream in pipeline.streams:
        output.types[stream.name] = by_path(stream.record)
        runs = stream.source.kind == "datagen" and not _refused(output, stream)
        # What ClickHouse cannot hold has no landing: its target says so.
        lands = "clickhouse" not in earlier or stream.name in earlier["clickhouse"].types
        passes = lands and not _resolved(output, stream, pipeline.database)
        if passes:
            output.findings.extend(sink.warnings(stream))
        for platform in pipeline.platforms.get("connect", ()):
            if runs:
                _add_source(output, platform, stream, pipeline)
            if passes:
                _add_sink(output, platform, stream, pipeline)
    return output


def _refused(output: Output, stream: Stream) -> bool:
    """Whether Datagen cannot send the stream; its findings say why, also where only the key is lost."""
    found = [
        Finding(
            obstacle.code,
            Severity.WARNING,
            f"{stream.name}.{obstacle.path} {obstacle.message}: the stream gets no source connector",
            obstacle.help,
            obstacle.at,
        )
        for obstacle in obstacles(stream)
    ]
    output.findings.extend(found or _lost_key(stream))
    return bool(found)


def _lost_key(stream: Stream) -> Iterator[Finding]:
    if stream.key and message_key(stream) is None:
        what = f"has the key {', '.join(stream.key)}, which is no single field that text can tell"
        yield _warning(
            stream,
            "FG421",
            f"{what}: its messages get no key",
            "use one field of type int, long, float, double, string or enum as the key",
        )


def _resolved(output: Output, stream: Stream, database: str) -> bool:
    """Whether a value would be taken for a reference by Connect, which knows no escape."""
    if "${" not in database:
        return False
    message = f"cannot be sent to the database {database!r}: Connect would resolve the reference in its name"
    output.findings.append(_warning(stream, "FG426", message, "choose a database name without ${"))
    return True


def _warning(stream: Stream, code: str, message: str, help: str) -> Finding:
    return Finding(code, Severity.WARNING, f"{stream.name} {message}", help, stream.record.at)


def _add_source(output: Output, platform: str, stream: Stream, pipeline: Pipeline) -> None:
    key = message_key(stream)
    iterations = stream.source.iterations
    _add(
        output,
        f"connect/{platform}/{stream.name}-source.json",
        SOURCES[platform],
        name=f"{stream.name}-source",
        topic=stream.topic,
        tasks=str(stream.source.tasks),
        max_interval=str(stream.source.max_interval),
        iterations=None if iterations is None else str(iterations),
        schema=stream.schema,
        key=None if key is None else key.name,
        access=_access(pipeline),
        converter=values.converter(stream, pipeline),
        managed=values.managed(stream, "output.data.format"),
    )


def _add_sink(output: Output, platform: str, stream: Stream, pipeline: Pipeline) -> None:
    """The push landing is filled as anybody else fills it."""
    _add(
        output,
        f"connect/{platform}/{stream.name}-sink.json",
        SINKS[platform],
        name=f"{stream.name}-sink",
        topic=stream.topic,
        table_map=f"{stream.topic}={names.push(stream)}",
        database=pipeline.database,
        dead_letters=f"{stream.name}-sink-dead-letters",
        access=_access(pipeline),
        converter=values.converter(stream, pipeline),
        managed=values.managed(stream, "input.data.format"),
        settings=values.settings(stream),
        transforms=transforms.properties(stream, store.meta(stream), is_managed=platform == CLOUD),
    )


def _access(pipeline: Pipeline) -> tuple[tuple[str, str], ...]:
    return BY_ACCOUNT if pipeline.service_account else BY_KEY


def _add(output: Output, path: str, template: str, /, **context: object) -> None:
    """Add a file and hold it to what Connect takes: a template of the project's own may have broken it.

    Raises FleetgenError if it is not a name with a configuration of strings.
    """
    output.add(path, template, **context)
    try:
        connector = json.loads(output.files[path])
    except ValueError as error:
        raise _no_connector(template, f"what it gives is no JSON: {error}") from error
    config = connector.get("config") if isinstance(connector, dict) else None
    if not isinstance(config, dict) or connector.get("name") != context["name"]:
        raise _no_connector(template, f"it gives no connector named {context['name']!r}")
    if wrong := [key for key, value in config.items() if not isinstance(value, str)]:
        raise _no_connector(template, f"Connect takes strings only, unlike {', '.join(wrong)}")


def _no_connector(template: str, message: str) -> FleetgenError:
    help = "compare it with the template of the same name that comes with fleetgen: every value is a quoted string"
    return FleetgenError(f"templates/{template}: FG428 error: {message}\n  help: {help}")
