"""A ClickHouse cluster of served engines: shards, replicas, macros, and a ZooKeeper where it is asked for."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.ports import free_ports
from services.served import Server, served

NAME: Final = "tests"
_USER: Final = """<node><password>{password}</password><networks><ip>127.0.0.1</ip></networks>
<profile>default</profile><quota>default</quota></node>
"""
_REPLICA: Final = (
    "<replica><host>127.0.0.1</host><port>{port}</port><user>node</user><password>{password}</password></replica>"
)
_ZOOKEEPER: Final = "<zookeeper><node><host>127.0.0.1</host><port>{port}</port></node></zookeeper>"


@dataclass(frozen=True, slots=True)
class Node:
    """Its macros `{shard}` and `{replica}`, and the native port under which the others know it."""

    shard: int
    replica: int
    port: int

    @property
    def macros(self) -> str:
        name = f"s{self.shard}r{self.replica}"
        return f"<macros><cluster>{NAME}</cluster><shard>{self.shard}</shard><replica>{name}</replica></macros>"


@contextlib.contextmanager
def cluster(home: Path, *, shards: int, replicas: int, zookeeper: int | None = None) -> Iterator[list[Server]]:
    """The nodes, shard by shard; `zookeeper` is a port on 127.0.0.1."""
    numbers = [(shard, replica) for shard in range(1, shards + 1) for replica in range(1, replicas + 1)]
    nodes = [Node(*number, port) for number, port in zip(numbers, free_ports(len(numbers)), strict=True)]
    password = secrets.token_hex(8)
    common = _remote_servers(nodes, password) + (_ZOOKEEPER.format(port=zookeeper) if zookeeper else "")
    user = _USER.format(password=password)
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(len(nodes)) as pool:

        def start(node: Node) -> contextlib.AbstractContextManager[Server]:
            return served(
                home / f"s{node.shard}r{node.replica}", config=common + node.macros, users=user, tcp=node.port
            )

        # Each waits for its own start: together they take as long as the slowest.
        started = [pool.submit(lambda opening: (opening, opening.__enter__()), start(node)) for node in nodes]
        servers = []
        for each in started:
            opening, server = each.result()
            stack.push(opening.__exit__)
            servers.append(server)
        yield servers


def _remote_servers(nodes: list[Node], password: str) -> str:
    shards = []
    for shard in sorted({node.shard for node in nodes}):
        replicas = (_REPLICA.format(port=node.port, password=password) for node in nodes if node.shard == shard)
        shards.append(f"<shard><internal_replication>true</internal_replication>{''.join(replicas)}</shard>")
    return f"<remote_servers><{NAME}>{''.join(shards)}</{NAME}></remote_servers>"
