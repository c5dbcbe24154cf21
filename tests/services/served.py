"""A real ClickHouse (HTTP, native TCP, true error codes) in a child process, set for tests with Kafka."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import requests

from fleetgen.local import clickhouse

_CONFIG: Final = """<background_message_broker_schedule_pool_size>16</background_message_broker_schedule_pool_size>
<kafka><group_instance_id>test</group_instance_id></kafka>
"""


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens, and who may do everything there. `tcp` and `pid` are 0 if they are not known."""

    http: int
    tcp: int
    user: str
    password: str
    host: str = "127.0.0.1"
    scheme: str = "http"
    pid: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.http}"

    def query(self, sql: str, **settings: str | int) -> str:
        """The answer as text. Raises AssertionError with the server's own message."""
        who = {"X-ClickHouse-User": self.user, "X-ClickHouse-Key": self.password}
        answer = requests.post(self.url, params=settings, data=sql.encode(), headers=who, timeout=30)
        assert answer.ok, answer.text
        return answer.text


def named(url: str) -> Server:
    """Somebody's own server: http://user:password@host:port."""
    parts = urlsplit(url)
    user, password = unquote(parts.username or "default"), unquote(parts.password or "")
    port = parts.port or (8443 if parts.scheme == "https" else 8123)
    return Server(port, 0, user, password, parts.hostname or "127.0.0.1", parts.scheme)


@contextlib.contextmanager
def served(home: Path, *, config: str = "", users: str = "", tcp: int = 0, wait: float = 15.0) -> Iterator[Server]:
    """A server whose files live in `home`, stopped at the end. Raises FleetgenError with its log if it does not start.

    `config` and `users` are XML put into its two configuration files; `tcp` is the native port, 0 for any that is free;
    `wait` is in seconds.
    """
    with clickhouse.served(home, home / "data", config=_CONFIG + config, users=users, tcp=tcp, wait=wait) as there:
        pid = there.child.process.pid
        yield Server(there.http, there.tcp, clickhouse.USER, there.password, pid=pid)
