from __future__ import annotations

import pytest

from fleetgen.quoting import ksql_literal, ksql_quoted, ksql_string, ksql_variable
from fleetgen.targets.ksql.names import RESERVED, spell, word
from fleetgen.targets.ksql.selects import Join
from fleetgen.targets.ksql.statements import CreateConnector, CreateQuery, CreateSource, Define, Set, parse
from fleetgen.targets.ksql.tokens import Kind, NotKsql, Token, tokens
from streams import HOSTILE


def test_every_kind_of_token_has_its_value_and_place() -> None:
    text = "a -- b 'c'\n`d``e` 'it''s;\n--' /* `x` */ 12 1abc -> := \"F\""
    assert list(tokens(text)) == [
        Token(Kind.WORD, "A", 1, 1),
        Token(Kind.QUOTED, "d`e", 2, 1),
        Token(Kind.STRING, "it's;\n--", 2, 8),
        Token(Kind.NUMBER, "12", 3, 15),
        Token(Kind.WORD, "1ABC", 3, 18),
        Token(Kind.SYMBOL, "->", 3, 23),
        Token(Kind.SYMBOL, ":=", 3, 26),
        Token(Kind.QUOTED, "F", 3, 29),
        Token(Kind.END, "", 3, 32),
    ]


@pytest.mark.parametrize("text", ["'open", "`open", "a ${b}", "a # b", "a\n\n  ?"])
def test_what_is_no_token_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(NotKsql, match="cannot read") as caught:
        list(tokens(text))
    assert (caught.value.line, caught.value.column) == {"a\n\n  ?": (3, 3), "'open": (1, 1), "`open": (1, 1)}.get(
        text, (1, 3)
    )


def substituted(text: str) -> str:
    """What ksqlDB's session makes of a literal when it knows no variable: `$${name}` loses its first dollar."""
    import re

    return re.sub(r"\$(\$\{\w+\})", r"\1", text)


@pytest.mark.parametrize("text", [HOSTILE, "", "'", "''", "$${a}", "${a}${b}", "${env:X}", "\\'", "a\nb"])
def test_a_string_means_its_text_again(text: str) -> None:
    first, end = tokens(ksql_string(text))
    assert end.kind is Kind.END
    assert (first.kind, substituted(first.value)) == (Kind.STRING, text)


def test_a_literal_is_a_number_or_a_string() -> None:
    assert [ksql_literal(3), ksql_literal("3")] == ["3", "'3'"]


@pytest.mark.parametrize("name", ["", "a`b"])
def test_a_name_that_the_server_chokes_on_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        ksql_quoted(name)


def test_there_are_88_reserved_words() -> None:
    assert len(RESERVED) == 88
    assert {"FROM", "VALUES", "YEARS", "CATALOG"} < RESERVED
    assert not RESERVED & {"TIMESTAMP", "DATE", "TIME", "ID", "KEY", "TYPE", "STRING", "MAP", "ARRAY", "LOCATION"}


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("a", "a"),
        ("Ts", "Ts"),
        ("_x", "_x"),
        ("from", "`FROM`"),
        ("End", "`END`"),
        ("rowtime", "`rowtime`"),
        ("my-s", "`my-s`"),
        ("1a", "`1a`"),
    ],
)
def test_a_name_is_bare_unless_that_would_lose_something(name: str, spelt: str) -> None:
    assert word(name) == spelt


def test_names_that_differ_by_case_alone_keep_it() -> None:
    assert spell(["a", "A", "b", "from", "FROM"]) == {
        "a": "`a`",
        "A": "`A`",
        "b": "b",
        "from": "`from`",
        "FROM": "`FROM`",
    }


HEAD = "WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON')"


def test_statements_are_read_back() -> None:
    source, setting, connector = parse(
        f"CREATE STREAM IF NOT EXISTS `S` (k VARCHAR KEY, s STRUCT<a INT, `b` DECIMAL(4,2)>, "
        "m MAP<VARCHAR, ARRAY<INT>>) "
        f"{HEAD[:-1]}, KEY_FORMAT='KAFKA');"
        "SET 'a' = 'b'; CREATE SOURCE CONNECTOR IF NOT EXISTS `c-1` WITH ('connector.class'='x');"
    )
    assert isinstance(source, CreateSource)
    assert source.name == "S"
    assert [column.type for column in source.columns] == [
        "VARCHAR",
        "STRUCT<A INT, `b` DECIMAL(4, 2)>",
        "MAP<VARCHAR, ARRAY<INT>>",
    ]
    assert setting == Set("a", "b")
    assert connector == CreateConnector("c-1", {"connector.class": "x"})


@pytest.mark.parametrize(
    "text",
    [
        f"CREATE STREAM IF NOT EXISTS s (from INT) {HEAD};",
        f"CREATE STREAM IF NOT EXISTS s (a INT, A INT) {HEAD};",
        f"CREATE STREAM IF NOT EXISTS s (a STRUCT<>) {HEAD};",
        f"CREATE STREAM IF NOT EXISTS s (a STRUCT<b INT, B INT>) {HEAD};",
        f"CREATE STREAM IF NOT EXISTS s (a LONG) {HEAD};",
        f"CREATE STREAM IF NOT EXISTS s (a MAP<INT, INT>) {HEAD};",
        f"CREATE STREAM IF NOT EXISTS s (a DECIMAL(2, 3)) {HEAD};",
        f"CREATE STREAM IF NOT EXISTS s (a INT PRIMARY KEY) {HEAD};",
        f"CREATE STREAM IF NOT EXISTS s (`ROWTIME` INT) {HEAD};",
        f"CREATE STREAM IF NOT EXISTS s (a INT KEY, b INT KEY) {HEAD};",
        f"CREATE STREAM IF NOT EXISTS s (a INT KEY) {HEAD};",
        f"CREATE STREAM IF NOT EXISTS s (a INT KEY) {HEAD[:-1]}, KEY_FORMAT='KAFKA');",
        f"CREATE TABLE IF NOT EXISTS s (a INT) {HEAD};",
        f"CREATE TABLE IF NOT EXISTS s (a INT KEY) {HEAD};",
        f"CREATE STREAM IF NOT EXISTS `a b` (a INT) {HEAD};",
        f"CREATE STREAM IF NOT EXISTS s (a INT) {HEAD}",
        "CREATE STREAM IF NOT EXISTS s (a INT) WITH (KAFKA_TOPIC='t');",
        "CREATE STREAM IF NOT EXISTS s (a INT) WITH (KAFKA_TOPIC=t, VALUE_FORMAT='JSON');",
        "CREATE STREAM IF NOT EXISTS s (a INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', CLEANUP_POLICY='delete');",
        "CREATE STREAM IF NOT EXISTS s (a INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', PARTITIONS='x');",
        "CREATE SOURCE CONNECTOR IF NOT EXISTS `c` WITH ('a'='x');",
        "CREATE SOURCE CONNECTOR IF NOT EXISTS `c` WITH ('connector.class'='x', 'connector.class'='y');",
        "CREATE SOURCE CONNECTOR IF NOT EXISTS `c` WITH (connector.class='x');",
        "DROP STREAM s;",
        f"CREATE STREAM IF NOT EXISTS s {HEAD} AS SELECT a FROM t s EMIT CHANGES;",
        f"CREATE STREAM IF NOT EXISTS s {HEAD} AS SELECT a AS b, c AS b FROM t s EMIT CHANGES;",
        f"CREATE STREAM IF NOT EXISTS s {HEAD} AS SELECT a) AS b FROM t s EMIT CHANGES;",
        f"CREATE STREAM IF NOT EXISTS s {HEAD} AS SELECT (a AS b FROM t s EMIT CHANGES;",
        f"CREATE STREAM IF NOT EXISTS s {HEAD} AS SELECT a AS from FROM t s EMIT CHANGES;",
        f"CREATE STREAM IF NOT EXISTS s {HEAD} AS SELECT COUNT(*) AS n FROM t s GROUP BY s.a EMIT CHANGES;",
        f"CREATE STREAM IF NOT EXISTS s {HEAD} AS SELECT a AS b FROM t s WHERE EMIT CHANGES;",
        f"CREATE STREAM IF NOT EXISTS s {HEAD[:-1]}, KEY_FORMAT='CSV') AS SELECT a AS b FROM t s EMIT CHANGES;",
        f"CREATE TABLE IF NOT EXISTS s {HEAD} AS SELECT s.a AS a FROM t s EMIT CHANGES;",
        f"CREATE TABLE IF NOT EXISTS s {HEAD} AS SELECT s.a AS a FROM t s GROUP BY s.a EMIT CHANGES;",
        f"CREATE TABLE IF NOT EXISTS s {HEAD} AS SELECT COUNT(*) AS n FROM t s GROUP BY s.a EMIT CHANGES;",
        f"CREATE TABLE IF NOT EXISTS s {HEAD} AS SELECT s.a AS a, s.b AS b FROM t s GROUP BY s.a EMIT CHANGES;",
        f"CREATE TABLE IF NOT EXISTS s {HEAD} AS SELECT s.a AS a, MEDIAN(s.b) AS b FROM t s GROUP BY s.a EMIT CHANGES;",
        f"CREATE TABLE IF NOT EXISTS s {HEAD} AS SELECT s.a AS a, s.b AS b, COUNT(*) AS n FROM t s "
        "GROUP BY s.a, s.b EMIT CHANGES;",
        f"CREATE TABLE IF NOT EXISTS s {HEAD} AS SELECT s.a AS a, COUNT(*) AS n FROM t s GROUP BY s.a;",
        f"CREATE TABLE IF NOT EXISTS s {HEAD} AS SELECT s.a AS a, COUNT(*) AS n FROM t s GROUP BY s.a HAVING "
        "EMIT CHANGES;",
        "CREATE SOURCE CONNECTOR IF NOT EXISTS `c` WITH ('connector.class'='x', 'p'='${secret}');",
        "CREATE SOURCE CONNECTOR IF NOT EXISTS `c` WITH ('connector.class'='x', 'p'='a ${profile:kafka.password}');",
        "DEFINE from = 'x';",
        "DEFINE a = x;",
    ],
)
def test_what_a_server_refuses_is_refused(text: str) -> None:
    with pytest.raises(NotKsql):
        parse(text)


def test_an_expression_of_a_template_of_ones_own_is_read_back() -> None:
    (found,) = parse(
        f"CREATE STREAM IF NOT EXISTS q {HEAD} AS SELECT s.a AS k, "
        "STRUCT(`x` := s.b->c, y := CAST(s.d AS INT)) AS `st`, "
        "CASE WHEN s.e IS NULL THEN 'it''s' ELSE s.f END AS g FROM t s LEFT JOIN `U` u ON s.a = u.`A` EMIT CHANGES;"
    )
    assert isinstance(found, CreateQuery)
    assert found.select.items == {
        "K": "S.A",
        "st": "STRUCT(x:=S.B->C,Y:=CAST(S.D AS INT))",
        "G": "CASE WHEN S.E IS NULL THEN 'it''s' ELSE S.F END",
    }
    assert found.select.joins == (Join("U", "U", "S.A", "U.A"),)


def test_a_table_of_groups_is_read_back() -> None:
    (found,) = parse(
        f"CREATE TABLE IF NOT EXISTS q {HEAD[:-1]}, KEY_FORMAT='JSON') AS SELECT s.a->b AS `b`, s.c AS c, "
        "COUNT(*) AS n, SUM(CAST(s.d AS DECIMAL(38, 2))) AS total FROM t s WHERE s.e IS NOT NULL "
        "GROUP BY s.a->b, s.c HAVING COUNT(*) > 1 EMIT CHANGES;"
    )
    assert isinstance(found, CreateQuery)
    assert (found.kind, found.name, found.select.group) == ("TABLE", "Q", ("S.A->B", "S.C"))
    assert (found.select.where, found.select.having) == ("S.E IS NOT NULL", "COUNT(*)>1")
    assert found.select.items["TOTAL"] == "SUM(CAST(S.D AS DECIMAL(38,2)))"


def test_a_variable_stands_for_what_it_was_defined_as() -> None:
    text = ksql_variable("kafka_api_secret")
    defined, found = parse(
        "DEFINE Kafka_Api_Secret = '${profile:kafka.password}';"
        f"CREATE SOURCE CONNECTOR IF NOT EXISTS `c` WITH ('connector.class'='x', 'p'={text}, 'q'='$${{r}} ${{e:f}}');"
    )
    assert defined == Define("KAFKA_API_SECRET", "${profile:kafka.password}")
    assert isinstance(found, CreateConnector)
    assert found.properties["p"] == "${kafka_api_secret}"


@pytest.mark.parametrize("name", ["", "a.b", "1a", "a}b", "a'"])
def test_what_is_no_variable_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no variable"):
        ksql_variable(name)
