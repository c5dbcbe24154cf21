"""check --fix: what is certain is mended in the text, and nothing else of it changes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from budgets import DRAWN_TEXTS
from fleetgen import positions
from fleetgen.cli import main
from fleetgen.commands import fix
from fleetgen.errors import FleetgenError
from fleetgen.files import Disk
from fleetgen.model import Json
from projects import Memory

PATH = "schemas/x.avsc"
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/|[\[\]{},:]|[^\s\[\]{},:"/]+', re.DOTALL)


def mended(text: str, **others: str) -> str:
    """The text of a schema after --fix."""
    tree = Memory({PATH: text.encode(), **{f"schemas/{name}.avsc": each.encode() for name, each in others.items()}})
    _, contents = fix.mend(tree, {})
    return contents.get(PATH, text.encode()).decode()


def parsed(text: str) -> Json:
    return json.loads(positions.blank_comments(text).removeprefix("\ufeff"))


def schema(*fields: str, name: str = "S") -> str:
    return f'{{"type": "record", "name": "{name}", "fields": [{", ".join(fields)}]}}'


RANGE = '"arg.properties": {"range": {"min": 0, "max": 9}}'
CASES = {
    "a name becomes an object": (
        f'{{"name": "n", "type": "int", {RANGE}}}',
        f'{{"name": "n", "type": {{"type": "int", {RANGE}}}}}',
    ),
    "an object gets a member": (
        f'{{{RANGE}, "name": "n", "type": {{"type": "int"}}, "doc": "d"}}',
        f'{{"name": "n", "type": {{"type": "int", {RANGE}}}, "doc": "d"}}',
    ),
    "null and one other": (
        f'{{"name": "n", "type": ["null", "int"], {RANGE}, "default": null}}',
        f'{{"name": "n", "type": ["null", {{"type": "int", {RANGE}}}], "default": null}}',
    ),
    "an object inside an object": (
        f'{{"name": "n", "type": {{"type": {{"type": "int"}}}}, {RANGE}}}',
        f'{{"name": "n", "type": {{"type": {{"type": "int", {RANGE}}}}}}}',
    ),
    "a type that only this field has": (
        '{"name": "E", "type": {"type": "enum", "name": "E", "symbols": ["A"]}, "arg.properties": {"options": ["A"]}}',
        '{"name": "E", "type": {"type": "enum", "name": "E", "symbols": ["A"], "arg.properties": {"options": ["A"]}}}',
    ),
    "a misspelt key": (
        '{"name": "n", "type": {"type": "int", "arg.properties": {"ranje" : {"min": 0}}}}',
        '{"name": "n", "type": {"type": "int", "arg.properties": {"range" : {"min": 0}}}}',
    ),
    "a key written with an escape": (
        '{"name": "n", "type": {"type": "int", "arg.properties": {"r\\u0061nge_": {"min": 0}}}}',
        '{"name": "n", "type": {"type": "int", "arg.properties": {"range": {"min": 0}}}}',
    ),
    "a misspelt key of keys of a map": (
        '{"name": "n", "type": {"type": "map", "values": "int", "arg.properties": {"Keys": {"regexp": "a"}}}}',
        '{"name": "n", "type": {"type": "map", "values": "int", "arg.properties": {"keys": {"regex": "a"}}}}',
    ),
    "both at once": (
        '{"name": "n", "type": "int", "arg.properties": {"optons": [1, 2]}}',
        '{"name": "n", "type": {"type": "int", "arg.properties": {"options": [1, 2]}}}',
    ),
}
KEPT = {
    "a union of several": f'{{"name": "n", "type": ["int", "long"], {RANGE}}}',
    "a type that has one already": f'{{"name": "n", "type": {{"type": "int", {RANGE}}}, {RANGE}}}',
    "a key that is there already": '{"name": "n", "type": {"type": "int", "arg.properties":'
    ' {"ranje": {"min": 0}, "range": {"min": 1}}}}',
    "a key that could be two": '{"name": "n", "type": {"type": "string", "arg.properties": {"fix": 1, "regex": "a"}}}',
    "a key that is none": '{"name": "n", "type": {"type": "string", "arg.properties": {"null": 0.5, "regex": "a"}}}',
    "an annotation that is no object": '{"name": "n", "type": "int", "arg.properties": 5}',
}


@pytest.mark.parametrize("case", CASES)
def test_mended(case: str) -> None:
    before, after = CASES[case]
    assert mended(schema(before)) == schema(after)
    assert mended(schema(after)) == schema(after)


@pytest.mark.parametrize("case", KEPT)
def test_what_is_not_certain_is_kept(case: str) -> None:
    assert mended(schema(KEPT[case])) == schema(KEPT[case])


def test_a_type_that_others_refer_to_is_kept() -> None:
    enum = (
        '{"name": "E", "type": {"type": "enum", "name": "E", "symbols": ["A"]}, "arg.properties": {"options": ["A"]}}'
    )
    here = schema(enum, '{"name": "o", "type": "E"}')
    assert mended(here) == here
    assert mended(schema(enum), other=schema('{"name": "o", "type": ["null", "E"]}', name="T")) == schema(enum)
    reference = schema(f'{{"name": "o", "type": "E", {RANGE}}}')
    assert mended(reference, other='{"type": "enum", "name": "E", "symbols": ["A"]}') == reference


def test_lines_and_comments_stay() -> None:
    before = """\ufeff// The head.
{
  "type": "record", "name": "S",
  "fields": [
    { "name": "n",   // its name
      "type": {
        "type": "record", "name": "P",
        "fields": [{"name": "x", "type": "double"}]   // one field
      },
      /* what it
         may be */
      "arg.properties": {
        "options": [
          {"x": 1.5}   // north
        ]
      }
    },
    {
      "name": "m",
      "arg.properties": {"ranje": {"min": 0}}, // from zero
      "type": "int" // a count
    }
  ]
}
"""
    after = """\ufeff// The head.
{
  "type": "record", "name": "S",
  "fields": [
    { "name": "n",   // its name
      "type": {
        "type": "record", "name": "P",
        "fields": [{"name": "x", "type": "double"}],   // one field
        "arg.properties": {
          "options": [
            {"x": 1.5}   // north
          ]
        }
      }
      /* what it
         may be */
    },
    {
      "name": "m",
      // from zero
      "type": {"type": "int", "arg.properties": {"range": {"min": 0}}} // a count
    }
  ]
}
"""
    assert mended(before) == after
    assert mended(before.replace("\n", "\r\n")) == after.replace("\n", "\r\n")


SPACE = st.sampled_from(["", " ", "  ", "\n", "\n  ", "\r\n\t", " // c\n", "/* d */", '\n// "e": {\n', "/* \n */ "])
ARGS = st.sampled_from(
    [{"range": {"min": 0, "max": 9}}, {"optons": [1]}, {"options": [1, 2]}, {"ranje": {}, "x y": 1}, {"a/b~": None}]
)
INNER = st.sampled_from(["int", {"type": "int"}, {"type": "int", "x": [1, {}]}, {"type": "int", "arg.properties": {}}])
TYPES = st.one_of(
    INNER,
    st.tuples(st.just("null"), INNER).map(list),
    st.tuples(INNER, st.just("null")).map(list),
    st.just(["int", "string"]),
    st.builds(lambda items: {"type": "array", "items": items}, INNER),
)


@st.composite
def fields(draw: st.DrawFn) -> Json:
    listed = []
    for number in range(draw(st.integers(1, 3))):
        members: dict[str, Any] = {"name": f"n{number}", "type": draw(TYPES), "doc": 'a "quote" // none'}
        if draw(st.booleans()):
            members["arg.properties"] = draw(ARGS)
        listed.append({key: members[key] for key in draw(st.permutations(list(members)))})
    return {"type": "record", "name": "S", "fields": listed}


@st.composite
def layouts(draw: st.DrawFn, value: Json) -> str:
    """The JSON text with drawn space and comments between all tokens."""
    written = (draw(SPACE) + token for token in TOKEN.findall(json.dumps(value)))
    return "".join(written) + draw(SPACE)


def expected(tree: Json) -> Json:
    """What the fix should make of the tree, said once more in the plainest way."""
    for field in tree["fields"]:
        for bearer in (field, *_bearers(field["type"])):
            args = bearer.get("arg.properties", {})
            for wrong, right in (("optons", "options"), ("ranje", "range")):
                if wrong in args and right not in args:
                    args[right] = args.pop(wrong)
        targets = (
            [at for at, each in enumerate(field["type"]) if each != "null"] if type(field["type"]) is list else [-1]
        )
        if len(targets) > 1 or "arg.properties" not in field:
            continue
        inner = field["type"] if targets == [-1] else field["type"][targets[0]]
        inner = {"type": inner} if isinstance(inner, str) else inner
        if "arg.properties" in inner:
            continue
        inner = {**inner, "arg.properties": field.pop("arg.properties")}
        if targets == [-1]:
            field["type"] = inner
        else:
            field["type"][targets[0]] = inner
    return tree


def _bearers(type: Json) -> list[Json]:
    if isinstance(type, list):
        return [found for each in type for found in _bearers(each)]
    return [type, *_bearers(type.get("items"))] if isinstance(type, dict) else []


def tokens(text: str) -> list[str]:
    """Without what an edit may take, bring or move: punctuation, and the keys and names that it writes."""
    moved = {'"arg.properties"', '"type"', '"range"', '"ranje"', '"options"', '"optons"'}
    kept = (token for token in TOKEN.findall(text) if token not in moved and token not in "[]{},:")
    return sorted(" ".join(token.split()) for token in kept)  # a comment that moves is indented anew


@settings(max_examples=DRAWN_TEXTS // 2)
@given(fields().flatmap(lambda tree: st.tuples(st.just(tree), layouts(tree))))
def test_whatever_the_layout(drawn: tuple[Json, str]) -> None:
    tree, text = drawn
    after = mended(text)
    assert parsed(after) == expected(json.loads(json.dumps(tree)))
    assert tokens(after) == tokens(text)
    if after != text:
        assert mended(after) == after
    if "arg.properties" not in str(tree):
        assert after == text


def run(*arguments: str) -> Result:
    return CliRunner(env={"NO_COLOR": "1"}).invoke(main, list(arguments), catch_exceptions=False)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas").mkdir()
    target = tmp_path / "real.avsc"
    target.write_text(schema(CASES["both at once"][0]))
    target.chmod(0o640)
    (tmp_path / PATH).symlink_to(target)
    assert run("render", "-q").exit_code == 0
    first = run("check", "--fix")
    assert target.read_text() == schema(CASES["both at once"][1])
    assert (target.stat().st_mode & 0o777, (tmp_path / PATH).is_symlink()) == (0o640, True)
    assert first.stderr.startswith(
        f"{PATH}:1:102: fixed: 'optons' is 'options' now\n{PATH}:1:91: fixed: the annotation of n is in its type now\n"
    )
    assert run("render", "-q").exit_code == 0
    again = run("check", "--fix")
    assert (again.exit_code, again.stdout) == (0, "")
    assert "fixed" not in again.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [".fleetgen", "generated", "real.avsc", "schemas"]


def test_what_is_ignored_or_off_is_kept(tmp_path: Path) -> None:
    text = schema(CASES["both at once"][0])
    off = b'[lint]\nFG201 = "off"\nFG202 = "off"\n'
    _, contents = fix.mend(Memory({PATH: text.encode(), "fleetgen.toml": off}), {})
    assert contents == {}
    ignored = b'[[ignore]]\ncode = "FG201"\nfield = "S.n"\nreason = "shown as it is"\n'
    _, contents = fix.mend(Memory({PATH: text.encode(), "fleetgen.toml": ignored}), {})
    assert contents[PATH].decode() == text.replace("optons", "options")


def test_nothing_is_mended_in_a_broken_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas").mkdir()
    (tmp_path / PATH).write_text(schema(CASES["both at once"][0]))
    (tmp_path / "schemas/y.avsc").write_text("{")
    assert run("check", "--fix").exit_code == 2
    assert (tmp_path / PATH).read_text() == schema(CASES["both at once"][0])
    assert run("check", "--fix", "--staged").exit_code == 2


def test_a_file_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / PATH).write_text(schema(CASES["both at once"][0]))

    def refuse(source: Any, target: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(FleetgenError, match="FG807 error: the mended schema cannot be written"):
        fix.fix(Disk(tmp_path), {}, tmp_path)
    assert [path.name for path in (tmp_path / "schemas").iterdir()] == ["x.avsc"]
