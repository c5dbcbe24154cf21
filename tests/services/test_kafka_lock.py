"""The lock in Kafka: one at a time over processes on a real broker, given up by the dead, decided by the log alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetgen.errors import Blocked
from fleetgen.targets.kafka.connection import Connection
from fleetgen.targets.kafka.lock import Entry, Lock, holder
from fleetgen.targets.kafka.topics import Topics

ROUNDS = 30
# Takes the lock again and again; whoever finds the other inside fails.
PROGRAM = """
import os, sys, time
from fleetgen.errors import Blocked
from fleetgen.targets.kafka.connection import Connection
from fleetgen.targets.kafka.lock import Lock
from fleetgen.targets.kafka.topics import Topics
broker, inside, rounds, refused = sys.argv[1], sys.argv[2], int(sys.argv[3]), 0
connection = Connection({"kafka.bootstrap": broker})
lock = Lock(connection, Topics(connection))
while rounds:
    try:
        with lock.held(f"process {os.getpid()}"):
            os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
            time.sleep(0.01)
            os.unlink(inside)
            rounds -= 1
        time.sleep(0.005)
    except Blocked as error:
        assert "FG763" in str(error)
        refused += 1
print(refused)
"""


def test_two_processes_are_never_inside_at_once(kafka_bootstrap: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, kafka_bootstrap, str(tmp_path / "inside"), str(ROUNDS)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [each.communicate(timeout=120) for each in both]
    assert [each.returncode for each in both] == [0, 0], answers
    assert sum(int(stdout) for stdout, _ in answers) > 0  # they did meet


def lock(broker: str, life: int) -> Lock:
    connection = Connection({"kafka.bootstrap": broker})
    return Lock(connection, Topics(connection), life)


def test_a_lock_is_renewed_while_it_is_held_and_expires_when_its_owner_died(kafka_bootstrap: str) -> None:
    import time

    other = lock(kafka_bootstrap, 600)
    with lock(kafka_bootstrap, 600).held("the first"):
        time.sleep(1.5)
        with pytest.raises(Blocked, match="the first is applying"), other.held("the second"):
            raise AssertionError
    with other.held("the second"):
        pass
    dead = lock(kafka_bootstrap, 600)
    dead._write(dead._connection.producer({"acks": "all"}), "claim", "of a process that was killed", "the dead")
    with pytest.raises(Blocked, match="the dead is applying"), other.held("the second"):
        raise AssertionError
    time.sleep(0.7)
    with other.held("the second"):
        pass


IDS = st.sampled_from("abc")
ENTRIES = st.lists(
    st.builds(Entry, st.sampled_from(("claim", "release")), IDS, st.just("o"), st.just(10), st.integers(1, 8)),
    max_size=30,
)


@given(ENTRIES)
def test_who_holds_it_lets_it_go_or_outlives_it_before_another_has_it(steps: list[Entry]) -> None:
    """`at` is drawn as the time since the entry before."""
    now, log, before = 0, [], None
    for step in steps:
        now += step.at
        log.append(Entry(step.word, step.id, step.owner, step.life, now))
        after = holder(log)
        if before is not None and (after is None or after.id != before.id):
            assert (step.word, step.id) == ("release", before.id) or before.until <= now
        if step.word == "claim" and before is None:
            assert after is not None
            assert after.id == step.id
        before = after
