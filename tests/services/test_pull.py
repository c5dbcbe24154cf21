"""pull from a real schema registry: references inlined, edits kept, everything or nothing."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from services import kafka

NEW: Final = secrets.token_hex(3)
POINT: Final = {"type": "record", "name": "point", "namespace": "city", "fields": [{"name": "x", "type": "int"}]}
RIDE: Final[dict[str, Any]] = {
    "type": "record", "name": f"ride{NEW}", "namespace": "city", "connect.name": "city.ride",
    "fields": [{"name": "from", "type": "city.point"}, {"name": "to", "type": ["null", "point"], "default": None}],
}  # fmt: skip


class Project:
    def __init__(self, root: Path, registry: str) -> None:
        self.root, self.registry = root, registry
        profile = '[profiles.here]\nkafka = { bootstrap = "x:1", registry = { url = "${env:REGISTRY}" } }\n'
        (root / "fleetgen.toml").write_text(profile)

    def pull(self, *subjects: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "fleetgen", "pull", *subjects, "--profile", "here"]
        environ = {**os.environ, "REGISTRY": self.registry}
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, env=environ)

    def register(self, subject: str, schema: dict[str, Any], *references: dict[str, Any]) -> None:
        body = {"schema": json.dumps(schema), "references": list(references)}
        answer = requests.post(f"{self.registry}/subjects/{subject}{NEW}/versions", json=body, timeout=10)
        assert answer.ok, answer.text

    def file(self, name: str) -> Path:
        return self.root / f"schemas/{name}{NEW}.avsc"


@pytest.fixture
def project(tmp_path: Path, registry_url: str) -> Project:
    return Project(tmp_path, registry_url)


def test_subjects_become_files_which_are_kept_once_edited(project: Project) -> None:
    project.register("point", POINT)
    project.register("ride", RIDE, {"name": "city.point", "subject": f"point{NEW}", "version": 1})
    first = project.pull(f"ride{NEW}")
    assert (first.returncode, first.stdout) == (0, f"wrote schemas/ride{NEW}.avsc\n"), first.stderr
    written = json.loads(project.file("ride").read_text())
    assert written == {
        "type": "record", "name": f"ride{NEW}", "namespace": "city",
        "fields": [{"name": "from", "type": POINT}, {"name": "to", "type": ["null", "point"], "default": None}],
    }  # fmt: skip
    text = project.file("ride").read_text()
    assert text == json.dumps(written, indent=2) + "\n"
    again = project.pull(f"ride{NEW}", "--output", "json")
    assert json.loads(again.stdout) == {"written": [], "unchanged": [f"schemas/ride{NEW}.avsc"], "skipped": {}}

    annotated = json.loads(text)
    annotated["fields"][0]["doc"] = "where it begins"
    project.file("ride").write_text(json.dumps(annotated))
    assert project.pull(f"ride{NEW}").stdout == ""  # it means the same

    grown = {**RIDE, "fields": [*RIDE["fields"], {"name": "fee", "type": "int", "default": 0}]}
    project.register("ride", grown, {"name": "city.point", "subject": f"point{NEW}", "version": 1})
    project.register("other", {**POINT, "name": f"other{NEW}"})
    refused = project.pull(f"ride{NEW}", f"other{NEW}")
    assert refused.returncode == 4
    assert f"schemas/ride{NEW}.avsc: FG728 error: differs from subject ride{NEW}" in refused.stderr
    assert not project.file("other").exists()
    project.file("ride").write_text(text)  # as the version before was pulled
    assert project.pull(f"ride{NEW}", f"other{NEW}").returncode == 0
    assert len(json.loads(project.file("ride").read_text())["fields"]) == 3
    assert not (project.root / ".fleetgen/pulled").exists()


def test_keys_are_skipped_and_unknown_names_are_told(project: Project) -> None:
    key = f"k{NEW}-key"
    kafka.register(project.registry, key, '"string"')
    skipped = project.pull(key)
    assert (skipped.returncode, skipped.stdout) == (0, "")
    assert f"skipped {key}: it has the schema of a key\n" in skipped.stderr
    unknown = project.pull(f"k{NEW}-keys")
    assert unknown.returncode == 2
    assert f"FG728 error: the registry has no subject 'k{NEW}-keys'" in unknown.stderr


def test_a_record_is_found_wherever_its_file_is(project: Project) -> None:
    project.register("moved", {**POINT, "name": f"moved{NEW}"})
    (project.root / "schemas/below").mkdir(parents=True)
    text = json.dumps({**POINT, "name": f"moved{NEW}", "doc": "ours"})
    (project.root / "schemas/below/any.avsc").write_text(f"// a word\n{text}")
    assert project.pull(f"moved{NEW}").returncode == 0
    assert not project.file("moved").exists()


def test_two_records_of_one_name_are_refused(project: Project) -> None:
    project.register("a", {**POINT, "name": f"same{NEW}"})
    project.register("b", {**POINT, "name": f"same{NEW}", "fields": []})
    refused = project.pull(f"a{NEW}", f"b{NEW}")
    assert (refused.returncode, "would both be" in refused.stderr) == (2, True)
