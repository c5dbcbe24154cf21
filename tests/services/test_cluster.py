"""The platform `cluster` on real engines, in two passes: an engine that is served cannot pass rows to its replicas.

2 shards x 2 replicas and a ZooKeeper: every statement as it is, and what each replica then holds.
2 shards x 1 replica, nothing replicated: rows go to their shard, and reads give what a single engine gives.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from engine import applied
from fleetgen import project
from fleetgen.commands import ingress
from fleetgen.datagen.sample import batch
from fleetgen.files import Disk
from fleetgen.mapping import store
from fleetgen.quoting import ch_ident
from fleetgen.targets.clickhouse.engine import Engine
from services import zookeeper
from services.cluster import cluster
from services.required import missing
from services.served import Server
from services.spread import (
    COUNT,
    DESCRIPTION,
    LOCATION,
    ON_CLUSTER,
    SENSORS,
    SHARDING,
    START,
    Held,
    insert,
    make,
    push,
    sent,
    statements,
    wanted,
)

GOLDEN: Final = Path(__file__).parents[1] / "golden"


def refused(server: Server, statement: str) -> int:
    """The code with which the statement is refused."""
    with pytest.raises(AssertionError) as error:
        server.query(statement)
    found = re.match(r"Code: (\d+)\.", str(error.value))
    assert found, error.value
    return int(found[1])


# --- 2 shards x 2 replicas -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    if reason := zookeeper.why_not():
        missing(reason)
    home = tmp_path_factory.mktemp("replicas")
    with (
        zookeeper.zookeeper(home / "zookeeper") as port,
        cluster(home, shards=2, replicas=2, zookeeper=port) as nodes,
    ):
        yield nodes


def test_every_statement_is_right_up_to_the_queue_that_only_a_cluster_has(replicas: list[Server]) -> None:
    """392 (the queue behind ON CLUSTER is off) comes after syntax, rights, the cluster's name and what is referred to.

    The same statement without ON CLUSTER then runs on every node, against the ZooKeeper.
    """
    for statement in dict.fromkeys((*statements("push"), *statements("kafka"))):
        assert statement.count(ON_CLUSTER) == 1
        assert refused(replicas[0], statement) == 392, statement
        for node in replicas:
            node.query(statement.replace(ON_CLUSTER, ""))
    assert_equal_structure(replicas)
    assert_refusals_are_real(replicas[0])


def assert_equal_structure(nodes: list[Server]) -> None:
    query = "SELECT name, create_table_query FROM system.tables WHERE database = 'fleet' ORDER BY name"
    first, *others = (node.query(query) for node in nodes)
    assert [other == first for other in others] == [True] * 3
    names = [line.split("\t")[0] for line in first.splitlines()]
    # A store: its two tables, and of each landing the table and the two strict views. Then the views.
    assert len(names) == 2 + len(wanted().streams) * 8 + len(wanted().views)
    for number, node in enumerate(nodes):
        shard, replica = number // 2 + 1, number % 2 + 1
        query = "SELECT table, replica_path, total_replicas FROM system.replicas ORDER BY table"
        path = "/clickhouse/tables/{}/fleet/{}_local/replicas/s{}r{}"
        assert [line.split("\t") for line in node.query(query).splitlines()] == [
            [f"{store}_local", path.format(shard, store, shard, replica), "2"] for store in sorted(SHARDING)
        ]


def assert_refusals_are_real(node: Server) -> None:
    """A statement with a fault in any part gets another code than 392."""
    table = next(each for each in statements("push") if f"{SENSORS}_local" in each)
    assert refused(node, table.replace("'{cluster}'", "'elsewhere'")) == 701
    assert refused(node, table.replace("ORDER BY", "ORDERED BY")) == 62
    # What doc/targets/clickhouse.md says about letters that were mended.
    assert refused(node, f"DELETE FROM fleet.dead_letters_local{ON_CLUSTER} WHERE topic = 't'") == 392
    alone = table.replace(ON_CLUSTER, "").replace("IF NOT EXISTS ", "").replace("{replica}", "third")
    node.query("DROP TABLE fleet.fleet_mgmt_sensors_local SYNC")
    assert refused(node, alone.replace("Int32", "Int64")) == 122
    assert refused(node, alone.replace("90 DAY", "91 DAY")) == 342
    assert refused(node, alone.replace("third", "s1r2")) == 253
    assert refused(node, alone.replace("{shard}", "{part}")) == 139
    node.query(alone)


# --- 2 shards x 1 replica --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[Held]:
    arrivals = sent()
    with applied(engine, wanted()), cluster(tmp_path_factory.mktemp("shards"), shards=2, replicas=1) as nodes:
        make(nodes, statements("push"))
        for number, start in enumerate(range(0, COUNT, COUNT // 6)):
            for name in SHARDING.keys() - {"dead_letters"}:
                push(arrivals[start : start + COUNT // 6], name, nodes[number % 2], engine, at_once=number < 5)
        # On a server the rest goes out by itself, soon after; a served engine has to be told.
        for node in nodes:
            for name in SHARDING:
                node.query(f"SYSTEM FLUSH DISTRIBUTED fleet.{name}")
        yield Held(nodes, engine, arrivals)


def test_each_row_is_on_the_shard_of_its_key(held: Held) -> None:
    for name, key in SHARDING.items():
        for number, node in enumerate(held.shards):
            query = f"SELECT count() > 4, countIf({key} % 2 != {number}) FROM fleet.{name}_local"
            assert node.query(query) == "1\t0\n", (name, number)


def test_the_key_that_the_tables_state_is_the_one_that_was_tested(held: Held) -> None:
    query = "SELECT name, engine_full FROM system.tables WHERE database = 'fleet' AND engine = 'Distributed'"
    stated = dict(json.loads(line) for line in held.ask(f"{query} ORDER BY name").splitlines())
    assert stated == {
        name: f"Distributed('{{cluster}}', 'fleet', '{name}_local', {key})" for name, key in SHARDING.items()
    }


def test_every_message_is_stored_or_refused(held: Held) -> None:
    for name in (SENSORS, LOCATION, "plain"):
        stored = sum(each.good for each in held.sent if each.stream == name)
        assert held.ask(f"SELECT count() FROM fleet.{name}") == f"[{stored}]\n"
    refused_offsets = {each.message["_offset"] for each in held.sent if not each.good and each.stream != DESCRIPTION}
    found = [
        json.loads(line) for line in held.ask("SELECT offset FROM fleet.dead_letters ORDER BY offset").splitlines()
    ]
    assert [offset for (offset,) in found] == sorted(refused_offsets)
    assert len(found) > 20


def test_stores_and_dead_letters_hold_what_one_engine_holds(held: Held) -> None:
    for name in SHARDING:
        arrival = "received_at" if name == "dead_letters" else "_ingested_at"
        final = " FINAL" if name in (DESCRIPTION, "gauge") else ""
        query = f"SELECT * EXCEPT ({arrival}) FROM fleet.{name}{final} ORDER BY ALL"
        assert held.ask(query) == held.ask_single(query), name


def test_each_view_gives_what_one_engine_gives(held: Held) -> None:
    for view in wanted().views:
        query = f"SELECT * FROM fleet.{view.name} ORDER BY ALL"
        rows = held.ask_single(query)
        assert len(rows.splitlines()) > 4, view.name
        assert held.ask(query) == rows, view.name
        # Who lets ClickHouse rely on the sharding key gets the same: no row is where it does not belong.
        assert held.ask(f"{query} SETTINGS optimize_skip_unused_shards = 1") == rows, view.name


def test_one_row_a_reading(held: Held) -> None:
    query = "SELECT vehicle_id, engine_temperature, average_rpm, toString(_timestamp) FROM fleet.fleet_mgmt_data"
    rows = Counter(tuple(json.loads(line)) for line in held.ask(f"{query} ORDER BY ALL").splitlines())
    members = ("vehicle_id", "engine_temperature", "average_rpm", "_timestamp")
    good = (each.message for each in held.sent if each.stream == SENSORS and each.good)
    assert rows == Counter(tuple(message[member] for member in members) for message in good)
    unmatched = held.ask(
        "SELECT countIf(isNull(latitude)) > 0, countIf(isNotNull(latitude)) > 0 FROM fleet.fleet_mgmt_data"
    )
    assert unmatched == "[1, 1]\n"


CASES: Final = (
    "names_of_metadata_columns", "names_reserved_in_clickhouse", "type_array_of_records", "type_union_of_named",
)  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_type_and_name_passes_through(held: Held, case: str) -> None:
    loaded = project.load(Disk(GOLDEN / case), {}).pipeline
    kept = tuple(replace(each, ttl_days=None) for each in loaded.streams)  # samples are of the 30 days before
    platforms = {"clickhouse": ("embedded", "cluster")}
    of = replace(loaded, database="passing", streams=kept, views=(), platforms=platforms)
    with applied(held.single, of):
        make(held.shards, statements("push", of))
        for each in of.streams:
            lines = ingress.lines(each, batch(each, 0, round(START.timestamp() * 1000), 0, 60), 0).decode()
            table = f"passing.{ch_ident(each.name)}"
            insert(f"passing.{ch_ident(f'{each.name}_push')}", lines, held.shards[0], held.single, at_once=True)
            arrival = store.meta(each).ingested_at
            names = (f"x.{ch_ident(column.name)}" for column in store.columns(each) if column.name != arrival)
            query = f"SELECT count(), sum(sipHash64(toString(tuple({', '.join(names)})))) FROM {table} AS x"
            rows = held.ask(query)
            assert rows.startswith("[60,")
            assert rows == held.ask_single(query)
        for node in held.shards:
            node.query("DROP DATABASE passing SYNC")
