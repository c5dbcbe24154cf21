"""A project's own templates are held to what ksqlDB reads, in every command that generates."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fleetgen.errors import Severity
from fleetgen.targets.ksql.recognise import recognise
from streams import ROOT, codes, fleet, outputs, pipeline, record, stream

BUNDLED = ROOT / "templates"


def own(name: str, old: str, new: str) -> dict[str, str]:
    """A bundled template with one change, as a project has it."""
    text = (BUNDLED / name).read_text()
    assert old in text
    return {name: text.replace(old, new)}


def test_what_the_bundled_templates_give_is_recognised() -> None:
    made = outputs(fleet())["ksql"]
    assert recognise(made.files, made.origins) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "place", "said"),
    [
        ("ksql/stream.sql.jinja", "IF NOT EXISTS", "IF NOTEXISTS", (4, 18), "expected NOT, found word 'NOTEXISTS'"),
        ("ksql/stream.sql.jinja", ") WITH (", ") WITH (CLEANUP_POLICY = 'compact',", (6, 9), "a property of a stream"),
        ("ksql/stream.sql.jinja", ");\n{% endfor", ")\n{% endfor", (11, 1), "expected ';', found end of text"),
        (
            "ksql/connector.sql.jinja",
            "{{ property.key | ksql_string }}",
            "{{ property.key }}",
            (6, 12),
            "expected '=', found symbol '.'",
        ),
    ],
)
def test_a_template_that_writes_no_ksqldb_is_named(
    name: str, old: str, new: str, place: tuple[int, int], said: str
) -> None:
    made = outputs(pipeline(stream(record("s", a="int"))), own(name, old, new))["ksql"]
    (finding,) = [finding for finding in made.findings if finding.code == "FG461"]
    assert finding.severity is Severity.ERROR
    assert (finding.place.line, finding.place.column) == place
    assert finding.place.path in {f"generated/{path}" for path in made.files}
    assert said in finding.message
    assert finding.help == f"it is made by templates/{name}"


def test_a_template_that_does_more_is_followed() -> None:
    template = own("ksql/grouped.sql.jinja", "GROUP BY", "WHERE s.`vehicle_id` <> 1001\nGROUP BY")
    assert "FG461" not in codes(outputs(fleet(), template)["ksql"])


def test_a_connector_of_ones_own_is_read_back_too() -> None:
    template = '{"name": {{ name | json }}, "config": {"tasks.max": "1"}}'
    made = outputs(pipeline(stream(record("s", a="int"))), {"connect/source.json.jinja": template})
    (finding,) = made["ksql"].findings
    assert (finding.code, finding.place.path) == ("FG461", "generated/ksql/self-managed/connectors/s.sql")
    assert "connector.class" in finding.message


def test_check_fails_and_names_the_file_and_the_template(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    (tmp_path / "templates/ksql").mkdir(parents=True)
    (text,) = own("ksql/stream.sql.jinja", "CREATE", "CREAT").values()
    (tmp_path / "templates/ksql/stream.sql.jinja").write_text(text)

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "fleetgen", command], cwd=tmp_path, capture_output=True, text=True)

    assert run("render").returncode == 0, "what is written can be looked at"
    checked = run("check")
    assert checked.returncode == 1
    assert "generated/ksql/self-managed/streams/fleet_mgmt_sensors.sql:5:1: FG461 error: " in checked.stderr
    assert "help: it is made by templates/ksql/stream.sql.jinja" in checked.stderr
