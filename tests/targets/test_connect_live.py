"""Connectors converge: what is planned, what is sent and what is never sent, whatever the worker does meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from connect_client import CANARY, CLOUD, GENERATED, Bench, edited, files
from fleetgen import connecting, profile
from fleetgen.errors import FleetgenError
from fleetgen.plan import Action, Change, Phase, Policy, Step
from fleetgen.targets.connect.connector import CLASSES, Connector, is_stale, read, scope
from fleetgen.targets.connect.live import Connect as Live
from fleetgen.targets.connect.live import opened as open_live
from fleetgen.targets.connect.live import scope_of
from services import faults
from services.connect_fake import MASK, Connect
from services.rest import running

SOURCE = "fleet_mgmt_location-source"
SINK = "fleet_mgmt_location-sink"
ONE = files("location-source")
PRUNE = Policy(prune=True)


@pytest.fixture
def connect() -> Iterator[Connect]:
    with running(Connect(pace=1.0)) as service:
        yield service


@pytest.fixture
def bench(connect: Connect) -> Bench:
    return Bench(connect)


def shown(change: Change) -> str:
    return f"{change.action.value} {change.name}: {change.reason} {change.differences} {change.steps}"


def by_hand(connect: Connect, name: str, **config: str) -> None:
    """What somebody does with curl."""
    connect.store(name, connect.connectors[name].plugin, {**connect.connectors[name].config, **config})
    connect.advance(2)


def test_the_fleet_is_made_and_then_nothing_is_to_do(connect: Connect, bench: Bench) -> None:
    made = bench.apply(files())
    assert [(change.action, change.name) for change in made.changes] == [
        (Action.CREATE, f"{stream}-{kind}")
        for kind in ("source", "sink")
        for stream in ("fleet_mgmt_description", "fleet_mgmt_location", "fleet_mgmt_sensors")
    ]
    assert bench.sent() == [f"PUT /connectors/{change.name}/config" for change in made.changes]
    assert connect.connectors[SINK].config["password"] == CANARY
    assert connect.connectors[SINK].states == [("RUNNING", None)]
    connect.calls.clear()
    assert bench.apply(files()).changes == ()
    assert bench.sent() == []


def test_no_plan_holds_a_value_that_was_filled_in(bench: Bench) -> None:
    (change,) = bench.plan(files("location-sink")).changes
    assert CANARY not in shown(change)
    assert '"password": "${profile:clickhouse.password}"' in change.steps[0].text
    assert change.after == ("kafka topic fleet_mgmt_location", "clickhouse table fleet.fleet_mgmt_location_push")


def test_one_key_changed_is_one_put(bench: Bench) -> None:
    bench.apply(files())
    bench.service.calls.clear()
    texts = {**files(), f"{SOURCE}.json": edited(ONE, max__interval="20")[f"{SOURCE}.json"]}
    (change,) = bench.apply(texts).changes
    assert (change.action, change.reason) == (Action.UPDATE, "differs in max.interval")
    assert bench.sent() == [f"PUT /connectors/{SOURCE}/config"]
    assert bench.service.connectors[SOURCE].running[0]["max.interval"] == "20"


@pytest.mark.parametrize(
    ("config", "fact", "before", "after"),
    [
        ({"max.interval": "5"}, "config max.interval", "5", "1000"),
        ({"x.note": "1"}, "config x.note", "1", None),
        ({"x.sasl.jaas.config": "canary-hand"}, "config x.sasl.jaas.config", "(secret)", None),
        ({"x.url": "http://me:canary-hand@there/"}, "config x.url", "http://(secret)@there/", None),
    ],
)
def test_drift_by_hand_is_named_exactly(
    connect: Connect, bench: Bench, config: dict[str, str], fact: str, before: str, after: str | None
) -> None:
    bench.apply(files())
    by_hand(connect, SOURCE, **config)
    (change,) = bench.plan(files()).changes
    (difference,) = change.differences
    assert (change.name, difference.fact, difference.before, difference.after) == (SOURCE, fact, before, after)
    assert "canary" not in shown(change)
    bench.apply(files())
    assert bench.plan(files()).changes == ()


def test_another_value_behind_a_reference_is_never_shown(connect: Connect, bench: Bench) -> None:
    bench.apply(files())
    by_hand(connect, SINK, password="canary-hand", hostname="elsewhere")
    (change,) = bench.plan(files()).changes
    assert {(each.fact, each.before, each.after) for each in change.differences} == {
        ("config password", connecting.ANOTHER, "${profile:clickhouse.password}"),
        ("config hostname", connecting.ANOTHER, "${profile:clickhouse.host}"),
    }
    assert "canary" not in shown(change)
    assert "elsewhere" not in shown(change)


def test_what_others_run_on_the_worker_is_neither_touched_nor_drift(connect: Connect, bench: Bench) -> None:
    plugin = connect.plugins[0]
    for name in ("theirs", "orders-sink", "orders-source"):
        connect.store(name, plugin, {"connector.class": plugin.name, "topics": "orders", "password": "canary-theirs"})
    assert {change.name for change in bench.apply(files(), PRUNE).changes}.isdisjoint(
        connect.connectors.keys() - {*_names()}
    )
    assert bench.plan(files(), PRUNE).changes == ()
    assert {"theirs", "orders-sink", "orders-source"} <= connect.connectors.keys()


def _names() -> list[str]:
    return [each.name for each in read(files())]


@pytest.mark.parametrize("gone", [SOURCE, SINK])
def test_what_is_generated_no_longer_goes_only_when_asked(connect: Connect, bench: Bench, gone: str) -> None:
    bench.apply(files())
    left = {name: text for name, text in files().items() if name != f"{gone}.json"}
    (change,) = bench.plan(left).changes
    assert (change.action, change.name, change.steps[0].phase) == (Action.DELETE, gone, Phase.PAUSE)
    assert "--prune" in change.blocked
    bench.apply(left, PRUNE)
    assert gone not in connect.connectors
    assert bench.plan(left).changes == ()


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        (SINK, {"database": "another"}),
        (SINK, {"topic2TableMap": "fleet_mgmt_location=orders"}),
        (SINK, {"connector.class": "com.example.Sink"}),
        ("location-sink", {}),
        ("-sink", {}),
        (SOURCE, {"schema.string": '{"type":"record","name":"fleet_mgmt_location","namespace":"other","fields":[]}'}),
        (SOURCE, {"schema.string": "no JSON"}),
        (SOURCE, {"schema.string": "[]"}),
        (SOURCE.replace("source", "sink"), {"topics": "b"}),
    ],
)
def test_only_what_has_all_of_our_shape_is_stale(name: str, changes: dict[str, str]) -> None:
    known = {each.name: each for each in read(files())}
    config = known[SOURCE if name.endswith("source") else SINK].config
    ours = scope(known.values(), "self-managed", sources=True)
    assert is_stale(SOURCE, known[SOURCE].config, ours)
    assert is_stale(SINK, known[SINK].config, ours)
    assert not is_stale(name, {**config, **changes}, ours)


def test_the_empty_namespace_is_a_sign_only_beside_stores_that_bear_our_mark(tmp_path: Path) -> None:
    folder = tmp_path / "generated/connect/self-managed"
    folder.mkdir(parents=True)
    schema = '{"type":"record","name":"car","fields":[]}'
    config = {"connector.class": CLASSES["self-managed"]["source"], "schema.string": schema}
    (folder / "car-source.json").write_text(json.dumps({"name": "car-source", "config": config}))
    alone = profile.Profile("here", connect=profile.Connect("self-managed", "http://127.0.0.1:1"))
    beside = replace(alone, clickhouse=profile.ClickHouse("server"))
    assert not is_stale("car-source", config, scope_of(tmp_path, alone))
    assert is_stale("car-source", config, scope_of(tmp_path, beside))


def test_sources_that_ksqldb_owns_are_left_alone(connect: Connect, bench: Bench) -> None:
    bench.apply(files())
    left = Bench(connect, via="ksql").plan(files("sink"), PRUNE)
    assert left.changes == ()
    assert "left to ksqlDB" in left.notes[0]


def test_the_name_of_another_connector_is_taken_over_only_when_asked(connect: Connect, bench: Bench) -> None:
    plugin = next(plugin for plugin in connect.plugins if "FileStreamSource" in plugin.name)
    connect.store(SOURCE, plugin, {"connector.class": plugin.name, "file": "/tmp/x", "topic": "t", "tasks.max": "1"})
    connect.advance(1)
    (change,) = bench.plan(ONE).changes
    assert "--adopt" in change.blocked
    assert change.reason == f"exists as another connector, of the class {plugin.name}"
    assert ("config file", "/tmp/x", None) in {(each.fact, each.before, each.after) for each in change.differences}
    bench.apply(ONE, Policy(adopt=True))
    assert bench.plan(ONE).changes == ()


def test_one_that_was_made_by_hand_from_our_file_is_ours(connect: Connect, bench: Bench) -> None:
    bench.apply(ONE)
    by_hand(connect, SOURCE, **{"kafka.topic": "another"})
    (change,) = bench.plan(ONE).changes
    assert (change.reason, change.blocked) == ("differs in kafka.topic", "")


@pytest.mark.parametrize("name", ["a/b-sink", "..", "a b-sink", "ä-sink", "a%2Fb-sink", ""])
def test_a_name_that_rest_cannot_address_is_refused_before_anything_is_sent(
    connect: Connect, bench: Bench, name: str
) -> None:
    text = json.dumps({"name": name, "config": {"connector.class": "x"}})
    connect.calls.clear()
    with pytest.raises(FleetgenError, match="FG732 error"):
        bench.plan({"x.json": text})
    assert connect.calls == []


def test_every_error_is_named_and_no_value_that_was_filled_in(connect: Connect) -> None:
    bench = Bench(connect, values={"clickhouse.port": "canary-port", "clickhouse.ssl": "canary-ssl"})
    broken = edited(files("location-sink"), tasks__max="none", key__converter="no.Such")
    with pytest.raises(FleetgenError) as raised:
        bench.plan({**broken, **edited(ONE, max__interval="soon")})
    told = str(raised.value)
    assert "canary" not in told
    assert f"connector {SINK}: port: Invalid value ${{profile:clickhouse.port}} for configuration port" in told
    assert "ssl: Invalid value ${profile:clickhouse.ssl}" in told
    assert "key.converter: Invalid value no.Such" in told
    assert f"connector {SOURCE}: max.interval: Invalid value soon" in told
    assert "tasks.max: Invalid value none" in told
    assert bench.sent() == []


def test_a_class_that_is_not_there_is_told_with_those_that_are(connect: Connect, bench: Bench) -> None:
    with pytest.raises(FleetgenError) as raised:
        bench.plan(edited(ONE, connector__class="com.example.Nothing"))
    assert "FG734 error: Kafka Connect has no connector class com.example.Nothing" in str(raised.value)
    assert "it has com.clickhouse.kafka.connect.ClickHouseSinkConnector, io.confluent" in str(raised.value)
    assert "PluginDesc" not in str(raised.value)


def test_a_value_that_the_profile_lacks_is_named(connect: Connect, bench: Bench) -> None:
    del bench.values["clickhouse.host"]
    with pytest.raises(FleetgenError, match=r"FG738 error: a connector needs clickhouse\.host"):
        bench.plan(files("location-sink"))


@pytest.mark.parametrize("call", ["GET", "PUT", "DELETE"])
def test_stale_configurations_are_tried_again(connect: Connect, bench: Bench, call: str) -> None:
    bench.apply(ONE)
    connect.faults = [faults.stale(".*", method=call, times=3)]
    bench.apply({} if call == "DELETE" else edited(ONE, max__interval="7"), PRUNE)
    assert bench.plan({} if call == "DELETE" else edited(ONE, max__interval="7")).changes == ()


def test_a_rebalance_without_end_is_given_up_after_two_minutes(connect: Connect, bench: Bench) -> None:
    connect.faults = [faults.stale("/connectors/.*", method="PUT", times=1000)]
    with pytest.raises(FleetgenError, match=r"FG730 error.*409.*stale configuration"):
        bench.apply(ONE)
    assert 120 <= bench.time.now < 150


@pytest.mark.parametrize(("carried_out", "puts"), [(faults.AT_ONCE, 1), (3.0, 1), (faults.NEVER, 2)])
def test_what_timed_out_is_looked_at_before_it_is_sent_again(
    connect: Connect, bench: Bench, carried_out: float, puts: int
) -> None:
    connect.faults = [faults.timed_out(f"/connectors/{SOURCE}/config", carried_out, method="PUT")]
    bench.apply(ONE)
    assert bench.sent() == [f"PUT /connectors/{SOURCE}/config"] * puts
    assert bench.plan(ONE).changes == ()


@pytest.mark.parametrize("make", [faults.reset, faults.cut_off])
def test_an_answer_that_breaks_off_is_looked_at_before_it_is_sent_again(
    connect: Connect, bench: Bench, make: type
) -> None:
    connect.faults = [make(f"/connectors/{SOURCE}/config", method="PUT", carried_out=faults.AT_ONCE)]
    bench.apply(ONE)
    assert bench.sent() == [f"PUT /connectors/{SOURCE}/config"]


def test_a_broker_that_is_away_for_a_moment_is_waited_for(connect: Connect, bench: Bench) -> None:
    unhealthy = faults.status("/health", 500, "Worker was unable to handle this request", times=5)
    connect.faults = [faults.timed_out(f"/connectors/{SOURCE}/config", 8.0, method="PUT"), unhealthy]
    bench.apply(ONE)
    assert bench.sent() == [f"PUT /connectors/{SOURCE}/config"]


@pytest.mark.parametrize("code", [500, 502, 503, 504])
def test_passing_errors_are_tried_again(connect: Connect, bench: Bench, code: int) -> None:
    connect.faults = [faults.status("/connectors/.*", code, method="PUT", times=2)]
    bench.apply(ONE)
    assert bench.plan(ONE).changes == ()


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 413, 422])
def test_an_error_that_stays_is_one_clear_line(connect: Connect, bench: Bench, code: int) -> None:
    connect.faults = [faults.status(f"/connectors/{SOURCE}/config", code, f"no: {CANARY}", method="PUT", times=50)]
    with pytest.raises(FleetgenError, match=rf"FG730 error: Kafka Connect: PUT /connectors/{SOURCE}/config") as raised:
        bench.apply(ONE)
    assert f"answers {code}: no: (secret)" in str(raised.value)
    assert bench.sent() == [f"PUT /connectors/{SOURCE}/config"]


def test_too_many_requests_wait_as_long_as_asked(connect: Connect, bench: Bench) -> None:
    connect.faults = [faults.too_many("/connectors/.*", 7, method="PUT", times=2)]
    bench.apply(ONE)
    assert bench.time.now >= 14


def test_a_page_of_html_while_it_starts_is_no_missing_connector(connect: Connect, bench: Bench) -> None:
    bench.apply(files())
    connect.faults = [faults.html("/connectors.*", 404, times=1), faults.html("/health", 404), faults.html("/", 404)]
    assert bench.plan(files()).changes == ()
    connect.faults = [faults.html(f"/connectors/{SOURCE}/config", 404, times=1, method="GET")]
    bench.service.calls.clear()
    bench.live.run(
        Step(
            Phase.SOURCES,
            ("PUT", f"/connectors/{SOURCE}/config", json.dumps(json.loads(ONE[f"{SOURCE}.json"])["config"])),
        )
    )
    assert bench.sent() == []


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (faults.html("/connectors", 200), "is no JSON"),
        (faults.broken_json("/connectors"), "is no JSON"),
        (faults.redirect("/connectors", "http://login.example/?next=x"), "redirects to http://login.example/: "),
        (faults.status("/connectors", 401), "answers 401"),
        (faults.status("/connectors", 403), "answers 403"),
        (faults.status("/connectors", 503, times=99), "answers 503"),
    ],
)
def test_a_worker_that_cannot_be_read_is_never_nothing_to_do(
    connect: Connect, bench: Bench, fault: faults.Fault, told: str
) -> None:
    connect.faults = [fault]
    with pytest.raises(FleetgenError, match=r"^FG730 error: Kafka Connect: GET /connectors\?expand=info") as raised:
        bench.plan(ONE)
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        *(
            (path, text)
            for path in ("/connectors", "/connector-plugins/.*", f"/connectors/{SOURCE}/.*")
            for text in ("[1]", '"x"', "7", "true")
        ),
        ("/connectors", '{"a": 1}'),
        ("/connectors", '{"a": {"info": 1}}'),
        (f"/connectors/{SOURCE}/tasks", '{"a": 1}'),
    ],
)
def test_json_that_is_not_connects_is_told(connect: Connect, bench: Bench, path: str, text: str) -> None:
    connect.faults = [faults.Fault(path, status=200, text=text, times=99)]
    with pytest.raises(FleetgenError, match=r"FG730 error: Kafka Connect: /.* answers with JSON that is not"):
        bench.apply(ONE)


def test_an_older_worker_without_health_is_ready_when_it_tells_its_version(connect: Connect) -> None:
    connect.faults = [faults.html("/health", 404, times=99), faults.html("/", 404, times=2)]
    Bench(connect).apply(ONE)
    assert connect.asked("GET")[:6] == ["/health", "/"] * 3


def test_a_worker_that_is_down_says_so(connect: Connect) -> None:
    connect.stop()
    with pytest.raises(FleetgenError, match=r"GET /health: cannot be reached \(Connection refused\)"):
        Bench(connect)


def test_a_status_that_is_not_there_yet_is_waited_for(connect: Connect, bench: Bench) -> None:
    connect.faults = [faults.status(f"/connectors/{SOURCE}/status", 404, "No status found", times=4)]
    bench.apply(ONE)
    assert connect.connectors[SOURCE].states == [("RUNNING", None)]


def breaks(config: dict[str, str]) -> str | None:
    if config.get("hostname") == "bad":
        first = f"java.lang.RuntimeException: cannot log in with {config['password']}"
        return f"{first}\n\tat x.Y\nCaused by: {CANARY} is wrong"
    if config.get("max.interval") == "666":
        return "org.apache.ConfigException: Invalid value canary-resolved for configuration x: no\n\tat a.B"
    return None


def test_a_task_that_fails_is_told_with_its_trace_and_mended_by_the_next_apply() -> None:
    with running(Connect(breaks=breaks, pace=1.0)) as connect:
        bench = Bench(connect, values={"clickhouse.host": "bad"})
        with pytest.raises(
            FleetgenError, match=rf"FG735 error: connector {SINK} does not run: task 0 FAILED: java"
        ) as raised:
            bench.apply(files("location-sink"))
        assert "Caused by: (secret) is wrong" in str(raised.value)
        assert CANARY not in str(raised.value)
        ok, figure = bench.look(files("location-sink"))[f"connector {SINK}"]
        assert (ok, CANARY in figure) == (False, False)
        assert "task 0 FAILED: java.lang.RuntimeException: cannot log in with (secret)" in figure
        (change,) = bench.plan(files("location-sink")).changes
        assert [step.call[0] for step in change.steps] == ["POST"]
        assert CANARY not in shown(change)
        mended = Bench(connect)
        mended.apply(files("location-sink"))
        assert mended.plan(files("location-sink")).changes == ()
        assert mended.look(files("location-sink"))[f"connector {SINK}"][0]


def test_the_tasks_of_the_earlier_configuration_prove_nothing() -> None:
    """Right after the call the status is that of the old tasks: running, although the new ones will fail."""
    with running(Connect(breaks=breaks, pace=1.0)) as connect:
        bench = Bench(connect)
        bench.apply(ONE)
        with pytest.raises(FleetgenError, match="FG735 error") as raised:
            bench.apply(edited(ONE, max__interval="666"))
        assert "canary" not in str(raised.value)
        # And an old task that has failed is none of the new ones.
        bench.apply(ONE)
        assert bench.plan(ONE).changes == ()


def test_a_task_that_failed_by_chance_is_started_again_without_a_put(connect: Connect, bench: Bench) -> None:
    bench.apply(ONE)
    connect.connectors[SOURCE].states = [("FAILED", "java.io.IOException: gone")]
    connect.calls.clear()
    (change,) = bench.apply(ONE).changes
    assert change.reason == "does not run: task 0 FAILED: java.io.IOException: gone"
    assert bench.sent() == [f"POST /connectors/{SOURCE}/restart"]
    assert bench.plan(ONE).changes == ()


def test_a_source_that_has_sent_all_it_was_to_send_has_finished_and_not_failed() -> None:
    trace = "Stopping connector: generated the configured 200 number of messages"
    with running(
        Connect(breaks=lambda config: f"org.apache.kafka.connect.errors.ConnectException: {trace}")
    ) as connect:
        bench = Bench(connect)
        bench.apply(ONE)
        assert connect.connectors[SOURCE].states[0][0] == "FAILED"
        assert bench.plan(ONE).changes == ()
        ok, figure = bench.look(ONE)[f"connector {SOURCE}"]
        assert (ok, "1 of 1 task FINISHED" in figure) == (True, True)


def test_what_a_person_paused_stays_paused(connect: Connect, bench: Bench) -> None:
    bench.apply(files("location"))
    connect.take(connect.connectors[SINK], "PAUSED")
    connect.advance(1)
    made = bench.plan(files("location"), others=(landing(),))
    assert [change.key for change in made.changes] == [landing().key]
    assert f"connector {SINK} is paused" in made.notes[0]
    bench.apply(edited(files("location"), tasks__max="2"))
    assert connect.connectors[SINK].state == "PAUSED"
    assert not bench.look(files("location"))[f"connector {SINK}"][0]


def landing() -> Change:
    step = Step(Phase.LANDINGS, ("DROP VIEW",))
    name = "fleet.fleet_mgmt_location_push"
    return Change("clickhouse", "table", name, Action.UPDATE, "differs", steps=(step,))


def test_a_sink_is_stopped_while_its_landing_changes(connect: Connect, bench: Bench) -> None:
    bench.apply(files("location"))
    connect.calls.clear()
    made = bench.plan(files("location"), others=(landing(),))
    steps = list(made.steps())
    assert [(change.target, step.call[:2]) for change, step in steps] == [
        ("connect", ("PUT", f"/connectors/{SINK}/stop")),
        ("clickhouse", ("DROP VIEW",)),
        ("connect", ("PUT", f"/connectors/{SINK}/resume")),
    ]
    bench.live.run(steps[0][1])
    assert connect.connectors[SINK].states == []
    # Interrupted here: the next apply lets it go on, and needs no other reason.
    (change,) = bench.plan(files("location")).changes
    assert (change.name, change.reason) == (SINK, "does not run: it is stopped")
    bench.apply(files("location"))
    assert connect.connectors[SINK].states == [("RUNNING", None)]
    assert [path for path in bench.sent() if path.endswith("/config")] == []


def test_a_stopped_one_that_differs_too_is_let_go_after_it_was_changed(connect: Connect, bench: Bench) -> None:
    bench.apply(files("location"))
    connect.take(connect.connectors[SINK], "STOPPED")
    connect.advance(1)
    connect.calls.clear()
    bench.apply(edited(files("location-sink"), tasks__max="2") | ONE)
    assert bench.sent() == [f"PUT /connectors/{SINK}/config", f"PUT /connectors/{SINK}/resume"]
    assert connect.connectors[SINK].states == [("RUNNING", None)] * 2


def test_smoke_tells_of_each_connector_and_its_tasks(connect: Connect, bench: Bench) -> None:
    assert bench.look(ONE) == {"connect": (True, "version 4.3.1"), f"connector {SOURCE}": (False, "missing")}
    bench.apply(ONE)
    assert bench.look(ONE)[f"connector {SOURCE}"] == (True, "RUNNING on 127.0.0.1:8083, 1 of 1 task RUNNING")
    connect.connectors[SOURCE].states = [("UNASSIGNED", None)]
    assert not bench.look(ONE)[f"connector {SOURCE}"][0]


def test_a_worker_that_restarts_during_a_change_is_waited_for(connect: Connect, bench: Bench) -> None:
    def during(now: float) -> None:
        if connect._server is None and now > 10:
            connect.start()

    bench.time.during = during
    made = bench.plan(ONE)
    connect.stop()
    for _, step in made.steps():
        bench.live.run(step)
    assert connect.connectors[SOURCE].states == [("RUNNING", None)]
    assert bench.sent() == [f"PUT /connectors/{SOURCE}/config"]


def test_a_worker_that_does_not_come_back_is_one_clear_line_and_the_rerun_converges(
    connect: Connect, bench: Bench
) -> None:
    made = bench.plan(files())
    steps = list(made.steps())
    bench.live.run(steps[0][1])
    connect.stop()
    with pytest.raises(FleetgenError, match=r"FG730 error: Kafka Connect: GET /health: cannot be reached"):
        bench.live.run(steps[1][1])
    connect.start()
    bench.apply(files())
    assert bench.sent() == [f"PUT /connectors/{name}/config" for name in _names_in_order(made.changes)]


def _names_in_order(changes: tuple[Change, ...]) -> list[str]:
    return [change.name for change in changes]


# Confluent Cloud


@pytest.fixture
def cloud() -> Iterator[Connect]:
    with running(Connect(cloud=CLOUD, pace=1.0)) as service:
        yield service


CLOUDY = {
    name: text.replace("io.confluent.kafka.connect.datagen.DatagenConnector", "DatagenSource").replace(
        "com.clickhouse.kafka.connect.ClickHouseSinkConnector", "ClickHouseSink"
    )
    for name, text in edited(
        files("location"), kafka__auth__mode="KAFKA_API_KEY", kafka__api__key="${profile:kafka.user}",
        kafka__api__secret="${profile:kafka.password}",
    ).items()
}  # fmt: skip


def test_on_confluent_cloud_masks_and_added_keys_are_no_drift(cloud: Connect) -> None:
    bench = Bench(cloud)
    bench.apply(CLOUDY)
    assert bench.time.now > CLOUD.provisioning
    assert cloud.connectors[SINK].config["kafka.api.secret"] == "canary-kafka-5151"
    assert bench.plan(CLOUDY).changes == ()
    assert bench.look(CLOUDY)[f"connector {SINK}"][0]
    assert bench.look(CLOUDY)["connect"] == (True, "managed by Confluent Cloud")
    assert not [call for call in cloud.calls if call.body and MASK in call.body.values()]


def test_on_confluent_cloud_one_key_is_one_put_and_a_delete_answers_200(cloud: Connect) -> None:
    bench = Bench(cloud)
    bench.apply(CLOUDY)
    cloud.calls.clear()
    texts = {
        name: edited({name: text}, max__interval="9")[name] if "source" in name else text
        for name, text in CLOUDY.items()
    }
    bench.apply(texts)
    assert bench.sent() == [f"PUT {CLOUD.base}/connectors/{SOURCE}/config"]
    bench.apply({}, PRUNE)
    assert cloud.connectors == {}


def test_on_confluent_cloud_a_sink_is_paused_for_want_of_a_stop(cloud: Connect) -> None:
    bench = Bench(cloud)
    bench.apply(CLOUDY)
    made = bench.plan(CLOUDY, others=(landing(),))
    calls = [step.call[1] for change, step in made.steps() if change.target == "connect"]
    assert calls == [f"/connectors/{SINK}/pause", f"/connectors/{SINK}/resume"]
    for change, step in made.steps():
        if change.target == "connect":
            bench.live.run(step)
    assert cloud.connectors[SINK].states == [("RUNNING", None)]


def test_a_key_that_is_no_cloud_api_key_is_told(cloud: Connect) -> None:
    bench = Bench(cloud)
    bench.worker.client.session.auth = ("KAFKAKEY", "canary-kafka-5151")
    with pytest.raises(FleetgenError, match=r"answers 401: Unauthorized\n  help: look at user and password"):
        bench.plan(CLOUDY)


@pytest.mark.parametrize(
    ("found", "masked"), [("****", True), ("**", True), ("•••", True), ("*", False), ("", False), ("a**", False)]
)
def test_a_mask_hides_any_value(found: str, masked: bool) -> None:
    assert connecting.is_masked(found) == masked
    assert connecting.equal("${profile:x}", found) == masked


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("password", True), ("kafka.api.key", True), ("kafka.api.secret", True), ("ssl.key.password", True),
        ("value.converter.basic.auth.user.info", True), ("source.cluster.sasl.jaas.config", True),
        ("aws.secret.access.key", True), ("ssl.keystore.key", True), ("key.converter", False),
        ("transforms.key.field", False), ("schema.keyfield", False), ("username", False), ("input.key.format", False),
        ("kafka.auth.mode", False), ("value.converter.basic.auth.credentials.source", False),
        ("sasl.login.token.type", False), ("token.enabled", False),
    ],
)  # fmt: skip
def test_names_of_secrets_are_known(key: str, secret: bool) -> None:
    assert connecting.is_secret(key) == secret


def test_a_sink_rests_on_what_its_file_names() -> None:
    assert (
        Connector("a-sink", {"topics": "t", "topic2TableMap": "t=a_push", "database": "d"}).after[1]
        == "clickhouse table d.a_push"
    )


# The profile's Connect, opened


def opened(connect: Connect, root: Path, **values: str) -> AbstractContextManager[Live]:
    service = profile.Connect("self-managed", connect.url, "fleet", "x")
    known = {"connect.url": connect.url, "connect.user": "fleet", "connect.password": CANARY, **values}
    return open_live(profile.Profile("p", connect=service), known, root)


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    monkeypatch.setattr("fleetgen.targets.connect.rest._OPENING", 0.6)
    monkeypatch.setattr("fleetgen.targets.connect.rest._HEALTH", 0.5)
    with running(Connect(login=("fleet", CANARY))) as service:
        yield service


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (faults.html("/health", 200, times=9), "GET /health: answers 200 with text/html that is no JSON"),
        (faults.redirect("/health", "https://login.example/"), "GET /health: redirects to https://login.example/"),
        (faults.status("/health", 401), "GET /health answers 401"),
        (faults.status("/health", 403), "GET /health answers 403"),
        (faults.status("/health", 500, "unhealthy", times=9), "GET /health answers 500: unhealthy"),
        (faults.status("/health", 503, "starting", times=9), "GET /health answers 503: starting"),
        (faults.html("/.*", 404, times=99), "GET / answers 404: a page of HTML"),
        (faults.slow("/health", 2.0, times=9), "GET /health: no answer within 0.5 s"),
        (faults.reset("/health", times=9), "GET /health: the connection broke"),
        (faults.cut_off("/health", times=9), "GET /health: the connection broke"),
        (faults.broken_json("/health", times=9), "GET /health: answers 200 with application/json that is no JSON"),
    ],
)
def test_a_worker_that_cannot_be_worked_with_is_one_clear_line(
    guarded: Connect, tmp_path: Path, fault: faults.Fault, told: str
) -> None:
    guarded.faults = [fault]
    with pytest.raises(FleetgenError) as raised, opened(guarded, tmp_path):
        pytest.fail("opened")
    assert str(raised.value).startswith(f"FG730 error: Kafka Connect: {told}")
    assert CANARY not in str(raised.value)


def test_a_wrong_password_is_told_at_once(guarded: Connect, tmp_path: Path) -> None:
    with pytest.raises(FleetgenError) as raised, opened(guarded, tmp_path, **{"connect.password": "canary-wrong"}):
        pytest.fail("opened")
    assert "answers 401: User cannot access the resource." in str(raised.value)
    assert "look at user and password" in str(raised.value)
    assert "canary" not in str(raised.value)
    assert len(guarded.calls) == 1


def test_a_worker_that_starts_within_seconds_is_waited_for(guarded: Connect, tmp_path: Path) -> None:
    guarded.faults = [faults.html("/.*", 404, times=2)]
    with opened(guarded, tmp_path) as live:
        assert live.read([]) == []


def test_a_disk_that_is_full_is_told_and_the_next_apply_converges(connect: Connect, bench: Bench) -> None:
    full = "Error writing connector configuration to Kafka"
    connect.faults = [faults.status("/connectors/.*", 500, full, method="PUT", times=5)]
    with pytest.raises(FleetgenError, match=full):
        bench.apply(ONE)
    bench.apply(ONE)
    assert bench.plan(ONE).changes == ()


def test_a_slow_worker_is_waited_for(connect: Connect, bench: Bench) -> None:
    connect.faults = [faults.slow("/.*", 0.2, times=99)]
    bench.apply(ONE)
    assert bench.plan(ONE).changes == ()


# Every golden case

GOLDEN = sorted(GENERATED.parents[1].glob("tests/golden/*/expected/connect/*"))


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: f"{folder.parents[2].name}-{folder.name}")
def test_what_is_generated_settles(folder: Path) -> None:
    texts = {path.name: path.read_text() for path in sorted(folder.glob("*.json"))}
    cloud = CLOUD if folder.name == "confluent-cloud" else None
    with running(Connect(cloud=cloud, pace=1.0)) as connect:
        bench = Bench(connect, folder=folder)
        bench.apply(texts)
        assert bench.plan(texts, PRUNE).changes == ()
        assert {name: ok for name, (ok, _) in bench.look(texts).items() if not ok} == {}
        gone = bench.plan({}).changes
        assert {change.name for change in gone} == connect.connectors.keys()
        assert all(change.blocked for change in gone)
