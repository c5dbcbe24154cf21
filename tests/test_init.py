"""First steps: what a newcomer finds in an empty folder, or beside schemas of their own."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from fleetgen import project
from fleetgen.cli import main
from fleetgen.files import Disk

ROOT = Path(__file__).parents[1]
ORDERS = """{"type": "record", "name": "orders", "fields": [
  {"name": "note", "type": ["null", "string"]}, {"name": "lines", "type": {"type": "array", "items": "int"}},
  {"name": "shop", "type": "string"}, {"name": "order_id", "type": {"type": "string", "logicalType": "uuid"}},
  {"name": "due", "type": {"type": "int", "logicalType": "time-millis"}},
  {"name": "placed", "type": ["null", {"type": "long", "logicalType": "timestamp-micros"}]}]}"""
NESTED = '{"type": "record", "name": "heap", "fields": [{"name": "m", "type": {"type": "map", "values": "int"}}]}'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fleetgen(*arguments: str) -> Result:
    return CliRunner(env={"NO_COLOR": "1"}).invoke(main, list(arguments), catch_exceptions=False)


def load(folder: Path) -> project.Project:
    return project.load(Disk(folder), {})


def uncommented(text: str) -> str:
    """Every suggestion taken."""
    return re.sub(r"^# (?=\[|[a-z-]+ = )", "", text, flags=re.MULTILINE)


def visible(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*") if ".fleetgen" not in path.parts)


def test_an_empty_folder_has_a_demo_that_works_at_once(folder: Path) -> None:
    done = fleetgen("init")
    assert (done.exit_code, done.stdout) == (0, "wrote schemas/rides.avsc\nwrote fleetgen.toml\n")
    assert done.stderr == "1 stream: rides\nnext: fleetgen demo, then fleetgen render\n"
    assert fleetgen("demo", "--rows", "200").stdout.startswith("rides  200 sent, 200 stored, 0 refused\n")
    assert visible(folder) == ["fleetgen.toml", "schemas/rides.avsc"]
    rendered = fleetgen("render")
    assert "FG" not in rendered.stderr
    assert fleetgen("check", "--compile").exit_code == 0


def test_a_second_time_keeps_everything_and_is_no_error(folder: Path) -> None:
    fleetgen("init")
    (folder / "fleetgen.toml").write_text("# mine\n")
    (folder / "schemas/rides.avsc").write_text(ORDERS)
    done = fleetgen("init")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.splitlines()[:2] == [
        "kept fleetgen.toml: it is there already", "kept schemas: it holds schemas/rides.avsc",
    ]  # fmt: skip
    assert (folder / "fleetgen.toml").read_text() == "# mine\n"
    assert (folder / "schemas/rides.avsc").read_text() == ORDERS


def test_schemas_that_are_there_are_named_and_every_suggestion_holds(folder: Path) -> None:
    shutil.copytree(ROOT / "schemas", folder / "schemas")
    (folder / "schemas/orders.avsc").write_text(ORDERS)
    (folder / "schemas/heap.avsc").write_text(NESTED)
    done = fleetgen("init")
    assert (done.exit_code, done.stdout) == (0, "wrote fleetgen.toml\n")
    text = (folder / "fleetgen.toml").read_text()
    names = sorted(stream.name for stream in load(folder).pipeline.streams)
    assert list(tomllib.loads(text)["streams"]) == names
    assert all(stream.key == () and stream.time is None for stream in load(folder).pipeline.streams)
    (folder / "fleetgen.toml").write_text(uncommented(text).replace('role = "dimension"', ""))
    taken = {stream.name: stream for stream in load(folder).pipeline.streams}
    assert (taken["orders"].key, taken["orders"].time) == (("order_id",), "placed")
    assert (taken["heap"].key, taken["heap"].time) == ((), None)
    assert taken["fleet_mgmt_location"].time == "ts"
    (folder / "fleetgen.toml").write_text(uncommented(text))
    assert load(folder).pipeline.views[0].name == "latest_fleet_mgmt_description"
    assert set(load(folder).profiles) == {"local", "prod"}


def test_the_example_in_full(folder: Path) -> None:
    fleetgen("init")
    (folder / "fleetgen.toml").write_text(uncommented((folder / "fleetgen.toml").read_text()))
    assert set(load(folder).profiles) == {"local", "prod"}


def test_schemas_beside_are_neither_moved_nor_read(folder: Path) -> None:
    (folder / "my orders.avsc").write_text(ORDERS)
    (folder / "target").mkdir()
    (folder / "target/copy.avsc").write_text(ORDERS)
    done = fleetgen("init")
    assert done.exit_code == 0
    assert visible(folder) == ["fleetgen.toml", "my orders.avsc", "target/copy.avsc"]
    move = next(line for line in done.stderr.splitlines() if line.startswith("  "))
    assert move == "  mkdir -p schemas && mv './my orders.avsc' schemas/"
    assert "found 1 schema outside schemas/" in done.stderr
    assert fleetgen("check").exit_code == 2
    (folder / "schemas").mkdir()
    (folder / "my orders.avsc").rename(folder / "schemas/my orders.avsc")
    assert list(tomllib.loads((folder / "fleetgen.toml").read_text())["streams"]) == ["orders"]
    assert fleetgen("demo", "--rows", "10").stdout.startswith("orders  10 sent, 10 stored")


def test_many_schemas_beside_are_meant_by_their_folder(folder: Path) -> None:
    (folder / "src/avro").mkdir(parents=True)
    for number in range(4):
        (folder / f"src/avro/s{number}.avsc").write_text(NESTED.replace("heap", f"heap{number}"))
    assert "  mkdir -p schemas && mv src/avro/*.avsc schemas/\n" in fleetgen("init").stderr


def test_schemas_beside_that_are_broken_keep_nobody_from_starting(folder: Path) -> None:
    (folder / "x.avsc").write_text("{")
    assert fleetgen("init").exit_code == 0
    assert "# [streams.NAME]" in (folder / "fleetgen.toml").read_text()


def test_a_configuration_in_pyproject_is_not_outvoted(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.fleetgen]\ndatabase = "shop"\n')
    done = fleetgen("init")
    assert (done.exit_code, done.stdout) == (0, "wrote schemas/rides.avsc\n")
    assert "kept pyproject.toml: it has a [tool.fleetgen] already" in done.stderr
    assert load(folder).pipeline.database == "shop"


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"schemas/x.avsc": "{"}, "schemas/x.avsc:1:2: FG103 error: "),
        ({"fleetgen.toml": "[streams.gone]\n"}, "schemas: FG810 error: no schema was found"),
        ({"fleetgen.toml": "nope"}, "fleetgen.toml:1:5: FG301 error: "),
        ({"schemas": ""}, "schemas/rides.avsc: FG802 error: cannot be written: "),
    ],
)
def test_where_something_is_broken_nothing_is_written(folder: Path, files: dict[str, str], says: str) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    done = fleetgen("init")
    assert (done.exit_code, done.stdout) == (2, "")
    assert says in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == sorted({path.split("/")[0] for path in files})


def test_what_editors_read_is_there_and_follows_fleetgen(folder: Path) -> None:
    fleetgen("init")
    text = (folder / "fleetgen.toml").read_text()
    schema = json.loads((folder / text.splitlines()[0].removeprefix("#:schema ")).read_text())
    jsonschema.Draft202012Validator(schema).validate(tomllib.loads(text))
    assert schema == json.loads((ROOT / "doc/fleetgen.schema.json").read_text())
    (folder / ".fleetgen/avsc.schema.json").write_text("an older one")
    assert fleetgen("init", "-v").stdout == "wrote .fleetgen/avsc.schema.json\n"
    assert (folder / ".fleetgen/avsc.schema.json").read_text() == (ROOT / "doc/avsc.schema.json").read_text()


def test_a_link_to_nowhere_is_not_written_through(folder: Path) -> None:
    (folder / "fleetgen.toml").symlink_to(folder / "elsewhere")
    done = fleetgen("init")
    assert done.exit_code == 2
    assert "fleetgen.toml: FG811 error: is not a regular file" in done.stderr
    assert not (folder / "elsewhere").exists()
