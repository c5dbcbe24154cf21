"""A push landing is changed while threads push into it, and applies exclude each other: on a served ClickHouse."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from clickhouse_plans import applied, planned, survey
from fleetgen.errors import Blocked, FleetgenError
from fleetgen.pipeline import Pipeline, Source
from fleetgen.plan import Phase
from fleetgen.targets import clickhouse
from fleetgen.targets.clickhouse import engine as connection
from fleetgen.targets.clickhouse import lock
from fleetgen.targets.clickhouse.engine import STRICT, Engine
from fleetgen.targets.clickhouse.live import ClickHouse
from fleetgen.templating import Templates
from services.served import Server, served
from streams import stream

ID: Final = {"name": "id", "type": "int"}
NUMBER: Final = {"name": "n", "type": "int"}
NOTE: Final = {"name": "note", "type": ["null", "string"], "default": None}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("push")) as found:
        yield found


@pytest.fixture
def engine(server: Server) -> Iterator[Engine]:
    with connection.server(server.url, server.user, server.password) as found:
        yield found


def files(name: str, *fields: Any) -> Mapping[str, str]:
    record = {"type": "record", "name": name, "fields": list(fields)}
    of = Pipeline(name, (stream(record, source=Source("none")),), platforms={"clickhouse": ("server",)})
    texts = clickhouse.generate(of, Templates(), {}).files
    return {
        path: texts[path]
        for folder in ("database.sql", "tables/", "landing-push/")
        for path in texts
        if path.startswith(f"clickhouse/server/{folder}")
    }


@dataclass
class Pusher:
    """A thread that pushes ten messages at once, again and again until they are taken."""

    server: Server
    table: str
    first: int
    message: Callable[[int], dict[str, Any]]
    sent: int = 0
    refused: set[str] = field(default_factory=set)

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            numbers = range(self.first + self.sent, self.first + self.sent + 10)
            lines = "\n".join(json.dumps({**self.message(n), "_offset": n}) for n in numbers)
            while error := self._push(lines):
                self.refused.add(error)
                time.sleep(0.01)
            self.sent += 10

    def _push(self, lines: str) -> str:
        settings = {key: str(value) for key, value in STRICT.items()}
        query = {"query": f"INSERT INTO {self.table} FORMAT JSONEachRow", **settings}
        who = {"X-ClickHouse-User": self.server.user, "X-ClickHouse-Key": self.server.password}
        answer = requests.post(self.server.url, params=query, data=lines, headers=who, timeout=30)
        return "" if answer.ok else answer.text.split(":")[1].split(".")[0].strip()


def test_nothing_pushed_is_lost_or_doubled_while_columns_change(server: Server, engine: Engine) -> None:
    applied(engine, files("grow", ID, NUMBER))
    pushers = [Pusher(server, "grow.grow_push", t * 10_000_000, lambda n: {"id": n, "n": 3}) for t in range(3)]
    stop = threading.Event()
    threads = [threading.Thread(target=each.run, args=(stop,)) for each in pushers]
    for thread in threads:
        thread.start()
    wide = {**NUMBER, "type": "long"}
    for fields in ((ID, NOTE, NUMBER), (ID, NOTE, wide), (ID, wide, NOTE)):
        time.sleep(1)
        assert not applied(engine, files("grow", *fields)).blocked
        assert planned(engine, files("grow", *fields)).changes == ()
    time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join()
    sent = sum(each.sent for each in pushers)
    assert sent > 100
    assert [tuple(row) for row in engine.rows("SELECT count(), uniqExact(_offset), uniqExact(id) FROM grow.grow")] == [
        (sent, sent, sent)
    ]
    assert engine.number("SELECT count() FROM grow.dead_letters") == 0
    # closed (395), and the moment before that in which it is not there (60)
    assert set().union(*(each.refused for each in pushers)) <= {"395", "60"}


def test_a_landing_is_closed_until_both_views_are_there(server: Server, engine: Engine) -> None:
    """Interrupted after any step: what is pushed meanwhile is refused, and the next apply mends it."""
    wanted = files("half", ID)
    steps = len(list(survey(ClickHouse(engine, {}), wanted).steps()))
    for number in range(1, steps):
        engine.run("DROP DATABASE IF EXISTS half SYNC")
        live = ClickHouse(engine, {})
        for _, step in list(survey(live, wanted).steps())[:number]:
            live.run(step)
        pusher = Pusher(server, "half.half_push", number, lambda n: {"id": n})
        assert pusher._push('{"id": 1}') != ""
        assert not applied(engine, wanted).blocked
        assert planned(engine, wanted).changes == ()
        assert pusher._push('{"id": 1}\n{"id": "x"}') == ""
        assert engine.number("SELECT (SELECT count() FROM half.half) + (SELECT count() FROM half.dead_letters)") == 2


def test_a_change_that_was_interrupted_is_gone_on_with(server: Server, engine: Engine) -> None:
    before, after = files("torn", ID, NUMBER), files("torn", ID, NOTE, {**NUMBER, "type": "long"})
    engine.run("DROP DATABASE IF EXISTS torn SYNC")
    applied(engine, before)
    reviewed = [step for _, step in survey(ClickHouse(engine, {}), after).steps()]
    for number in range(1, len(reviewed)):
        engine.run("DROP DATABASE torn SYNC")
        applied(engine, before)
        live = ClickHouse(engine, {})
        for _, step in list(survey(live, after).steps())[:number]:
            live.run(step)
        left = [step for _, step in survey(ClickHouse(engine, {}), after).steps()]
        torn = [step for step in left if step not in reviewed]
        assert all(step.phase is Phase.LANDINGS and "throwIf" in step.text for step in torn), number
        applied(engine, after)
        assert planned(engine, after).changes == ()


def test_an_insert_under_way_is_waited_for(server: Server, engine: Engine) -> None:
    applied(engine, files("slow", ID, NUMBER))
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(
            b"POST /?async_insert=0&query=INSERT+INTO+slow.slow_push+FORMAT+JSONEachRow HTTP/1.1\r\nHost: x\r\n"
            b"Transfer-Encoding: chunked\r\n"
            + f"X-ClickHouse-User: {server.user}\r\nX-ClickHouse-Key: {server.password}\r\n\r\n".encode()
        )
        line = b'{"id": 1, "n": 2}\n' * 100_000  # as much as makes the server begin
        client.sendall(b"%x\r\n%s\r\n" % (len(line), line))
        end = time.monotonic() + 5
        while not engine.number("SELECT count() FROM system.processes WHERE query_kind = 'Insert'"):
            assert time.monotonic() < end
        worker = threading.Thread(target=lambda: _apply(server, files("slow", ID, NOTE, NUMBER)))
        worker.start()
        time.sleep(1)
        assert worker.is_alive()
        client.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(line), line))
        assert b"200 OK" in client.recv(200)
        worker.join(20)
    counts = "SELECT count(), countIf(id = 1 AND isNull(note) AND n = 2) FROM slow.slow"
    assert [tuple(row) for row in engine.rows(counts)] == [(200_000, 200_000)]


def _apply(server: Server, wanted: Mapping[str, str]) -> None:
    with connection.server(server.url, server.user, server.password) as engine:
        applied(engine, wanted)


def test_the_lock_names_its_owner_and_its_end(engine: Engine) -> None:
    with (
        lock.held(engine, "locked", "ann@here", 30),
        pytest.raises(
            Blocked, match=r"FG763 error: locked is being changed by ann@here, until 20\d\d-.*Z at the latest"
        ),
        lock.held(engine, "locked", "bob@there", 30),
    ):
        pass
    with lock.held(engine, "locked", "bob@there", 30):
        pass
    assert engine.rows("SELECT name, comment FROM system.tables WHERE database = 'locked'") == [
        ("_fleetgen_lock_2", "released")
    ]


def test_a_lock_is_renewed_and_one_that_was_left_ends(engine: Engine) -> None:
    with lock.held(engine, "renewed", "ann", 2) as lease:
        time.sleep(3)
        lease.check()
        with pytest.raises(Blocked), lock.held(engine, "renewed", "bob", 2):
            pass
    engine.run("ALTER TABLE renewed._fleetgen_lock_1 MODIFY COMMENT 'held by carl until then (1)'")
    with lock.held(engine, "renewed", "bob", 2) as lease:
        assert lease.number == 2


def test_a_lost_lock_stops_the_work(engine: Engine) -> None:
    with lock.held(engine, "lost", "ann", 1.5) as lease:
        engine.run(
            "CREATE TABLE lost._fleetgen_lock_9 (a Int8) ENGINE = Null COMMENT 'held by bob until x (99999999999)'"
        )
        time.sleep(1)
        with pytest.raises(FleetgenError, match="FG764 error: the lock of lost was lost: bob has it"):
            lease.check()


RACER: Final = """
import os, sys, time
from fleetgen.errors import Blocked
from fleetgen.targets.clickhouse import engine, lock
url, user, password, inside, name = sys.argv[1:]
won = refused = 0
with engine.server(url, user, password) as opened:
    while won < 50:
        try:
            with lock.held(opened, "raced", name, 30):
                os.close(os.open(inside, os.O_CREAT | os.O_EXCL))  # fails if the other one is inside
                time.sleep(0.01)
                os.unlink(inside)
                won += 1
        except Blocked:
            refused += 1
        time.sleep(0.002)
print(won, refused)
"""


def test_two_processes_never_hold_it_together(server: Server, tmp_path: Path) -> None:
    arguments = [server.url, server.user, server.password, str(tmp_path / "inside")]
    racers = [
        subprocess.Popen([sys.executable, "-c", RACER, *arguments, name], stdout=subprocess.PIPE, text=True)
        for name in ("ann", "bob")
    ]
    counts = [tuple(map(int, racer.communicate(timeout=120)[0].split())) for racer in racers]
    assert [won for won, _ in counts] == [50, 50]
    assert sum(refused for _, refused in counts) > 0
