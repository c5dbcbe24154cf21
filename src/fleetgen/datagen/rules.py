"""The lint of annotations. A rule is one small function in `meaning` or `connector`."""

from __future__ import annotations

from fleetgen.datagen import connector, meaning
from fleetgen.datagen.spots import find
from fleetgen.errors import Finding
from fleetgen.pipeline import Stream


def lint(stream: Stream) -> list[Finding]:
    """What is broken in a stream's annotations; where Datagen fills its topic, also what that does not do as meant."""
    rules = (*meaning.RULES, *connector.RULES) if stream.source.kind == "datagen" else meaning.RULES
    found = [finding for spot in find(stream.record) for rule in rules for finding in rule(spot)]
    return list(dict.fromkeys(found))
