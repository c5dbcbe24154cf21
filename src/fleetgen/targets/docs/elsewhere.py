"""What the targets before this one made of a stream, a view or a chart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from fleetgen.errors import Finding
from fleetgen.pipeline import Chart, Stream
from fleetgen.targets.base import Output

TARGETS: Final = ("clickhouse", "connect", "ksql", "preset")
"""Those that see types; a topic of Kafka has none."""


class Earlier:
    """The outputs of those targets, indexed: each of a thousand streams asks what there is of it."""

    def __init__(self, outputs: Mapping[str, Output]) -> None:
        self._outputs = outputs
        self._files = {name for output in outputs.values() for path in output.files for name in _names(path)}
        self._said = {target: _by_subject(output.findings) for target, output in sorted(outputs.items())}
        preset = outputs["preset"].findings if "preset" in outputs else []
        self._at_fault = {finding.place for finding in preset if finding.place.path}

    def has_stream(self, target: str, stream: str) -> bool:
        return target in self._outputs and stream in self._outputs[target].types

    def type_of(self, target: str, stream: str, path: str) -> str:
        """The type that a target gives a field, empty if it has none."""
        return self._outputs[target].types.get(stream, {}).get(path, "") if target in self._outputs else ""

    def has_file(self, target: str, stem: str) -> bool:
        """Whether a target made a file of that name, whatever its folder and ending."""
        return (target, stem) in self._files

    def has_table(self, folder: str, name: str) -> bool:
        """Whether a folder of a target ("ksql/queries") holds a file for a table; a bundle may put a 0 before it."""
        return (folder, name) in self._files or (folder, f"0{name}") in self._files

    def has_chart(self, chart: Chart) -> bool:
        """Whether the bundle holds the chart: one that it leaves out has a finding of its own."""
        return self.has_table("preset/datasets", chart.view) and chart.at not in self._at_fault

    def notes(self, stream: Stream) -> list[tuple[str, str]]:
        """(target, message): what each has to say about the stream, and why those leave it out that do."""
        found: list[tuple[str, str]] = []
        for target, findings in self._said.items():
            said = list(_about(stream, findings))
            if target in TARGETS and not said and not self.has_stream(target, stream.name):
                said = [self._unsaid(target, stream)]
            found.extend((target, message) for message in dict.fromkeys(said))
        return found

    def _unsaid(self, target: str, stream: Stream) -> str:
        """Why a target leaves a stream out without a finding of its own."""
        if target == "preset" and not self.has_stream("clickhouse", stream.name):
            return "there is no dataset, because there is no table in ClickHouse"
        return "has no such stream, and no reason was given"


def _names(path: str) -> Iterator[tuple[str, str]]:
    """(target, stem) of a file, and (target/folder, stem) for each folder that it is in."""
    target, *folders, name = path.split("/")
    stem = name.rpartition(".")[0] or name
    yield target, stem
    for folder in folders:
        yield f"{target}/{folder}", stem


def _by_subject(findings: list[Finding]) -> dict[str, dict[int, Finding]]:
    """Findings, by number, under their file's path and under each word of their message."""
    found: dict[str, dict[int, Finding]] = defaultdict(dict)
    for number, finding in enumerate(findings):
        for subject in (finding.place.path, *re.findall(r"\w+", finding.message)):
            found[subject][number] = finding
    return found


def _about(stream: Stream, findings: Mapping[str, dict[int, Finding]]) -> Iterator[str]:
    """The messages that name the stream, or are about a place inside its record."""
    at = stream.record.at
    named = findings.get(stream.name, {})
    here = findings.get(at.path, {}) if at.path else {}
    for number, finding in sorted({**named, **here}.items()):
        if number in named or f"{finding.place.pointer}/".startswith(f"{at.pointer}/"):
            yield finding.message
