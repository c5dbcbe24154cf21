"""From files and environment to a Project: what is read, what wins, what is left out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from fleetgen import project
from fleetgen.commands.generate import generate
from fleetgen.errors import FleetgenError, Severity
from fleetgen.files import Disk
from fleetgen.pipeline import Chart, Format, GroupedView, JoinedView, LatestView, Metric, Role, Source
from fleetgen.profile import ClickHouse, Profile
from fleetgen.targets import TARGETS
from fleetgen.targets.base import Output
from fleetgen.templating import Templates
from projects import SCHEMAS, Memory, findings, load, record, refusal

ROOT = Path(__file__).parents[1]


def test_the_fleet() -> None:
    fleet = project.load(Disk(ROOT), {})
    pipeline = fleet.pipeline
    assert pipeline.database == "fleet"
    assert [(s.name, s.topic, s.role, s.key, s.ttl_days) for s in pipeline.streams] == [
        ("fleet_mgmt_description", "fleet_mgmt_description", Role.DIMENSION, ("vehicle_id",), None),
        ("fleet_mgmt_location", "fleet_mgmt_location", Role.EVENT, ("vehicle_id",), 90),
        ("fleet_mgmt_sensors", "fleet_mgmt_sensors", Role.EVENT, ("vehicle_id",), 90),
    ]
    assert pipeline.streams[1].time == "ts"
    assert pipeline.streams[1].path == "schemas/fleet_mgmt_location.avsc"
    assert [(type(view), view.name) for view in pipeline.views] == [
        (JoinedView, "fleet_mgmt_data"),
        (GroupedView, "readings_by_driver"),
        (LatestView, "last_location"),
        (GroupedView, "vehicles_at_many_locations"),
    ]
    assert [(chart.name, chart.kind, chart.view, chart.dimension) for chart in pipeline.charts] == [
        ("Data ingestion over time", "time-bar", "fleet_mgmt_sensors", None),
        ("Top 10 sensor readings by driver", "bar", "fleet_mgmt_data", "driver_name"),
        ("Readings per day", "calendar", "fleet_mgmt_sensors", None),
    ]
    assert pipeline.platforms == {
        "connect": ("self-managed",),
        "ksql": ("self-managed",),
        "clickhouse": ("embedded", "server"),
    }
    assert sorted(fleet.profiles) == ["local", "prod"]
    assert fleet.profile("prod").protected
    assert all(finding.severity is Severity.WARNING for finding in fleet.findings)


def test_schemas_alone() -> None:
    read = project.load(Memory(SCHEMAS), {})
    assert read.pipeline.database == "fleetgen"
    assert [stream.name for stream in read.pipeline.streams] == ["bikes", "docks", "repairs", "rides"]
    rides = read.pipeline.streams[3]
    assert (rides.topic, rides.role, rides.key, rides.time, rides.format) == (
        "rides",
        Role.EVENT,
        (),
        None,
        Format.JSON,
    )
    assert (rides.partitions, rides.retention_ms, rides.ttl_days, rides.source) == (1, None, None, Source())
    assert rides.schema.startswith("{")
    assert "\n" not in rides.schema
    assert read.pipeline.views == ()
    assert read.pipeline.charts[3] == Chart("rides: messages over time", "time-bar", "rides", Metric("count"))
    assert read.pipeline.platforms["clickhouse"] == ("embedded",)
    assert read.profiles == {"local": Profile("local", clickhouse=ClickHouse("embedded", ".fleetgen/clickhouse"))}


def test_every_key_of_a_stream() -> None:
    rides = load(
        """
        [streams.rides]
        role = "dimension"
        key = ["bike", "plan"]
        time = "started"
        topic = "rides.v1"
        format = "json"
        partitions = 6
        retention = "12h"
        ttl = "30d"
        source = { kind = "none", max-interval = 100, iterations = 5, tasks = 2 }
        """
    ).pipeline.stream("rides")
    assert rides is not None
    assert (rides.role, rides.key, rides.time, rides.topic) == (Role.DIMENSION, ("bike", "plan"), "started", "rides.v1")
    assert (rides.partitions, rides.retention_ms, rides.ttl_days) == (6, 43_200_000, 30)
    assert rides.source == Source("none", 100, 5, 2)


def test_no_charts_where_none_are_wanted() -> None:
    assert load("charts = []\n").pipeline.charts == ()


def test_our_own_file_wins() -> None:
    files = {"pyproject.toml": b'[tool.fleetgen]\ndatabase = "a"\n', "fleetgen.toml": b'database = "b"\n'}
    assert project.load(Memory(SCHEMAS | files), {}).pipeline.database == "b"
    del files["fleetgen.toml"]
    assert project.load(Memory(SCHEMAS | files), {}).pipeline.database == "a"


@pytest.mark.parametrize(
    "text", [b"", b"[project]\nname = 'fleetgen'\n", b"[tool.other]\nx = 1\n", b"not = = toml", b"tool = 'fleetgen'\n"]
)
def test_a_pyproject_without_the_table_is_ignored(text: bytes) -> None:
    assert project.load(Memory({**SCHEMAS, "pyproject.toml": text}), {}).pipeline.database == "fleetgen"


def test_errors_of_schemas_and_configuration_come_together() -> None:
    broken = {"schemas/a.avsc": b'{"type": "record"', "schemas/b.avsc": b'{"type": "recrod", "name": "b"}'}
    found = findings("[streams.rides]\npartitions = 0\n[profiles.prod]\nkafak = 1\n", broken)
    paths = [finding.place.path for finding in found]
    assert paths.count("schemas/a.avsc") == paths.count("schemas/b.avsc") == 1
    assert [f.code for f in found if f.place.path == "fleetgen.toml"] == ["FG304", "FG302"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no schema was found"),
        ({"schemas/readme.md": b"x", "other/a.avsc": b"{}"}, "no schema was found"),
        (
            {
                "schemas/a.avsc": record("a", {"b": ["null", "b"]}),
                "schemas/b.avsc": record("b", {"a": ["null", "a"]}),
            },
            "no schema is a stream: each is referred to by another",
        ),
    ],
)
def test_nothing_to_read(files: dict[str, bytes], message: str) -> None:
    found = refusal(Memory(files))
    assert [(finding.code, finding.message, finding.place.path) for finding in found] == [("FG810", message, "schemas")]
    assert "*.avsc" in found[0].help


def test_what_another_schema_refers_to_is_no_stream_unless_named() -> None:
    schemas = {
        "schemas/deep/part.avro": record("part", {"n": "int"}, "x"),
        "schemas/whole.avsc": record("whole", {"part": "x.part"}, "x"),
    }
    assert [stream.name for stream in load("", schemas).pipeline.streams] == ["whole"]
    named = load("[streams.part]\n", schemas).pipeline
    assert [stream.name for stream in named.streams] == ["part", "whole"]


def test_two_streams_of_one_name() -> None:
    schemas = {"schemas/1.avsc": record("a", {"n": "int"}, "x"), "schemas/2.avsc": record("a", {"n": "int"}, "y")}
    (found,) = findings("", schemas)
    assert (found.code, found.place.path) == ("FG310", "schemas/2.avsc")
    assert found.message == "y.a would be a second stream 'a', beside x.a in schemas/1.avsc"


def test_two_streams_that_differ_in_case() -> None:
    schemas = {"schemas/1.avsc": record("a", {"n": "int"}, "x"), "schemas/2.avsc": record("A", {"n": "int"}, "x")}
    (found,) = findings('[streams.A]\ntopic = "b"\n', schemas)
    assert (found.code, found.place.path) == ("FG315", "schemas/2.avsc")
    assert found.message == "the stream 'A' differs only in case from 'a' in schemas/1.avsc"


def test_two_files_that_differ_in_case_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """No names of a project lead to them any more; a target of one's own may."""
    texts = {"own/a.sql": "1", "own/A.sql": "2"}
    output = Output(Templates())
    output.files = texts
    output.origins = dict.fromkeys(texts, "own.jinja")
    monkeypatch.setitem(TARGETS, "own", SimpleNamespace(generate=lambda *_: output))
    made = generate(load(""), Templates())
    assert {path: text for path, text in made.files.items() if path.startswith("own/")} == {"own/a.sql": "1"}
    (found,) = [finding for finding in made.findings if finding.code == "FG400"]
    assert (found.severity, found.place.path) == (Severity.ERROR, "generated/own/A.sql")


def test_a_stream_that_clickhouse_cannot_hold_has_neither_chart_nor_view() -> None:
    inner = {"type": "record", "name": "in", "fields": [{"name": "y", "type": "int"}]}
    schemas = {**SCHEMAS, "schemas/meet.avsc": record("meet", {"x": inner, "x_y": "int", "bike": "int"})}
    view = '[[views]]\nname = "v"\nfrom = "meet"\nlatest = ["bike"]\n'
    chart = '[[charts]]\nname = "c"\nkind = "calendar"\nview = "v"\n'
    assert "meet" not in {each.view for each in load("", schemas).pipeline.charts}
    pipeline = load(view + chart, schemas).pipeline
    assert (pipeline.views, pipeline.charts) == ((), ())
    assert pipeline.stream("meet") is not None


def test_a_field_takes_our_columns_name() -> None:
    schemas = {"schemas/t.avsc": record("t", {"_timestamp": "string"})}
    assert load("", schemas).pipeline.charts[0].time == "__timestamp"


def test_matches_by_role() -> None:
    toml = '[streams.bikes]\nkey = ["bike"]\n{}[[views]]\nname = "v"\nfrom = "rides"\njoin = [{{ stream = "bikes" }}]\n'
    for role, match in (("", "latest-before"), ('role = "dimension"\n', "latest")):
        view = load(toml.format(role) + 'rename = { code = "bike_code" }\n').pipeline.view("v")
        assert isinstance(view, JoinedView)
        assert view.joins[0].match == match


@pytest.mark.parametrize(
    ("toml", "clickhouse"),
    [
        ('clickhouse = { path = "x" }', ClickHouse("embedded", "x")),
        ("protected = false", ClickHouse("embedded", ".fleetgen/clickhouse")),
        ('clickhouse = { user = "u" }', None),
        ('clickhouse = { url = "http://h" }', ClickHouse("server", url="http://h")),
        (
            'clickhouse = { platform = "server", url = "http://h", user = "u" }',
            ClickHouse("server", "", "http://h", "u"),
        ),
    ],
)
def test_local_can_be_overridden_in_part(toml: str, clickhouse: ClickHouse | None) -> None:
    text = f"[profiles.local]\n{toml}\n"
    if clickhouse is None:
        assert [finding.code for finding in findings(text)] == ["FG341"]
    else:
        assert load(text).profile("local") == Profile("local", clickhouse=clickhouse)


def test_unknown_names_on_the_command_line() -> None:
    read = load("[profiles.prod]\n")
    with pytest.raises(FleetgenError, match="FG345 error: there is no profile 'prd'\n  help: did you mean 'prod'"):
        read.profile("prd")
    with pytest.raises(FleetgenError, match="FG345 error: there is no stream 'ride'\n  help: did you mean 'rides'"):
        read.stream("ride")
    assert read.stream("rides").name == "rides"


def test_a_table_that_is_none() -> None:
    found = refusal(Memory({**SCHEMAS, "pyproject.toml": b"[tool]\nfleetgen = 3\n"}))
    assert [(f.code, f.place.line, f.place.column) for f in found] == [("FG303", 2, 12)]


def test_the_example_in_the_documentation() -> None:
    example = (ROOT / "doc" / "configuration.md").read_text().split("```toml\n")[1].split("```")[0]
    schemas = {path: Disk(ROOT).read(path) or b"" for path in Disk(ROOT).walk("schemas")}
    read = load(example, schemas)
    assert [view.name for view in read.pipeline.views] == ["fleet_mgmt_data", "readings_by_driver", "last_location"]


def test_loading_is_light() -> None:
    """Without a TOML file nothing is imported for it; nothing is ever imported for errors that are not there."""
    heavy = {"tomllib", "difflib", "yaml", "numpy", "fastavro", "chdb", "hypothesis", "importlib.metadata"}
    code = (
        "import sys; sys.path[:0] = ['tests', 'src']\n"
        "from projects import SCHEMAS, Memory\n"
        "from fleetgen import project\n"
        "project.load(Memory(SCHEMAS), {})\n"
        f"print(sorted({heavy!r} & set(sys.modules)))\n"
        "project.load(Memory({**SCHEMAS, 'fleetgen.toml': b'[streams.rides]'}), {})\n"
        f"print(sorted({heavy!r} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["[]", "['tomllib']", ""]
