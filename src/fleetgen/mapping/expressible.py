"""What ClickHouse can hold of a pipeline: the rest is left out, and a finding says why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fleetgen.errors import Finding, Place, Severity
from fleetgen.mapping import landing, limits, names
from fleetgen.mapping.table import table
from fleetgen.pipeline import Format, JoinedView, Pipeline, Stream, View, remembered


@remembered
def reduce(pipeline: Pipeline) -> tuple[Pipeline, tuple[Finding, ...]]:
    """The pipeline without what ClickHouse cannot hold, and what there is to say."""
    findings: list[Finding] = []
    taken = dict.fromkeys(_dead_letters(pipeline), "the dead letters")
    streams = [stream for stream in pipeline.streams if _holds_stream(pipeline, stream, taken, findings)]
    held = replace(pipeline, streams=tuple(streams), views=())
    for view in pipeline.views:
        wider = replace(held, views=(*held.views, view))
        if _holds_view(wider, view, taken, findings):
            held = wider
    return held, tuple(findings)


def can_pull(stream: Stream) -> bool:
    """Whether no field bears the name of a column of the Kafka engine: of two of one name it stores neither."""
    return not _fields(stream).intersection((*landing.FAILURE, *landing.VIRTUAL))


def _holds_stream(pipeline: Pipeline, stream: Stream, taken: dict[str, str], findings: list[Finding]) -> bool:
    ours = names.of(stream, spread=_is_spread(pipeline))
    found = limits.findings(stream) or _meeting(ours, f"stream {stream.name}", stream.record.at, taken)
    if found:
        findings += found
        return False
    taken.update(dict.fromkeys(ours, f"stream {stream.name}"))
    findings += [*_deep(stream), *_pulling(stream), *_reading(stream)]
    return True


def _holds_view(pipeline: Pipeline, view: View, taken: dict[str, str], findings: list[Finding]) -> bool:
    found = list(_absent(pipeline, view)) or list(_unmade(pipeline, view))
    found = found or _meeting((view.name,), f"view {view.name}", view.at, taken)
    findings += found
    taken.setdefault(view.name, f"view {view.name}")
    return not found


def _dead_letters(pipeline: Pipeline) -> tuple[str, ...]:
    local = [names.local(names.DEAD_LETTERS)] if _is_spread(pipeline) else []
    return (names.DEAD_LETTERS, *local)


def _is_spread(pipeline: Pipeline) -> bool:
    """Whether one of the platforms keeps tables in parts: what one of them lacks, all lack."""
    return names.CLUSTER in pipeline.platforms.get("clickhouse", ())


def _meeting(ours: tuple[str, ...], owner: str, at: Place, taken: dict[str, str]) -> list[Finding]:
    name = next((name for name in ours if name in taken), None)
    if name is None:
        return []
    message = f"the table {name} of {owner} is also one of {taken[name]}: {owner} is left out of ClickHouse"
    return [Finding("FG401", Severity.ERROR, message, "rename one of the two", at)]


def _reading(stream: Stream) -> Iterator[Finding]:
    """What ClickHouse's reader of the stream's format makes of it."""
    if stream.format is Format.AVRO:
        from fleetgen.mapping import avro_warnings

        yield from avro_warnings.warnings(stream)


def _deep(stream: Stream) -> Iterator[Finding]:
    for field in stream.record.fields:
        levels = limits.depth(field.type)
        if levels > limits.MOST_LEVELS:
            message = f"{levels} records within each other make each insert into {stream.name} slow"
            help = f"ClickHouse takes twice as long for each level beyond {limits.MOST_LEVELS}: flatten some of them"
            yield Finding("FG415", Severity.WARNING, message, help, field.at)


def _pulling(stream: Stream) -> Iterator[Finding]:
    """Where a field bears the name of a column of the Kafka engine."""
    at = {field.name: field.at for field in stream.record.fields}
    for name in (*landing.FAILURE, *landing.VIRTUAL):
        if name in at:
            message = f"{stream.name} has no Kafka landing: ClickHouse's Kafka engine has a column {name} of its own"
            yield Finding("FG413", Severity.WARNING, message, "rename the field, or let something push", at[name])


def _absent(pipeline: Pipeline, view: View) -> Iterator[Finding]:
    joined = [join.stream for join in view.joins] if isinstance(view, JoinedView) else []
    for name in (view.base, *joined):
        if pipeline.stream(name) is None and all(other.name != name for other in pipeline.views[:-1]):
            message = f"the view {view.name} is left out of ClickHouse: it reads {name}, which is not there"
            yield Finding("FG402", Severity.WARNING, message, f"mend what keeps {name} out", view.at)


def _unmade(pipeline: Pipeline, view: View) -> Iterator[Finding]:
    made = table(pipeline, view.name)
    if name := limits.repeated(column.name for column in made.columns):
        message = f"two columns of the view {view.name} would be called {name}: it is left out of ClickHouse"
        yield Finding("FG403", Severity.ERROR, message, "give one of them another name under rename", view.at)
    asof = isinstance(view, JoinedView) and any(join.match == "latest-before" for join in view.joins)
    if asof and table(pipeline, view.base).time is None:
        message = f"the view {view.name} is left out of ClickHouse: {view.base} has no time to join latest-before"
        yield Finding("FG404", Severity.ERROR, message, 'join with match = "latest", or start from a stream', view.at)


def _fields(stream: Stream) -> set[str]:
    return {field.name for field in stream.record.fields}
