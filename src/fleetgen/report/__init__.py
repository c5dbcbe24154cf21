"""The demo's report: one self-contained HTML page from plain facts."""

from fleetgen.report.facts import AnswerFacts, ChartFacts, Facts, FieldFacts, StreamFacts
from fleetgen.report.render import render

__all__ = ["AnswerFacts", "ChartFacts", "Facts", "FieldFacts", "StreamFacts", "render"]
