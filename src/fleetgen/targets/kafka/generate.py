"""Pipeline -> generated/kafka: what each topic is to be, and the schema of one in the format avro."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from operator import attrgetter

from fleetgen.errors import Finding, Severity
from fleetgen.mapping.key import always_keyed
from fleetgen.pipeline import Format, Pipeline, Role, Stream
from fleetgen.targets.base import Output
from fleetgen.templating import Templates


def generate(pipeline: Pipeline, templates: Templates, earlier: Mapping[str, Output]) -> Output:
    output = Output(templates)
    for topic, group in groupby(sorted(pipeline.streams, key=attrgetter("topic", "name")), key=attrgetter("topic")):
        first, *others = group
        output.findings.extend(_disagreement(first, other) for other in others if _facts(other) != _facts(first))
        output.add(
            f"kafka/{topic}.json",
            "kafka/topic.json.jinja",
            topic=topic,
            partitions=first.partitions,
            config=settings(first),
        )
        written = [stream for stream in (first, *others) if stream.format is Format.AVRO]
        output.findings.extend(_ambiguity(written[0], other) for other in written[1:])
        for stream in written[:1]:
            _add_subject(output, stream)
    return output


def _add_subject(output: Output, stream: Stream) -> None:
    from fleetgen.mapping import registered  # with the format avro only

    schema = registered.schema(stream)
    head = {key: value for key, value in schema.items() if key != "fields"}
    path = f"kafka/subjects/{registered.subject(stream)}.avsc"
    output.add(path, "kafka/subject.avsc.jinja", head=head, fields=schema["fields"])


def settings(stream: Stream) -> dict[str, str]:
    """The topic's configuration, as Kafka writes it: text.

    A dimension is compacted, so that the newest row of a key outlives every retention: that is also what ksqlDB makes
    of the topic of a TABLE. Only where each message surely has a key: a compacted topic refuses one without, and the
    connector's task fails.
    """
    compacted = stream.role is Role.DIMENSION and always_keyed(stream)
    if stream.retention_ms is None:
        return {"cleanup.policy": "compact" if compacted else "delete"}
    policy = "compact,delete" if compacted else "delete"
    return {"cleanup.policy": policy, "retention.ms": str(stream.retention_ms)}


def _facts(stream: Stream) -> tuple[int, dict[str, str]]:
    return stream.partitions, settings(stream)


def _ambiguity(first: Stream, other: Stream) -> Finding:
    return Finding(
        "FG405",
        Severity.ERROR,
        f"topic {other.topic!r} would have the schemas of two streams: {first.name!r} and {other.name!r}",
        f"give each a topic of its own, as the format avro needs; that of {first.name!r} is followed",
        other.record.at,
    )


def _disagreement(first: Stream, other: Stream) -> Finding:
    return Finding(
        "FG420",
        Severity.ERROR,
        f"topic {other.topic!r} is set up differently by the streams {first.name!r} and {other.name!r}",
        f"give both the same partitions, retention and role, or a topic each; {first.name!r} is followed",
        other.record.at,
    )
