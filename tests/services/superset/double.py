"""A Superset in the process: an empty one, strict about tokens and cookies, that fails as it is told to.

It answers the calls that fleetgen makes, as test_double.py compares with the real one; everything else is 404.
"""

from __future__ import annotations

import contextlib
import email.message
import email.policy
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

TOKEN, CSRF, COOKIE = "token-1", "csrf-1", "cookie-1"
KINDS: Final = ("database", "dataset", "chart", "dashboard")
NOT_THE_TYPE: Final = {"metadata.yaml": {"type": ["Must be equal to Dashboard."]}}


@dataclass(frozen=True)
class Answer:
    status: int
    body: object = None
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    @property
    def kind(self) -> str:
        return "text/html; charset=utf-8" if isinstance(self.body, bytes) else "application/json; charset=utf-8"


LOGIN_PAGE: Final = Answer(200, b"<!DOCTYPE html><html><title>Superset</title></html>")
TO_LOGIN: Final = Answer(302, b"<!doctype html>", (("Location", "/login/?next=x"),))


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    headers: email.message.Message
    content: bytes


@dataclass
class Double:
    """`faults` are by method and beginning of a path; each answer is given once, None lets the call through."""

    url: str = ""
    user: str = "admin"
    password: str = "admin"
    faults: dict[str, list[Answer | None]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    databases: list[dict[str, Any]] = field(default_factory=list)
    token: str = TOKEN
    imported: bool = False

    def said(self, method: str, path: str) -> list[Call]:
        return [call for call in self.calls if call.method == method and call.path.startswith(path)]

    def answer(self, call: Call) -> Answer:
        self.calls.append(call)
        for begin, answers in self.faults.items():
            method, _, path = begin.partition(" ")
            if call.method == method and call.path.startswith(path) and answers:
                fault = answers.pop(0)
                if fault is not None:
                    return fault
        path = urlsplit(call.path).path
        if path in _OPEN:
            return _OPEN[path](self, call)
        refused = self._refused(call)
        if refused is not None:
            return refused
        return next((route(self, call) for begin, route in _ROUTES.items() if path.startswith(begin)), _NOT_FOUND)

    def _refused(self, call: Call) -> Answer | None:
        """In this order, as Superset has it: a call that changes something is first looked at for its CSRF token."""
        if call.method not in ("GET", "HEAD"):
            cookie = f"session={COOKIE}" in call.headers.get("Cookie", "")
            if call.headers.get("X-CSRFToken") != CSRF or not cookie:
                return TO_LOGIN
        token = call.headers.get("Authorization", "")
        if not token:
            return Answer(401, {"msg": "Missing Authorization Header"})
        if token.count(".") == 2:  # a JWT, and so none of its own
            return Answer(422, {"msg": "Signature verification failed"})
        return None if token == f"Bearer {self.token}" else Answer(401, {"msg": "Token has expired"})


def _login(double: Double, call: Call) -> Answer:
    body = json.loads(call.content)
    if (body.get("username"), body.get("password")) != (double.user, double.password):
        return Answer(401, {"message": "Not authorized"})
    return Answer(200, {"access_token": double.token})


def _csrf(double: Double, call: Call) -> Answer:
    return Answer(200, {"result": CSRF}, (("Set-Cookie", f"session={COOKIE}; HttpOnly; Path=/; SameSite=Lax"),))


def _list(double: Double, call: Call) -> Answer:
    kind = call.path.split("/")[3]
    rows = double.databases if kind == "database" else []
    return Answer(200, {"count": len(rows), "ids": [row["id"] for row in rows], "result": rows})


def _delete(double: Double, call: Call) -> Answer:
    number = int(urlsplit(call.path).path.rpartition("/")[2])
    left = [row for row in double.databases if row["id"] != number]
    if len(left) == len(double.databases):
        return Answer(404, {"message": "Not found"})
    double.databases = left
    return Answer(200, {"message": "OK"})


def _look(double: Double, call: Call) -> Answer:
    files, form = _form(call)
    found: dict[str, Any] = dict(NOT_THE_TYPE)
    with zipfile.ZipFile(io.BytesIO(files["formData"])) as packed:
        names = [name for name in packed.namelist() if "/databases/" in name]
        for name in names:
            path = name.partition("/")[2]
            uri = yaml.safe_load(packed.read(name))["sqlalchemy_uri"]
            if "XXXXXXXXXX" in uri and path not in json.loads(form["passwords"]) and not double.databases:
                found[path] = {"_schema": ["Must provide a password for the database"]}
    error = {
        "message": "Error importing dashboard", "error_type": "GENERIC_COMMAND_ERROR", "level": "warning",
        "extra": {**found, "issue_codes": [{"code": 1010, "message": "Issue 1010 - ..."}]},
    }  # fmt: skip
    return Answer(422, {"errors": [error]})


def _import(double: Double, call: Call) -> Answer:
    files, _ = _form(call)
    with zipfile.ZipFile(io.BytesIO(files["bundle"])) as packed:
        (name,) = (name for name in packed.namelist() if "/databases/" in name)
        data = yaml.safe_load(packed.read(name))
    double.databases = [{"id": 1, "uuid": data["uuid"], "database_name": data["database_name"]}]
    double.imported = True
    return Answer(200, {"message": "OK"})


def _form(call: Call) -> tuple[dict[str, bytes], dict[str, str]]:
    kind = f"Content-Type: {call.headers['Content-Type']}\r\n\r\n".encode()
    parsed = email.message_from_bytes(kind + call.content, policy=email.policy.HTTP)
    files, form = {}, {}
    for part in parsed.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if part.get_filename():
            files[name] = content
        else:
            form[name] = content.decode()
    return files, form


_NOT_FOUND: Final = Answer(404, {"message": "Not found"})
_OPEN: Final[dict[str, Callable[[Double, Call], Answer]]] = {
    "/health": lambda *_: Answer(200, b"OK"),
    "/version": lambda *_: Answer(200, {"build_number": None, "version_sha": "", "version_string": "6.1.0"}),
    "/api/v1/security/login": _login,
}


def _one(double: Double, call: Call) -> Answer:
    """An asset: there is none but the database's row."""
    path = urlsplit(call.path).path
    if path.endswith("/"):
        return _list(double, call)
    return _delete(double, call) if call.method == "DELETE" else _NOT_FOUND


_ROUTES: Final[dict[str, Callable[[Double, Call], Answer]]] = {
    "/api/v1/security/csrf_token/": _csrf,
    "/api/v1/dashboard/import/": _look,
    "/api/v1/assets/import/": _import,
    **{f"/api/v1/{kind}/": _one for kind in KINDS},
}


@contextlib.contextmanager
def double() -> Iterator[Double]:
    made = Double()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = made.answer(Call(self.command, self.path, self.headers, content))
            if answer.status == 0:
                self.close_connection = True
                return
            if answer.delay:
                threading.Event().wait(answer.delay)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.kind)
                self.send_header("Content-Length", str(len(answer.content)))
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.content)

        do_GET = do_POST = do_PUT = do_DELETE = _any

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
