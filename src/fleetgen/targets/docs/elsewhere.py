"""What the targets before this one made of a stream, a view or a chart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from fleetgen.errors import Finding
from fleetgen.pipeline import Chart, Stream
from fleetgen.targets.base import Output

TARGETS: Final = ("clickhouse", "connect", "ksql", "preset")
"""Those that see types; a topic of Kafka has none."""

Earlier = Mapping[str, Output]


def has_stream(earlier: Earlier, target: str, stream: str) -> bool:
    return target in earlier and stream in earlier[target].types


def type_of(earlier: Earlier, target: str, stream: str, path: str) -> str:
    """The type that a target gives a field, empty if it has none."""
    return earlier[target].types.get(stream, {}).get(path, "") if target in earlier else ""


def has_file(earlier: Earlier, target: str, *stems: str) -> bool:
    """Whether a target made a file of one of these names, whatever its folder and ending."""
    return target in earlier and any(PurePosixPath(path).stem in stems for path in earlier[target].files)


def has_table(earlier: Earlier, folder: str, name: str) -> bool:
    """Whether a folder of a target ("ksql/queries") holds a file for a table; a bundle may put a 0 before its name."""
    target, _, inside = folder.partition("/")
    found = (PurePosixPath(path) for path in (earlier[target].files if target in earlier else ()))
    return any(inside in path.parts and path.stem in (name, f"0{name}") for path in found)


def has_chart(earlier: Earlier, chart: Chart) -> bool:
    """Whether the bundle holds the chart: one that it leaves out has a finding of its own."""
    if not has_table(earlier, "preset/datasets", chart.view):
        return False
    return all(finding.place != chart.at or not chart.at.path for finding in earlier["preset"].findings)


def notes(earlier: Earlier, stream: Stream) -> list[tuple[str, str]]:
    """(target, message): which target leaves the stream out, and what each has to say about it."""
    found: list[tuple[str, str]] = []
    for target, output in sorted(earlier.items()):
        said = [finding.message for finding in output.findings if _is_about(finding, stream)]
        if target in TARGETS and stream.name not in output.types:
            said = said or ["no reason was given"]
            found.append((target, "has no such stream"))
        found.extend((target, message) for message in dict.fromkeys(said))
    return found


def _is_about(finding: Finding, stream: Stream) -> bool:
    at = stream.record.at
    within = finding.place.path == at.path != "" and f"{finding.place.pointer}/".startswith(f"{at.pointer}/")
    named = re.search(rf"(?<!\w){re.escape(stream.name)}(?!\w)", finding.message)
    return within or named is not None
