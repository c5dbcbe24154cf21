"""doc/templates.md: what it says each template is given is what each is given."""

from __future__ import annotations

from pathlib import Path

import pytest

import test_report
from avro_files import avro_stream
from fleetgen import project, report
from fleetgen.commands.generate import generate
from fleetgen.pipeline import Pipeline
from fleetgen.places import bundled
from fleetgen.quoting import FILTERS
from fleetgen.targets import kafka
from projects import Memory
from recording import Recorder, included

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "doc" / "templates.md"
BEGIN = '"Part of" is included or imported by another, and sees the same.\n\n'
EVERYWHERE = """
[tool.fleetgen.profiles.cloud]
kafka = { bootstrap = "${env:A}", user = "a", password = "${env:A}" }
connect = { platform = "confluent-cloud", url = "${env:A}", user = "a", password = "${env:A}" }
ksql = { platform = "confluent-cloud", url = "${env:A}", user = "a", password = "${env:A}" }
clickhouse = { platform = "cluster", url = "${env:A}" }
"""


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    """Has rendered the fleet, on every platform, the schema of a topic in the format avro, and a report."""
    files = {f"schemas/{path.name}": path.read_bytes() for path in (ROOT / "schemas").iterdir()}
    files["pyproject.toml"] = (ROOT / "pyproject.toml").read_bytes() + EVERYWHERE.encode()
    recording = Recorder()
    generate(project.load(Memory(files), {}), recording)
    kafka.generate(Pipeline("x", (avro_stream({"type": "record", "name": "x", "fields": []}),)), recording, {})
    report.render(test_report.facts(), recording)
    return recording


def test_the_table_is_what_was_recorded(recorder: Recorder, request: pytest.FixtureRequest) -> None:
    text = PAGE.read_text()
    written = text.partition(BEGIN)[0] + BEGIN + recorder.page()
    if request.config.getoption("--update"):
        PAGE.write_text(written)
    assert PAGE.read_text() == written, "pytest tests/test_templates_page.py --update"


def test_every_template_was_at_work_or_is_part_of_one_that_was(recorder: Recorder) -> None:
    names = {path.relative_to(bundled()).as_posix() for path in bundled().rglob("*.jinja")}
    used = included()
    assert {name for name in names if name not in recorder.given and not used.get(name)} == set()


def test_every_filter_is_named() -> None:
    table = PAGE.read_text().partition("| Filter |")[2].partition("\n\n")[0]
    named = {name for row in table.splitlines()[2:] for name in row.split("|")[1].replace("`", " ").split()}
    assert named == set(FILTERS)
