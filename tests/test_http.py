"""The HTTP client: whatever a service does, one clear line says so, without a secret."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fleetgen import http
from fleetgen.http import Client, HttpError, Reply
from services import faults
from services.rest import Call, Service, running
from services.rest import Reply as Answer

SECRET = "canary/5+0 \"x' ü€"


class Echo(Service):
    """Answers with what it was asked."""

    def answer(self, call: Call) -> Answer:
        return Answer(200, {"method": call.method, "body": call.body, "login": call.login}, {"X-Kind": "echo"})


@pytest.fixture
def service() -> Iterator[Echo]:
    with running(Echo()) as echo:
        yield echo


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(service: Echo, waits: list[float]) -> Client:
    made = http.client(service.url, "Service", "FG799", login=("me", SECRET), secrets=["token-1"], timeout=0.5)
    return replace(made, sleep=waits.append)


def refusal(client: Client, *arguments: Any, **more: Any) -> HttpError:
    with pytest.raises(HttpError) as raised:
        client.ask(*arguments, **more)
    told = str(raised.value)
    assert told.startswith("FG799 error: Service: ")
    assert told.count("\n") == 1
    assert "\n  help: " in told
    return raised.value


def test_an_answer_is_its_json(client: Client) -> None:
    reply = client.ask("PUT", "/x", {"a": 1})
    assert (reply.status, reply.body["method"], reply.body["body"]) == (200, "PUT", {"a": 1})
    assert reply.body["login"] == ["me", SECRET]
    assert reply.headers["x-kind"] == "echo"


def test_an_empty_answer_has_no_body(service: Echo, client: Client) -> None:
    service.faults = [faults.Fault("/x", status=204)]
    assert client.ask("DELETE", "/x").body is None


def test_without_a_login_none_is_sent(service: Echo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even what ~/.netrc has for the host."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login x password y\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert http.client(service.url, "Service", "FG799").ask("GET", "/").body["login"] is None


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 409, 413, 422, 500])
def test_an_unexpected_status_is_told_at_once(service: Echo, client: Client, code: int, waits: list[float]) -> None:
    service.faults = [faults.status("/x", code, f"no way, {SECRET[:6]}")]
    error = refusal(client, "GET", "/x")
    assert (error.status, error.final, error.sent) == (code, False, True)
    assert f"GET /x answers {code}: no way" in str(error)
    assert waits == []
    assert len(service.calls) == 1


@pytest.mark.parametrize("code", [429, 502, 503, 504])
def test_what_another_try_may_cure_is_tried_again(service: Echo, client: Client, code: int, waits: list[float]) -> None:
    service.faults = [faults.status("/x", code, times=4)]
    assert client.ask("GET", "/x").status == 200
    assert waits == [0.5, 1.0, 2.0, 4.0]
    service.faults = [faults.status("/x", code, times=5)]
    assert refusal(client, "GET", "/x").status == code


@pytest.mark.parametrize(
    ("asked", "waited"), [("7", 7.0), ("0", 0.0), ("3600", 30.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.5), ("", 0.5)]
)
def test_retry_after_is_minded_within_reason(
    service: Echo, client: Client, asked: str, waited: float, waits: list[float]
) -> None:
    service.faults = [faults.too_many("/x", asked)]
    client.ask("GET", "/x")
    assert waits == [waited]


def test_a_call_is_not_tried_again_where_that_is_not_wanted(service: Echo, client: Client) -> None:
    service.faults = [faults.status("/x", 503)]
    assert refusal(client, "PUT", "/x", retry=()).status == 503


@pytest.mark.parametrize(
    ("fault", "told", "status", "sent", "final"),
    [
        (faults.slow("/x", 1.5), "GET /x: no answer within 0.5 s", 0, True, False),
        (faults.reset("/x"), "GET /x: the connection broke before the answer was whole (Conn", 0, True, False),
        (faults.cut_off("/x"), "GET /x: the connection broke before the answer was whole", 0, True, False),
        (faults.broken_json("/x"), "GET /x: answers 200 with application/json that is no JSON", 200, True, True),
        (faults.html("/x"), "GET /x: answers 200 with text/html that is no JSON", 200, True, True),
        (faults.html("/x", 404), "GET /x answers 404: a page of HTML", 404, True, False),
        (faults.redirect("/x", "http://a.b/login?token=canary"), "redirects to http://a.b/login: the", 302, True, True),
        (faults.Fault("/x", status=304), "GET /x answers 304", 304, True, False),
    ],
)  # fmt: skip
def test_a_fault_is_one_clear_line(
    service: Echo, client: Client, fault: faults.Fault, told: str, status: int, sent: bool, final: bool
) -> None:
    service.faults = [fault]
    error = refusal(client, "GET", "/x")
    assert told in str(error)
    assert "canary" not in str(error)
    assert (error.status, error.sent, error.final) == (status, sent, final)


def test_a_service_that_is_down_was_sent_nothing(service: Echo, client: Client) -> None:
    service.stop()
    error = refusal(client, "GET", "/x")
    assert "GET /x: cannot be reached (Connection refused)" in str(error)
    assert (error.status, error.sent, error.final) == (0, False, False)


@pytest.mark.parametrize(
    ("base", "told"),
    [
        ("http://no-such-host.invalid", "cannot be reached ("),
        ("nonsense", "the call cannot be made ("),
        ("ftp://127.0.0.1", "the call cannot be made ("),
        ("http://", "the call cannot be made ("),
    ],
)
def test_an_address_that_is_none_is_told(base: str, told: str) -> None:
    error = refusal(http.client(base, "Service", "FG799", timeout=1), "GET", "/x")
    assert told in str(error)
    assert not error.sent


def test_https_where_http_is_spoken_is_told(service: Echo) -> None:
    error = refusal(http.client(service.url.replace("http:", "https:"), "Service", "FG799", timeout=5), "GET", "/x")
    assert "GET /x: no TLS is spoken there: is it http:// and not https://?" in str(error)
    assert (error.sent, error.final) == (False, True)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_a_certificate_that_nobody_vouches_for_is_told(tmp_path: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*command, "-keyout", "key", "-out", "crt"], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "crt", tmp_path / "key")
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def shake() -> None:
            connection, _ = listening.accept()
            with connection:
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except (ssl.SSLError, OSError):
                    return

        threading.Thread(target=shake, daemon=True).start()
        made = http.client(f"https://127.0.0.1:{listening.getsockname()[1]}", "Service", "FG799", timeout=5)
        error = refusal(made, "GET", "/x")
    assert "GET /x: the certificate is not accepted (" in str(error)
    assert "_ssl.c" not in str(error)
    assert "REQUESTS_CA_BUNDLE" in str(error)
    assert (error.status, error.sent, error.final) == (0, False, True)


@pytest.mark.parametrize(
    "body",
    [
        f'{{"message": {json.dumps(SECRET)}}}',
        f'{{"errors": [{{"detail": {json.dumps(SECRET)}}}]}}',
        f'{{"odd": {json.dumps(SECRET)}}}',
        f"plain {SECRET}",
        "the login was " + base64.b64encode(SECRET.encode()).decode(),
        "the header was Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode(),
        '{"error": "token-1"}',
        # The text is cut at some length: no half of a secret is left.
        *("x" * (length - len("token-1") // 2 - 1) + " token-1 and more" for length in (397, 398, 399, 400, 401, 402)),
    ],
)
def test_no_secret_is_in_an_error(service: Echo, client: Client, body: str) -> None:
    service.faults = [faults.Fault("/x", status=400, text=body)]
    told = str(refusal(client, "GET", "/x"))
    assert "canary" not in told
    assert "Y2FuYXJ5" not in told
    assert "Y2FuYX" not in told
    assert "bWU6Y2" not in told
    assert "toke" not in told


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, ""),
        ({"message": "a\n b"}, ": a b"),
        ({"errors": [{"detail": "one"}, {"detail": "two"}]}, ": one; two"),
        ({"message": "", "error": "second"}, ": second"),
        ([], ""),
        ({"odd": 1}, ': {"odd": 1}'),
        ("x" * 500, f": {'x' * 400} .."),
    ],
)
def test_an_error_says_what_the_body_says(client: Client, body: object, said: str) -> None:
    line = str(client.error("GET", "/x", Reply(400, body))).splitlines()[0]
    assert line == f"FG799 error: Service: GET /x answers 400{said}"
