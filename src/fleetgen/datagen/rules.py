"""The lint of annotations. A rule is one small function in `meaning`, `connector` or `registered`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from fleetgen.datagen import connector, iterations, meaning, registered
from fleetgen.datagen.spots import find
from fleetgen.errors import Finding, Severity
from fleetgen.pipeline import Format, Pipeline, Stream

QUIET: Final = frozenset({"FG236"})
"""Rules that say nothing unless the configuration asks for them."""

_REGISTERED: Final = (registered.logical_lost,)


def lint(stream: Stream, wanted: Collection[str] = ()) -> list[Finding]:
    """What is broken in a stream's annotations; where Datagen fills its topic, also what that does not do as meant.

    `wanted` are the codes among `QUIET` that are asked for.
    """
    spots = list(find(stream.record))
    filled = stream.source.kind == "datagen"
    bare = connector.BARE if filled else ()
    if filled and stream.format is Format.AVRO:
        bare = (*bare, *_REGISTERED)
    rules = (*meaning.RULES, *(connector.RULES if filled else ()), *bare)
    found = [
        finding for spot in spots for rule in (bare if spot.args is None else rules) for finding in rule(spot)
    ]  # most types of a schema have no annotation
    if filled:
        found += [finding for spot in spots for finding in iterations.several_tasks(stream, spot)]
        found += iterations.resumed(spots)
    silent = QUIET.difference(wanted)
    return [finding for finding in dict.fromkeys(found) if finding.code not in silent]


def keyless(pipeline: Pipeline) -> list[Finding]:
    """Streams whose messages Datagen sends without a key, where a key matters: on several partitions, or beside
    streams that have one."""
    keyed = [stream.name for stream in pipeline.streams if stream.key]
    found = []
    for stream in pipeline.streams:
        if stream.source.kind != "datagen" or stream.key or not (keyed or stream.partitions > 1):
            continue
        reason = f"{stream.partitions} partitions hold them in no order" if stream.partitions > 1 else "others have one"
        message = f"{stream.name}: Datagen sends its messages without a key, and {reason}"
        help = f'name the fields that identify the thing: [tool.fleetgen.streams.{stream.name}] key = [".."]'
        found.append(Finding("FG233", Severity.WARNING, message, help, stream.record.at))
    return found
