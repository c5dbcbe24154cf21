"""A ClickHouse server (HTTP, native TCP, true error codes) in a child process, from the library of the chdb wheel.

The call that serves is private to chdb: the wheel is pinned in pyproject.toml, 26.7 or later.
"""

from __future__ import annotations

import html
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fleetgen.frozen import frozen
from fleetgen.local import child
from fleetgen.local.child import Child

USER: Final = "fleetgen"

_CONFIG: Final = """<clickhouse>
<listen_host>127.0.0.1</listen_host><http_port>0</http_port><tcp_port>{tcp}</tcp_port>
<users_config>{home}/users.xml</users_config><mark_cache_size>67108864</mark_cache_size>
<logger><level>warning</level><console>0</console><log>{home}/log</log></logger>
{extra}</clickhouse>
"""

# `default` runs the child's own statements and must have no password. So it may do nothing else: anybody on this host
# can be `default`, and with READ would read the files of whoever started the server.
_USERS: Final = """<clickhouse>
<profiles><default/><ro><readonly>1</readonly></ro></profiles><quotas><default/></quotas>
<users>
<default><password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
<grants><query>GRANT SYSTEM LISTEN ON *.*</query><query>GRANT SELECT ON system.numbers</query></grants></default>
<{user}><password>{password}</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile>
<quota>default</quota><named_collection_control>1</named_collection_control></{user}>
{extra}</users></clickhouse>
"""


@frozen
class Server:
    """Its ports on 127.0.0.1. The user `fleetgen` may do everything there; the password is made at each start."""

    http: int
    tcp: int
    password: str
    child: Child

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"


@contextmanager
def served(
    home: Path, data: Path, *, config: str = "", users: str = "", tcp: int = 0, wait: float = 15.0
) -> Iterator[Server]:
    """A server over `data`, the rest of its files in `home`. Raises FleetgenError with its log if it does not start.

    `config` and `users` are XML put into its two configuration files; `tcp` is the native port, 0 for any that is free;
    `wait` is in seconds.
    """
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    password = secrets.token_hex(16)
    settings = _CONFIG.format(home=html.escape(str(home)), tcp=tcp, extra=config)
    (home / "config.xml").write_text(settings, encoding="utf-8")
    (home / "users.xml").write_text(_USERS.format(user=USER, password=password, extra=users), encoding="utf-8")
    command = [sys.executable, str(child.CHILDREN / "serve_clickhouse.py"), str(data.resolve())]
    with child.started("ClickHouse", command, home, "ports") as running:
        http, tcp = map(int, running.announced("ports", wait).split())
        yield Server(http, tcp, password, running)
