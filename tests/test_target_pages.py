"""doc/targets/ says of the targets what is so: codes, links, properties of connectors, keywords of ksqlDB."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fleetgen import explanations
from fleetgen.targets import TARGETS
from streams import ROOT

FOLDER = ROOT / "doc" / "targets"
PAGES = sorted(FOLDER.glob("*.md"))
CONNECT = (FOLDER / "connect.md").read_text(encoding="utf-8")
KSQL = (FOLDER / "ksql.md").read_text(encoding="utf-8")
TEMPLATES = {path.name: path.read_text() for path in (ROOT / "templates").glob("[ck][os]*/*.jinja")}


def entries() -> set[str]:
    pages = (ROOT / "doc/findings").glob("*.md")
    return {each.code for page in pages for each in explanations.parse(page.read_text(encoding="utf-8"), page.stem)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_about_a_target_and_what_it_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert page.stem in TARGETS
    assert set(re.findall(r"\bFG\d{3}\b", text)) <= entries()
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (FOLDER / link).exists(), link


def test_every_finding_about_connect_and_ksqldb_is_on_a_page() -> None:
    told = set(re.findall(r"\bFG4[236]\d\b", CONNECT + KSQL + (FOLDER / "kafka.md").read_text(encoding="utf-8")))
    raised = {code for code in entries() if re.fullmatch(r"FG4[236]\d", code)}
    assert told == raised


def test_properties_of_connectors_are_those_of_the_templates() -> None:
    named = set(re.findall(r"`((?:kafka|schema|value|input|output|max|tasks|decimal|schemas)\.[a-z.]+)`", CONNECT))
    written = "".join(TEMPLATES[name] for name in TEMPLATES if name.startswith(("source", "sink")))
    written += "".join(path.read_text() for path in sorted((ROOT / "src/fleetgen/targets/connect").glob("*.py")))
    assert len(named) > 10
    assert {name for name in named if f'{name}"' not in written} == set()


def test_classes_of_connectors_are_those_of_the_templates() -> None:
    for kind in ("source", "sink"):
        for name in (f"{kind}.json.jinja", f"{kind}-cloud.json.jinja"):
            (found,) = re.findall(r'"connector\.class": "([^"]+)"', TEMPLATES[name])
            assert f"`{found}`" in CONNECT
