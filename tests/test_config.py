"""What a configuration may say, and what is said of one that is wrong: tests/data/configurations.txt, case by case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from budgets import DRAWN_TEXTS
from fleetgen.config import grammar
from fleetgen.errors import FleetgenError, Severity
from projects import SCHEMAS, Memory, findings, load, refusal
from shapes import toml, values

CASES = Path(__file__).parent / "data" / "configurations.txt"


def said(text: str) -> str:
    """What is printed, without the path."""
    found = findings(text)
    assert all(finding.place.path == "fleetgen.toml" and finding.severity is Severity.ERROR for finding in found)
    lines = [f"{f.place.line}:{f.place.column} {f.code} {f.message}\n  help: {f.help}\n" for f in found]
    return "".join(lines)


def cases() -> dict[str, tuple[str, str]]:
    """Name -> configuration, what is said of it."""
    blocks = CASES.read_text().split("=== ")[1:]
    split = [(block.split("\n", 1)[0], *block.split("\n", 1)[1].split("\n---\n")) for block in blocks]
    return {name: (text, expected.rstrip("\n") + "\n") for name, text, expected in split}


@pytest.mark.parametrize("name", cases())
def test_broken(name: str) -> None:
    text, expected = cases()[name]
    assert said(text) == expected


def test_the_same_in_pyproject() -> None:
    text = "[project]\nname = 'x'\n\n[tool.fleetgen.streams.rides]\npartition = 1\n"
    with pytest.raises(FleetgenError) as caught:
        load(text, path="pyproject.toml")
    (finding,) = caught.value.findings
    assert (finding.place.path, finding.place.line, finding.place.column) == ("pyproject.toml", 5, 1)
    assert finding.place.pointer == "/tool/fleetgen/streams/rides/partition"


def test_no_secret_is_repeated() -> None:
    for name, (text, expected) in cases().items():
        assert "hunter2" not in expected, name
        assert text.count("hunter2") <= 1


def test_every_code_is_explained() -> None:
    explained = (Path(__file__).parents[1] / "doc" / "findings" / "configuration.md").read_text()
    explained = f"\n{explained}"
    source = Path(__file__).parents[1] / "src" / "fleetgen"
    others = ("project.py", "references.py", "commands/severities.py")
    files = [*source.glob("config/*.py"), *(source / other for other in others)]
    codes = {
        word[:5] for path in files for word in path.read_text().split('"') if word[:2] == "FG" and word[2:5].isdigit()
    }
    assert len(codes) > 20
    assert {code for code in codes if f"\n## {code} " not in explained} == set()
    assert {line.split()[1] for line in explained.splitlines() if line.startswith("## ")} == codes


@settings(max_examples=DRAWN_TEXTS)
@given(values(grammar.CONFIGURATION))
def test_no_configuration_is_too_strange(tree: Any) -> None:
    """What is read is whole; what is not is said, in one line, at a place in the file."""
    assume(isinstance(tree, dict))
    text = toml(tree)
    for finding in findings(text):
        assert finding.place.path == "fleetgen.toml"
        assert 1 <= finding.place.line <= max(1, text.count("\n"))
        assert (finding.message + finding.help).isprintable()
        assert "hunter2" not in finding.message + finding.help


@settings(max_examples=DRAWN_TEXTS)
@given(st.binary(max_size=40) | st.text(st.sampled_from("ab.=[]{}#'\"\\\n ,1"), max_size=40).map(str.encode))
def test_no_text_is_too_strange(data: bytes) -> None:
    found = refusal(Memory({**SCHEMAS, "fleetgen.toml": data}))
    assert all(finding.code.startswith("FG30") and finding.place.line >= 1 for finding in found)


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = 0x" + "f" * 9000, "partitions = " + "9" * 5000])
def test_no_text_is_too_large(text: str) -> None:
    (finding,) = findings(text)
    assert finding.code in ("FG301", "FG302")
