"""What a service in the process does instead of its duty, on demand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

NEVER: Final = -1.0
AT_ONCE: Final = 0.0
STALE: Final = (
    "Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)"
)
TIMED_OUT: Final = "Request timed out. The worker is currently stopping 2 and 2 tasks, which began at {}Z."


@dataclass(slots=True)
class Fault:
    """What the next `times` calls get whose path `path` (a regular expression) matches from end to end."""

    path: str
    method: str | None = None
    times: int = 1
    status: int | None = None
    """None: the right answer, after the delay."""
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    """In seconds, before anything is done."""
    reset: bool = False
    """The connection ends without an answer."""
    promised: int = 0
    """How many bytes more than it sends the answer says that it has."""
    carried_out: float = NEVER
    """After how many seconds the call is carried out all the same."""

    def meets(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in (None, method) and re.fullmatch(self.path, path) is not None


def status(path: str, code: int, message: str = "refused by the test", **more: Any) -> Fault:
    """An error as Connect and the registry tell it."""
    text = f'{{"error_code":{code},"message":"{message}"}}'
    return Fault(path, status=code, text=text, **{"headers": {"Content-Type": "application/json"}, **more})


def html(path: str, code: int = 200, **more: Any) -> Fault:
    """What a proxy, or a worker that is not up yet, answers."""
    headers = {"Content-Type": "text/html;charset=ISO-8859-1"}
    return Fault(path, status=code, text=f"<html><h2>HTTP ERROR {code}</h2></html>", headers=headers, **more)


def broken_json(path: str, **more: Any) -> Fault:
    """A whole answer that ends inside its JSON."""
    return Fault(path, status=200, text='{"name":"x","conf', headers={"Content-Type": "application/json"}, **more)


def cut_off(path: str, **more: Any) -> Fault:
    """An answer whose connection ends before its last byte."""
    more = {"promised": 100, "headers": {"Content-Type": "application/json"}, **more}
    return Fault(path, status=200, text='{"name":"x","conf', **more)


def reset(path: str, **more: Any) -> Fault:
    return Fault(path, reset=True, **more)


def slow(path: str, seconds: float, **more: Any) -> Fault:
    return Fault(path, delay=seconds, **more)


def redirect(path: str, to: str, **more: Any) -> Fault:
    return Fault(path, status=302, headers={"Location": to}, **more)


def too_many(path: str, retry_after: int | str = 1, **more: Any) -> Fault:
    return status(path, 429, "Too Many Requests", headers={"Retry-After": str(retry_after)}, **more)


def stale(path: str, **more: Any) -> Fault:
    """A worker right after a change of a configuration."""
    return status(path, 409, STALE, **more)


def timed_out(path: str, carried_out: float = NEVER, **more: Any) -> Fault:
    """A worker without its broker: nobody knows whether the call will be carried out."""
    return status(path, 500, TIMED_OUT.format("2026-11-24T16:44:51.934"), carried_out=carried_out, **more)
