"""Where a value stands in JSON text, against a slow parser that notes every position as it reads."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetgen.positions import blank_comments, coordinates, escape, locate, locate_key

Places = dict[str, tuple[int, int]]


class Eager:
    """Reads JSON character by character; notes line and column of every value, and of every key."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.line, self.column = text, 0, 1, 1
        self.values: Places = {}
        self.keys: dict[str, list[tuple[int, int]]] = {}
        self.space()
        self.value("")

    def step(self) -> str:
        char = self.text[self.at]
        self.at += 1
        self.line, self.column = (self.line + 1, 1) if char == "\n" else (self.line, self.column + 1)
        return char

    def space(self) -> None:
        while self.at < len(self.text):
            if self.text.startswith("//", self.at):
                while self.at < len(self.text) and self.text[self.at] != "\n":
                    self.step()
            elif self.text[self.at] in " \t\r\n":
                self.step()
            else:
                return

    def value(self, pointer: str) -> None:
        for inner in [each for each in self.values if each.startswith(f"{pointer}/")]:
            del self.values[inner]  # an equal key before: the later one counts
        self.values[pointer] = (self.line, self.column)
        char = self.text[self.at]
        if char in "{[":
            self.step()
            self.members(pointer, "}" if char == "{" else "]")
        elif char == '"':
            self.string()
        else:
            while self.at < len(self.text) and self.text[self.at] not in " \t\r\n,]}/":
                self.step()
        self.space()

    def string(self) -> str:
        start = self.at
        self.step()
        while self.text[self.at] != '"':
            if self.step() == "\\":
                self.step()
        self.step()
        return str(json.loads(self.text[start : self.at]))

    def members(self, pointer: str, closing: str) -> None:
        self.space()
        index = 0
        while self.text[self.at] != closing:
            if closing == "}":
                place = (self.line, self.column)
                inner = f"{pointer}/{escape(self.string())}"
                self.keys.setdefault(inner, []).append(place)
                self.space()
                assert self.step() == ":"
                self.space()
            else:
                inner = f"{pointer}/{index}"
                index += 1
            self.value(inner)
            if self.text[self.at] == ",":
                self.step()
                self.space()
        self.step()


KEYS = st.sampled_from(["a", "b", "", "/", "~", "~1", 'q"', "\\", "é", "\n", "0"]) | st.text(max_size=3)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | KEYS
SPACES = st.sampled_from(["", " ", "\n", "\r\n", "\t", '// a comment: "{[\n', "//\n"])


@st.composite
def texts(draw: st.DrawFn, depth: int = 3) -> str:
    """JSON with white space, comments and repeated keys anywhere."""

    def space() -> str:
        return draw(SPACES)

    kind = draw(st.sampled_from(["leaf", "array", "object"] if depth else ["leaf"]))
    if kind == "leaf":
        return space() + json.dumps(draw(LEAVES), ensure_ascii=draw(st.booleans())) + space()
    if kind == "array":
        return space() + "[" + ",".join(draw(st.lists(texts(depth - 1), max_size=3))) + space() + "]" + space()
    keys = draw(st.lists(KEYS, max_size=3))
    members = [space() + json.dumps(key) + space() + ":" + draw(texts(depth - 1)) for key in keys]
    return space() + "{" + ",".join(members) + space() + "}" + space()


@given(texts())
@settings(max_examples=200, deadline=None)
def test_every_place_is_found(text: str) -> None:
    eager = Eager(text)
    for pointer, place in eager.values.items():
        assert locate(text, pointer) == place
        assert locate(text, f"{pointer}/missing/and/more") == place
    for pointer, places in eager.keys.items():
        parent = pointer.rpartition("/")[0]
        if len(eager.keys.get(parent, ())) < 2 and pointer in eager.values:
            assert locate_key(text, pointer) in places


@given(st.text() | st.text('{}[]",:\\/ \n01a'), st.text("/~01a"))
@settings(max_examples=300, deadline=None)
def test_text_that_is_no_json_does_no_harm(text: str, pointer: str) -> None:
    line, column = locate(text, pointer)
    assert 1 <= line <= text.count("\n") + 1
    assert column >= 1
    assert locate_key(text, pointer) >= (1, 1)


@pytest.mark.parametrize(
    ("text", "pointer", "expected"),
    [
        ("1", "", (1, 1)),
        ("\n {}", "", (2, 2)),
        ('{"a": 1}', "/a", (1, 7)),
        ('{"a": 1}', "/b", (1, 1)),
        ('{"a": {"b": 1},\n "c": 2}', "/a/c", (1, 7)),
        ('["x", [1,\n2]]', "/1/1", (2, 1)),
        ('{"a/b": 1, "m~n": 2}', "/m~0n", (1, 19)),
        ('{"a/b": 1, "m~n": 2}', "/a~1b", (1, 9)),
        (r'{"\u0061": 5}', "/a", (1, 12)),
        ('{"": {"": 5}}', "//", (1, 11)),
        ('// {"a": 0}\n{"a": // 1\n 2}', "/a", (3, 2)),
        ('{"url": "http://x//", "a": 1}', "/a", (1, 28)),
        ('{"a": 1,\n "a": 2}', "/a", (2, 7)),
        ('\ufeff{"a": 1}', "/a", (1, 7)),
        ('{"é\U0001f69a": 1}', "/é\U0001f69a", (1, 8)),
        ('{"a": "]}", "b": [{"c": "\\"]"}, 7]}', "/b/1", (1, 33)),
    ],
)
def test_places(text: str, pointer: str, expected: tuple[int, int]) -> None:
    assert locate(text, pointer) == expected


def test_the_second_of_equal_keys() -> None:
    text = '{"b": 0, "a": 1,\n "a": 2, "a": 3}'
    assert locate_key(text, "/a") == (2, 2)
    assert locate_key(text, "/b") == (1, 2)
    assert locate_key(text, "/c") == (1, 1)


def test_comments_become_spaces_and_nothing_moves() -> None:
    text = '{"a//": "/*", // b\n /* c\n d */ "e": 1}'
    assert blank_comments(text) == '{"a//": "/*",     \n     \n      "e": 1}'


def test_coordinates_count_characters() -> None:
    assert coordinates("é\U0001f69a\n\tx", 4) == (2, 2)


def test_a_deep_place_is_found_without_recursion() -> None:
    assert locate("[" * 1500 + "]" * 1500, "/0" * 1499) == (1, 1500)
