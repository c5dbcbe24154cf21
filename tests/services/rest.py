"""An HTTP service in the process that is strict: what it does not know fails the test that asked.

Each connection carries one call, so that a stopped service is gone for everybody at once.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl, urlsplit

from services.faults import Fault


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str
    """As sent: percent-encoded, without the query."""
    query: tuple[tuple[str, str], ...]
    body: Any
    """None where there was none."""
    login: tuple[str, str] | None
    headers: dict[str, str] = field(default_factory=dict)
    """Names in lower case."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Unexpected(Exception):
    """A call that fleetgen must never make."""


class Service:
    """Subclasses answer; `calls` is everything that was asked, `complaints` what should not have been.

    `faults` are tried in order. The clock is the machine's, and moves on by `advance`. With `tls` (certificates.py) set
    before the start it is HTTPS.
    """

    media_types: tuple[str, ...] = ("application/json",)

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.complaints: list[str] = []
        self.faults: list[Fault] = []
        self._due: list[tuple[float, Callable[[], object]]] = []
        self._ahead = 0.0
        self._lock = threading.RLock()
        self._server: ThreadingHTTPServer | None = None
        self.tls: ssl.SSLContext | None = None
        self.port = 0

    def answer(self, call: Call) -> Reply:
        """Raises Unexpected for a call that is none of ours."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """On the port that it had before, if it had one."""
        handler = type("Handler", (_Handler,), {"service": self})
        self._server = _Server(("127.0.0.1", self.port), handler)
        if self.tls is not None:
            # The handshake is the handler's, not the listener's: nobody waits for a client that does not go on.
            plain = self._server.socket
            self._server.socket = self.tls.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        """Nobody listens afterwards; what it knows stays."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def advance(self, seconds: float) -> None:
        self._ahead += seconds

    def later(self, seconds: float, action: Callable[[], object]) -> None:
        """The action is seen by the first call after so many seconds."""
        self._due.append((time.monotonic() + self._ahead + seconds, action))

    def asked(self, method: str) -> list[str]:
        """The paths that a method was used on, in order."""
        return [call.path for call in self.calls if call.method == method]

    def handle(self, call: Call) -> Reply:
        with self._lock:
            self.settle()
            try:
                return self.answer(call)
            except Unexpected as complaint:
                query = "".join(f" {name}={value}" for name, value in call.query)
                self.complaints.append(f"{call.method} {call.path}{query}: {complaint}")
                return Reply(501, {"error_code": 501, "message": f"not expected by the test: {complaint}"})

    def settle(self) -> None:
        """Let happen what is due."""
        now = time.monotonic() + self._ahead
        ready = sorted((due for due in self._due if due[0] <= now), key=lambda due: due[0])
        self._due = [due for due in self._due if due[0] > now]
        for _, action in ready:
            action()

    def fault(self, call: Call) -> Fault | None:
        """The first that meets the call, used up by one."""
        with self._lock:
            self.calls.append(call)
            for fault in self.faults:
                if fault.meets(call.method, call.path):
                    fault.times -= 1
                    return fault
        return None


S = TypeVar("S", bound=Service)


@contextlib.contextmanager
def running(service: S) -> Iterator[S]:
    """The service, up. Raises AssertionError at the end if it was asked anything unexpected."""
    service.start()
    try:
        yield service
    finally:
        service.stop()
    assert not service.complaints, "calls that should never be made:\n" + "\n".join(service.complaints)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes, or trusts us not, is none; anything else is a fault of the service's own."""
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, ssl.SSLError)):
            service: Service = self.RequestHandlerClass.service  # type: ignore[attr-defined]
            service.complaints.append(f"the service itself failed: {error!r}")


class _Handler(BaseHTTPRequestHandler):
    service: Service
    protocol_version = "HTTP/1.1"
    server_version = "Tests"

    def _serve(self) -> None:
        call = self._call()
        fault = self.service.fault(call)
        if fault is None:
            self._send(self.service.handle(call))
            return
        time.sleep(fault.delay)
        if fault.status is None and not fault.reset:
            self._send(self.service.handle(call))
            return
        if fault.carried_out > 0:
            self.service.later(fault.carried_out, lambda: self.service.handle(call))
        elif fault.carried_out == 0:
            self.service.handle(call)
        if fault.reset:
            self._reset()
        else:
            self._write(fault.status or 0, fault.text.encode(), fault.headers, fault.promised)

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _serve

    def _call(self) -> Call:
        parts = urlsplit(self.path)
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body: Any = None
        if sent:
            kind = (self.headers.get("Content-Type") or "").split(";")[0]
            if kind not in self.service.media_types:
                self.service.complaints.append(f"{self.command} {parts.path}: a body of type {kind!r}")
            try:
                body = json.loads(sent)
            except ValueError:
                self.service.complaints.append(f"{self.command} {parts.path}: a body that is no JSON")
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Call(self.command, parts.path, query, body, _login(self.headers.get("Authorization")), headers)

    def _send(self, reply: Reply) -> None:
        text = b"" if reply.body is None else json.dumps(reply.body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"} if text else {}
        self._write(reply.status, text, {**headers, **reply.headers})

    def _write(self, status: int, text: bytes, headers: dict[str, str], promised: int = 0) -> None:
        with contextlib.suppress(ConnectionError):  # who asked may have lost patience
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(text) + promised))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(text)
        self.close_connection = True

    def _reset(self) -> None:
        """With no time to linger the kernel sends RST instead of FIN."""
        connection = cast(socket.socket, self.connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(connection.detach())
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: `calls` has it all."""


def _login(header: str | None) -> tuple[str, str] | None:
    if header is None or not header.startswith("Basic "):
        return None
    user, _, password = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    return user, password
