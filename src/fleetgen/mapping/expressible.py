"""What ClickHouse can hold of a pipeline: the rest is left out, and a finding says why."""

from __future__ import annotations

from fleetgen.errors import Finding
from fleetgen.mapping import landing
from fleetgen.pipeline import Pipeline, Stream


def reduce(pipeline: Pipeline) -> tuple[Pipeline, tuple[Finding, ...]]:
    """The pipeline without what ClickHouse cannot hold, and what there is to say."""
    return pipeline, ()


def can_pull(stream: Stream) -> bool:
    """Whether a Kafka table can tell a message that it could not parse: a field may bear the name that says so."""
    return not {field.name for field in stream.record.fields}.intersection(landing.FAILURE)
