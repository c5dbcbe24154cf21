"""Live facts against desired ones on the engine: no false drift, whatever the schema and however it is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from clickhouse_plans import applied, dropped, planned
from fleetgen.commands.services import clickhouse_files
from fleetgen.files import Disk
from fleetgen.plan import Action, Policy
from fleetgen.targets.clickhouse.engine import Engine, EngineError

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/expected/clickhouse"))


def generated(case: str) -> Mapping[str, str]:
    disk = Disk(GOLDEN / case / "expected")
    return {path: (disk.read(path) or b"").decode() for path in disk.walk("clickhouse")}


def test_there_are_cases() -> None:
    assert len(CASES) > 100


@pytest.mark.parametrize("ingest", ["push", "kafka"])
@pytest.mark.parametrize("case", CASES)
def test_what_was_applied_does_not_differ(engine: Engine, case: str, ingest: str) -> None:
    files = clickhouse_files(generated(case), "embedded", ingest)
    with dropped(engine):
        made = applied(engine, files)
        assert all(change.action is Action.CREATE and not change.blocked for change in made.changes)
        again = planned(engine, files)
        assert (again.changes, again.notes) == ((), ())


TABLE = """CREATE DATABASE IF NOT EXISTS `d`;
CREATE TABLE IF NOT EXISTS `d`.`t`
(
    `a` Int32 CODEC(T64, ZSTD(1)),
    `b` Nullable(String) COMMENT 'it''s',
    `e` Enum8('x' = 1, 'y' = 2) DEFAULT 'x',
    `at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX `i` a + 1 TYPE minmax GRANULARITY 2
)
ENGINE = ReplacingMergeTree(`at`)
PARTITION BY toYYYYMM(`at`)
ORDER BY (`a`)
TTL toDateTime(`at`) + INTERVAL 30 DAY
COMMENT 'of ours [fleetgen]';
CREATE VIEW IF NOT EXISTS `d`.`v` AS SELECT `a`, count() AS `n` FROM `d`.`t` WHERE `a` > 1 AND `b` = 'z' GROUP BY `a`
COMMENT '[fleetgen]';
CREATE TABLE IF NOT EXISTS `d`.`l` (`a` Nullable(String)) ENGINE = Null COMMENT '[fleetgen]';
CREATE MATERIALIZED VIEW IF NOT EXISTS `d`.`l_store` TO `d`.`t` AS
SELECT assumeNotNull(toInt32OrNull(q.`a`)) AS `a` FROM `d`.`l` AS q WHERE isNotNull(q.`a`) AND q.`a` != ''
COMMENT '[fleetgen]';
"""
OTHERWISE = """create table d.t (
    a int not null codec ( T64 , ZSTD ), b String NULL comment 'it\\'s', e Enum('x', 'y') default (('x')),
    `at` DateTime64(3, 'UTC') default (now64(3, 'UTC')) codec(Delta(8), ZSTD)
    , index i (a + (1)) type minmax granularity 2
) engine = ReplacingMergeTree ( at ) partition by (toYYYYMM(at)) order by a ttl (toDateTime(at) + toIntervalDay(30))
comment 'of ours [fleetgen]';
create view d.v (a Int32, n UInt64) as select a, (count()) as n from d.t where (((a > 1)) and (b = 'z')) group by a
comment '[fleetgen]';
create table d.l (a String null) engine = Null() comment '[fleetgen]';
create materialized view d.l_store to d.t (a Int32) as
select assumeNotNull(toInt32OrNull(q.a)) as a from d.l as q where (isNotNull(q.a)) and (q.a != '') comment '[fleetgen]';
"""


def test_equal_words_differ_in_nothing(engine: Engine) -> None:
    files = {"clickhouse/server/database.sql": TABLE}
    with dropped(engine):
        engine.run("CREATE DATABASE d")
        for statement in filter(str.strip, OTHERWISE.split(";")):
            engine.run(statement)
        assert planned(engine, files).changes == ()


CHANGED_BY_HAND = [
    ("ALTER TABLE d.t MODIFY COLUMN b COMMENT 'x'", "column b comment"),
    ("ALTER TABLE d.t MODIFY COLUMN a CODEC(NONE)", "column a codec"),
    ("ALTER TABLE d.t MODIFY COLUMN e DEFAULT 'y'", "column e default"),
    ("ALTER TABLE d.t MODIFY TTL toDateTime(at) + INTERVAL 31 DAY", "ttl"),
    ("ALTER TABLE d.t MODIFY SETTING ttl_only_drop_parts = 1", "setting ttl_only_drop_parts"),
    ("ALTER TABLE d.t DROP INDEX i", "index i"),
    ("ALTER TABLE d.t MODIFY COLUMN b Nullable(String) FIRST", "columns"),
    ("ALTER TABLE d.t MODIFY COMMENT 'theirs [fleetgen]'", "comment"),
    ("CREATE OR REPLACE VIEW d.v AS SELECT a, count() AS n FROM d.t GROUP BY a COMMENT '[fleetgen]'", "select"),
    ("ALTER TABLE d.l_store MODIFY QUERY SELECT toInt32(1) AS a FROM d.l", "view d.l_store select"),
]  # fmt: skip


@pytest.mark.parametrize(("by_hand", "fact"), CHANGED_BY_HAND)
def test_one_thing_changed_by_hand_is_named_and_mended(engine: Engine, by_hand: str, fact: str) -> None:
    files = {"clickhouse/server/database.sql": TABLE}
    with dropped(engine):
        applied(engine, files)
        engine.run(by_hand)
        (change,) = applied(engine, files).changes
        assert [each.fact for each in change.differences] == [fact]
        assert planned(engine, files).changes == ()


def test_others_things_are_not_seen(engine: Engine) -> None:
    files = {"clickhouse/server/database.sql": TABLE}
    with dropped(engine):
        applied(engine, files)
        engine.run("CREATE TABLE d.theirs (a Int8) ENGINE = Memory COMMENT 'not ours'")
        engine.run("CREATE MATERIALIZED VIEW d.theirs_too TO d.theirs AS SELECT toInt8(1) AS a FROM d.l")
        engine.run("CREATE DATABASE elsewhere")
        engine.run("CREATE TABLE elsewhere.t (a Int8) ENGINE = Memory COMMENT 'x [fleetgen]'")
        assert planned(engine, files).changes == ()


def test_secrets_do_not_differ_and_are_not_shown(engine: Engine) -> None:
    kafka = """CREATE DATABASE IF NOT EXISTS `d` ENGINE = Memory;
CREATE TABLE IF NOT EXISTS `d`.`k` (`a` Nullable(String)) ENGINE = Kafka SETTINGS kafka_broker_list = '127.0.0.1:1',
kafka_topic_list = 't', kafka_group_name = 'g', kafka_format = 'AvroConfluent', kafka_sasl_password = 'canary-1',
format_avro_schema_registry_url = 'http://u:canary-2@127.0.0.1:1' COMMENT '[fleetgen]';
"""
    files = {"clickhouse/server/database.sql": kafka}
    with dropped(engine):
        applied(engine, files)
        other = {path: text.replace("canary-1", "other").replace("canary-2", "other") for path, text in files.items()}
        assert planned(engine, other).changes == ()
        (change,) = planned(engine, {path: text.replace("'t'", "'s'") for path, text in files.items()}).changes
        assert [each.fact for each in change.differences] == ["setting kafka_topic_list"]
        assert "canary" not in repr(change.differences) + change.reason


VIEWS = """CREATE DATABASE IF NOT EXISTS `d`;
CREATE TABLE IF NOT EXISTS `d`.`t`
(
    `id` Int32,
    {column}
)
ENGINE = MergeTree
ORDER BY `id`
COMMENT '[fleetgen]';
CREATE VIEW IF NOT EXISTS `d`.`one` AS SELECT q.`id` AS `id`, q.`{name}` AS `{name}` FROM `d`.`t` AS q
COMMENT '[fleetgen]';
CREATE VIEW IF NOT EXISTS `d`.`two` AS SELECT sum(q.`{name}`) AS `n` FROM `d`.`one` AS q COMMENT '[fleetgen]';
"""


def _viewed(name: str, column: str) -> dict[str, str]:
    return {"clickhouse/server/database.sql": VIEWS.format(name=name, column=column)}


def test_views_follow_what_they_rest_on(engine: Engine) -> None:
    with dropped(engine):
        applied(engine, _viewed("a", "`a` Int32"))
        engine.run("INSERT INTO d.t VALUES (1, 2), (2, 40)")
        wide = applied(engine, _viewed("a", "`a` Float64"))
        assert [(change.name, change.action.value) for change in wide.changes] == [
            ("d.t", "~"),
            ("d.one", "-/+"),
            ("d.two", "-/+"),
        ]
        assert planned(engine, _viewed("a", "`a` Float64")).changes == ()
        renamed = _viewed("b", "`b` Float64 -- was `a`")
        assert [change.name for change in applied(engine, renamed).changes] == ["d.t", "d.one", "d.two"]
        assert planned(engine, renamed).changes == ()
        assert engine.rows("SELECT n FROM d.two") == [(42.0,)]


def test_what_others_made_under_our_names_is_shown_and_taken_over_when_asked(engine: Engine) -> None:
    files = {"clickhouse/server/database.sql": TABLE}
    unmarked = TABLE.replace(" [fleetgen]", "").replace("[fleetgen]", "")
    with dropped(engine):
        applied(engine, {"clickhouse/server/database.sql": unmarked})
        found = planned(engine, files)
        assert [change.name for change in found.blocked] == ["d.t", "d.l", "d.v"]
        assert {each.fact for change in found.changes for each in change.differences} == {
            "comment",
            "view d.l_store comment",
        }
        taken = applied(engine, files, Policy(adopt=True))
        assert all(step.text.startswith("ALTER TABLE") and "MODIFY COMMENT" in step.text for _, step in taken.steps())
        assert planned(engine, files).changes == ()


def test_a_view_of_a_landing_that_was_dropped_is_made_again(engine: Engine) -> None:
    files = {"clickhouse/server/database.sql": TABLE}
    with dropped(engine):
        applied(engine, files)
        engine.run("DROP VIEW d.l_store")
        (change,) = applied(engine, files).changes
        assert (change.name, change.reason) == ("d.l", "its view d.l_store is missing")
        assert planned(engine, files).changes == ()


def test_a_scratch_database_that_was_left_behind_goes(engine: Engine) -> None:
    files = {"clickhouse/server/database.sql": TABLE}
    with dropped(engine):
        engine.run("CREATE DATABASE _fleetgen_scratch_old_0 COMMENT '1'")
        engine.run("CREATE DATABASE _fleetgen_scratch_now_0 COMMENT '99999999999'")
        planned(engine, files)
        left = engine.rows("SELECT name FROM system.databases WHERE name LIKE '\\\\_fleetgen%'")
        assert left == [("_fleetgen_scratch_now_0",)]


def test_scratch_databases_go_when_the_engine_refuses(engine: Engine) -> None:
    files = {"clickhouse/server/database.sql": TABLE.replace("`a` > 1", "nope(`a`)")}
    with dropped(engine):
        with pytest.raises(EngineError, match=r"ClickHouse refuses the view d\.v: .*nope"):
            planned(engine, files)
        assert engine.rows("SELECT name FROM system.databases WHERE name LIKE '\\\\_fleetgen%'") == []


def test_a_stream_that_is_gone_is_kept_until_somebody_asks(engine: Engine) -> None:
    """Also its landing: its dead letters are still wanted, its store is not."""
    both = clickhouse_files(generated("several_records_in_a_file"), "embedded", "push")
    name = next(path for path in both if "/tables/" in path).rpartition("/")[2]
    one = {path: text for path, text in both.items() if not path.endswith(f"/{name}")}
    with dropped(engine):
        applied(engine, both)
        found = planned(engine, one)
        assert len(found.changes) == 2
        assert all("--prune" in change.blocked for change in found.changes)
        assert not applied(engine, one, Policy(prune=True)).blocked
        assert planned(engine, one).changes == ()


def test_another_landing_of_a_store_takes_the_place_of_the_first(engine: Engine) -> None:
    case = generated("several_records_in_a_file")
    push, kafka = (clickhouse_files(case, "embedded", ingest) for ingest in ("push", "kafka"))
    with dropped(engine):
        applied(engine, push)
        found = applied(engine, kafka)
        assert not found.blocked
        assert {change.action for change in found.changes if change.name.endswith("_push")} == {Action.DELETE}
        assert planned(engine, kafka).changes == ()
