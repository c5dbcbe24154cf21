"""What the configuration accepts, ClickHouse runs: views and charts over columns of every type."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from budgets import ACCEPTED_VIEWS
from fleetgen.config.metrics import FUNCTIONS
from fleetgen.mapping import store, views
from fleetgen.pipeline import Pipeline, Role
from fleetgen.quoting import ch_ident
from fleetgen.targets.clickhouse.engine import Engine, EngineError
from projects import findings, load, record

KINDS = {
    "bool": "boolean",
    "number": "int",
    "id": "long",
    "ratio": "double",
    "text": "string",
    "raw": "bytes",
    "fixed": {"type": "fixed", "name": "four", "size": 4},
    "word": {"type": "enum", "name": "word", "symbols": ["a", "b"]},
    "list": {"type": "array", "items": "int"},
    "map": {"type": "map", "values": "int"},
    "price": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
    "day": {"type": "int", "logicalType": "date"},
    "clock": {"type": "int", "logicalType": "time-millis"},
    "moment": {"type": "long", "logicalType": "timestamp-micros"},
    "local": {"type": "long", "logicalType": "local-timestamp-millis"},
    "uuid": {"type": "string", "logicalType": "uuid"},
    "maybe": ["null", "long"],
    "maybe_text": ["null", "string"],
    "maybe_list": ["null", {"type": "array", "items": "int"}],
    "either": ["int", "string"],
}
SCHEMAS = {
    "schemas/facts.avsc": record("facts", KINDS),
    "schemas/things.avsc": record("things", {"id": "long", "text": "string", "colour": ["null", "string"]}),
}
STREAMS = '[streams.things]\nkey = ["id"]\nrole = "dimension"\n[streams.facts]\nkey = ["id", "text"]\n'
JOINED = """
[[views]]
name = "joined"
from = "facts"
join = [{ stream = "things" }]
rename = { text = "thing" }
"""
NAMES = st.sampled_from(
    [*KINDS, "either_int", "maybe_list_is_set", "_timestamp", "_topic", "colour", "thing", "nothing"]
)


@pytest.fixture(scope="module")
def tables(engine: Engine) -> Iterator[Engine]:
    """Empty stores, as far as a query needs them."""
    pipeline = load(STREAMS, SCHEMAS).pipeline
    engine.run("CREATE DATABASE fleetgen")
    for stream in pipeline.streams:
        columns = ", ".join(f"{ch_ident(column.name)} {column.type}" for column in store.columns(stream))
        kind = "ReplacingMergeTree" if stream.role is Role.DIMENSION else "MergeTree"
        engine.run(f"CREATE TABLE fleetgen.{stream.name} ({columns}) ENGINE = {kind} ORDER BY id")
    yield engine
    engine.run("DROP DATABASE fleetgen")


@st.composite
def aggregates(draw: st.DrawFn) -> str:
    function = draw(st.sampled_from(sorted(FUNCTIONS)))
    least, most = FUNCTIONS[function]
    names = draw(st.lists(NAMES, min_size=least, max_size=min(most, 2)))
    return f"{function}({', '.join(names)})"


@st.composite
def grouped(draw: st.DrawFn, name: str, bases: list[str]) -> str:
    group = draw(st.lists(NAMES, min_size=1, max_size=2, unique=True))
    metrics = draw(st.dictionaries(st.sampled_from(["n", "m", "id"]), aggregates(), min_size=1, max_size=2))
    bound = draw(st.sampled_from(["", "n > 1", "m != -1.5", "n <= 0"]))
    return (
        f'[[views]]\nname = "{name}"\nfrom = "{draw(st.sampled_from(bases))}"\ngroup = {group!r}\n'
        f"metrics = {{ {', '.join(f'{key} = {value!r}' for key, value in metrics.items())} }}\n"
        + (f'having = "{bound}"\n' if bound else "")
    )


@st.composite
def latest(draw: st.DrawFn) -> str:
    key = draw(st.lists(NAMES, min_size=1, max_size=2, unique=True))
    return f'[[views]]\nname = "newest"\nfrom = "{draw(st.sampled_from(["facts", "things"]))}"\nlatest = {key!r}\n'


@st.composite
def chart(draw: st.DrawFn) -> str:
    base = draw(st.sampled_from(["facts", "things", "joined"]))
    kind = draw(st.sampled_from(["bar", "calendar", "time-bar"]))
    key = "dimension" if kind == "bar" else "time"
    column = f'{key} = "{draw(NAMES)}"\n' if kind == "bar" or draw(st.booleans()) else ""
    return f'[[charts]]\nname = "c"\nkind = "{kind}"\nview = "{base}"\nmetric = "{draw(aggregates())}"\n{column}'


def run(engine: Engine, pipeline: Pipeline) -> None:
    for view in pipeline.views:
        engine.run(f"CREATE OR REPLACE VIEW fleetgen.{view.name} AS {views.select(pipeline, view)}")
        names = [name for (name,) in engine.rows(f"SELECT name FROM system.columns WHERE table = '{view.name}'")]
        assert names == [column.name for column in views.columns(pipeline, view.name)]
        engine.run(f"SELECT * FROM fleetgen.{view.name}")
    for each in pipeline.charts:
        engine.run(views.chart_query(pipeline, each))


@settings(max_examples=ACCEPTED_VIEWS)
@given(data=st.data())
def test_what_is_accepted_runs(tables: Engine, data: st.DataObject) -> None:
    parts = st.sampled_from([grouped("g", ["facts", "joined"]), latest(), chart()]).flatmap(lambda part: part)
    toml = f"{STREAMS}{JOINED}{data.draw(parts)}"
    refused = findings(toml, SCHEMAS)
    event("refused" if refused else "accepted")
    assume(not refused)
    run(tables, load(toml, SCHEMAS).pipeline)


def test_an_aggregate_takes_what_clickhouse_takes(tables: Engine) -> None:
    """Nothing that would fail is accepted; refused is only what would fail, or gives nothing that can be shown."""
    columns = [column.name for column in store.columns(load(STREAMS, SCHEMAS).pipeline.streams[0])]
    runs, accepted = set(), set()
    for function in sorted(FUNCTIONS.keys() - {"count"}):
        for column in columns:
            call = f"{function}({column})"
            view = f'[[views]]\nname = "v"\nfrom = "facts"\ngroup = ["word"]\nmetrics = {{ n = "{call}" }}\n'
            accepted |= set() if findings(STREAMS + view, SCHEMAS) else {call}
            runs |= {call} if _runs(tables, f"SELECT {call} FROM fleetgen.facts") else set()
    ours = {
        f"{function}({name})" for function in FUNCTIONS for name in ("_topic", "_partition", "_offset", "_ingested_at")
    }
    several = {f"{f}({name})" for f in ("min", "max", "uniq", "uniqExact") for name in ("list", "map", "maybe_list")}
    assert accepted - runs == set()
    assert runs - accepted - ours == several


def _runs(engine: Engine, query: str) -> bool:
    try:
        engine.run(query)
    except EngineError:
        return False
    return True
