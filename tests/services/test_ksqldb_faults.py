"""A ksqlDB that is down, slow, in the way of a proxy, or busy: one clear error, nothing half done for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from fleetgen.errors import FleetgenError
from services import faults
from services.faults import Fault
from services.ksqldb.bench import Bench, bench, cars
from services.ksqldb.server import Ksqldb
from services.rest import running

GENERIC = '{"@type":"generic_error","error_code":%d,"message":"%s"}'
JSON = {"Content-Type": "application/vnd.ksql.v1+json"}


@pytest.fixture
def server() -> Iterator[Ksqldb]:
    with running(Ksqldb()) as found:
        yield found


@pytest.fixture
def garage(server: Ksqldb) -> Bench:
    return bench(server.url)


ALWAYS = 100


def told(path: str, code: int, message: str, times: int = ALWAYS) -> Fault:
    """An error as ksqlDB tells it."""
    return Fault(path, status=code // 100, text=GENERIC % (code, message), headers=JSON, times=times)


FAULTS = {
    "html": (faults.html("/.*", times=ALWAYS), "FG740 error: ksqlDB: .* answers 200 with text/html that is no JSON"),
    "html 502": (faults.html("/.*", 502, times=ALWAYS), "FG740 .* answers 502: a page of HTML"),
    "html 500": (faults.html("/ksql", 500, times=ALWAYS), "FG740 .* answers 500 with text/html"),
    "truncated": (faults.broken_json("/ksql", times=ALWAYS), "FG740 .* is no JSON"),
    "cut off": (faults.cut_off("/ksql", times=ALWAYS), "FG740 error: ksqlDB: POST /ksql"),
    "reset": (faults.reset("/ksql", times=ALWAYS), "FG740 error: ksqlDB: POST /ksql"),
    "redirect": (faults.redirect("/.*", "/login", times=ALWAYS), "FG740 .* redirects to /login"),
    "401": (
        told("/.*", 40100, "Unauthorized"),
        "FG740 .* answers 401: Unauthorized\n  help: look at user and password",
    ),
    "403": (told("/ksql", 40300, "You are forbidden"), "FG740 .* answers 403: .*\n  help: the user lacks a right"),
    "403 Kafka": (told("/ksql", 40301, "Authorization denied to Describe on topic(s): [a]"), "FG740 .* answers 403"),
    "404": (faults.status("/ksql", 404, "no such page", times=ALWAYS), "FG741|FG740"),
    "429": (told("/ksql", 42900, "Too many"), "FG740 .* answers 429: Too many"),
    "500": (told("/ksql", 50000, "broken inside"), r"FG741 error: ksqlDB refuses it \(50000\): broken inside"),
    "503": (told("/.*", 50302, "KSQL is not yet ready to serve requests."), "FG740 .* answers 503: KSQL is not yet"),
    "another service": (
        Fault("/info", status=200, text='{"version":"7.5.0"}', headers=JSON, times=ALWAYS),
        "FG740 error: ksqlDB: GET /info answers with JSON that is not ksqlDB's",
    ),
    "another entity": (
        Fault("/ksql", status=200, text='[{"@type":"warning_entity","message":"x"}]', headers=JSON, times=ALWAYS),
        "FG740 error: ksqlDB: POST /ksql answers with JSON that is not ksqlDB's",
    ),
    "no entities": (
        Fault("/ksql", status=200, text="[]", headers=JSON, times=ALWAYS),
        "FG740 .*POST /ksql answers with",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_plan_says_what_is_wrong(garage: Bench, server: Ksqldb, name: str) -> None:
    fault, expected = FAULTS[name]
    server.faults.append(replace(fault))
    with pytest.raises(FleetgenError, match=expected) as raised:
        garage.plan(cars())
    assert raised.value.exit_code == 2
    assert "\n  help: " in str(raised.value)
    assert server.statements == []


def test_a_server_that_is_down_is_told(garage: Bench, server: Ksqldb) -> None:
    server.stop()
    with pytest.raises(FleetgenError, match="FG740 error: ksqlDB: GET /info: cannot be reached"):
        garage.plan(cars())


def test_a_server_that_is_slow_is_given_up(server: Ksqldb) -> None:
    server.faults.append(faults.slow("/ksql", 0.6))
    with pytest.raises(FleetgenError, match=r"FG740 .* no answer within 0.2 s"):
        replace(bench(server.url), timeout=0.2).plan(cars())


@pytest.mark.parametrize(
    "fault",
    [
        told("/.*", 50302, "not ready", times=3),
        faults.html("/ksql", 503, times=3),
        faults.too_many("/ksql", 2, times=2),
    ],
)
def test_what_passes_is_waited_for(garage: Bench, server: Ksqldb, fault: Fault) -> None:
    server.faults.append(replace(fault))
    garage.apply(cars())
    assert garage.plan(cars()).changes == ()
    assert garage.waits


def test_a_busy_server_is_waited_for(garage: Bench, server: Ksqldb) -> None:
    server.busy = 5
    garage.apply(cars())
    assert garage.waits == [0.5, 1.0, 2.0, 4.0, 8.0]


def test_a_server_that_stays_busy_is_given_up(garage: Bench, server: Ksqldb) -> None:
    server.busy = ALWAYS
    with pytest.raises(FleetgenError, match=r"FG741 .*\(50000\): Could not write the statement"):
        garage.apply(cars())
    assert 100 < sum(garage.waits) < 150


def test_a_command_is_waited_for(garage: Bench, server: Ksqldb) -> None:
    server.stall = (3, "EXECUTING", "SUCCESS")
    garage.apply(cars())
    assert garage.plan(cars()).changes == ()
    assert [path for path in server.asked("GET") if path.startswith("/status/")] == [
        "/status/stream/%60FLEETGEN_TEST_EVENTS%60/create"
    ] * 3


def test_a_command_that_fails_is_told(garage: Bench, server: Ksqldb) -> None:
    server.stall = (1, "QUEUED", "ERROR")
    with pytest.raises(FleetgenError, match="FG741 error: ksqlDB refuses it: Stream created"):
        garage.apply(cars())


def test_a_command_that_never_ends_is_told(garage: Bench, server: Ksqldb) -> None:
    server.stall = (1000, "QUEUED", "SUCCESS")
    message = "FG743 error: ksqlDB: the command stream/`FLEETGEN_TEST_EVENTS`/create is still QUEUED after 120 s"
    with pytest.raises(FleetgenError, match=message):
        garage.apply(cars())
    assert sum(garage.waits) == 120


@pytest.mark.parametrize("carried_out", [faults.AT_ONCE, faults.NEVER])
@pytest.mark.parametrize("number", range(6))
def test_what_was_interrupted_goes_on(garage: Bench, server: Ksqldb, number: int, carried_out: float) -> None:
    """An answer that never comes, to each statement: whether it was carried out or not, the next apply ends it."""
    answers = iter(range(100))

    class Once(Fault):
        def meets(self, method: str, path: str) -> bool:
            creates = path == "/ksql" and str(server.calls[-1].body["ksql"]).startswith("CREATE")
            return creates and next(answers) == number

    server.faults.append(Once("/ksql", reset=True, carried_out=carried_out))
    with pytest.raises(FleetgenError, match=f"FG740 .*\n.*\n  stopped at .*, {number} of 6 steps done"):
        garage.apply(cars())
    garage.apply(cars())
    assert garage.plan(cars()).changes == ()


def test_a_stream_that_is_gone_between_list_and_describe_is_an_error(garage: Bench, server: Ksqldb) -> None:
    garage.apply(cars())
    message = "Could not find STREAM/TABLE 'FLEETGEN_TEST_EVENTS' in the Metastore"
    text = f'{{"@type":"statement_error","error_code":40001,"message":"{message}","statementText":"","entities":[]}}'

    class Describe(Fault):
        def meets(self, method: str, path: str) -> bool:
            return path == "/ksql" and "DESCRIBE" in server.calls[-1].body["ksql"]

    server.faults.append(Describe("/ksql", status=400, text=text, headers=JSON))
    with pytest.raises(FleetgenError, match=r"FG741 .*Could not find STREAM/TABLE"):
        garage.plan(cars())


def test_an_unhealthy_server_is_a_gap(garage: Bench, server: Ksqldb) -> None:
    garage.apply(cars())
    server.healthy = False
    assert garage.look(cars())["ksqldb"] == (False, "8.3.1, not healthy: metastore, kafka, commandRunner")
    server.store.queries.clear()
    assert garage.look(cars())["ksql table FLEETGEN_TEST_BY_PLATE"] == (
        False,
        "its query is gone, topic fleetgen_test_by_plate, 1 partition",
    )
    del server.store.sources["FLEETGEN_TEST_THINGS"]
    assert garage.look(cars())["ksql table FLEETGEN_TEST_THINGS"] == (False, "missing")


def test_a_query_in_error_is_a_gap(garage: Bench, server: Ksqldb) -> None:
    garage.apply(cars())
    for query in server.store.queries.values():
        query.state = "ERROR"
    ok, figure = garage.look(cars())["ksql stream FLEETGEN_TEST_JOINED"]
    assert (ok, figure.split(",")[0]) == (False, "ERROR")
