"""verify finds what a hand or a template broke in generated/, names the column, and passes where nothing is broken."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fleetgen.cli import main

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
PLACE = {"type": "record", "name": "Place", "fields": [{"name": "latitude", "type": "double"}]}
SCHEMA = {
    "type": "record",
    "name": "m",
    "fields": [
        {"name": "vehicle", "type": "int"},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 3}},
        {"name": "place", "type": ["null", PLACE]},
        {"name": "marks", "type": {"type": "array", "items": "int"}},
        {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["ON", "OFF"]}},
        {"name": "sent", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "note", "type": ["null", "string", "long"]},
    ],
}
TABLE, LANDING = "tables/m.sql", "landing-push/m.sql"
STATE = "ifNull(q.`state` IN ('ON', 'OFF'), 0)"

MUTANTS = {
    "narrower integer": (TABLE, "`vehicle` Int32", "`vehicle` Int16", "vehicle", "store"),
    "narrower integers in an array": (TABLE, "`marks` Array(Int32)", "`marks` Array(Int8)", "marks", "store"),
    "narrower float": (TABLE, "`place_latitude` Nullable(Float64)", "`place_latitude` Nullable(Float32)",
                       "place_latitude", "store"),
    "wrong scale": (TABLE, "`price` Decimal(9, 3)", "`price` Decimal(9, 2)", "price", "store"),
    "coarser time": (TABLE, "`sent` DateTime64(3, 'UTC')", "`sent` DateTime64(0, 'UTC')", "sent", "store"),
    "no null": (TABLE, "`note_long` Nullable(Int64)", "`note_long` Int64", "note_long", "landing"),
    "is_set always true": (LANDING, "isNotNull(q.`place`) AS `place_is_set`", "true AS `place_is_set`",
                           "place_is_set", "store"),
    "dropped null check": (LANDING, "isNotNull(toInt32OrNull(q.`vehicle`))", "1", "vehicle", "dead letters"),
    "dropped check in one view": (LANDING, f"    AND {STATE}\n", "", "state", "dead letters"),
    "dropped null check in an array": (LANDING, "isNotNull(toInt32OrNull(e0))", "1", "marks", "dead letters"),
    "forgotten symbol": (LANDING, "('ON', 'OFF')", "('ON')", "state", "landing"),
    "wrong reason": (LANDING, "'', 'sent')", "'', 'vehicle')", "sent", "dead letters"),
    "another column": (LANDING, "tupleElement(q.`note`, 'string') AS `note_string`",
                       "CAST(NULL, 'Nullable(String)') AS `note_string`", "note_string", "store"),
}  # fmt: skip
"""A file of generated/, its text and what a hand made of it, and the column and the layer that have to be named."""


def fleetgen(*arguments: str) -> Result:
    return CliRunner(env={"NO_COLOR": "1"}).invoke(main, list(arguments), catch_exceptions=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "m.avsc").write_text(json.dumps(SCHEMA))
    monkeypatch.chdir(tmp_path)
    assert fleetgen("render", "-q").exit_code == 0
    return tmp_path / "generated" / "clickhouse" / "embedded"


def edit(path: Path, before: str, after: str, count: int = -1) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, count))


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_file_is_found_with_the_column_and_a_small_record(folder: Path, name: str) -> None:
    path, before, after, column, layer = MUTANTS[name]
    edit(folder / path, before, after, 1 if name.endswith("one view") else -1)
    result = fleetgen("verify", "--output", "json")
    assert result.exit_code == 1, result.output
    failure = json.loads(result.stdout)["streams"]["m"]["failure"]
    assert failure["layer"] == layer, failure
    assert failure["columns"] == [column], failure
    assert len(failure["record"]) < 160, failure


def test_a_failure_as_text_has_layer_column_and_record(folder: Path) -> None:
    edit(folder / TABLE, "`vehicle` Int32", "`vehicle` Int16")
    result = fleetgen("verify", "m")
    assert result.exit_code == 1
    assert "  layer:  store\n  column: vehicle\n  record: {" in result.stdout
    assert '"vehicle":32768,' in result.stdout, "not the smallest"


def test_what_is_whole_passes_and_counts(folder: Path) -> None:
    result = fleetgen("verify", "--examples", "50", "--output", "json")
    assert result.exit_code == 0
    proof = json.loads(result.stdout)["streams"]["m"]
    assert proof["failure"] is None
    assert proof["examples"] == 50
    assert proof["stored"] > 50
    assert proof["refused"] > 50
    assert [path.name for path in Path().iterdir() if path.name.startswith(".")] == [".fleetgen"]


def test_what_does_not_run_is_a_failure_of_the_files(folder: Path) -> None:
    edit(folder / TABLE, "`vehicle` Int32", "`vehicle` Int33")
    result = fleetgen("verify")
    assert result.exit_code == 1
    assert "layer:  files\n" in result.stdout
    assert "generated/clickhouse/embedded/tables/m.sql" in result.stdout


def test_missing_files_are_an_error_that_names_them(folder: Path) -> None:
    (folder / LANDING).unlink()
    result = fleetgen("verify")
    assert result.exit_code == 2
    assert "generated/clickhouse/embedded/landing-push/m.sql: FG709 error: is missing" in result.stderr
    assert "fleetgen render" in result.stderr


def test_an_unknown_stream_is_an_error(folder: Path) -> None:
    result = fleetgen("verify", "n")
    assert result.exit_code == 2
    assert "FG345" in result.stderr


def test_a_stream_that_clickhouse_does_not_have_is_said(folder: Path) -> None:
    wide = {"type": "bytes", "logicalType": "decimal", "precision": 77, "scale": 0}
    schema = {"type": "record", "name": "w", "fields": [{"name": "a", "type": wide}]}
    (Path("schemas") / "w.avsc").write_text(json.dumps(schema))
    result = fleetgen("verify", "--examples", "5")
    assert result.exit_code == 0
    assert "FG410 warning: w is left out of ClickHouse" in result.stderr
    assert result.stdout.startswith("m: 5 examples, ")


def test_in_the_format_avro_too(folder: Path) -> None:
    Path("fleetgen.toml").write_text('format = "avro"\n')
    assert fleetgen("render", "-q").exit_code == 0
    result = fleetgen("verify", "--examples", "60", "--output", "json")
    proof = json.loads(result.stdout)["streams"]["m"]
    assert (result.exit_code, proof["failure"], proof["examples"]) == (0, None, 60)
    assert proof["refused"] > 0  # how many depends on what Hypothesis draws, and that on what else is imported
    edit(folder / TABLE, "`vehicle` Int32", "`vehicle` Int16")
    failure = json.loads(fleetgen("verify", "--output", "json").stdout)["streams"]["m"]["failure"]
    assert (failure["layer"], failure["columns"]) == ("store", ["vehicle"])
    edit(folder / TABLE, "`vehicle` Int16", "`vehicle` Int32")
    edit(folder / LANDING, " BETWEEN -62135596800000 AND 253402300799999", " IS NOT NULL")
    failure = json.loads(fleetgen("verify", "--output", "json").stdout)["streams"]["m"]["failure"]
    assert (failure["layer"], failure["columns"]) == ("dead letters", ["sent"])


IN_RANGE = "BETWEEN -2147483648 AND 2147483647"
AVRO_MUTANTS = {
    "dropped null check": (f"ifNull(q.`vehicle` {IN_RANGE}, 0)", "1", "vehicle", "dead letters"),
    "no null on the wire": ("`vehicle` Nullable(Int64)", "`vehicle` Int64", "vehicle", "dead letters"),
    "a narrower wire": ("`vehicle` Nullable(Int64)", "`vehicle` Nullable(Int32)", "vehicle", "dead letters"),
    "a long cut to an int": (f"ifNull(q.`vehicle` {IN_RANGE}, 0)", "isNotNull(q.`vehicle`)", "vehicle", "dead letters"),
    "any symbol": (STATE, "isNotNull(q.`state`)", "state", "dead letters"),
    "any element": (f"ifNull(e0 {IN_RANGE}, 0)", "1", "marks", "dead letters"),
    "a member may be null": ("isNotNull(tupleElement(q.`place`, 'latitude'))", "1", "place", "dead letters"),
    "a default for what was not sent": ("`price` Nullable(Decimal(9, 3))", "`price` Nullable(Decimal(9, 3)) DEFAULT 0",
                                        "price", "dead letters"),
    "a fixed of any size": ("`seal` Nullable(FixedString(4))", "`seal` Nullable(String)", "seal", "dead letters"),
    "nothing of a union": ("isNotNull(q.`choice`)", "1", "choice", "dead letters"),
}  # fmt: skip
"""A landing's text and what a hand made of it, found only by messages of a writer whose schema is another."""


@pytest.mark.parametrize("name", AVRO_MUTANTS)
def test_what_other_writers_send_finds_a_broken_landing(folder: Path, name: str) -> None:
    Path("fleetgen.toml").write_text('format = "avro"\n')
    more = [
        {"name": "seal", "type": {"type": "fixed", "name": "Seal", "size": 4}},
        {"name": "choice", "type": ["int", "string"]},
    ]
    Path("schemas/m.avsc").write_text(json.dumps({**SCHEMA, "fields": [*SCHEMA["fields"], *more]}))
    assert fleetgen("render", "-q").exit_code == 0
    before, after, column, layer = AVRO_MUTANTS[name]
    edit(folder / LANDING, before, after)
    result = fleetgen("verify", "--examples", "40", "--output", "json")
    assert result.exit_code == 1, result.output
    failure = json.loads(result.stdout)["streams"]["m"]["failure"]
    assert (failure["layer"], failure["columns"]) == (layer, [column]), failure
    assert len(failure["record"]) < 240, failure


SAMPLE = sorted(
    case.name
    for case in GOLDEN.iterdir()
    if case.name.startswith(
        ("logical_", "nullable_", "union", "type_", "role_", "hostile_", "names_of_", "key_of", "format_")
    )
    and (case / "expected" / "clickhouse").is_dir()
)


@pytest.mark.parametrize("case", SAMPLE)
def test_golden_cases_come_back_equal(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(GOLDEN / case, tmp_path / "project", ignore=shutil.ignore_patterns("expected"))
    monkeypatch.chdir(tmp_path / "project")
    assert fleetgen("render", "-q").exit_code == 0
    result = fleetgen("verify", "--examples", "25", "-q")
    assert (result.exit_code, result.stdout) == (0, ""), result.output


def test_the_fleet_comes_back_equal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert fleetgen("render", "-q").exit_code == 0
    result = fleetgen("verify")
    assert result.exit_code == 0
    assert result.stdout.count(": 200 examples, ") == 3
