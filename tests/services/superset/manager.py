"""Preset's manager in the process: it knows a team with workspaces, and hands out the token of a Superset."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from services.superset.server import PASSWORD, USER

NAME, SECRET = "canary-token-name", "canary-token-secret"


@contextlib.contextmanager
def manager(superset: str, workspaces: list[dict[str, Any]] | None = None) -> Iterator[str]:
    """Its address. The token that it gives is the one that Superset gives to its own user, since both are one here."""
    found = workspaces or [
        {"id": 1, "name": "ab12", "title": "Fleet", "hostname": superset, "workspace_status": "READY"},
        {"id": 2, "name": "cd34", "title": "Other", "hostname": "other.invalid", "workspace_status": "READY"},
    ]
    teams = [{"name": "team-1", "title": "The team"}, {"name": "team-2", "title": "Another team"}]
    tokens: set[str] = set()

    def auth(body: dict[str, str]) -> tuple[int, Any]:
        if body != {"name": NAME, "secret": SECRET}:
            return 401, {"message": "Unauthorized"}
        who = {"username": USER, "password": PASSWORD, "provider": "db", "refresh": False}
        token = requests.post(f"{superset}/api/v1/security/login", json=who, timeout=30).json()["access_token"]
        tokens.add(token)
        return 200, {"payload": {"access_token": token}}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            self._answer(*(auth(body) if self.path == "/v1/auth/" else (404, {"message": "Not found"})))

        def do_GET(self) -> None:
            if self.headers.get("Authorization", "").removeprefix("Bearer ") not in tokens:
                self._answer(401, {"message": "Unauthorized"})
            elif self.path == "/v1/teams":
                self._answer(200, {"payload": teams})
            elif self.path == "/v1/teams/team-1/workspaces":
                self._answer(200, {"payload": found})
            else:
                self._answer(404, {"message": "Not found"})

        def _answer(self, status: int, body: Any) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
