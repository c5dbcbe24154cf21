"""What flows where, as Mermaid flowcharts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from operator import itemgetter
from typing import Final

from fleetgen.mapping import names
from fleetgen.mapping.key import message_key
from fleetgen.pipeline import Pipeline, Role, Stream, View, remembered
from fleetgen.quoting import mermaid
from fleetgen.targets.docs.elsewhere import Earlier
from fleetgen.targets.docs.pages import reads

LONGEST: Final = 40_000
MOST_EDGES: Final = 400
"""Mermaid draws nothing beyond 50,000 characters or 500 edges."""

_SHAPES: Final[dict[str, Callable[[str], str]]] = {
    "connector": lambda label: f"[{label}]",
    "topic": lambda label: f"[/{label}/]",
    "ksqlDB stream": lambda label: f"[[{label}]]",
    "ksqlDB table": lambda label: f"[[{label}]]",
    "ksqlDB query": lambda label: f"[[{label}]]",
    "landing": lambda label: f"[{label}]",
    "store": lambda label: f"[({label})]",
    "view": lambda label: f"[{label}]",
    "dataset": lambda label: f"[{label}]",
    "chart": lambda label: f"([{label}])",
}


class Graph:
    """Nodes by (kind, name), numbered in the order in which they are met; edges between them."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[str, str], str] = {}
        self.edges: dict[tuple[str, str], None] = {}

    def node(self, kind: str, name: str) -> str:
        return self.nodes.setdefault((kind, name), f"n{len(self.nodes) + 1}")

    def chain(self, *steps: tuple[str, str]) -> None:
        ids = [self.node(*step) for step in steps]
        self.edges.update(dict.fromkeys(pairwise(ids)))

    def text(self) -> str:
        """The flowchart; a node's label is what it is and its name."""
        lines = ["flowchart LR"]
        for (kind, name), id in self.nodes.items():
            lines.append(f"    {id}{_SHAPES[kind](mermaid(f'{kind}: {name}'))}")
        lines.extend(f"    {start} --> {end}" for start, end in self.edges)
        return "\n".join(lines)

    def fitting(self) -> str | None:
        """The flowchart, if it is not too large to be drawn."""
        text = self.text() if len(self.edges) <= MOST_EDGES else None
        return text if text is not None and len(text) <= LONGEST else None


def flowcharts(pipeline: Pipeline, earlier: Earlier) -> list[tuple[str, str]]:
    """(title, flowchart): one of everything, or where that is too large to be drawn one per stream.

    A stream that is still too large alone, by its views and charts, is left at its store.
    """
    whole = _graph(pipeline, earlier, pipeline.streams).fitting()
    if whole is not None:
        return [("", whole)]
    return [(stream.name, _alone(pipeline, earlier, stream)) for stream in pipeline.streams]


def _alone(pipeline: Pipeline, earlier: Earlier, stream: Stream) -> str:
    whole = _graph(pipeline, earlier, [stream]).fitting()
    if whole is not None:
        return whole
    short = Graph()
    _add_stream(short, earlier, stream)
    return short.text()


def _graph(pipeline: Pipeline, earlier: Earlier, streams: Iterable[Stream]) -> Graph:
    graph = Graph()
    for stream in streams:
        _add_stream(graph, earlier, stream)
    for view in pipeline.views:
        _add_view(graph, pipeline, earlier, view)
    for name in _drawn(pipeline, graph):
        table = _table(graph, name)
        if table and earlier.has_table("preset/datasets", name):
            graph.chain(table, ("dataset", name))
    charts = [each for kind, name in graph.nodes if kind == "dataset" for each in pipeline.charts_of(name)]
    for _, chart in sorted(charts, key=itemgetter(0)):
        if earlier.has_chart(chart):
            graph.chain(("dataset", chart.view), ("chart", chart.name))
    return graph


def _drawn(pipeline: Pipeline, graph: Graph) -> list[str]:
    """The names of the stores and views in a graph, in the pipeline's order."""
    names = {name for kind, name in graph.nodes if kind in ("store", "view")}
    return sorted(names, key=_order(pipeline).__getitem__)


@remembered
def _order(pipeline: Pipeline) -> dict[str, int]:
    names = (*(stream.name for stream in pipeline.streams), *(view.name for view in pipeline.views))
    return {name: number for number, name in enumerate(names)}


def _add_stream(graph: Graph, earlier: Earlier, stream: Stream) -> None:
    topic = ("topic", stream.topic)
    connector = f"{stream.name}-source"
    if earlier.has_file("connect", connector):
        graph.chain(("connector", connector), topic)
    else:
        graph.node(*topic)
    if earlier.has_stream("ksql", stream.name):
        graph.chain(topic, _ksql(stream))
    if earlier.has_stream("clickhouse", stream.name):
        _add_landings(graph, earlier, stream)


def _add_landings(graph: Graph, earlier: Earlier, stream: Stream) -> None:
    """ClickHouse pulls from the topic, or a sink connector pushes what it holds."""
    topic, store = ("topic", stream.topic), ("store", stream.name)
    sink, push = f"{stream.name}-sink", ("landing", names.push(stream))
    if earlier.has_table("clickhouse/landing-kafka", stream.name):
        graph.chain(topic, ("landing", names.kafka(stream)), store)
    if earlier.has_file("connect", sink):
        graph.chain(topic, ("connector", sink), push)
    graph.chain(push, store)


def _asked(pipeline: Pipeline, name: str) -> tuple[str, str]:
    """What ksqlDB has for a stream, or for a view that another reads."""
    stream, view = pipeline.stream(name), pipeline.view(name)
    return _ksql(stream) if stream else ("ksqlDB query", (view and view.ksql_name) or name)


def _ksql(stream: Stream) -> tuple[str, str]:
    is_table = stream.role is Role.DIMENSION and message_key(stream) is not None
    return ("ksqlDB table" if is_table else "ksqlDB stream", stream.name)


def _add_view(graph: Graph, pipeline: Pipeline, earlier: Earlier, view: View) -> None:
    """A view is drawn where what it reads is; a part of the pipeline shows the rest of a join too."""
    sources = [table for name in reads(view) if (table := _table(graph, name))]
    if not sources or not earlier.has_table("clickhouse/views", view.name):
        return
    for name in reads(view):
        kind = "store" if pipeline.stream(name) else "view"
        graph.chain((kind, name), ("view", view.name))
    if earlier.has_table("ksql/queries", view.name):
        for name in reads(view):
            graph.chain(_asked(pipeline, name), ("ksqlDB query", view.ksql_name or view.name))


def _table(graph: Graph, name: str) -> tuple[str, str] | None:
    """The store or the view of that name, if it is drawn."""
    return next(((kind, name) for kind in ("store", "view") if (kind, name) in graph.nodes), None)
