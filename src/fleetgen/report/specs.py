"""Charts as Vega-Lite specifications: plain dicts, colours as the page's CSS variables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, Final, TypeAlias

from fleetgen.report import words

Spec: TypeAlias = dict[str, Any]
Day: TypeAlias = tuple[date, float]

WIDTH: Final = 380
"""Pixels of the drawing: a phone shows it at 0.8, a column of the page as it is."""

MOST_DAYS: Final = 400
MOST_WEEKS: Final = 53
MOST_BARS: Final = 50
_MS: Final = 86_400_000
_RAMP: Final = 5


def time_bar(days: Sequence[Day]) -> Spec:
    """A bar per day; days without rows stay empty. A bar is never thinner than it can be seen."""
    first, last = days[0][0], days[-1][0]
    span = max((last - first).days + 1, 7)
    start = _ms(first) - (span - (last - first).days - 1) * _MS // 2
    width = max(0.8 * _MS, span * _MS * 1.5 / WIDTH)
    rows = [
        {"x": _ms(x), "to": _ms(x) + width, "y": y, "text": f"{words.long_day(x)}: {words.count(y)}"} for x, y in days
    ]
    axis = {
        "title": None,
        "values": _ticks(first, last),
        "grid": False,
        "labelPadding": 10,
        "format": _day_format(span),
    }
    return _figure(rows, 200) | {
        "mark": {"type": "bar", "fill": "var(--accent)"},
        "encoding": {
            "x": {
                "field": "x",
                "type": "temporal",
                "scale": {"type": "utc", "domain": [start, start + span * _MS]},
                "axis": axis,
            },
            "x2": {"field": "to"},
            "y": {"field": "y", "type": "quantitative", "axis": _figures()},
            "y2": {"datum": 0},
            "description": {"field": "text"},
        },
    }


def bar(values: Sequence[tuple[str, float]]) -> Spec:
    """A horizontal bar per value, in the order given; the label stands above its bar, so it may be long."""
    rows = [
        {"i": i, "x": words.clip(x, 52), "y": y, "value": words.count(y), "text": f"{x}: {words.count(y)}"}
        for i, (x, y) in enumerate(values)
    ]
    place = {"field": "i", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0, "paddingOuter": 0}}
    text = {"type": "text", "baseline": "middle", "dy": -7, "fontSize": 13.5}
    return _figure(rows, 38 * len(rows)) | {
        "encoding": {"y": place},
        "layer": [
            {
                "mark": {"type": "bar", "fill": "var(--accent)", "height": 8, "yOffset": 8},
                "encoding": {
                    "x": {"field": "y", "type": "quantitative", "axis": None, "scale": {"nice": False}},
                    "description": {"field": "text"},
                },
            },
            {
                "mark": text | {"align": "left", "x": 0, "limit": _room(rows), "fill": "var(--ink)", "aria": False},
                "encoding": {"text": {"field": "x"}},
            },
            {
                "mark": text | {"align": "right", "x": WIDTH, "fill": "var(--soft)", "aria": False},
                "encoding": {"text": {"field": "value"}},
            },
        ],
    }


def calendar(days: Sequence[Day]) -> Spec:
    """A cell per day: weeks downwards with figures in the cells while they are few, else weeks across."""
    values = dict(days)
    monday = _monday(days[0][0])
    weeks = (_monday(days[-1][0]) - monday).days // 7 + 1
    wall = weeks <= 9
    cells = min(weeks * 7, (date.max - monday).days + 1)
    rows = [_cell(monday + timedelta(n), values) for n in range(cells)]
    week: Spec = {"field": "week", "sort": None, "axis": {"title": None} if wall else _months(rows)}
    weekday: Spec = {"field": "weekday", "sort": list(words.WEEKDAYS), "axis": {"title": None, "labelAngle": 0}}
    if wall:
        weekday["axis"]["orient"] = "top"
    across, down = (weekday, week) if wall else (week, weekday)
    shared = {"type": "ordinal", "scale": {"paddingInner": 0.1, "paddingOuter": 0}}
    return _figure(rows, 38 * weeks if wall else 112) | {
        "encoding": {"x": shared | across, "y": shared | down},
        "layer": [_cells(3 if wall else 1), *([_day_figures()] if wall else [])],
    }


def _room(rows: list[Spec]) -> int:
    """Pixels that the longest figure leaves to the labels."""
    return WIDTH - 16 - 9 * max(len(row["value"]) for row in rows)


def _months(rows: list[Spec]) -> Spec:
    """The name of a month at its first week."""
    weeks = list(dict.fromkeys(row["week"] for row in rows))
    starts = [week for before, week in zip(["", *weeks], weeks, strict=False) if before[-3:] != week[-3:]]
    return {
        "title": None,
        "values": starts,
        "labelExpr": "slice(datum.label, -3)",
        "labelAngle": 0,
        "labelOverlap": True,
    }


def _cells(radius: int) -> Spec:
    ramp = [f"var(--c{n})" for n in range(_RAMP + 1)]
    colour = {
        "field": "step",
        "type": "ordinal",
        "legend": None,
        "scale": {"domain": list(range(_RAMP + 1)), "range": ramp},
    }
    return {
        "mark": {"type": "rect", "cornerRadius": radius},
        "encoding": {"fill": colour, "description": {"field": "text"}},
    }


def _day_figures() -> Spec:
    strong = {"condition": {"test": "datum.step > 3", "value": "var(--on-strong)"}, "value": "var(--ink)"}
    return {
        "mark": {"type": "text", "fontSize": 13, "aria": False},
        "encoding": {"text": {"field": "figure"}, "fill": strong},
    }


def _cell(day: date, values: dict[date, float]) -> Spec:
    y = values.get(day)
    return {
        "week": words.short_day(_monday(day)),
        "weekday": words.WEEKDAYS[day.weekday()],
        "step": 0 if y is None else _step(y, min(values.values()), max(values.values())),
        "figure": "" if y is None else words.compact(y),
        "text": f"{words.long_day(day)}: {'no data' if y is None else words.count(y)}",
    }


def _step(value: float, least: float, most: float) -> int:
    """1 to _RAMP between the least and the most; all alike is the middle."""
    if least == most:
        return (_RAMP + 1) // 2
    return min(_RAMP, 1 + int(_RAMP * (value - least) / (most - least)))


def _figure(rows: list[Spec], height: int) -> Spec:
    return {"data": {"values": rows}, "width": WIDTH, "height": height}


def _ms(day: date) -> int:
    """Milliseconds since 1970, UTC."""
    return (day - date(1970, 1, 1)).days * _MS


def _monday(day: date) -> date:
    return day - timedelta(day.weekday())


def _figures() -> Spec:
    """1.5k rather than 1,500. An axis' own format would give 0 a unit too."""
    return {"title": None, "tickCount": 4, "labelExpr": "format(datum.value, '~s')"}


def _ticks(first: date, last: date) -> list[float]:
    """At most five days, the first and the last among them, each at the middle of its bar."""
    span = (last - first).days
    gaps = max(1, min(4, span))
    offsets = sorted({round(n * span / gaps) for n in range(gaps + 1)})
    return [_ms(first + timedelta(n)) + 0.4 * _MS for n in offsets]


def _day_format(span: int) -> str:
    return "%-d %b" if span <= 366 else "%b %Y"


SPECS: Final[dict[str, Callable[..., Spec]]] = {"time-bar": time_bar, "bar": bar, "calendar": calendar}
