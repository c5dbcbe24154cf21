"""JSON over HTTP: time-outs, retries and errors. Knows no service."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen
from fleetgen.redaction import redact

if TYPE_CHECKING:
    import requests

RETRIED: Final = frozenset({429, 502, 503, 504})
"""What another try may cure: the request was not carried out."""
_LONGEST_WAIT: Final = 30.0
_CONNECTING: Final = 10.0
_ADDRESS: Final = "look at the address in the profile, and whether the service is up"
_UNTRUSTED: Final = "the certificate is not accepted"
_TRUST: Final = "name the file of an authority of your own in REQUESTS_CA_BUNDLE, or look at the address in the profile"
_SHOWN: Final = 400
_TELLING: Final = ("message", "error", "msg", "detail", "errors")


class HttpError(FleetgenError):
    """A call that failed. `status` is 0 if there was no whole answer: if `sent`, it may have been carried out.

    `final` says that another try cannot help: a certificate, an address that is none, an answer that is no JSON.
    """

    def __init__(
        self, message: str, status: int = 0, body: object = None, *, sent: bool = True, final: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = body
        self.sent = sent
        self.final = final


@frozen
class Reply:
    """`body` is the JSON of the answer, None for an empty one; `headers` are lower case."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@frozen
class Client:
    """`service` ("Kafka Connect") and `code`, that of a finding, name it in errors. `secrets` are never in one.

    `timeout` is for the answer, in seconds; connecting gets at most 10. `tries` counts the first one too.
    """

    base: str
    service: str
    code: str
    session: requests.Session
    timeout: float = 30.0
    tries: int = 5
    secrets: tuple[str, ...] = ()
    sleep: Callable[[float], None] = time.sleep

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        expect: Collection[int] = (200, 201, 202, 204),
        retry: Collection[int] = RETRIED,
        **more: Any,
    ) -> Reply:
        """The answer, if its status is expected. `more` is for requests: params, headers, data, files, timeout.

        A status of `retry` is tried again after a growing wait, or after what Retry-After says.
        Raises HttpError for any other, and for what is no JSON, a redirect, or no answer.
        """
        number = 1
        while True:
            reply = self._once(method, path, body, expect, **more)
            if reply.status in expect:
                return reply
            if reply.status not in retry or number == self.tries:
                raise self.error(method, path, reply)
            self.sleep(_wait(number, reply))
            number += 1

    def _once(self, method: str, path: str, body: object, expect: Collection[int], **more: Any) -> Reply:
        import requests

        arguments = {"timeout": (_CONNECTING, self.timeout), "allow_redirects": False, **more}
        if body is not None:
            arguments["json"] = body
        try:
            answer = self.session.request(method, self.base.rstrip("/") + path, **arguments)
        except requests.RequestException as error:
            raise self._unanswered(method, path, error, _limit(arguments["timeout"])) from None
        if answer.is_redirect:
            where = answer.headers.get("Location", "").partition("?")[0]
            raise self._failed(method, path, f"redirects to {where}: the address is not that of the API", answer)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status_code, self._json(method, path, answer, strict=answer.status_code in expect), headers)

    def _json(self, method: str, path: str, answer: requests.Response, *, strict: bool) -> Any:
        if not answer.content.strip():
            return None
        try:
            return json.loads(answer.content)
        except ValueError:
            if not strict:
                return answer.text
        kind = answer.headers.get("Content-Type", "").partition(";")[0] or "text"
        raise self._failed(method, path, f"answers {answer.status_code} with {kind} that is no JSON", answer)

    def error(self, method: str, path: str, reply: Reply) -> HttpError:
        """What an answer that was not expected says, on one line."""
        said = _said(reply.body, self.secrets)
        message = f"{method} {path} answers {reply.status}" + (f": {said}" if said else "")
        return HttpError(self._line(message, _help(reply.status)), reply.status, reply.body)

    def _failed(self, method: str, path: str, reason: str, answer: requests.Response) -> HttpError:
        return HttpError(self._line(f"{method} {path}: {reason}", _ADDRESS), answer.status_code, final=True)

    def _unanswered(self, method: str, path: str, error: requests.RequestException, limit: float) -> HttpError:
        reason, sent, final = _reason(error, limit)
        help = _TRUST if reason.startswith(_UNTRUSTED) else _ADDRESS
        return HttpError(self._line(f"{method} {path}: {reason}", help), sent=sent, final=final)

    def _line(self, message: str, help: str) -> str:
        return redact(f"{self.code} error: {self.service}: {message}\n  help: {help}", self.secrets)


def client(
    base: str,
    service: str,
    code: str,
    *,
    login: tuple[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    secrets: Iterable[str] = (),
    timeout: float = 30.0,
) -> Client:
    """A client with a session of its own. The environment's proxies and certificates count, its .netrc does not."""
    import requests

    session = requests.Session()
    # As text it would be sent in Latin 1.
    session.auth = _nobody if login is None else requests.auth.HTTPBasicAuth(*(part.encode() for part in login))
    session.headers.update({"Accept": "application/json", **(headers or {})})
    known = () if login is None else (login[1], base64.b64encode(":".join(login).encode()).decode())
    return Client(base, service, code, session, timeout, secrets=(*secrets, *known))


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Without any, requests would send what .netrc has for the host."""
    return request


def _wait(number: int, reply: Reply) -> float:
    asked = reply.headers.get("retry-after", "")
    return min(float(asked) if asked.isdecimal() else 0.25 * 2**number, _LONGEST_WAIT)


def _limit(timeout: Any) -> float:
    """The seconds that an answer may take, of what requests calls a time-out."""
    return float(timeout[1] if isinstance(timeout, tuple) else timeout)


def _reason(error: requests.RequestException, limit: float) -> tuple[str, bool, bool]:
    """What a person can act on, without the library's class names; whether it was sent; whether that is final."""
    import requests
    import urllib3

    inner = next((each for each in error.args if isinstance(each, Exception)), None)
    unsent = isinstance(getattr(inner, "reason", None), urllib3.exceptions.NewConnectionError)
    match error:
        case requests.exceptions.SSLError() if "WRONG_VERSION_NUMBER" in str(error):
            return "no TLS is spoken there: is it http:// and not https://?", False, True
        case requests.exceptions.SSLError():
            return f"{_UNTRUSTED} ({_innermost(error)})", False, True
        case requests.exceptions.ProxyError():
            return f"the proxy cannot be reached ({_innermost(error)})", False, False
        case requests.exceptions.ConnectTimeout():
            return f"cannot be reached within {_CONNECTING:g} s", False, False
        case requests.Timeout():
            return f"no answer within {limit:g} s", True, False
        case requests.exceptions.ConnectionError() if unsent:
            return f"cannot be reached ({_innermost(error)})", False, False
        case requests.exceptions.ConnectionError() if isinstance(inner, urllib3.exceptions.ReadTimeoutError):
            return f"no answer within {limit:g} s", True, False
        case requests.exceptions.ConnectionError() | requests.exceptions.ChunkedEncodingError():
            return f"the connection broke before the answer was whole ({_innermost(error)})", True, False
        case _:
            return f"the call cannot be made ({_innermost(error)})", False, True


def _innermost(error: BaseException) -> str:
    """What the network said, below the layers of the libraries."""
    causes = (each for each in (*error.args, getattr(error, "reason", None)) if isinstance(each, Exception))
    inner = next(causes, None)
    if inner is not None:
        return _innermost(inner)
    text = str(getattr(error, "strerror", None) or error).rpartition(": ")[2]
    return re.sub(r"^\[Errno -?\d+\] | \(_ssl\.c:\d+\)$", "", text) or type(error).__name__


def _said(body: object, secrets: Iterable[str]) -> str:
    """The message of an error's body; of HTML only that it is some. Redacted before it is cut: half a secret is one."""
    text = redact(_message(body), secrets)
    if text.lstrip()[:1] == "<":
        return "a page of HTML"
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} .."


def _message(body: object) -> str:
    """Where services put it: a text, a member, or such in a list."""
    match body:
        case None:
            return ""
        case str():
            return body
        case dict():
            told = next((body[key] for key in _TELLING if body.get(key)), None)
            return json.dumps(body, ensure_ascii=False) if told is None else _message(told)
        case list():
            return "; ".join(map(_message, body))
        case _:
            return json.dumps(body, ensure_ascii=False)


def _help(status: int) -> str:
    match status:
        case 401:
            return "look at user and password in the profile"
        case 403:
            return "the user lacks a right: the service's page under doc/targets/ lists those that are needed"
        case 404 | 405:
            return "look at the address in the profile: is it that of the API?"
        case 429 | 500 | 502 | 503 | 504:
            return "run it again when the service has recovered"
        case _:
            return "nothing after this call was done; mend what it names and run it again"
