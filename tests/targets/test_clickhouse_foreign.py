"""What answers at the profile's address and is no ClickHouse: one clear line, and no password goes elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from fleetgen.errors import FleetgenError
from fleetgen.targets.clickhouse.engine import server


@contextmanager
def answering(status: int, body: str, **headers: str) -> Iterator[HTTPServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.server.asked += 1  # type: ignore[attr-defined]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing is told."""

    with HTTPServer(("127.0.0.1", 0), Handler) as service:
        service.asked = 0  # type: ignore[attr-defined]
        thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield service
        finally:
            service.shutdown()
            thread.join()


def refused(url: str) -> str:
    with pytest.raises(FleetgenError) as raised, server(url, "me", "canary"):
        pass
    assert "canary" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    ("status", "body"),
    [(401, '{"message": "who are you"}'), (403, "{}"), (404, "nothing here"), (500, "{}"), (200, ""), (418, "tea")],
)
def test_somebody_else_answers(status: int, body: str) -> None:
    with answering(status, body) as service:
        said = refused(f"http://127.0.0.1:{service.server_port}")
    first, help = said.split("\n")
    assert first.startswith("FG716 error: ClickHouse does not answer as it should: ")
    assert "<" not in first
    assert help.startswith("  help: look whether it runs, and at the profile's clickhouse.url")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with answering(200, "26.9\tUTC") as other:
        where = f"http://127.0.0.1:{other.server_port}/"
        with answering(status, "", Location=where) as service:
            said = refused(f"http://127.0.0.1:{service.server_port}")
        assert other.asked == 0  # type: ignore[attr-defined]
    assert "redirects to another address" in said


def test_no_tls_is_spoken_there() -> None:
    with answering(200, "") as service:
        said = refused(f"https://127.0.0.1:{service.server_port}")
    assert "FG716 error: ClickHouse does not answer as it should: no TLS is spoken there" in said


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8123", "ftp://127.0.0.1", "http://127.0.0.1:port", "http://127.0.0.1:99999"]
)
def test_what_is_no_address(url: str) -> None:
    assert refused(url).startswith("FG716 error: the address of ClickHouse does not begin with http://")
