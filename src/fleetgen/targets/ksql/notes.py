"""What is told of a ksqlDB server beside the changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fleetgen.targets.ksql import described
from fleetgen.targets.ksql.objects import Object


def beside(
    wanted: Mapping[str, Object], told: Mapping[str, Mapping[str, Any]], there: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """What others have over our topics, or fill ours with. `told`: by name what DESCRIBE tells, `there`: LIST."""
    topics = {each.topic for each in wanted.values()}
    for name, each in sorted(there.items()):
        if name not in wanted and each["topic"] in topics:
            kind = str(each["type"]).lower()
            yield f"ksql {kind} {name} is over the topic {each['topic']} and not of generated/: it is left alone"
    for name, description in told.items():
        if others := described.inserting(description):
            yield f"ksql {wanted[name].kind} {name} is also filled by {', '.join(others)}, which is left alone"


def unregistered(wanted: Mapping[str, Object], there: Mapping[str, object]) -> Iterator[str]:
    """The server registers a schema of its own making, unless the producer's is there."""
    for name, each in wanted.items():
        if each.is_registered and name not in there:
            yield (
                f"ksql {each.kind} {name} is of the format avro, and this profile registers no schema: let the "
                f"producer's be in the registry first as {each.topic}-value, or ksqlDB registers another one"
            )
