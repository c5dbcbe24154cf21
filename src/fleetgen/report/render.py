"""Facts -> one HTML file that loads nothing."""

from __future__ import annotations

from collections.abc import Iterable

from fleetgen.frozen import frozen
from fleetgen.report import drawing, words
from fleetgen.report.facts import AnswerFacts, ChartFacts, Facts, StreamFacts
from fleetgen.templating import Templates

MOST_ROWS = 1000
"""Rows of a data table; what is left out is said beneath it."""


@frozen
class Cell:
    """`numeric`: a figure, set to the right."""

    text: str
    numeric: bool


@frozen
class Table:
    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: str


@frozen
class Figure:
    """`svg` is markup, empty if there is nothing to draw; everything else is text. `height` is only compared."""

    name: str
    about: str
    svg: str
    table: Table
    height: int


@frozen
class Answer:
    name: str
    title: str
    table: Table


@frozen
class Card:
    """A stream's head, its figures as (label, figure, is it bad news), and its fields, with Avro types if known."""

    stream: StreamFacts
    key: str
    size: str
    figures: tuple[tuple[str, str, bool], ...]
    avro: bool


def render(facts: Facts, templates: Templates) -> str:
    """The report; the same facts give the same bytes.

    Raises FleetgenError if vl-convert is not installed and a chart has rows.
    """
    return templates.render(
        "report/report.html.jinja",
        facts=facts,
        totals=_totals(facts),
        cards=[_card(stream) for stream in facts.streams],
        columns=_columns([_figure(chart) for chart in facts.charts]),
        answers=[_answer(answer) for answer in facts.answers],
    )


def _totals(facts: Facts) -> list[tuple[str, str, bool]]:
    sent = sum(stream.sent for stream in facts.streams)
    stored = sum(stream.stored for stream in facts.streams)
    refused = sum(stream.refused for stream in facts.streams)
    return [
        ("streams", words.count(len(facts.streams)), False),
        ("messages sent", words.count(sent), False),
        ("stored", words.count(stored), False),
        ("refused", words.count(refused), refused > 0),
    ]


def _card(stream: StreamFacts) -> Card:
    figures = [
        ("sent", words.count(stream.sent), False),
        ("stored", words.count(stream.stored), False),
        ("refused", words.count(stream.refused), stream.refused > 0),
    ]
    if stream.kept is not None:
        figures.append(("kept", words.count(stream.kept), False))
    avro = any(field.avro for field in stream.fields)
    return Card(stream, ", ".join(stream.key), _plural(len(stream.fields), "field"), tuple(figures), avro)


def _figure(facts: ChartFacts) -> Figure:
    chart = facts.chart
    points = drawing.drawable(chart, facts.rows)
    metric = f"{chart.metric.function}({', '.join(chart.metric.columns)})"
    ranked = chart.kind == "bar"
    x = (chart.dimension or "value") if ranked else "day"
    return Figure(
        chart.name,
        f"{metric} per {x if ranked else f'day of {chart.time}'}, from {chart.view}",
        drawing.draw(chart, points) if points else "",
        _table((x, metric), facts.rows, len(facts.rows)),
        100 + 36 * len(points) if ranked else 330,
    )


def _columns(figures: list[Figure]) -> list[list[Figure]]:
    """One column, or two: each figure goes to the one that is shorter so far."""
    columns: list[list[Figure]] = [[], []]
    for figure in figures:
        min(columns, key=lambda column: sum(other.height for other in column)).append(figure)
    return [column for column in columns if column]


def _answer(answer: AnswerFacts) -> Answer:
    return Answer(answer.name, answer.title, _table(answer.columns, answer.rows, answer.total))


def _table(columns: tuple[str, ...], rows: tuple[tuple[object, ...], ...], total: int) -> Table:
    """A column is numeric if all its values are, but for the first, which names the row. `total` counts all rows."""
    shown = rows[:MOST_ROWS]
    numeric = [i > 0 and _are_numbers(row[i] for row in shown) for i in range(len(columns))]
    more = f"{len(shown):,} of {total:,} rows" if total > len(shown) else _plural(total, "row")
    return Table(
        tuple(Cell(name, right) for name, right in zip(columns, numeric, strict=True)),
        tuple(tuple(Cell(words.cell(x), right) for x, right in zip(row, numeric, strict=True)) for row in shown),
        more,
    )


def _are_numbers(values: Iterable[object]) -> bool:
    return all(value is None or words.number(value) is not None for value in values)


def _plural(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else f'{noun}s'}"
