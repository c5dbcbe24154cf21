"""Texts of a pattern belong to it: judged by Python's `re` after a translation of its own, and by examples."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgets import DRAWN_TEXTS
from datagen_streams import field, sampled
from fleetgen.datagen import automaton, pattern
from fleetgen.datagen.dialect import Length
from fleetgen.datagen.language import RegexError

PATTERNS = {
    r"[A-F]\d{3}": "[A-F][0-9]{3}",
    r"v\d(\.\d)?": r"v[0-9](\.[0-9])?",
    "[a-z_A-Z]{4}": "[a-z_A-Z]{4}",
    "[^\x00-/:-\uffff]{2}": "[0-9]{2}",
    "(north|south|northeast|so)": "north|south|northeast|so",
    "[01]{2,6}": "[01]{2,6}",
    "x+y": "x+y",
    "[ab]*": "[ab]*",
    "User_[1-9]{0,1}": "User_[1-9]?",
    '"a.b|"[xy]': r"a\.b\|[xy]",
    "^[qr]$": r"\^[qr]\$",
    "(?:u)[12]": r"\?:u[12]",
    r"[\d-]": r"[\[0-9]-\]",
    r"\w+@\w+\.com": r"[a-zA-Z_0-9]+@[a-zA-Z_0-9]+\.com",
    r"\n\x4": "nx4",
    "a||b": r"a|\|b",
    "*a": r"\*a",
    "[]a]{3}": r"[\]a]{3}",
    "[a-]{3}": "[a-]{3}",
    "a+?": "(a+)?",
    ".{3}": "[ -~]{3}",
    "[^a]": "[ -`b-~]",
    r"\S\D": "[!-~][ -/:-~]",
    "<08-21>h": "(0[89]|1[0-9]|2[01])h",
    "<7-123>": "[7-9]|[1-9][0-9]|1[01][0-9]|12[0-3]",
    "<21-08>": "0[89]|1[0-9]|2[01]",
    r"\Qa.b\E[x]\Q*\E": r"a\.bx\*",
    "": "",
    "()": "",
    "[é-ü]{2}": "[é-ü]{2}",
    "(\U0001f69a){2}": "\U0001f69a{2}",
    "[\t ]": " ",
    "\t": "\t",
    "([a-d]{3})&~(.*aa.*)": "(?!aa|.aa)[a-d]{3}",
    "~(a|b)&[a-c]": "c",
    "@&[ab]{2}": "[ab]{2}",
    "[a-z]{0,300}": "[a-z]{0,300}",
    "((a|b)c){2}": "([ab]c){2}",
    "[\u4e00-\u9fa5]{2}": "[\u4e00-\u9fa5]{2}",
}


@pytest.mark.parametrize(("written", "python"), PATTERNS.items())
def test_samples_match(written: str, python: str) -> None:
    wrong = [value for value in sampled(field("string", {"regex": written})) if not re.fullmatch(python, value)]
    assert wrong == []


@pytest.mark.parametrize(
    ("written", "length", "python"),
    [
        ("(ab|c)*", {"min": 3, "max": 9}, "(?=.{3,8}$)(ab|c)*"),
        ("[0-9a-f]+", 5, "[0-9a-f]{5}"),
        ("(a|bb|ccc)", {"min": 2, "max": 4}, "bb|ccc"),
        ("(abc)*", {"min": 7}, "(?=.{7,})(abc)+"),
        ("a*b", {"max": 4}, "a{0,2}b"),
        ("(.{20})*", {"min": 1}, ".{20}+"),
    ],
)
def test_samples_match_within_a_length(written: str, length: object, python: str) -> None:
    wrong = [
        value
        for value in sampled(field("string", {"regex": written, "length": length}))
        if not re.fullmatch(python.replace("}+", "}"), value)
    ]
    assert wrong == []


def test_letters_are_drawn_evenly_and_a_third_of_texts_end_early() -> None:
    users = Counter(sampled(field("string", {"regex": "User_[1-9]{0,1}"}), 20_000))
    assert 0.33 < users["User_"] / 20_000 < 0.37
    plates = sampled(field("string", {"regex": "[A-Z]{2}\\d{6}[A-Z]"}), 26_000)
    for place in range(9):
        counts = Counter(plate[place] for plate in plates)
        even = 26_000 / len(counts)
        assert len(counts) == (10 if 2 <= place < 8 else 26)
        assert max(abs(count - even) for count in counts.values()) < even * 0.2
    assert len(set(plates)) == 26_000


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("(", "unexpected end of the pattern"),
        ("(a", "expected ')' at position 2"),
        ("a)", "end of the pattern expected at position 1"),
        ("[a", "expected ']' at position 2"),
        ('"a', "expected '\"' at position 2"),
        ("<1-2", "expected '>' at position 4"),
        ("<a-b>", "interval syntax error in <a-b>"),
        ("<name>", "'name' not found"),
        ("a{,3}", "integer expected at position 2"),
        ("a{1", "expected '}' at position 3"),
        (r"\p{L}", "integer expected at position 3"),
        ("a\\", "unexpected end of the pattern"),
        ("(" * 99 + "a" + ")" * 99, "nested more than 60 deep"),
    ],
)
def test_what_is_no_pattern(written: str, reason: str) -> None:
    with pytest.raises(RegexError, match=re.escape(reason)):
        pattern.parse(written)


@pytest.mark.parametrize("written", ["#", "[z-a]", "a{3,2}", "a&b", "~@"])
def test_what_no_text_matches(written: str) -> None:
    with pytest.raises(RegexError, match="no text matches it"):
        automaton.layers(written, None)


@pytest.mark.parametrize(
    "written", ["((a{1,100}){1,100})", "(a|b)*a(a|b){12}", "[a-z]{100000}", "(((a?){30}){30}){30}"]
)
def test_what_is_too_large_is_refused_soon(written: str) -> None:
    with pytest.raises(RegexError):
        automaton.layers(written, None)


LETTERS = st.sampled_from(["a", "b", "c", "[ab]", "[^b]", ".", "x", r"\d"])
QUANTIFIERS = st.sampled_from(["?", "*", "+", "{2}", "{1,3}", "{0,2}"])
REGEXES = st.recursive(
    LETTERS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
        st.tuples(inner, QUANTIFIERS).map(lambda pair: f"({pair[0]}){pair[1]}"),
    ),
    max_leaves=8,
)


@settings(max_examples=DRAWN_TEXTS)
@given(REGEXES, st.integers(0, 8), st.integers(1, 8))
def test_drawn_patterns(written: str, low: int, more: int) -> None:
    matches: Callable[[str], object] = re.compile(written).fullmatch
    if not _sampleable(written, Length(low, low + more)):
        short = (text for size in range(low, min(low + more, 5)) for text in product("abcx0", repeat=size))
        assert not any(matches("".join(text)) for text in short)
        return
    for value in sampled(field("string", {"regex": written, "length": {"min": low, "max": low + more}}), 40):
        assert matches(value)
        assert low <= len(value) < low + more


def _sampleable(written: str, length: Length) -> bool:
    try:
        automaton.layers(written, length)
    except RegexError:
        return False
    return True


@settings(max_examples=DRAWN_TEXTS)
@given(st.text('ab()[]{}|&~#@"<>-^$.*+?\\,0129d', max_size=12))
def test_any_text_is_a_pattern_or_is_refused(written: str) -> None:
    assert all(isinstance(value, str) for value in sampled(field("string", {"regex": written}), 5))
