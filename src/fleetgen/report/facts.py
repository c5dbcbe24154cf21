"""What the report says, as plain values. Whoever fills them asked the engine; the report computes nothing."""

from __future__ import annotations

from fleetgen.frozen import frozen
from fleetgen.pipeline import Chart


@frozen
class FieldFacts:
    """One field of a stream: its dotted path, its Avro type and the type of its store column."""

    path: str
    avro: str
    store: str
    doc: str = ""


@frozen
class StreamFacts:
    """Messages sent to a stream, and what became of them. `kept` is a dimension's rows: the newest one per key."""

    name: str
    topic: str
    role: str
    sent: int
    stored: int
    refused: int
    kept: int | None = None
    key: tuple[str, ...] = ()
    doc: str = ""
    fields: tuple[FieldFacts, ...] = ()


@frozen
class ChartFacts:
    """A chart's rows, as its query gives them: x is a day (a date or its ISO text) or a value of the dimension."""

    chart: Chart
    rows: tuple[tuple[object, object], ...]


@frozen
class AnswerFacts:
    """The first rows of a view; `total` is how many it has."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    total: int


@frozen
class Facts:
    """`engine` says what computed the page ("ClickHouse 26.9.1, embedded"), `origin` where the messages come from.

    Both are phrases without a full stop.
    """

    database: str
    engine: str
    streams: tuple[StreamFacts, ...]
    charts: tuple[ChartFacts, ...] = ()
    answers: tuple[AnswerFacts, ...] = ()
    origin: str = ""
