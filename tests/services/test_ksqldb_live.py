"""plan and apply on ksqlDB: the one in the process, and a real one that FLEETGEN_TEST_KSQL_URL names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from fleetgen.errors import Blocked, FleetgenError
from fleetgen.pipeline import Format, Pipeline
from fleetgen.plan import Action, Plan, Policy, Risk
from fleetgen.profile import Kafka
from services.ksqldb.bench import URL, Bench, bench, cars, real, texts
from services.ksqldb.server import Ksqldb
from services.rest import running
from streams import pipeline

ALL = [
    "FLEETGEN_TEST_EVENTS", "FLEETGEN_TEST_PLACES", "FLEETGEN_TEST_PLACES_LATEST", "FLEETGEN_TEST_THINGS",
    "FLEETGEN_TEST_JOINED", "FLEETGEN_TEST_BY_PLATE",
]  # fmt: skip
DESTROY = Policy(allow_destructive=True)


@pytest.fixture(params=["process", *(["real"] if URL else [])])
def garage(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "real":
        with real() as found:
            yield found
        return
    with running(Ksqldb()) as server:
        yield bench(server.url)


@pytest.fixture
def server() -> Iterator[Ksqldb]:
    with running(Ksqldb()) as found:
        yield found


def named(bench: Bench, of: Pipeline, **policy: bool) -> dict[str, Any]:
    """The changes of a plan by name."""
    return {change.name: change for change in bench.plan(of, Policy(**policy)).changes}


def facts(change: Any) -> dict[str, tuple[str | None, str | None]]:
    return {each.fact: (each.before, each.after) for each in change.differences}


# Making


def test_what_is_made_is_there_and_nothing_is_left_to_do(garage: Bench) -> None:
    planned = garage.plan(cars())
    assert sorted(change.name for change in planned.changes) == sorted(ALL)
    assert {(change.action, change.risk, change.blocked) for change in planned.changes} == {
        (Action.CREATE, Risk.SAFE, "")
    }
    order = [change.name for change in garage.apply(cars())]
    assert order.index("FLEETGEN_TEST_PLACES") < order.index("FLEETGEN_TEST_PLACES_LATEST")
    assert order[-2:] == ["FLEETGEN_TEST_JOINED", "FLEETGEN_TEST_BY_PLATE"]
    assert garage.plan(cars()).changes == ()
    assert garage.apply(cars()) == ()
    lines = garage.look(cars())
    assert [what for what, (ok, _) in lines.items() if not ok] == []
    assert lines["ksql stream FLEETGEN_TEST_JOINED"][1] == "RUNNING, topic fleetgen_test_joined, 1 partition"


def test_one_statement_a_request_each_after_the_one_before(server: Ksqldb) -> None:
    bench(server.url).apply(cars())
    sent = [call.body for call in server.calls if call.path == "/ksql" and call.body["ksql"].startswith("CREATE")]
    assert len(sent) == len(ALL)
    assert all(body["ksql"].count(";") == 1 for body in sent)
    numbers = [body.get("commandSequenceNumber", -1) for body in sent]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 8
    queries = [body["streamsProperties"] for body in sent if "AS SELECT" in body["ksql"]]
    assert queries == [{"auto.offset.reset": "earliest"}] * 2
    assert all(body["sessionVariables"] == {} for body in sent)


def test_only_what_is_missing_is_made_again(garage: Bench) -> None:
    garage.apply(cars())
    garage.by_hand("DROP TABLE FLEETGEN_TEST_BY_PLATE;")
    assert [change.name for change in garage.apply(cars())] == ["FLEETGEN_TEST_BY_PLATE"]
    assert garage.plan(cars()).changes == ()


# Changed by hand


def test_a_stream_that_was_made_otherwise_is_named(garage: Bench) -> None:
    garage.by_hand(
        "CREATE STREAM fleetgen_test_events (car INT KEY, speed VARCHAR, more INT) WITH "
        "(KAFKA_TOPIC='fleetgen_test_events', KEY_FORMAT='JSON', VALUE_FORMAT='JSON', PARTITIONS=1);"
    )
    change = named(garage, cars())["FLEETGEN_TEST_EVENTS"]
    assert facts(change) == {
        "key format": ("JSON", "DELIMITED"),
        "column SPEED": ("VARCHAR", "DOUBLE"),
        "column MORE": ("INT", None),
    }
    assert change.risk is Risk.REFUSED
    assert "DROP STREAM IF EXISTS FLEETGEN_TEST_EVENTS;" in change.blocked


def test_a_column_that_somebody_added_is_named(garage: Bench) -> None:
    garage.apply(cars())
    garage.by_hand("ALTER STREAM FLEETGEN_TEST_EVENTS ADD COLUMN extra VARCHAR;")
    assert facts(named(garage, cars())["FLEETGEN_TEST_EVENTS"]) == {"column EXTRA": ("VARCHAR", None)}


def test_a_query_that_was_ended_is_named(garage: Bench) -> None:
    garage.apply(cars())
    told = garage.by_hand("DESCRIBE FLEETGEN_TEST_BY_PLATE;")["sourceDescription"]
    garage.by_hand(f"TERMINATE {told['writeQueries'][0]['id']};")
    assert facts(named(garage, cars())["FLEETGEN_TEST_BY_PLATE"]) == {"query": ("is terminated", "runs")}
    assert garage.look(cars())["ksql table FLEETGEN_TEST_BY_PLATE"][0] is False


def test_a_query_of_another_text_is_named(garage: Bench) -> None:
    garage.apply(cars())
    garage.by_hand("DROP TABLE FLEETGEN_TEST_BY_PLATE;")
    garage.by_hand(
        "CREATE TABLE fleetgen_test_by_plate WITH (KAFKA_TOPIC='fleetgen_test_by_plate', KEY_FORMAT='KAFKA', "
        "VALUE_FORMAT='JSON') AS SELECT s.`plate` AS `plate`, SUM(s.`speed`) AS `n` FROM fleetgen_test_joined s "
        "WHERE s.`speed` > 3 AND s.`car` IS NOT NULL GROUP BY s.`plate` EMIT CHANGES;"
    )
    assert facts(named(garage, cars())["FLEETGEN_TEST_BY_PLATE"]) == {
        "column `n`": ("SUM(S.`speed`)", "COUNT(*)"),
        "where": ("((S.`speed` > 3) AND (S.`car` IS NOT NULL))", None),
    }


def test_a_stream_where_a_table_is_wanted_is_named(garage: Bench) -> None:
    garage.by_hand(
        "CREATE STREAM fleetgen_test_things (car INT KEY, plate VARCHAR) WITH (KAFKA_TOPIC='fleetgen_test_things', "
        "KEY_FORMAT='DELIMITED', VALUE_FORMAT='JSON', PARTITIONS=1);"
    )
    change = named(garage, cars(), allow_destructive=True)["FLEETGEN_TEST_THINGS"]
    assert facts(change) == {"kind": ("STREAM", "TABLE")}
    assert change.steps[0].text == "DROP STREAM IF EXISTS FLEETGEN_TEST_THINGS;"


def test_what_is_over_our_topics_and_not_ours_is_told_and_left_alone(garage: Bench) -> None:
    garage.apply(cars())
    garage.by_hand(
        "CREATE STREAM fleetgen_test_theirs (car INT KEY) WITH (KAFKA_TOPIC='fleetgen_test_events', "
        "KEY_FORMAT='DELIMITED', VALUE_FORMAT='JSON');"
    )
    planned = garage.plan(cars(), Policy(prune=True, adopt=True, allow_destructive=True))
    assert planned.changes == ()
    assert [note for note in planned.notes if "FLEETGEN_TEST_THEIRS is over the topic fleetgen_test_events" in note]


# What the schemas become


def test_new_columns_are_added_to_a_source(garage: Bench) -> None:
    garage.apply(cars())
    wider = cars(fuel=["null", "double"], marks={"type": "map", "values": "int"},
                 size={"type": "record", "name": "box", "fields": [{"name": "from", "type": "int"}]})  # fmt: skip
    change = named(garage, wider)["FLEETGEN_TEST_EVENTS"]
    assert (change.action, change.risk) == (Action.UPDATE, Risk.SAFE)
    assert [step.text for step in change.steps] == [
        "ALTER STREAM FLEETGEN_TEST_EVENTS ADD COLUMN FUEL DOUBLE;",
        "ALTER STREAM FLEETGEN_TEST_EVENTS ADD COLUMN MARKS MAP<VARCHAR, INT>;",
        "ALTER STREAM FLEETGEN_TEST_EVENTS ADD COLUMN `SIZE` STRUCT<`FROM` INT>;",
    ]
    alone = {path: text for path, text in texts(wider, "streams").items() if path.endswith("fleetgen_test_events.sql")}
    garage.apply(alone)
    assert garage.plan(alone).changes == ()


def test_a_join_is_not_replaced_unasked(garage: Bench) -> None:
    garage.apply(cars())
    wider = cars(fuel=["null", "double"])
    changes = named(garage, wider)
    joined, counted = changes["FLEETGEN_TEST_JOINED"], changes["FLEETGEN_TEST_BY_PLATE"]
    assert facts(joined) == {"column `fuel`": (None, "S.FUEL")}
    assert joined.risk is counted.risk is Risk.REFUSED
    assert "does not change a query" in joined.reason
    assert joined.blocked.startswith(
        "drop it by hand (DROP TABLE IF EXISTS FLEETGEN_TEST_BY_PLATE; DROP STREAM IF EXISTS FLEETGEN_TEST_JOINED;)"
    )
    with pytest.raises(Blocked, match="FG707 error: ksql stream FLEETGEN_TEST_JOINED: differs in"):
        garage.apply(wider)
    assert garage.plan(cars()).changes == ()  # the stream was not altered either


def test_a_join_is_dropped_and_made_again_where_it_may_be(garage: Bench) -> None:
    garage.apply(cars())
    wider = cars(fuel=["null", "double"])
    changes = garage.apply(wider, DESTROY)
    assert {change.name: change.action for change in changes} == {
        "FLEETGEN_TEST_EVENTS": Action.UPDATE,
        "FLEETGEN_TEST_JOINED": Action.REPLACE,
        "FLEETGEN_TEST_BY_PLATE": Action.REPLACE,
    }
    assert garage.plan(wider).changes == ()


def test_a_source_takes_with_it_what_is_made_from_it(garage: Bench) -> None:
    garage.apply(cars())
    other = cars(speed="string")
    assert facts(named(garage, other)["FLEETGEN_TEST_EVENTS"]) == {"column SPEED": ("DOUBLE", "VARCHAR")}
    changes = garage.apply(other, DESTROY)
    assert [change.name for change in changes if change.action is Action.REPLACE] == [
        "FLEETGEN_TEST_EVENTS", "FLEETGEN_TEST_JOINED", "FLEETGEN_TEST_BY_PLATE",
    ]  # fmt: skip
    assert garage.plan(other).changes == ()


def test_what_others_made_from_ours_keeps_it_from_going(garage: Bench) -> None:
    garage.apply(cars())
    garage.by_hand(
        "CREATE STREAM fleetgen_test_theirs WITH (KAFKA_TOPIC='fleetgen_test_theirs', VALUE_FORMAT='JSON') AS SELECT "
        "s.CAR_KEY AS CAR_KEY FROM fleetgen_test_joined s EMIT CHANGES;"
    )
    change = named(garage, cars(fuel="double"), allow_destructive=True)["FLEETGEN_TEST_JOINED"]
    assert change.risk is Risk.REFUSED
    assert change.blocked == ("drop by hand what is made from it and is not of generated/: FLEETGEN_TEST_THEIRS")


# Topics of another number of partitions


def test_a_topic_of_other_partitions_is_found_before_anything_is_sent(server: Ksqldb) -> None:
    garage = bench(server.url)
    garage.by_hand(
        "CREATE STREAM x (a INT) WITH (KAFKA_TOPIC='fleetgen_test_things', VALUE_FORMAT='JSON', PARTITIONS=3);"
    )
    before = len(server.statements)
    changes = named(garage, cars())
    thing = changes["FLEETGEN_TEST_THINGS"]
    assert thing.reason == "missing, and its topic fleetgen_test_things has 3 partitions, not 1"
    assert thing.blocked == "set partitions = 3 for the stream, or change the topic in Kafka"
    assert changes["FLEETGEN_TEST_JOINED"].reason == (
        "missing, and what it joins has different numbers of partitions: "
        "FLEETGEN_TEST_EVENTS 1, FLEETGEN_TEST_PLACES_LATEST 1, FLEETGEN_TEST_THINGS 3"
    )
    with pytest.raises(Blocked):
        garage.apply(cars())
    assert len(server.statements) == before


def test_a_topic_that_kafka_will_change_first_is_no_obstacle(server: Ksqldb) -> None:
    garage = bench(server.url, kafka=Kafka("k:9092"))
    garage.by_hand(
        "CREATE STREAM x (a INT) WITH (KAFKA_TOPIC='fleetgen_test_things', VALUE_FORMAT='JSON', PARTITIONS=3);"
    )
    assert garage.plan(cars()).blocked == ()


def test_a_topic_that_has_grown_since_is_told(server: Ksqldb) -> None:
    garage = bench(server.url)
    garage.apply(cars())
    server.store.topics["fleetgen_test_events"].partitions = 6
    change = named(garage, cars())["FLEETGEN_TEST_EVENTS"]
    assert facts(change) == {"partitions": ("6", "1")}
    assert change.blocked == "set partitions = 6 for the stream, or change the topic in Kafka"


def test_the_topic_of_a_query_must_fit_too(server: Ksqldb) -> None:
    garage = bench(server.url)
    garage.by_hand(
        "CREATE STREAM x (a INT) WITH (KAFKA_TOPIC='fleetgen_test_joined', VALUE_FORMAT='JSON', PARTITIONS=2);"
    )
    change = named(garage, cars())["FLEETGEN_TEST_JOINED"]
    assert change.reason == "missing, and its topic fleetgen_test_joined has 2 partitions where 1 are needed"


def test_a_schema_that_nobody_registers_is_told(server: Ksqldb) -> None:
    garage = bench(server.url)
    events = next(each for each in cars().streams if each.name == "fleetgen_test_events")
    registered = pipeline(replace(events, format=Format.AVRO))
    (note,) = garage.plan(registered).notes
    assert note.startswith(
        "ksql stream FLEETGEN_TEST_EVENTS is of the format avro, and this profile registers no schema"
    )
    (change,) = garage.apply(registered)
    assert change.after == ("kafka topic fleetgen_test_events", "kafka subject fleetgen_test_events-value")
    assert garage.plan(registered) == Plan()


# Made meanwhile


def test_what_somebody_made_meanwhile_is_left_if_it_is_the_same(server: Ksqldb) -> None:
    garage = bench(server.url)
    with garage.opened(cars()) as found:
        live = found.lives["ksql"]
        desired = live.desired(found.files["ksql"])
        steps = [step for change in live.compare(desired, live.read(desired), Policy()) for step in change.steps]
        for step in steps:
            live.run(step)
        for step in steps:
            live.run(step)
    assert garage.plan(cars()).changes == ()


def test_what_somebody_made_meanwhile_otherwise_is_told(server: Ksqldb) -> None:
    garage = bench(server.url)
    with garage.opened(cars()) as found:
        live = found.lives["ksql"]
        desired = live.desired(found.files["ksql"])
        changes = {change.name: change for change in live.compare(desired, live.read(desired), Policy())}
        garage.by_hand(
            "CREATE TABLE fleetgen_test_things (car INT PRIMARY KEY) WITH (KAFKA_TOPIC='fleetgen_test_things', "
            "KEY_FORMAT='DELIMITED', VALUE_FORMAT='JSON', PARTITIONS=1);"
        )
        with pytest.raises(FleetgenError, match=r"FG744 error: .*already exists.*not the one of generated/"):
            live.run(changes["FLEETGEN_TEST_THINGS"].steps[0])
