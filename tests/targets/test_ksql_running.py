"""A query is the same, however a server prints it; statements are told apart; messages lose the values they repeat."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fleetgen.targets.ksql.client import shown
from fleetgen.targets.ksql.expressions import expression
from fleetgen.targets.ksql.reader import Reader
from fleetgen.targets.ksql.running import query_facts
from fleetgen.targets.ksql.tokens import Kind, NotKsql, split, tokens
from streams import HOSTILE, fleet, outputs

RECORDED = Path(__file__).parents[1] / "data/ksqldb/exchanges.jsonl"


def read(text: str) -> str:
    reader = Reader(list(tokens(text)))
    found = expression(reader)
    assert reader.next.kind is Kind.END
    return found


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("s.a", "S.A"),
        ("s.`a`->b", "(S.`a`->B)"),
        ("a.b AND NOT c.d OR e.f", "((A.B AND (NOT C.D)) OR E.F)"),
        ("a + b * c - d", "((A + (B * C)) - D)"),
        ("a != 'it''s'", "(A <> 'it''s')"),
        ("(s.r IS NOT NULL)", "(S.R IS NOT NULL)"),
        ("COUNT(*) >= 1", "(COUNT(*) >= 1)"),
        ("CAST(s.a AS DECIMAL(38, 2))", "CAST(S.A AS DECIMAL(38,2))"),
        ("CAST(s.a AS BIGINT) + CAST(s.b AS VARCHAR)", "(CAST(S.A AS BIGINT) + CAST(S.B AS STRING))"),
        ("a IS NULL AND b = true", "((A IS NULL) AND (B = true))"),
        ("- a * -1", "((-A) * -1)"),
        ("s.`FROM`", "S.`FROM`"),
    ],
)
def test_an_expression_is_written_in_one_way(ours: str, theirs: str) -> None:
    assert read(ours) == read(theirs)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(a + b) * c", "a + b * c"),
        ("a.b", "a.`b`"),
        ("a - (b - c)", "a - b - c"),
        ("NOT (a AND b)", "NOT a AND b"),
        ("f(a, b)", "f(b, a)"),
        ("'a'", "'A'"),
        ("CAST(a AS INT)", "CAST(a AS BIGINT)"),
    ],
)
def test_what_means_another_is_another(one: str, other: str) -> None:
    assert read(one) != read(other)


def test_what_a_real_server_printed_is_what_it_was_asked() -> None:
    """As far as each name was written out, as fleetgen writes it."""
    found = 0
    for line in map(json.loads, RECORDED.read_text(encoding="utf-8").splitlines()):
        if line["http"] == 200 and " AS SELECT " in line["ksql"] and " s." in line["ksql"]:
            text = line["reply"][0]["statementText"]
            assert query_facts(line["ksql"]) == query_facts(text)
            found += 1
    assert found > 0


def test_every_query_of_the_fleet_has_its_facts() -> None:
    files = outputs(fleet())["ksql"].files
    setting, query = split(files["ksql/self-managed/queries/readings_by_driver.sql"])
    assert setting == "SET 'auto.offset.reset' = 'earliest';"
    assert query_facts(query) == {
        "column `vehicle_id`": "S.`vehicle_id`",
        "column `driver_name`": "S.`driver_name`",
        "column `license_plate`": "S.`license_plate`",
        "column `readings`": "COUNT(*)",
        "from": "FLEET_DATA S",
        "group by": "S.`vehicle_id`, S.`driver_name`, S.`license_plate`",
    }


@pytest.mark.parametrize("rest", ["WINDOW TUMBLING (SIZE 1 HOUR)", "INNER JOIN b b ON a.x = b.x", "PARTITION BY a.x"])
def test_a_query_that_fleetgen_would_not_write_is_none(rest: str) -> None:
    with pytest.raises(NotKsql):
        query_facts(f"CREATE STREAM s WITH (KAFKA_TOPIC='s') AS SELECT a.x AS x FROM a a {rest} EMIT CHANGES;")


def test_statements_are_split_where_they_end() -> None:
    quoted = HOSTILE.replace("'", "''")
    text = f"-- one; two\r\n/* three; */ SET 'a' = '{quoted};';\n\n-- c\nDEFINE b = 'x;\ny'; CREATE `;` x;\n"
    assert split(text) == [f"SET 'a' = '{quoted};';", "DEFINE b = 'x;\ny';", "CREATE `;` x;"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "Validation error: pw - Invalid value s3cret for configuration pw: bad\nb - Invalid value x y\nz for "
            "configuration b: no",
            "Validation error: pw - Invalid value (hidden) for configuration pw: bad b - Invalid value (hidden) for "
            "configuration b: no",
        ),
        ("Multiple entries with same key: pw='s3cret' and pw='s3cret2'", "Multiple entries with same key: pw"),
        ("Connector config {a=b, pw=s3cret} contains no type", "Connector config {(hidden)} contains no type"),
        ("mine is canary'1", "mine is (secret)"),
        ("sql: 'canary''1'", "sql: '(secret)'"),
        ("x" * 500, "x" * 400 + " .."),
    ],
)  # fmt: skip
def test_a_message_loses_the_values_that_it_repeats(message: str, expected: str) -> None:
    assert shown(message, ("canary'1",)) == expected


def test_a_secret_is_not_cut_in_half() -> None:
    assert "cana" not in shown("x" * 395 + " canary-secret", ("canary-secret",))
