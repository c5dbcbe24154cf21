"""doc/types.md is what these tests found: each type, format and landing on the engine. `--update` writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import other_writers
from engine import DATABASE, TEMPLATES, counted, select
from fleetgen import avro, messages, readback, sql
from fleetgen.mapping import names, store, wire
from fleetgen.mapping.format import dialect as dialect_of
from fleetgen.model import Json
from fleetgen.pipeline import Format, Pipeline, Source, Stream
from fleetgen.proof import files
from fleetgen.proof.bench import an_hour_ago
from fleetgen.quoting import ch_ident
from fleetgen.strategies import records
from fleetgen.targets import clickhouse
from fleetgen.targets.clickhouse.engine import Engine
from fleetgen.targets.ksql.types import Inexpressible, ksql_type
from fleetgen.targets.preset import types as superset
from matrix import ODD, POSITIONS, TYPES, placed, schema

PAGE: Final = Path(__file__).parents[1] / "doc" / "types.md"
LANDINGS: Final = ("push", "kafka")
ROWS: Final = 12
LOSSES: Final = frozenset({"FG416"})
"""Warnings of what ClickHouse's own reader loses of what it holds."""

# Minutes of planning, where a warning says so: built, and not sent anything.
_UNSENT: Final = frozenset({"20 levels of records"})


def streams(format: Format, schema_: Json) -> Stream:
    loaded = avro.load({"schemas/s.avsc": messages.dumps(schema_).encode()})
    record = loaded.records[-1]
    return Stream("s", record, "s", format=format, schema=loaded.schemas[record.fullname], source=Source("none"))


def drawn(stream: Stream) -> list[dict[str, Any]]:
    """The same values every time."""
    found: list[dict[str, Any]] = []

    @settings(max_examples=4, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.lists(records(stream.record), min_size=1, max_size=3))
    def draw(values: list[dict[str, Any]]) -> None:
        found.extend(values)

    draw()
    assert found, "nothing was drawn"
    return found[:ROWS]


def landed(statement: str) -> str:
    """A Kafka landing's table as the landing that it is without a broker: what the engine adds are columns."""
    known = (
        "`_topic` LowCardinality(String), `_partition` UInt64, `_offset` UInt64, `_key` String, "
        "`_timestamp_ms` Nullable(DateTime64(3)) DEFAULT now64(3), `_error` String, `_raw_message` String"
    )
    columns = re.search(r"\n\)\nENGINE = Kafka.*", statement, re.DOTALL)
    assert columns
    return statement[: columns.start()] + f",\n{known}) ENGINE = Null SETTINGS {', '.join(_SETTINGS)}"


_SETTINGS: Final = sorted({setting for dialect in map(dialect_of, Format) for setting in dialect.TABLE_SETTINGS})


def statements(output: dict[str, str], landing: str) -> Iterator[str]:
    base = "clickhouse/server/"
    for path in ("database.sql", "tables/s.sql", f"landing-{landing}/s.sql"):
        for statement in sql.statements(output[base + path]):
            yield landed(statement) if "ENGINE = Kafka" in statement else statement


def send(engine: Engine, stream: Stream, landing: str, values: list[dict[str, Any]]) -> None:
    name = names.push(stream) if landing == "push" else names.kafka(stream)
    table = f"{ch_ident(DATABASE)}.{ch_ident(name)}"
    if stream.format is Format.AVRO:
        engine.insert_file(table, files.file(stream, values, an_hour_ago()))
    else:
        sent = [messages.encode(stream.record, value) for value in values]
        engine.insert(table, "\n".join(map(messages.dumps, sent)).encode())


def run(engine: Engine, stream: Stream, landing: str, files_: dict[str, str]) -> dict[str, bool]:
    """For each field whether its values come back equal. What is lost is at most what the reader is known to lose."""
    engine.run(f"DROP DATABASE IF EXISTS {DATABASE}")
    for statement in statements(files_, landing):
        engine.run(statement)
    values = drawn(stream)
    send(engine, stream, landing, values)
    held = [readback.read(stream.record, row) for row in select(engine, f"SELECT * FROM {DATABASE}.s")]
    assert select(engine, f"SELECT error FROM {DATABASE}.dead_letters") == []
    equal = {}
    for field in stream.record.fields:
        came = counted({field.name: value[field.name]} for value in held)
        equal[field.name] = came == counted({field.name: value[field.name]} for value in values)
        assert (
            came == counted({field.name: files.kept(field.type, value[field.name])} for value in values)
            or (equal[field.name])
        )
    assert len(held) == len(values)
    return equal


def made(format: Format, schema_: Json) -> tuple[Stream, dict[str, str], set[str]]:
    """The stream, its files (none if ClickHouse does not have it), and the codes of what is said."""
    stream = streams(format, schema_)
    wanted = Pipeline(DATABASE, (stream,), platforms={"clickhouse": ("server",)})
    output = clickhouse.generate(wanted, TEMPLATES, {})
    held = "clickhouse/server/tables/s.sql" in output.files
    return stream, output.files if held else {}, {finding.code for finding in output.findings}


def told(codes: set[str], equal: bool) -> str:
    lossy = sorted(codes & LOSSES)
    assert equal or lossy, "something is lost, and no finding says so"
    return f"lossy: {', '.join(lossy)}" if lossy else "lossless"


def refused(codes: set[str]) -> str:
    assert codes
    return f"refused: {', '.join(sorted(codes))}"


def of_type(engine: Engine, format: Format, type_: Json) -> dict[str, tuple[str, ...]]:
    """The cells of a type in a format by landing: what can be held is sent as one stream with a field a position."""
    cells: dict[str, str] = {}
    codes: dict[str, set[str]] = {}
    for position in POSITIONS:
        inside = placed(type_, position)
        found = made(format, schema(inside)) if inside is not None else None
        if found is None or not found[1]:
            cells[position] = "no Avro" if found is None else refused(found[2])
        else:
            codes[position] = found[2]
    whole, known = [], False
    for position in codes:
        whole.append(placed(by_name(type_) if known else type_, position))
        known = True
    if not whole:
        return {landing: tuple(cells[position] for position in POSITIONS) for landing in LANDINGS}
    stream, texts, _ = made(format, schema(*whole))
    rows = {}
    for landing in LANDINGS:
        equal = run(engine, stream, landing, texts)
        sent = {p: told(codes[p], equal[f"f{number}"]) for number, p in enumerate(codes)}
        rows[landing] = tuple({**cells, **sent}[position] for position in POSITIONS)
    return rows


def by_name(type_: Json) -> Json:
    return type_["name"] if isinstance(type_, dict) and "name" in type_ else type_


def of_odd(engine: Engine, format: Format, name: str) -> list[str]:
    stream, texts, codes = made(format, ODD[name])
    if not texts:
        return [refused(codes)] * len(LANDINGS)
    if name in _UNSENT:
        return [f"not sent: {', '.join(sorted(codes))}"] * len(LANDINGS)
    return [told(codes, all(run(engine, stream, landing, texts).values())) for landing in LANDINGS]


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines) + "\n"


def odd(engine: Engine) -> str:
    rows = [(name, *(cell for format in Format for cell in of_odd(engine, format, name))) for name in ODD]
    columns = (f"{format.value}, {landing}" for format in Format for landing in LANDINGS)
    return table(("Schema", *columns), rows)


def layers() -> str:
    rows = []
    for name, type_ in TYPES.items():
        stream = streams(Format.JSON, schema(type_))
        field = stream.record.fields[0]
        columns = store.payload(stream) if name != "decimal(77, 0)" else ()
        wires = [f"`{wire.wire(field.type, dialect)}`" if columns else "-" for dialect in map(dialect_of, Format)]
        held = ", ".join(f"`{column.type}`" for column in columns) or "-"
        rows.append((name, *wires, held, ksql(field.type), ", ".join(map(kind, columns)) or "-"))
    return table(("Avro", *(f"on the wire, {format.value}" for format in Format), "store", "ksqlDB", "Superset"), rows)


def ksql(type_: Any) -> str:
    try:
        return f"`{ksql_type(type_)}`"
    except Inexpressible as error:
        return error.code


def kind(column: store.Column) -> str:
    if superset.is_temporal(column.type):
        return "time"
    if superset.is_numeric(column.type):
        return "number"
    return "text" if superset.is_scalar(column.type) else "shown, not grouped by"


HEAD = """\
# Types

What becomes of each type of Avro. This page is written by tests/test_matrix.py from what it found: what a cell
speaks of was sent through the landing that is generated for it into its store on the embedded engine, and read back.

| Cell | Means |
| --- | --- |
| lossless | what is stored is what was sent, bit for bit |
| lossy: CODE | ClickHouse's own reader loses what the warning says; the rest comes back, and `verify` compares it |
| refused: CODE | ClickHouse leaves the stream out, and the finding says where and why |
| not sent: CODE | the tables are generated; ClickHouse takes minutes to plan an insert, as the warning says |
| no Avro | Avro does not allow it |

`fleetgen explain CODE` says more. The push landing is run as it is generated. A Kafka landing needs a broker, so here
the queue is replaced by a table with the same columns and with those that ClickHouse's Kafka engine adds; both of its
views are run as they are generated. What that does not show is how the engine reads from a topic: in the format avro
messages there carry a registry's number, and the Kafka landing reads a union as Connect registers it (FG417), which
the cells here, with the schema's own unions, do not cover.

## The layers

"""


WRITERS = """
## avro, other writers

The cells above are of messages by the stream's own schema. A producer may have another, older or newer or its own. Of
what it sends, the push landing makes this. "Refused whole" is an error for the insert of the file, and nothing of it is
stored. `verify` sends such messages too, but for what ClickHouse's reader decides without an error before any view sees
it: an array or a map that is null or not sent is empty, and a double for an int loses what is behind its point. Let a
registry that checks compatibility refuse a schema with them.

"""


@pytest.fixture(scope="module")
def page(engine: Engine) -> str:
    parts = [HEAD, layers()]
    for format in Format:
        found = {name: of_type(engine, format, type_) for name, type_ in TYPES.items()}
        for landing in LANDINGS:
            rows = [(name, *cells[landing]) for name, cells in found.items()]
            parts.append(f"\n## {format.value}, {landing} landing\n\n{table(('Type', *POSITIONS), rows)}")
    others = table(("A writer has", *other_writers.POSITIONS), other_writers.rows(engine))
    return "".join([*parts, WRITERS, others, "\n## Odd cases\n\n", odd(engine)])


def test_the_page_is_what_the_engine_does(page: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page


def test_json_loses_nothing(page: str) -> None:
    parts = [part for part in page.split("\n## ") if part.startswith("json, ")]
    assert len(parts) == len(LANDINGS)
    for part in parts:
        cells = [cell.strip() for line in part.splitlines()[4:] for cell in line.strip("|").split("|")[1:]]
        assert len(cells) == len(TYPES) * len(POSITIONS)
        assert set(cells) == {"lossless", "no Avro", "refused: FG410"}
