"""Messages that a person can act on: the nearest name, the extra to install, what was looked for and where."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fleetgen.cli import main

RIDES = """{"type": "record", "name": "rides", "fields": [
  {"name": "bike", "type": {"type": "int", "arg.properties": {"range": {"min": 0, "max": 9}}}},
  {"name": "minutes", "type": {"type": "int", "arg.properties": {"range": {"min": 0, "max": 9}}}},
  {"name": "started", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}"""
VIEW = '[[views]]\nname = "by_bike"\nfrom = "rides"\ngroup = ["bike"]\nmetrics = { n = "count()" }\n'
CHART = '[[charts]]\nname = "Bikes"\nkind = "bar"\nview = "rides"\ndimension = "bike"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/rides.avsc").write_text(RIDES)
    return tmp_path


def fleetgen(*arguments: str) -> Result:
    return CliRunner(env={"NO_COLOR": "1"}).invoke(main, list(arguments), catch_exceptions=False)


@pytest.mark.parametrize(
    ("toml", "place", "near"),
    [
        ('databse = "x"', "1:1", "'database'"),
        ("[stream.rides]", "1:2", "'streams'"),
        ("[streams.ride]", "1:10", "'rides'"),
        ('[streams.rides]\nkye = ["bike"]', "2:1", "'key'"),
        ('[streams.rides]\nkey = ["bikes"]', "2:8", "'bike'"),
        ('[streams.rides]\ntime = "startet"', "2:8", "'started'"),
        ('[streams.rides]\nrole = "dimention"', "2:8", "'dimension'"),
        ('[streams.rides]\nsource = { kind = "datagn" }', "2:19", "'datagen'"),
        (VIEW.replace('from = "rides"', 'from = "ride"'), "3:8", "'rides'"),
        (VIEW.replace('["bike"]', '["bik"]'), "4:10", "'bike'"),
        (VIEW.replace("count()", "cuont()"), "5:17", "'count'"),
        (VIEW.replace("count()", "sum(minuets)"), "5:17", "'minutes'"),
        (VIEW.replace("metrics", "metric"), "5:1", "'metrics'"),
        (f"{VIEW}having = 'm > 1'", "6:10", "'n'"),
        (VIEW + VIEW.replace("by_bike", "again").replace('"rides"', '"by_bik"'), "8:8", "'by_bike'"),
        (CHART.replace('"rides"', '"ride"'), "4:8", "'rides'"),
        (CHART.replace('"bike"', '"bkie"'), "5:13", "'bike'"),
        (CHART.replace('"bar"', '"bra"'), "3:8", "'bar'"),
        (CHART.replace("dimension", "dimensoin"), "5:1", "'dimension'"),
        ('[profiles.p]\nclickhous = { url = "http://h" }', "2:1", "'clickhouse'"),
        ('[profiles.p]\nclickhouse = { platform = "sever", url = "http://h" }', "2:27", "'server'"),
        ('[profiles.p]\nclickhouse = { passwrd = "${env:X}" }', "2:16", "'password'"),
        ('[profiles.p]\ningest = "kafak"', "2:10", "'kafka'"),
    ],
)
def test_a_name_in_the_configuration(folder: Path, toml: str, place: str, near: str) -> None:
    (folder / "fleetgen.toml").write_text(toml)
    done = fleetgen("check")
    assert (done.exit_code, done.stdout) == (2, "")
    assert re.search(rf"^fleetgen\.toml:{place}: FG3\d\d error: ", done.stderr, re.MULTILINE), done.stderr
    assert re.search(rf"^  help: .*{re.escape(near)}", done.stderr, re.MULTILINE), done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["rendr"], "No such command 'rendr'. Did you mean 'render'?"),
        (["sample", "ridse"], "there is no stream 'ridse'\n  help: did you mean 'rides'?"),
        (["sample", "nothing_like_it"], "help: known: 'rides'"),
        (["smoke", "--profile", "loacl"], "there is no profile 'loacl'\n  help: did you mean 'local'?"),
        (["apply", "--profil", "local"], "No such option '--profil'. Did you mean '--profile'?"),
        (["template", "eject", "kafka/topics.json.jinja"], "help: did you mean 'kafka/topic.json.jinja'?"),
        (["template", "lst"], "No such command 'lst'. Did you mean 'list'?"),
        (["explain", "FG2013"], "there is no finding 'FG2013'. Did you mean FG"),
        (["check", "--output", "yaml"], "'yaml' is not one of 'text', 'json', 'github', 'sarif'"),
        (["sample"], "Missing argument 'STREAM'"),
    ],
)
def test_a_name_on_the_command_line(folder: Path, arguments: list[str], says: str) -> None:
    done = fleetgen(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert says in done.stderr


@pytest.mark.parametrize(
    ("before", "after", "near"),
    [
        ('"type": "int"', '"type": "itn"', "did you mean int?"),
        ('"timestamp-millis"', '"timestamp-milis"', "timestamp-millis"),
        ('"range"', '"rnage"', "did you mean 'range'?"),
    ],
)
def test_a_name_in_a_schema(folder: Path, before: str, after: str, near: str) -> None:
    (folder / "schemas/rides.avsc").write_text(RIDES.replace(before, after, 1))
    assert re.search(rf"^  help: .*{re.escape(near)}", fleetgen("check").stderr, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "module"),
    [
        (["sample", "rides"], "numpy"),
        (["sample", "rides", "--format", "avro"], "numpy"),
        (["demo", "--rows", "1"], "chdb"),
        (["demo", "--rows", "1"], "vl_convert"),
        (["apply"], "chdb"),
        (["simulate"], "chdb"),
        (["check", "--compile"], "chdb"),
    ],
)
def test_what_is_not_installed_is_named_with_a_line_for_every_shell(
    folder: Path, arguments: list[str], module: str
) -> None:
    """In a process of its own, in which the module cannot be imported."""
    fleetgen("render")
    program = f"import sys; sys.modules[{module!r}] = None; from fleetgen.cli import main; main({arguments!r})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    (line,) = re.findall(r"pip install .*$", done.stderr, re.MULTILINE)
    assert line == "pip install 'fleetgen[local]'"  # bare brackets are a pattern to zsh
    assert shlex.split(line)[-1] == "fleetgen[local]"
    assert module.replace("_", "-") in done.stderr.replace("_", "-")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [["render"], ["check"], ["apply"], ["demo"], ["sample", "x"]])
def test_a_missing_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    monkeypatch.chdir(tmp_path)
    done = fleetgen(*command)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("schemas: FG810 error: no schema was found")
    assert "in schemas/ of the folder that fleetgen runs in, or in a folder below it, in a file *.avsc" in done.stderr
    assert "`fleetgen init` writes a first one" in done.stderr


def test_a_folder_that_has_its_schemas_under_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema/rides.avsc").write_text(RIDES)
    assert "mkdir -p schemas && mv schema/rides.avsc schemas/" in fleetgen("init").stderr
