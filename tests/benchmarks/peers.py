"""Samples and the strict landing against their peers, each pair in one run: python tests/benchmarks/peers.py

fastavro's generator, orjson and json.dumps of one record at a time, and avro-datagen, if an interpreter is named that
has it; then messages as `simulate` sends them through the strict push landing into the store, against
the same messages through a landing of native types that checks nothing. What is asked for stands beside each figure,
and the exit code is 1 where it is missed.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
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
from fleetgen.targets import clickhouse
from fleetgen.targets.clickhouse.engine import Engine, embedded
from fleetgen.templating import Templates

ROOT = Path(__file__).parents[2]
END = int(time.time()) * 1000
ROWS = 200_000
FEW = 20_000
"""For what takes a record at a time."""
TIMES = 9
STREAM = "fleet_mgmt_sensors"
ASKED = {
    "columns": 10e6,
    "JSON lines": 2.5e6,
    "Avro": 1.5e6,
    "strict landing, json": 0.5,
    "strict landing, avro": 0.8,
}
"""Rows a second on two cores; of a landing the part of what its peer reaches."""


def rate(work: Callable[[], object], rows: int, times: int = 3) -> float:
    """Rows a second, the best of a few."""
    return rows / min(_seconds(work) for _ in range(times))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def tell(what: str, ours: float, peers: dict[str, float], reached: float | None = None) -> bool:
    """Prints, and says whether what is asked for is reached: rows a second, if nothing else is given."""
    reached, asked = ours if reached is None else reached, ASKED[what]
    wanted = f"{asked / 1e6:.1f} M rows/s" if asked > 1 else f"ratio {asked:.2f}"
    verdict = "reached" if reached >= asked else "MISSED"
    print(f"{what:42} {ours / 1e6:8.3f} M rows/s   asked: {wanted}: {verdict}")
    for name, theirs in peers.items():
        print(f"  {name:40} {theirs / 1e6:8.3f} M rows/s   ratio {ours / theirs:8.2f}")
    return reached >= asked


def sampling(stream: Stream, python: str) -> Iterator[bool]:
    drawn, few = batch(stream, 0, END, 0, ROWS), list(batch(stream, 0, END, 0, FEW).records())
    schema = fastavro.parse_schema(json.loads(stream.schema))
    generated = {"fastavro.utils.generate_many": rate(lambda: list(fastavro.utils.generate_many(schema, FEW)), FEW)}
    generated |= dict(avro_datagen(stream, python))
    yield tell("columns", rate(lambda: _exhaust(drawn), ROWS), generated)
    dumps = {
        "json.dumps of given records": rate(lambda: [json.dumps(each) for each in few], FEW),
        "orjson.dumps of given records": rate(lambda: [orjson.dumps(each) for each in few], FEW),
    }
    yield tell("JSON lines", rate(drawn.lines, ROWS), dumps)
    ours = rate(lambda: write_avro(stream, io.BytesIO(), rows=ROWS, seed=0, end_ms=END), ROWS)
    yield tell("Avro", ours, {"fastavro.writer of given records": rate(lambda: _written(schema, few), FEW)})


def _exhaust(drawn: Batch) -> None:
    for _ in drawn.parts():
        pass


def _written(schema: Any, records: list[dict[str, Any]]) -> None:
    fastavro.writer(io.BytesIO(), schema, records, codec="null")


PEER = """
import sys, time
from avro_datagen import generate
start = time.perf_counter()
assert len(list(generate(sys.argv[1], int(sys.argv[2])))) == int(sys.argv[2])
print(time.perf_counter() - start)
"""


def avro_datagen(stream: Stream, python: str) -> Iterator[tuple[str, float]]:
    """In a process of its own, timed there, since it needs a later Python than we do."""
    if python:
        command = [python, "-c", PEER, str(ROOT / stream.path), str(FEW)]
        seconds = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        yield "avro-datagen", FEW / float(seconds)


NATIVE = """
CREATE TABLE fleet.native (vehicle_id Int32, engine_temperature Int32, average_rpm Int32, _topic String,
    _partition UInt32, _offset UInt64, _key String, _timestamp DateTime64(3, 'UTC')) ENGINE = Null;
CREATE TABLE fleet.loose AS fleet.fleet_mgmt_sensors;
CREATE MATERIALIZED VIEW fleet.native_store TO fleet.loose AS
SELECT vehicle_id, engine_temperature, average_rpm, _topic, _partition, _offset, _timestamp FROM fleet.native;
"""


def landing(pipeline: Pipeline, stream: Stream) -> Iterator[bool]:
    """Both formats: the same bytes into the strict landing and into the one that checks nothing."""
    drawn = batch(stream, 0, END, 0, ROWS)
    lines, file = ingress.lines(stream, drawn, 0), ingress.file(stream, drawn, 0)
    yield _compare(pipeline, stream, lambda engine, table: engine.insert(table, lines))
    in_avro = replace(stream, format=Format.AVRO)
    yield _compare(pipeline, in_avro, lambda engine, table: engine.insert_file(table, file))


def _compare(pipeline: Pipeline, stream: Stream, insert: Callable[[Engine, str], None]) -> bool:
    output = clickhouse.generate(replace(pipeline, streams=(stream,), views=(), charts=()), Templates(), {})
    with embedded() as engine:
        folder = "clickhouse/embedded/"
        for name in ("database.sql", f"tables/{stream.name}.sql", f"landing-push/{stream.name}.sql"):
            _run(engine, output.files[folder + name])
        _run(engine, NATIVE)
        native, strict = _in_turn(engine, insert, ("fleet.native", f"fleet.{stream.name}_push"))
        assert engine.number("SELECT count() FROM fleet.dead_letters") == 0
        assert engine.number(f"SELECT count() FROM fleet.{stream.name}") == TIMES * ROWS
        assert engine.number("SELECT count() FROM fleet.loose") == TIMES * ROWS
    what = f"strict landing, {stream.format.value}"
    return tell(what, strict, {"a landing that checks nothing": native}, strict / native)


def _in_turn(engine: Engine, insert: Callable[[Engine, str], None], tables: tuple[str, str]) -> tuple[float, ...]:
    """Rows a second into each. One after the other would have the second wait for the merges of the first."""
    seconds: tuple[list[float], ...] = ([], [])
    for _ in range(TIMES):
        for table, known in zip(tables, seconds, strict=True):
            known.append(_seconds(partial(insert, engine, table)))
    return tuple(ROWS / min(known) for known in seconds)


def _run(engine: Engine, text: str) -> None:
    for statement in sql.statements(text):
        engine.run(statement)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--avro-datagen", default="", metavar="PYTHON", help="an interpreter that has avro-datagen")
    options = parser.parse_args()
    pipeline = project.load(Disk(ROOT), {}).pipeline
    stream = pipeline.stream(STREAM)
    assert stream is not None
    if not all([*sampling(stream, options.avro_datagen), *landing(pipeline, stream)]):
        sys.exit(1)


if __name__ == "__main__":
    main()
