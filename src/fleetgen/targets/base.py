"""What a target is: a module that turns the pipeline into files. One that is applied has a module `live` too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from fleetgen.errors import Finding
from fleetgen.pipeline import Pipeline
from fleetgen.templating import Templates


class Output:
    """What one target makes of the pipeline. Paths are relative to generated/, with forward slashes.

    `types` says how this target sees a field: stream -> field path ("location.latitude") -> its type there, for docs.
    A stream that the target cannot express is absent from all of it, and a finding says why.
    """

    def __init__(self, templates: Templates) -> None:
        self.templates = templates
        self.files: dict[str, str] = {}
        self.origins: dict[str, str] = {}
        self.findings: list[Finding] = []
        self.types: dict[str, dict[str, str]] = {}

    def add(self, path: str, template: str, /, **context: Any) -> None:
        """Render `template` ("clickhouse/table.sql.jinja") into `path`, remembering which template it was."""
        self.files[path] = self.templates.render(template, **context)
        self.origins[path] = template


class Target(Protocol):
    """A module of fleetgen.targets. `earlier` holds the outputs of the targets before it in the registry."""

    def generate(self, pipeline: Pipeline, templates: Templates, earlier: Mapping[str, Output]) -> Output: ...
