"""Kafka Connect's REST interface, with patience: a worker starts, rebalances, and forgets to say what it has done."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from fleetgen.http import RETRIED, Client, HttpError

PATIENCE: Final = 30.0
"""Seconds in which a worker that went away may come back."""
_OPENING: Final = 5.0
_LONGEST: Final = 120.0
"""Seconds for one change, with all its tries."""
_HEALTH: Final = 15.0
_SETTLING: Final = 5.0
"""A worker whose broker is back carries out, within so many seconds, what it had told as timed out."""
_TRIES: Final = 4
_POLL: Final = 0.5


class Worker:
    """The workers of one cluster, by the address of one, or a managed Connect. Names are those that an address takes.

    Each call raises HttpError with what the service says, without secrets.
    """

    def __init__(self, client: Client, *, managed: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self.managed = managed
        self.clock = clock
        self.sleep = client.sleep

    def open(self) -> str:
        """Its version. Raises HttpError for one that does not answer, or is not well."""
        self.ready(_OPENING)
        return "" if self.managed else str(self._object("/").get("version", ""))

    def configurations(self) -> dict[str, dict[str, str]]:
        """Of every connector that is there, ours or not."""
        return {name: _texts(each.get("config") or {}) for name, each in self._expanded("info").items()}

    def statuses(self) -> dict[str, dict[str, Any]]:
        """One that was made this moment may have none yet."""
        return self._expanded("status")

    def configuration(self, name: str) -> dict[str, str] | None:
        path = f"{_path(name)}/config"
        found = self._read(path)
        return None if found is None else _texts(self._shaped(path, found))

    def status(self, name: str) -> dict[str, Any]:
        """Empty for one that is not there, or not yet."""
        return self._object(f"{_path(name)}/status")

    def tasks(self, name: str) -> list[dict[str, str]]:
        """The configurations of its tasks, as they are to run."""
        return [_texts(each.get("config") or {}) for each in self._objects(f"{_path(name)}/tasks")]

    def plugins(self) -> list[str]:
        """The classes of connectors that it has."""
        return sorted({str(each.get("class")) for each in self._objects("/connector-plugins")})

    def validate(self, kind: str, config: Mapping[str, str]) -> dict[str, Any]:
        """What the class of that name says of a configuration, whose name is in it."""
        path = f"/connector-plugins/{quote(kind, safe='')}/config/validate"
        return self._shaped(path, self.client.ask("PUT", path, dict(config), retry={*RETRIED, 409}).body)

    def put(self, name: str, config: Mapping[str, str], done: Callable[[], bool]) -> None:
        self._change("PUT", f"{_path(name)}/config", dict(config), done=done)

    def act(self, name: str, action: str, done: Callable[[], bool]) -> None:
        """`action` is stop, pause or resume."""
        self._change("PUT", f"{_path(name)}/{action}", done=done)

    def restart(self, name: str, done: Callable[[], bool]) -> None:
        """Those of its tasks that failed."""
        self._change("POST", f"{_path(name)}/restart?includeTasks=true&onlyFailed=true", done=done)

    def delete(self, name: str) -> None:
        """One that is gone already is none to delete."""
        try:
            self._change("DELETE", _path(name), done=lambda: self.configuration(name) is None)
        except HttpError as error:
            if not _absent(error):
                raise

    def ready(self, patience: float = PATIENCE) -> None:
        """Wait until it is well. Before that it answers 404 to everything, and lists connectors that are long gone.

        Raises HttpError with the last reason why not.
        """
        end = self.clock() + patience
        while not self.managed:
            failure = self._unwell()
            if failure is None:
                return
            if _hopeless(failure) or self.clock() >= end:
                raise failure
            self.sleep(_POLL)

    def _unwell(self) -> HttpError | None:
        try:
            self.client.ask("GET", "/health", retry=(), timeout=(_HEALTH, _HEALTH))
        except HttpError as error:
            return self._older(error) if error.status == 404 else error
        return None

    def _older(self, failure: HttpError) -> HttpError | None:
        """Before 3.9 there is no /health. One that is starting has nothing at all."""
        try:
            found = self.client.ask("GET", "/", retry=()).body
        except HttpError as error:
            return error
        return None if isinstance(found, dict) and "version" in found else failure

    def _expanded(self, what: str) -> dict[str, dict[str, Any]]:
        path = f"/connectors?expand={what}"
        found = self._read(path)
        if found == []:  # Confluent Cloud has no object without members
            return {}
        listed = {name: self._shaped(path, each) for name, each in self._shaped(path, found).items()}
        return {name: self._shaped(path, each.get(what) or {}) for name, each in listed.items()}

    def _object(self, path: str) -> dict[str, Any]:
        found = self._read(path)
        return {} if found is None else self._shaped(path, found)

    def _objects(self, path: str) -> list[dict[str, Any]]:
        found = self._read(path)
        if not isinstance(found, list | None):
            raise self._foreign(path)
        return [self._shaped(path, each) for each in found or ()]

    def _shaped(self, path: str, found: Any) -> dict[str, Any]:
        """Raises HttpError for what is JSON and not an object, where Connect has one."""
        if isinstance(found, dict):
            return found
        raise self._foreign(path)

    def _foreign(self, path: str) -> HttpError:
        client = self.client
        return HttpError(
            f"{client.code} error: {client.service}: {path} answers with JSON that is not Kafka Connect's\n"
            "  help: look at the address in the profile: is it that of the REST interface?",
            200,
            final=True,
        )

    def _read(self, path: str) -> Any:
        """None for what is not there. A worker that went away is waited for once."""
        try:
            return self._once(path)
        except HttpError as error:
            if not _curable(error):
                raise
            self.sleep(_POLL)
            self.ready()
        return self._once(path)

    def _once(self, path: str) -> Any:
        try:
            return self.client.ask("GET", path, retry={*RETRIED, 409}).body
        except HttpError as error:
            if _absent(error):
                return None
            raise

    def _change(self, method: str, path: str, body: object = None, *, done: Callable[[], bool]) -> None:
        """Have it carried out. `done` tells whether it was, where the answer leaves that open."""
        end = self.clock() + _LONGEST
        tries = 0
        while True:
            try:
                self.client.ask(method, path, body, retry={429})
                return
            except HttpError as error:
                tries += 1
                if not _curable(error, tries) or self.clock() >= end:
                    raise
                failure = error
            self._recover(failure, tries)
            if done():
                return

    def _recover(self, failure: HttpError, tries: int) -> None:
        """Wait until it is known whether the call was carried out, or may be tried again."""
        self.sleep(min(0.25 * 2**tries, 8.0))
        if failure.status != 409:
            self.ready()
        if _open(failure):
            self.sleep(_SETTLING)


def _path(name: str) -> str:
    return f"/connectors/{quote(name, safe='')}"


def _texts(config: Mapping[str, Any]) -> dict[str, str]:
    """Connect keeps texts, and null for a known key that was sent so."""
    return {key: value if isinstance(value, str) else _text(value) for key, value in config.items() if key != "name"}


def _text(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _absent(error: HttpError) -> bool:
    """Whether it says that there is no such thing; one that starts says 404 to everything, as a page of HTML."""
    return error.status == 404 and isinstance(error.body, dict) and "error_code" in error.body


def _open(failure: HttpError) -> bool:
    """Whether nobody knows if the call is carried out: it may be, later."""
    return (failure.status == 0 and failure.sent) or failure.status == 504 or "timed out" in str(failure)


def _curable(error: HttpError, tries: int = 1) -> bool:
    if error.status == 404:
        return not _absent(error) and tries <= _TRIES
    if error.final:
        return False
    if error.status == 500:
        return "timed out" in str(error) or tries <= _TRIES
    return error.status in (0, 409, 502, 503, 504)


def _hopeless(failure: HttpError) -> bool:
    return failure.status != 404 and (failure.final or 0 < failure.status < 500)
