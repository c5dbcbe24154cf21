"""A chart's rows -> inline SVG that takes its colours from the page and can be read aloud."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from fleetgen.errors import FleetgenError
from fleetgen.pipeline import Chart
from fleetgen.quoting import html, printable
from fleetgen.report import specs, words

_VEGA_LITE: Final = "5.21"
_CONFIG: Final[dict[str, Any]] = {
    "font": "inherit",
    "background": "transparent",
    "padding": 2,
    "view": {"stroke": None},
    "axis": {
        "aria": False,
        "domain": False,
        "ticks": False,
        "gridColor": "var(--line)",
        "labelColor": "var(--soft)",
        "labelFontSize": 13,
        "labelPadding": 6,
    },
}
_ROOT: Final = re.compile(r'<svg [^>]*viewBox="([^"]*)"[^>]*>')
_MARK: Final = re.compile(r'<path aria-label="([^"]*)" role="graphics-symbol"([^>]*?)/>')
_LONG: Final = re.compile(r"\d+\.\d{3,}")


def drawable(chart: Chart, rows: Sequence[tuple[object, object]]) -> list[tuple[Any, float]]:
    """The rows that can be drawn: those with a value and, where x is a day, with a day; the newest or largest ones."""
    numbers = [(x, y) for x, value in rows if (y := words.number(value)) is not None]
    if chart.kind == "bar":
        return [(words.cell(x) or "(empty)", y) for x, y in numbers[: specs.MOST_BARS]]
    days = sorted((words.day(x), y) for x, y in numbers if x is not None)[-specs.MOST_DAYS :]
    if chart.kind == "calendar" and days:
        oldest = days[-1][0] - min(timedelta(weeks=specs.MOST_WEEKS - 1), days[-1][0] - days[0][0])
        return [(x, y) for x, y in days if x >= oldest]
    return days


def draw(chart: Chart, points: Sequence[tuple[Any, float]]) -> str:
    """The SVG element of at least one point.

    Raises FleetgenError if vl-convert is not installed.
    """
    try:
        import vl_convert
    except ImportError as error:
        message = "the report's charts need vl-convert-python: pip install 'fleetgen[local]'"
        raise FleetgenError(message) from error
    spec = specs.SPECS[chart.kind](_printable(points)) | {"config": _CONFIG}
    svg = vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE, allowed_base_urls=[])
    return _inline(svg, describe(chart, points))


def describe(chart: Chart, points: Sequence[tuple[Any, float]]) -> str:
    """What a reader who cannot see the chart is told."""
    x, y = max(points, key=lambda point: point[1])
    most = x if chart.kind == "bar" else words.long_day(x)
    bars = "1 value" if len(points) == 1 else f"{len(points)} values"
    return f"{chart.name}: {bars}, the largest is {most} with {words.count(y)}"


def _printable(points: Sequence[tuple[Any, float]]) -> list[tuple[Any, float]]:
    """Vega escapes markup, but passes on the characters that no XML may hold."""
    return [(printable(x) if isinstance(x, str) else x, y) for x, y in points]


def _inline(svg: str, description: str) -> str:
    """Scales with the page, is one image to a screen reader, and shows a mark's text under the pointer."""
    label = html(description)

    def root(match: re.Match[str]) -> str:
        return f'<svg role="img" aria-label="{label}" width="100%" viewBox="{match[1]}">'

    def mark(match: re.Match[str]) -> str:
        return f"<path{_LONG.sub(_shorten, match[2])}><title>{match[1]}</title></path>"

    return _MARK.sub(mark, _ROOT.sub(root, svg, count=1))


def _shorten(match: re.Match[str]) -> str:
    """Coordinates to a tenth of a pixel."""
    return f"{float(match[0]):.1f}"
