"""The scanner finds each key and value of any TOML document where it stands."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgets import DRAWN_TEXTS
from fleetgen.positions_toml import locate

DOCUMENT = '''a.b = 1 # [x]
"q.x" = "a # ]"
arr = [ 1, {k = [2,
  """x
]""" ] , z.y=3}, # c
  4]
[[v]]
n = 'x'
[v.sub]
k = 1979-05-27 07:32:00
[[v]]
n = 'y'
[[ v . "w" ]]
q=1
[[v.w]]
q=2
'''

PLACES = [
    ("", (1, 1), (1, 1)),
    ("/a", (1, 1), (1, 1)),
    ("/a/b", (1, 7), (1, 3)),
    ("/q.x", (2, 9), (2, 1)),
    ("/arr", (3, 7), (3, 1)),
    ("/arr/1", (3, 12), (3, 12)),
    ("/arr/1/k/1", (4, 3), (4, 3)),
    ("/arr/1/z/y", (5, 14), (5, 12)),
    ("/arr/2", (6, 3), (6, 3)),
    ("/v", (7, 1), (7, 3)),
    ("/v/0/sub", (9, 1), (9, 4)),
    ("/v/0/sub/k", (10, 5), (10, 1)),
    ("/v/1/n", (12, 5), (12, 1)),
    ("/v/1/w", (13, 1), (13, 8)),
    ("/v/1/w/1/q", (16, 3), (16, 1)),
    ("/v/1/missing/deep", (11, 1), (11, 1)),
    ("/missing", (1, 1), (1, 1)),
]


@pytest.mark.parametrize(("pointer", "value", "key"), PLACES, ids=[pointer for pointer, _, _ in PLACES])
def test_places(pointer: str, value: tuple[int, int], key: tuple[int, int]) -> None:
    assert locate(DOCUMENT, pointer) == value
    assert locate(DOCUMENT, pointer, key=True) == key
    assert locate(DOCUMENT.replace("\n", "\r\n"), pointer) == value


class Writer:
    """Writes a random tree as TOML in a random style, noting where each key and value came to stand."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.text = ""
        self.keys: dict[str, int] = {}
        self.values: dict[str, int] = {}

    def pick(self, *choices: str) -> str:
        return self.data.draw(st.sampled_from(choices))

    def name(self, name: str) -> str:
        escaped = "".join(c if c.isalnum() and c.isascii() else f"\\U{ord(c):08X}" for c in name)
        bare = name.replace("-", "").replace("_", "")
        if bare.isalnum() and bare.isascii():
            return self.pick(name, f'"{name}"', f"'{name}'")
        return f'"{escaped}"'

    def blank(self) -> None:
        self.text += self.pick("", "\n", "# [x] = 'y\n", "  \t", ' # """\n\n')

    def table(self, tree: dict[str, Any], pointer: str, header: str) -> None:
        tables = {k: v for k, v in tree.items() if is_table(v) and self.data.draw(st.booleans())}
        arrays = {k: v for k, v in tree.items() if is_tables(v) and self.data.draw(st.booleans())}
        for key, value in tree.items():
            if key not in tables and key not in arrays:
                self.blank()
                self.pair(key, value, pointer)
                self.text += self.pick("\n", " # ]}\n", "\r\n")
        for key, value in tables.items():
            self.open(pointer, key, f"{header}{self.name(key)}", "[", "]")
            self.table(value, f"{pointer}/{escape(key)}", f"{header}{self.name(key)}.")
        for key, elements in arrays.items():
            for number, value in enumerate(elements):
                name = self.name(key)
                self.open(pointer, key, f"{header}{name}", "[[", "]]")
                self.values[f"{pointer}/{escape(key)}/{number}"] = self.values["last"]
                self.table(value, f"{pointer}/{escape(key)}/{number}", f"{header}{name}.")

    def open(self, pointer: str, key: str, name: str, left: str, right: str) -> None:
        self.blank()
        self.values["last"] = len(self.text)
        self.values.setdefault(f"{pointer}/{escape(key)}", len(self.text))
        self.text += f"{left}{self.pick('', ' ')}{name}{self.pick('', ' ')}{right}{self.pick('', ' # x')}\n"

    def pair(self, key: str, value: Any, pointer: str) -> None:
        pointer = f"{pointer}/{escape(key)}"
        self.keys[pointer] = len(self.text)
        self.text += self.name(key)
        if isinstance(value, dict) and len(value) == 1 and self.data.draw(st.booleans()):
            self.text += self.pick(".", " . ")
            self.values[pointer] = self.keys[pointer]
            ((inner, below),) = value.items()
            self.pair(inner, below, pointer)
            return
        self.text += self.pick("=", " = ", "\t=")
        self.value(value, pointer)

    def value(self, value: Any, pointer: str) -> None:
        self.values[pointer] = len(self.text)
        match value:
            case dict():
                self.text += "{"
                for number, (key, below) in enumerate(value.items()):
                    self.text += ", " if number else self.pick("", " ")
                    self.pair(key, below, pointer)
                self.text += "}"
            case list():
                self.text += "["
                for number, below in enumerate(value):
                    self.text += ("," if number else "") + self.pick("", " ", "\n # ],\n")
                    self.value(below, f"{pointer}/{number}")
                self.text += self.pick("", ",\n" if value else "\n") + "]"
            case str():
                self.text += self.string(value)
            case _:
                self.text += {True: "true", False: "false"}.get(value, str(value)) if value is not None else "07:32:00"

    def string(self, value: str) -> str:
        escaped = "".join(c if c.isalnum() and c.isascii() else f"\\u{ord(c):04X}" for c in value)
        styles = [f'"{escaped}"', f'"""{escaped}\n]"#\'"""']
        if value.isprintable() and "'" not in value:
            styles += [f"'{value}'", f"'''\n{value}\" # ['''"]
        return self.pick(*styles)


def is_table(value: Any) -> bool:
    return isinstance(value, dict)


def is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(element, dict) for element in value)


def escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def pointers(value: Any, pointer: str = "") -> Iterator[str]:
    yield pointer
    match value:
        case dict():
            for key, below in value.items():
                yield from pointers(below, f"{pointer}/{escape(key)}")
        case list():
            for number, below in enumerate(value):
                yield from pointers(below, f"{pointer}/{number}")
        case _:
            pass


KEYS = st.one_of(
    st.sampled_from(["a", "b", "a-b", "1", "0", "x.y", "a/b", "~1", "", "ключ", "\n", '"', "#", "[[a]]", "="]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
)
TEXTS = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=6)
SCALARS = st.one_of(st.integers(-9, 9), st.booleans(), st.none(), st.floats(-9, 9).map(lambda x: x + 0.5), TEXTS)
VALUES = st.recursive(
    SCALARS, lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=3), max_leaves=8
)


@settings(max_examples=DRAWN_TEXTS)
@given(st.data(), st.dictionaries(KEYS, VALUES, max_size=4))
def test_every_key_is_found(data: st.DataObject, tree: dict[str, Any]) -> None:
    writer = Writer(data)
    writer.table(tree, "", "")
    text = writer.text
    known = set(pointers(tomllib.loads(text)))
    writer.values.pop("last", None)
    assert known == {"", *writer.values}
    for pointer, offset in writer.values.items():
        assert locate(text, pointer) == position(text, offset), (text, pointer)
    for pointer, offset in writer.keys.items():
        assert locate(text, pointer, key=True) == position(text, offset), (text, pointer)


@settings(max_examples=DRAWN_TEXTS)
@given(st.text("ab.=[]{}#'\"\\\n ,1"), st.sampled_from(["/a", "/a/b", "/x/0/1"]))
def test_no_text_hangs_or_breaks_it(text: str, pointer: str) -> None:
    line, column = locate(text, pointer)
    assert 1 <= line <= text.count("\n") + 1
    assert column >= 1
