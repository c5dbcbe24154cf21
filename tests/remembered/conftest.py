"""A project of which all kinds of files are asked, and a count of the times that they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fleetgen import codebase, places, project
from fleetgen.cli import options
from repository import Repository, create, schema

OVERRIDE = "{# ours #}\n" + (places.bundled() / "kafka/topic.json.jinja").read_text()


@pytest.fixture
def looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one each time that a command looks for itself."""
    seen: list[str] = []
    real = options.load

    def counted(*arguments: Any) -> project.Project:
        seen.append("looked")
        return real(*arguments)

    monkeypatch.setattr(options, "load", counted)
    (tmp_path / "code").mkdir()
    monkeypatch.setattr(codebase, "folders", lambda: [str(tmp_path / "code")])
    monkeypatch.setattr(codebase, "_SETTLED", 0)
    monkeypatch.setenv(places.CACHE, str(tmp_path / "cache"))
    return seen


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """With warnings, a template of its own, a schema and another template that are links, and a reference."""
    made = create(tmp_path / "garage", GIT_AUTHOR_DATE="2026-01-01T00:00:00Z")
    made.write("shelf/bus.txt", schema("bus", "plate", type="string"))
    made.write("shelf/page.txt", (places.bundled() / "docs/index.md.jinja").read_text() + "\n")
    (made.project / "schemas/bus.avsc").symlink_to("../shelf/bus.txt")
    made.write("templates/kafka/topic.json.jinja", OVERRIDE)
    (made.project / "templates/docs").mkdir()
    (made.project / "templates/docs/index.md.jinja").symlink_to("../../shelf/page.txt")
    made.write("fleetgen.toml", 'database = "garage"\n[profiles.test.connect]\nurl = "${env:CONNECT}"\n')
    made.render()
    made.git("add", "-A")
    monkeypatch.chdir(made.project)
    for name, value in made.environ.items():
        monkeypatch.setenv(name, value)
    return made
