"""A real ClickHouse (HTTP, native TCP, true error codes) in a child process, from the chdb wheel.

The call that serves is private to chdb: the wheel is pinned in pyproject.toml, 26.7 or later.
"""

from __future__ import annotations

import contextlib
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests

# The library is loaded by its path: `import chdb` would start the embedded engine first, and Kafka tables would then
# raise a false "Shutdown was called". Reading stdin to its end keeps the server up for as long as the parent lives.
CHILD = r"""
import importlib.util, os, pathlib, sys
library = next(pathlib.Path(importlib.util.find_spec("chdb").submodule_search_locations[0]).glob("_chdb*.so"))
sys.setdlopenflags(sys.getdlopenflags() | os.RTLD_DEEPBIND)
spec = importlib.util.spec_from_file_location("_chdb", library)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
module.query(
    "SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP;"
    "SELECT getServerPort('http_port'), getServerPort('tcp_port') INTO OUTFILE 'ports' FORMAT TSV;"
    "SELECT * FROM file('/dev/stdin', 'LineAsString') FORMAT Null",
    "TSV",
    path=os.path.abspath("data"),
)
"""

CONFIG = """<clickhouse>
<listen_host>127.0.0.1</listen_host><http_port>0</http_port><tcp_port>{tcp}</tcp_port>
<users_config>{home}/users.xml</users_config><mark_cache_size>67108864</mark_cache_size>
<background_message_broker_schedule_pool_size>16</background_message_broker_schedule_pool_size>
<kafka><group_instance_id>test</group_instance_id></kafka>
<logger><level>warning</level><console>0</console><log>{home}/log</log></logger>
{extra}</clickhouse>
"""

# `default` runs the child's own statements, must have no password, and may therefore do nothing else.
USERS = """<clickhouse>
<profiles><default/><ro><readonly>1</readonly></ro></profiles><quotas><default/></quotas>
<users>
<default><password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
<grants><query>GRANT SYSTEM, READ, CREATE TEMPORARY TABLE ON *.*</query></grants></default>
<fleetgen><password>{password}</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile>
<quota>default</quota><named_collection_control>1</named_collection_control></fleetgen>
{extra}</users></clickhouse>
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
    """A server whose files live in `home`, stopped at the end. Raises RuntimeError with its log if it does not start.

    `config` and `users` are XML put into its two configuration files; `tcp` is the native port, 0 for any that is free;
    `wait` is in seconds.
    """
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    password = secrets.token_hex(8)
    (home / "ports").unlink(missing_ok=True)
    (home / "config.xml").write_text(CONFIG.format(home=home, tcp=tcp, extra=config), encoding="utf-8")
    (home / "users.xml").write_text(USERS.format(password=password, extra=users), encoding="utf-8")
    with (home / "out").open("wb") as out:
        child = subprocess.Popen([sys.executable, "-c", CHILD], cwd=home, stdin=subprocess.PIPE, stdout=out, stderr=out)
    try:
        http, tcp = _ports(home, child, wait)
        yield Server(http, tcp, "fleetgen", password, pid=child.pid)
    finally:
        child.terminate()
        child.wait()
        if child.stdin:
            child.stdin.close()


def _ports(home: Path, child: subprocess.Popen[bytes], wait: float) -> tuple[int, int]:
    """The two ports that the child chose, once it has written them."""
    end = time.monotonic() + wait
    while child.poll() is None and time.monotonic() < end:
        text = (home / "ports").read_text() if (home / "ports").exists() else ""
        if text.endswith("\n"):
            http, tcp = text.split()
            return int(http), int(tcp)
        time.sleep(0.005)
    raise RuntimeError(f"the server did not start: {(home / 'out').read_text(errors='replace')[-400:]}")
