"""Pipeline -> generated/ksql."""

from __future__ import annotations

from collections.abc import Mapping

from fleetgen.pipeline import Pipeline
from fleetgen.targets.base import Output
from fleetgen.templating import Templates


def generate(pipeline: Pipeline, templates: Templates, earlier: Mapping[str, Output]) -> Output:
    return Output(templates)
