"""What a person reads if ClickHouse cannot be worked with, and the rights that it takes to work with it."""

from __future__ import annotations

import http.server
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import Final

import pytest

from clickhouse_plans import VALUES, applied, planned
from fleetgen.commands.services import clickhouse_files
from fleetgen.errors import FleetgenError
from fleetgen.plan import Policy
from fleetgen.targets import clickhouse
from fleetgen.targets.clickhouse import engine as connection
from fleetgen.targets.clickhouse.live import ClickHouse
from services.served import Server, served
from streams import BUNDLED, ROOT, fleet

_USER: Final = """<{name}><password>secret</password><networks><ip>127.0.0.1</ip></networks><profile>{profile}</profile>
<quota>default</quota>{grants}</{name}>"""
_PAGE: Final = ROOT / "doc/targets/clickhouse.md"


def grants() -> list[str]:
    """Those that the page writes out, without whom they are for: a served engine has its users in a file."""
    block = next(text for text in re.findall(r"^```sql\n(.*?)^```$", _PAGE.read_text(), re.S | re.M) if "GRANT" in text)
    return [re.sub(r"\s+TO\s+\w+$", "", " ".join(one.split())) for one in block.split(";") if one.strip()]


def user(name: str, *rights: str, profile: str = "default") -> str:
    queries = "".join(f"<query>{escape(right, quote=False)}</query>" for right in rights)
    return _USER.format(name=name, profile=profile, grants=f"<grants>{queries}</grants>" if rights else "")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    few = ("GRANT SELECT ON *.*",)
    users = user("enough", *grants()) + user("few", *few) + user("reader", profile="ro")
    with served(tmp_path_factory.mktemp("rights"), users=users) as found:
        yield found


def files(ingest: str) -> dict[str, str]:
    of = replace(fleet(), platforms={"clickhouse": ("server",)})
    return clickhouse_files(clickhouse.generate(of, BUNDLED, {}).files, "server", ingest)


def test_the_rights_that_the_page_names_are_enough(server: Server) -> None:
    """For the first apply, changes of every kind, another landing, pruning, the lock, and nothing beside."""
    with connection.server(server.url, "enough", "secret") as engine:
        for ingest in ("push", "kafka", "push"):
            live = ClickHouse(engine, VALUES)
            live.desired(files(ingest))
            with live.held("tests"):
                assert applied(engine, files(ingest)).changes
            assert planned(engine, files(ingest)).changes == ()
        engine.run("ALTER TABLE fleet.fleet_mgmt_sensors MODIFY COLUMN average_rpm Int16 CODEC(T64, ZSTD(1))")
        engine.run("ALTER TABLE fleet.fleet_mgmt_location MODIFY COMMENT '[fleetgen]'")
        engine.run("DROP VIEW fleet.last_location")
        assert len(applied(engine, files("push")).changes) == 4  # and the landing, closed meanwhile
        assert planned(engine, files("push")).changes == ()
        few = {
            path: text
            for path, text in files("push").items()
            if "fleet_mgmt_sensors" not in path and "views" not in path
        }
        applied(engine, few, Policy(prune=True))
        assert planned(engine, few).changes == ()
        with pytest.raises(FleetgenError, match="FG713 error: a right is missing in ClickHouse"):
            engine.run("CREATE DATABASE elsewhere")


@pytest.mark.parametrize(
    ("name", "password", "says"),
    [
        (
            "few",
            "secret",
            r"FG713 error: a right is missing in ClickHouse: .*necessary to have the grant CREATE DATABASE",
        ),
        ("reader", "secret", r"FG714 error: the user may only read: .*readonly"),
        ("few", "canary", r"FG712 error: ClickHouse does not let the user in: "),
        ("nobody", "canary", r"FG712 error: ClickHouse does not let the user in: "),
    ],
)
def test_who_may_not_is_told_so(server: Server, name: str, password: str, says: str) -> None:
    with (
        pytest.raises(FleetgenError, match=says) as raised,
        connection.server(server.url, name, password) as engine,
    ):
        planned(engine, files("push"))
    assert "\n  help: " in str(raised.value)
    assert "canary" not in str(raised.value)


class Answer(http.server.BaseHTTPRequestHandler):
    status, body = 200, b"<html>a page</html>"

    def do_POST(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_what_is_no_clickhouse_is_told_so(capfd: pytest.CaptureFixture[str]) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        page = f"http://127.0.0.1:{other.server_address[1]}"
        busy = type("Busy", (Answer,), {"status": 503})
        told = {
            page: "what answers tells no version",
            "http://127.0.0.1:1": "Connection refused",
            "http://nohost.invalid:8123": "Failed to resolve 'nohost.invalid'",
            page.replace("http:", "https:"): "no TLS is spoken there",
            "clickhouse://127.0.0.1:9000": "does not begin with http:// or https://",
        }
        for url, says in told.items():
            _refused(url, says)
        other.RequestHandlerClass = busy
        _refused(page, "HTTP status 503")
        other.shutdown()
    assert capfd.readouterr().err == ""


def test_a_server_that_says_nothing_is_told_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        _refused(f"http://127.0.0.1:{silent.getsockname()[1]}", "Read timed out", patience=1)


def _refused(url: str, says: str, patience: int = 10) -> None:
    with pytest.raises(FleetgenError) as raised, connection.server(url, "u", "canary", patience=patience):
        pass
    text = str(raised.value)
    assert text.startswith("FG716 error: ")
    assert (says in text, text.count("\n"), "canary" in text) == (True, 1, False), text
