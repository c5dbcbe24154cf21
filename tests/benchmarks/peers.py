"""Samples and the strict landing against their peers, each pair in one run: python tests/benchmarks/peers.py

fastavro's generator, orjson and json.dumps of one record at a time, and (if it is installed, which the project does not
ask for) avro-datagen; then messages through the strict push landing into the store, against the same messages through a
landing of native types that checks nothing.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

import fastavro
import fastavro.utils
import orjson

from fleetgen import project, sql
from fleetgen.commands import ingress
from fleetgen.datagen.sample import Batch, batch, write_avro
from fleetgen.files import Disk
from fleetgen.pipeline import Format, Pipeline, Stream
from fleetgen.proof import files
from fleetgen.targets import clickhouse
from fleetgen.targets.clickhouse.engine import Engine, embedded
from fleetgen.templating import Templates

ROOT = Path(__file__).parents[2]
END = int(time.time()) * 1000
ROWS = 200_000
FEW = 20_000
"""For what takes a record at a time."""
STREAM = "fleet_mgmt_sensors"


def rate(work: Callable[[], object], rows: int, times: int = 3) -> float:
    """Rows a second, the best of a few."""
    return rows / min(_seconds(work) for _ in range(times))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def tell(what: str, ours: float, peers: dict[str, float]) -> None:
    print(f"{what:24} {ours / 1e6:8.2f} M rows/s")
    for name, theirs in peers.items():
        print(f"  {name:40} {theirs / 1e6:8.3f} M rows/s   ratio {ours / theirs:8.2f}")


def sampling(stream: Stream) -> None:
    drawn, few = batch(stream, 0, END, 0, ROWS), list(batch(stream, 0, END, 0, FEW).records())
    schema = fastavro.parse_schema(json.loads(stream.schema))
    generated = {"fastavro.utils.generate_many": rate(lambda: list(fastavro.utils.generate_many(schema, FEW)), FEW)}
    generated |= dict(avro_datagen(stream))
    tell("columns", rate(lambda: _exhaust(drawn), ROWS), generated)
    dumps = {
        "json.dumps of given records": rate(lambda: [json.dumps(each) for each in few], FEW),
        "orjson.dumps of given records": rate(lambda: [orjson.dumps(each) for each in few], FEW),
    }
    tell("JSON lines", rate(drawn.lines, ROWS), dumps)
    ours = rate(lambda: write_avro(stream, io.BytesIO(), rows=ROWS, seed=0, end_ms=END), ROWS)
    tell("Avro", ours, {"fastavro.writer of given records": rate(lambda: _written(schema, few), FEW)})


def _exhaust(drawn: Batch) -> None:
    for _ in drawn.parts():
        pass


def _written(schema: Any, records: list[dict[str, Any]]) -> None:
    fastavro.writer(io.BytesIO(), schema, records, codec="null")


def avro_datagen(stream: Stream) -> Iterator[tuple[str, float]]:
    with suppress(ImportError):
        generate: Any = import_module("avro_datagen").generate
        schema = json.loads(stream.schema)
        yield "avro-datagen", rate(lambda: list(islice(generate(schema, count=FEW), FEW)), FEW, 1)


NATIVE = """
CREATE TABLE fleet.native (vehicle_id Int32, engine_temperature Int32, average_rpm Int32, _topic String,
    _partition UInt32, _offset UInt64, _key String, _timestamp DateTime64(3, 'UTC')) ENGINE = Null;
CREATE TABLE fleet.loose AS fleet.fleet_mgmt_sensors;
CREATE MATERIALIZED VIEW fleet.native_store TO fleet.loose AS
SELECT vehicle_id, engine_temperature, average_rpm, _topic, _partition, _offset, _timestamp FROM fleet.native;
"""


def landing(pipeline: Pipeline, stream: Stream) -> None:
    """Both formats: the same bytes into the strict landing and into the one that checks nothing."""
    lines = ingress.lines(stream, batch(stream, 0, END, 0, ROWS), 0)
    given = list(batch(stream, 0, END, 0, ROWS).records())
    start = datetime.fromtimestamp(END / 1000, UTC) - timedelta(hours=1)
    file = files.file(stream, given, start)
    _compare(pipeline, stream, lambda engine, table: engine.insert(table, lines))
    _compare(pipeline, replace(stream, format=Format.AVRO), lambda engine, table: engine.insert_file(table, file))


def _compare(pipeline: Pipeline, stream: Stream, insert: Callable[[Engine, str], None]) -> None:
    output = clickhouse.generate(replace(pipeline, streams=(stream,), views=(), charts=()), Templates(), {})
    with embedded() as engine:
        folder = "clickhouse/embedded/"
        for name in ("database.sql", f"tables/{stream.name}.sql", f"landing-push/{stream.name}.sql"):
            _run(engine, output.files[folder + name])
        _run(engine, NATIVE)
        native = rate(lambda: insert(engine, "fleet.native"), ROWS, 5)
        strict = rate(lambda: insert(engine, f"fleet.{stream.name}_push"), ROWS, 5)
        assert engine.number("SELECT count() FROM fleet.dead_letters") == 0
        assert engine.number(f"SELECT count() FROM fleet.{stream.name}") == 5 * ROWS
        assert engine.number("SELECT count() FROM fleet.loose") == 5 * ROWS
    tell(f"strict landing, {stream.format.value}", strict, {"a landing that checks nothing": native})


def _run(engine: Engine, text: str) -> None:
    for statement in sql.statements(text):
        engine.run(statement)


def main() -> None:
    pipeline = project.load(Disk(ROOT), {}).pipeline
    stream = pipeline.stream(STREAM)
    assert stream is not None
    sampling(stream)
    landing(pipeline, stream)


if __name__ == "__main__":
    main()
