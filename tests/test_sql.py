"""ClickHouse text taken apart."""

from __future__ import annotations

import pytest

from fleetgen import sql
from fleetgen.quoting import ch_ident, ch_string, sql_comment


def test_statements_lose_their_comments_in_front_and_their_semicolons() -> None:
    text = "-- a; b\n\nSELECT 1;\n/* ; */ SELECT 2 -- ;\n; # x;\n#! y;\n;;\n  "
    assert sql.statements(text) == ["SELECT 1", "SELECT 2 -- ;"]


@pytest.mark.parametrize("name", ["a;b", "`;`", "\\", "\\`;", "a'b;", '"', "--", "/*", "*/;", "$$;", "\n;"])
def test_what_is_quoted_ends_no_statement(name: str) -> None:
    first = f"SELECT {ch_string(name)} AS {ch_ident(name)}"
    assert sql.statements(f"{first};SELECT 2;") == [first, "SELECT 2"]


def test_a_comment_holds_what_a_person_can_review() -> None:
    assert sql_comment("a\x00b\x1b[31m\tc\x0bd\u2028e") == "-- a\u2400b\u241b[31m\tc\n-- d\n-- e"


def test_other_quotes_of_clickhouse() -> None:
    text = """SELECT 'it''s;', "a;", $x$;$x$, `b``;`, 1e5;SELECT 2"""
    assert sql.statements(text) == [text.removesuffix(";SELECT 2"), "SELECT 2"]


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("SELECT * FROM `a`.`b`", "SELECT * FROM `z`.`b`"),
        ("SELECT * FROM a . b", "SELECT * FROM `z` . b"),
        ('SELECT * FROM "a".b', "SELECT * FROM `z`.b"),
        ("CREATE DATABASE IF NOT EXISTS `a` ENGINE = Memory", "CREATE DATABASE IF NOT EXISTS `z` ENGINE = Memory"),
        ("DROP DATABASE IF EXISTS a", "DROP DATABASE IF EXISTS `z`"),
        ("CREATE TABLE `a`.`a` (`a` Int32) COMMENT 'a.a'", "CREATE TABLE `z`.`a` (`a` Int32) COMMENT 'a.a'"),
        (
            "SELECT q.`a`, q.a.b -- a.b\nFROM a.b /* a.b */ AS q",
            "SELECT q.`a`, q.a.b -- a.b\nFROM `z`.b /* a.b */ AS q",
        ),
        ("SELECT a, aa.b, 'a'.b", "SELECT a, aa.b, 'a'.b"),
    ],
)
def test_only_the_database_is_exchanged(text: str, moved: str) -> None:
    assert sql.qualify(text, "a", "z") == moved
    assert sql.qualify(moved.replace("`z`", ch_ident("q`\\")), "q`\\", "z") == moved


def test_a_long_statement_says_what_it_needs() -> None:
    assert sql.limits("SELECT 1") == {}
    assert sql.limits("x" * 300_000) == {"max_query_size": 600_000, "max_ast_elements": 300_000}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MergeTree PARTITION BY a ORDER BY (b) TTL c + toIntervalDay(3) SETTINGS d = 'x TTL y'",
         {"": "MergeTree", "PARTITION": "BY a", "ORDER": "BY (b)", "TTL": "c + toIntervalDay(3)",
          "SETTINGS": "d = 'x TTL y'"}),
        ("Kafka", {"": "Kafka"}),
        ("f(TTL) `TTL`", {"": "f(TTL) `TTL`"}),
    ],
)  # fmt: skip
def test_clauses_are_told_apart_outside_of_parentheses(text: str, expected: dict[str, str]) -> None:
    assert sql.clauses(text, ("PARTITION", "ORDER", "TTL", "SETTINGS")) == expected


def test_lists_are_split_at_their_own_commas() -> None:
    text = "a, f(b, c), 'd, e', `g, h`, [1, 2], Tuple(x Int8, y Array(Int8))"
    assert sql.items(text) == ["a", "f(b, c)", "'d, e'", "`g, h`", "[1, 2]", "Tuple(x Int8, y Array(Int8))"]
    assert sql.items("") == []


def test_what_differs_in_grouping_alone_has_the_same_words() -> None:
    assert sql.words("((a) AND /* c */ b = '(x)')") == sql.words("a AND b = '(x)'") == ["a", "AND", "b", "=", "'(x)'"]


def test_tables_are_named_with_their_databases() -> None:
    text = "SELECT q.`a` FROM `d`.`t\\`x` AS q JOIN \"e\".u ON 'f.g' = 1.5 -- h.i"
    assert sql.qualified(text) == (("q", "a"), ("d", "t`x"), ("e", "u"))


def test_a_statement_is_cut_at_its_first_parenthesis() -> None:
    assert sql.cut("CREATE TABLE `a(b` -- (\n (c Int8)", "(") == ("CREATE TABLE `a(b` -- (\n ", "(", "c Int8)")
    assert sql.cut("SELECT 1", "(") == ("SELECT 1", "", "")
