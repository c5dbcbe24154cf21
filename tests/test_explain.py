"""Every finding has one entry, which `explain` prints and doc/findings.md lists."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from itertools import groupby
from pathlib import Path

import pytest

from fleetgen import explanations

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "doc/findings").glob("*.md"))
ENTRIES = [entry for page in PAGES for entry in explanations.parse(page.read_text(encoding="utf-8"), page.stem)]
INDEX = ROOT / "doc/findings.md"


def explain(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fleetgen", "explain", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_every_code_in_the_source_has_one_entry_and_no_entry_is_without_a_use() -> None:
    used = {
        code
        for folder in ("src", "templates")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".jinja")
        for code in re.findall(r"\bFG\d{3}\b", path.read_text(encoding="utf-8"))
    }
    told = Counter(entry.code for entry in ENTRIES)
    assert {code: number for code, number in told.items() if number > 1} == {}
    assert sorted(used - told.keys()) == []
    assert sorted(told.keys() - used) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_holds_entries_only_in_order(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith("## FG")
    headings = re.findall(r"^#+ .*$", text, re.MULTILINE)
    codes = [entry.code for entry in explanations.parse(text, page.stem)]
    assert len(headings) == len(codes)
    assert codes == sorted(codes)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_an_entry_says_what_it_means_and_how_to_mend_it(entry: explanations.Explanation) -> None:
    assert entry.title[0].isupper()
    assert not entry.title.endswith(".")
    assert len(entry.title) <= 60
    assert len(entry.text) >= 50
    assert entry.text.endswith(".")


def index() -> str:
    """doc/findings.md."""
    lines = [
        "# Findings\n",
        "What fleetgen says has a code. `fleetgen explain FG203` prints what a code means and how to mend it;",
        "these are the same texts. FG1xx is about schemas, FG2xx about annotations, FG3xx about the configuration,",
        "FG4xx about what a target cannot say, FG5xx and FG6xx about templates, FG7xx about services, "
        "FG8xx about files.",
    ]
    ordered = sorted(ENTRIES, key=lambda entry: entry.code)
    for digit, entries in groupby(ordered, key=lambda entry: entry.code[:3]):
        lines += [f"\n## {digit}xx\n"]
        lines += [f"- [{each.code}](findings/{each.area}.md#{anchor(each)}) {each.title}" for each in entries]
    return "\n".join(lines) + "\n"


def anchor(entry: explanations.Explanation) -> str:
    """As GitHub makes it of a heading."""
    kept = re.sub(r"[^\w\- ]", "", f"{entry.code} {entry.title}".lower())
    return kept.replace(" ", "-")


def test_the_index_lists_them_all(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--update"):
        INDEX.write_text(index(), encoding="utf-8")
    assert INDEX.read_text(encoding="utf-8") == index(), "run: pytest tests/test_explain.py --update"


def test_explain_prints_the_entry() -> None:
    (entry,) = (entry for entry in ENTRIES if entry.code == "FG302")
    done = explain("FG302")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"FG302 {entry.title}\n\n{entry.text}\n"
    assert explain("fg302").stdout == explain("302").stdout == done.stdout
    said = json.loads(explain("FG302", "--output", "json").stdout)
    assert said == {"code": "FG302", "title": entry.title, "text": entry.text}


def test_explain_without_a_code_lists_all() -> None:
    listed = [f"{entry.code} {entry.title}" for entry in sorted(ENTRIES, key=lambda entry: entry.code)]
    assert explain().stdout.splitlines() == listed
    codes = [each["code"] for each in json.loads(explain("--output", "json").stdout)]
    assert codes == [line[:5] for line in listed]


@pytest.mark.parametrize(
    ("code", "near"), [("FG819", "FG820"), ("FG3O2", "FG302"), ("9", "FG101"), ("stale", "FG"), ("", "FG")]
)
def test_an_unknown_code_gets_the_nearest(code: str, near: str) -> None:
    done = explain(code)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"there is no finding {code!r}. Did you mean {near}" in done.stderr
