"""Who is called what in ksqlDB, where STREAMs, TABLEs and queries share one space of names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fleetgen.errors import Finding, Place, Severity
from fleetgen.frozen import frozen
from fleetgen.mapping.key import message_key
from fleetgen.pipeline import GroupedView, JoinedView, Pipeline, Role, Stream, View
from fleetgen.targets.ksql.aggregates import FUNCTIONS
from fleetgen.targets.ksql.names import is_source, spell


@frozen
class Namespace:
    """`sources`: stream -> its STREAM or TABLE; `tables`: stream -> the TABLE of its newest rows, where it has one;
    `queries`: view -> its STREAM or TABLE; all as ksqlDB text. What meets another name is in none of them.
    """

    sources: Mapping[str, str]
    tables: Mapping[str, str]
    queries: Mapping[str, str]


@frozen
class _Claim:
    name: str
    owner: str
    at: Place


def allot(pipeline: Pipeline, streams: list[Stream], findings: list[Finding]) -> Namespace:
    """Names for the streams, their tables and the views, in this order: the later of two that meet goes without.

    Names that differ by case alone are two names: `spell` quotes them.
    """
    topics = {stream.topic: f"the topic of stream {stream.name}" for stream in pipeline.streams}
    granted: dict[str, str] = {}
    for claim in _claims(pipeline, streams):
        other = granted.get(claim.name) or (topics.get(claim.name) if claim.owner.startswith("view ") else None)
        if other is not None:
            findings.append(_meeting(claim, other))
        elif not is_source(claim.name):
            findings.append(_unspeakable(claim))
        else:
            granted[claim.name] = claim.owner
    names = spell(granted)
    return Namespace(
        sources={stream.name: names[stream.name] for stream in streams},
        tables=_tables(pipeline, streams, granted, names),
        queries={view.name: names[title(view)] for view in _asked(pipeline) if granted.get(title(view)) == _view(view)},
    )


def title(view: View) -> str:
    """The view's name in ksqlDB, and its topic's."""
    return view.ksql_name or view.name


def _claims(pipeline: Pipeline, streams: list[Stream]) -> Iterator[_Claim]:
    for stream in streams:
        yield _Claim(stream.name, f"stream {stream.name}", stream.record.at)
    for stream in streams:
        if _looked_up(pipeline, stream):
            yield _Claim(_latest(stream), _table(stream), stream.record.at)
    for view in _asked(pipeline):
        yield _Claim(title(view), _view(view), view.at)


def _tables(
    pipeline: Pipeline, streams: list[Stream], granted: Mapping[str, str], names: Mapping[str, str]
) -> dict[str, str]:
    """A dimension is a TABLE itself; an event that a view looks up has one beside its STREAM."""
    tables: dict[str, str] = {}
    for stream in streams:
        if stream.role is Role.DIMENSION and message_key(stream) is not None:
            tables[stream.name] = names[stream.name]
        elif _looked_up(pipeline, stream) and granted.get(_latest(stream)) == _table(stream):
            tables[stream.name] = names[_latest(stream)]
    return tables


def _looked_up(pipeline: Pipeline, stream: Stream) -> bool:
    joined = any(join.stream == stream.name for view in _joined(pipeline) for join in view.joins)
    return joined and stream.role is Role.EVENT and message_key(stream) is not None


def _joined(pipeline: Pipeline) -> list[JoinedView]:
    return [view for view in pipeline.views if isinstance(view, JoinedView)]


def _asked(pipeline: Pipeline) -> list[JoinedView | GroupedView]:
    """The views that ksqlDB may keep filled. One that it surely cannot compute takes no name from another."""
    grouped = [view for view in pipeline.views if isinstance(view, GroupedView) and _is_known(view)]
    return [*_joined(pipeline), *grouped]


def _is_known(view: GroupedView) -> bool:
    return all(metric.function in FUNCTIONS for metric in view.metrics.values())


def _latest(stream: Stream) -> str:
    return f"{stream.name}_latest"


def _table(stream: Stream) -> str:
    return f"table of the newest messages of stream {stream.name}"


def _view(view: View) -> str:
    return f"view {view.name}"


def _meeting(claim: _Claim, other: str) -> Finding:
    message = f"the {claim.owner} is called {claim.name!r} in ksqlDB, and so is the {other.removeprefix('the ')}"
    return Finding("FG435", Severity.ERROR, message, "rename one of the two; a view by its ksql-name", claim.at)


def _unspeakable(claim: _Claim) -> Finding:
    message = f"the {claim.owner} cannot be called {claim.name!r} in ksqlDB: letters, digits, _ and - only"
    return Finding("FG435", Severity.ERROR, message, "give it another name; a view a ksql-name", claim.at)
