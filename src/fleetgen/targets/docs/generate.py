"""Pipeline -> generated/docs: a page per stream, an index and the lineage, from what the other targets made."""

from __future__ import annotations

from collections.abc import Mapping

from fleetgen.pipeline import GroupedView, JoinedView, LatestView, Pipeline, Stream, View
from fleetgen.targets.base import Output
from fleetgen.targets.docs import fields, lineage, pages
from fleetgen.targets.docs.elsewhere import Earlier
from fleetgen.targets.docs.fields import Coverage
from fleetgen.templating import Templates

CONFIGURATION = "the configuration"


def generate(pipeline: Pipeline, templates: Templates, earlier: Mapping[str, Output]) -> Output:
    output = Output(templates)
    made = Earlier(earlier)
    coverage = {stream.name: fields.coverage(pages.entries(stream)) for stream in pipeline.streams}
    output.add(
        "docs/index.md",
        "docs/index.md.jinja",
        pipeline=pipeline,
        source=CONFIGURATION,
        to_change=CONFIGURATION,
        links={stream.name: page(stream) for stream in pipeline.streams},
        coverage=coverage,
        whole=fields.together(coverage),
        counts=[
            _count(len(pipeline.streams), "stream"),
            _count(len(pipeline.views), "view"),
            _count(len(pipeline.charts), "chart"),
        ],
        views=[(view, _kind(view), ", ".join(pages.reads(view))) for view in pipeline.views],
    )
    for stream in pipeline.streams:
        _add_page(output, pipeline, stream, made, coverage[stream.name])
    output.add(
        "docs/lineage.md",
        "docs/lineage.md.jinja",
        source=CONFIGURATION,
        to_change=CONFIGURATION,
        flowcharts=lineage.flowcharts(pipeline, made),
    )
    return output


def page(stream: Stream) -> str:
    """The file of a stream's page. The two that are no stream's come first; no stream has a hyphen in its name."""
    return f"{stream.name}-stream.md" if stream.name.lower() in ("index", "lineage") else f"{stream.name}.md"


def _add_page(output: Output, pipeline: Pipeline, stream: Stream, earlier: Earlier, coverage: Coverage) -> None:
    views, charts = pages.readers(pipeline, stream)
    output.add(
        f"docs/{page(stream)}",
        "docs/stream.md.jinja",
        stream=stream,
        source=stream.path or CONFIGURATION,
        to_change="the schema" if stream.path else CONFIGURATION,
        facts=_facts(stream),
        rows=pages.rows(stream, earlier),
        added=pages.added(stream, earlier),
        values=pages.values(stream),
        views=views,
        charts=charts,
        notes=earlier.notes(stream),
        coverage=coverage,
    )


def _facts(stream: Stream) -> list[tuple[str, str, str]]:
    """(name, code, words): what is configured. The names are those of the configuration."""
    interval = f"Datagen, at most {stream.source.max_interval} ms between two messages"
    facts = [
        ("record", stream.record.fullname, ""),
        ("role", stream.role.value, ""),
        ("topic", stream.topic, ""),
        ("key", ", ".join(stream.key), "" if stream.key else "none"),
        ("time", stream.time or "", "" if stream.time else "the message's"),
        ("format", stream.format.value, ""),
        ("partitions", str(stream.partitions), ""),
        ("source", "", interval if stream.source.kind == "datagen" else "not from here"),
    ]
    if stream.retention_ms is not None:
        facts.append(("retention", "", f"{_duration(stream.retention_ms)} in Kafka"))
    if stream.ttl_days is not None:
        facts.append(("ttl", "", f"{stream.ttl_days} d in ClickHouse"))
    return facts


def _duration(milliseconds: int) -> str:
    for size, unit in ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s")):
        if milliseconds and milliseconds % size == 0:
            return f"{milliseconds // size} {unit}"
    return f"{milliseconds} ms"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _kind(view: View) -> str:
    match view:
        case JoinedView():
            return "joined"
        case GroupedView():
            return "grouped"
        case LatestView():
            return "latest"
