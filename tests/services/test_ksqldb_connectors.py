"""Connectors that ksqlDB owns: it makes them, Connect tells of them and changes them, and nobody sees a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from fleetgen import planfile
from fleetgen.errors import FleetgenError
from fleetgen.plan import CAUTIOUS, Action, Policy, Risk
from fleetgen.profile import ClickHouse, Connect, Kafka
from fleetgen.targets.ksql.objects import Object
from fleetgen.targets.ksql.worker import strays
from services.ksqldb.bench import Bench, bench, cars, on_cloud, texts
from services.ksqldb.connectors import Connector
from services.ksqldb.server import Ksqldb
from services.ksqldb.worker import Worker
from services.rest import running

CANARIES = {"KSQL_PASSWORD": "canary-k 'sql\"", "CONNECT_PASSWORD": "canary-connect", "KAFKA_PASSWORD": "canary-k'afka"}
NAMES = [f"fleetgen_test_{name}-source" for name in ("events", "places", "things")]
CONNECTORS = "ksql/self-managed/connectors/fleetgen_test"
LOGIN = ("me", CANARIES["KSQL_PASSWORD"])
CLOUD = ("cloud-key", CANARIES["CONNECT_PASSWORD"])


@pytest.fixture
def worker() -> Iterator[Worker]:
    with running(Worker()) as found:
        yield found


@pytest.fixture
def server(worker: Worker) -> Iterator[Ksqldb]:
    with running(Ksqldb(worker)) as found:
        yield found


@pytest.fixture
def garage(server: Ksqldb, worker: Worker) -> Bench:
    return bench(server.url, connect=Connect("self-managed", worker.url, via="ksql"))


@pytest.fixture
def cloud(server: Ksqldb, worker: Worker) -> Bench:
    server.login, server.cloud, worker.login = LOGIN, CLOUD, CLOUD
    worker.masked = {"kafka.api.key", "kafka.api.secret"}
    worker.added = {"cloud.environment": "prod", "kafka.region": "eu"}
    return bench(
        server.url,
        connect=Connect("confluent-cloud", worker.url, CLOUD[0], "${env:CONNECT_PASSWORD}", via="ksql"),
        kafka=Kafka("k:9092", "kafka-key", "${env:KAFKA_PASSWORD}"),
        environ=CANARIES,
        platform="confluent-cloud",
        user=LOGIN[0],
        password="${env:KSQL_PASSWORD}",
    )


def differences(found: Bench, of: Any, name: str) -> dict[str, tuple[str | None, str | None]]:
    (change,) = [each for each in found.plan(of).changes if each.name == name]
    return {each.fact: (each.before, each.after) for each in change.differences}


def test_connectors_are_made_after_the_streams_and_before_the_queries(garage: Bench, worker: Worker) -> None:
    order = [change.kind for change in garage.apply(cars())]
    assert order == ["stream", "stream", "table", "table", "connector", "connector", "connector", "stream", "table"]
    assert sorted(worker.connectors) == NAMES
    assert garage.plan(cars()).changes == ()
    assert garage.look(cars())[f"ksql connector {NAMES[0]}"] == (True, "RUNNING, 1/1 tasks running")


def test_a_configuration_that_was_changed_is_put_back_in_place(garage: Bench, worker: Worker) -> None:
    garage.apply(cars())
    config = worker.connectors[NAMES[0]].config
    config |= {"max.interval": "5", "their.password": "hunter2", "their.url": "http://me:hunter2@host"}
    del config["key.converter"]
    assert differences(garage, cars(), NAMES[0]) == {
        "max.interval": ("5", "1000"),
        "key.converter": (None, "org.apache.kafka.connect.storage.StringConverter"),
        "their.password": ("(secret)", None),
        "their.url": ("http://(secret)@host", None),
    }
    (change,) = garage.apply(cars())
    assert (change.action, change.risk) == (Action.UPDATE, Risk.SAFE)
    assert worker.asked("PUT") == [f"/connectors/{NAMES[0]}/config"]
    assert garage.plan(cars()).changes == ()


def test_a_name_that_differs_by_case_alone_is_refused(garage: Bench, worker: Worker) -> None:
    worker.connectors[NAMES[0].upper()] = Connector({"connector.class": "DatagenConnector"})
    (change,) = [each for each in garage.plan(cars()).changes if each.name == NAMES[0]]
    assert change.risk is Risk.REFUSED
    assert change.blocked == f"delete the connector {NAMES[0].upper()} by hand"


def test_one_that_is_not_ours_is_taken_over_only_if_asked(garage: Bench, worker: Worker) -> None:
    worker.connectors[NAMES[0]] = Connector({"connector.class": "FileStreamSource", "topic": "t"})
    (change,) = [each for each in garage.plan(cars()).changes if each.name == NAMES[0]]
    assert change.blocked == "it does not bear the mark of fleetgen: take it over with --adopt"
    garage.apply(cars(), Policy(adopt=True))
    assert garage.plan(cars()).changes == ()


def test_one_that_nothing_describes_any_more_goes_only_if_asked(garage: Bench, worker: Worker) -> None:
    garage.apply(cars())
    fewer = {path: text for path, text in texts(cars(), *garage.kinds).items() if path != f"{CONNECTORS}_places.sql"}
    theirs = {"connector.class": "DatagenConnector", "kafka.topic": "x", "schema.string": '{"name":"y"}'}
    worker.connectors["y-source"] = Connector(theirs)
    assert garage.plan(fewer).changes == ()  # without a namespace nothing says whose they are, but for their stores
    garage = replace(garage, profile=replace(garage.profile, clickhouse=ClickHouse("server", url="http://unasked")))
    (change,) = garage.plan(fewer).changes
    assert (change.name, change.action) == (NAMES[1], Action.DELETE)
    assert change.blocked == "bring its schema back, or let it go with --prune"
    garage.apply(fewer, Policy(prune=True))
    assert sorted(worker.connectors) == [NAMES[0], NAMES[2], "y-source"]


@pytest.mark.parametrize("proved", [True, False])
def test_the_namespace_that_everybody_has_proves_nothing(proved: bool) -> None:
    configs = {
        f"{name}-source": {"connector.class": "C", "schema.string": f'{{"type": "record", "name": "{name}"}}'}
        for name in ("mine", "whose")
    }
    wanted = [Object("connector", "mine-source", (), {}, config=configs["mine-source"])]
    assert list(strays(wanted, configs, proved=proved)) == (["whose-source"] if proved else [])


def test_what_looks_like_a_variable_reaches_connect_as_it_is(garage: Bench, worker: Worker) -> None:
    files = texts(cars(), *garage.kinds)
    path = f"{CONNECTORS}_events.sql"
    files[path] = files[path].replace("'tasks.max'", "'a' = '$${name} $${env:X} ${env:Y}',\n  'tasks.max'")
    garage.apply(files)
    assert worker.connectors[NAMES[0]].config["a"] == "${name} $${env:X} ${env:Y}"
    assert garage.plan(files).changes == ()


def test_a_secret_that_is_a_word_of_the_configuration_is_no_difference(server: Ksqldb, worker: Worker) -> None:
    server.login = ("me", "1")
    garage = bench(
        server.url, connect=Connect("self-managed", worker.url, via="ksql"), environ={"P": "1"}, user="me",
        password="${env:P}",
    )  # fmt: skip
    garage.apply(cars())
    assert garage.plan(cars()).changes == ()


def test_a_rebalance_of_connect_is_waited_for(garage: Bench, worker: Worker) -> None:
    worker.rebalancing = 3
    garage.apply(cars())
    assert garage.waits[:3] == [0.5, 1.0, 2.0]
    assert garage.plan(cars()).changes == ()


def test_a_connector_made_meanwhile_with_another_configuration_is_told(garage: Bench, worker: Worker) -> None:
    with garage.opened(cars()) as found:
        live = found.lives["ksql"]
        desired = live.desired(found.files["ksql"])
        changes = {change.name: change for change in live.compare(desired, live.read(desired), CAUTIOUS)}
        worker.connectors[NAMES[0]] = Connector({"connector.class": "DatagenConnector", "kafka.topic": "t"})
        with pytest.raises(FleetgenError, match=r"FG744 error: ksqlDB: Connector .* already exists, and it is not"):
            live.run(changes[NAMES[0]].steps[0])


def test_a_task_that_failed_is_a_gap(garage: Bench, worker: Worker) -> None:
    garage.apply(cars())
    worker.connectors[NAMES[0]].tasks = ("FAILED",)
    assert garage.look(cars())[f"ksql connector {NAMES[0]}"] == (False, "RUNNING, 0/1 tasks running")
    del worker.connectors[NAMES[0]]
    assert garage.look(cars())[f"ksql connector {NAMES[0]}"] == (False, "missing")


# Confluent Cloud


def test_both_keys_are_sent_and_references_are_variables_of_the_session(
    cloud: Bench, server: Ksqldb, worker: Worker
) -> None:
    cloud.apply(on_cloud(cars()))
    assert worker.connectors[NAMES[0]].config["kafka.api.secret"] == CANARIES["KAFKA_PASSWORD"]
    sent = [call for call in server.calls if call.path == "/ksql"]
    made = [call for call in sent if "SOURCE CONNECTOR" in call.body["ksql"] and "CREATE" in call.body["ksql"]]
    assert len(made) == 3
    for call in made:
        assert "'kafka.api.secret' = '${kafka_api_secret}'" in call.body["ksql"]
        assert call.body["sessionVariables"]["kafka_api_secret"] == CANARIES["KAFKA_PASSWORD"]
        assert call.headers["x-confluent-api-secret"] == CLOUD[1]
    assert not [call for call in sent if "CONNECTOR" not in call.body["ksql"] and "x-confluent-api-key" in call.headers]
    assert cloud.plan(on_cloud(cars())).changes == ()
    assert cloud.look(on_cloud(cars()))[f"ksql connector {NAMES[0]}"][0]


def test_what_the_cloud_adds_and_masks_is_no_difference(cloud: Bench, worker: Worker) -> None:
    cloud.apply(on_cloud(cars()))
    worker.masked = set()
    worker.connectors[NAMES[0]].config["kafka.api.secret"] = "rotated-elsewhere"
    assert differences(cloud, on_cloud(cars()), NAMES[0]) == {
        "kafka.api.secret": ("(another value)", "${profile:kafka.password}")
    }
    cloud.apply(on_cloud(cars()))
    assert worker.connectors[NAMES[0]].config["kafka.api.secret"] == CANARIES["KAFKA_PASSWORD"]


def test_no_secret_is_in_a_plan_a_change_or_an_error(cloud: Bench, worker: Worker) -> None:
    fleet = on_cloud(cars())
    seen = [json.dumps(planfile.data(cloud.plan(fleet), "p", "", CAUTIOUS))]
    worker.refused = {"kafka.api.secret"}  # its message repeats the value
    with pytest.raises(
        FleetgenError, match=r"FG741 .*Invalid value \(hidden\) for configuration kafka.api.secret"
    ) as at:
        cloud.apply(fleet)
    seen.append(str(at.value))
    worker.refused = set()
    cloud.apply(fleet)
    worker.masked = set()
    worker.connectors[NAMES[0]].config["kafka.api.key"] = "other"
    seen.append(json.dumps(planfile.data(cloud.plan(fleet), "p", "", CAUTIOUS)))
    worker.refused = {"kafka.api.secret"}
    with pytest.raises(FleetgenError, match=r"FG745 .*Invalid value \(hidden\)") as at:
        cloud.apply(fleet)
    seen.append(str(at.value))
    for text in seen:
        assert "canary" not in text
    assert "${profile:kafka.password}" in seen[0]


def test_a_reference_that_the_profile_lacks_is_told_before_anything_is_sent(server: Ksqldb, worker: Worker) -> None:
    garage = bench(server.url, connect=Connect("confluent-cloud", worker.url, via="ksql"), platform="confluent-cloud")
    with pytest.raises(FleetgenError, match=r"FG746 error: ksqlDB is to be told kafka.user, and the profile has none"):
        garage.plan(on_cloud(cars()))
    assert server.statements == []
