"""Connect's own REST, for the connectors that ksqlDB made: it tells of a configuration, and changes one in place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from fleetgen.errors import FleetgenError
from fleetgen.http import RETRIED, Client
from fleetgen.targets.ksql.client import shown
from fleetgen.targets.ksql.objects import REFERENCE, Object

_MASKED: Final = re.compile(r"\*{2,}|\u2022+")
_SECRET: Final = re.compile(r"password|secret|token|credential|jaas|api\.key|private|\.key$|user\.info", re.IGNORECASE)
_OTHER: Final = "(another value)"
_REBALANCES: Final = frozenset({*RETRIED, 409})


class Worker:
    """`values` are what the references stand for. `managed`: Confluent Cloud, which adds keys of its own."""

    def __init__(self, http: Client, values: Mapping[str, str], *, managed: bool) -> None:
        self._http, self._values, self._managed = http, values, managed

    def facts(self, wanted: Object) -> dict[str, str] | None:
        """The live configuration, or None if there is no such connector. Raises HttpError."""
        path = _path(wanted.name)
        reply = self._http.ask("GET", path, expect=(200, 404))
        if reply.status == 404:
            return None
        if not isinstance(reply.body, dict):
            raise self._http.error("GET", path, reply)
        live = {key: str(value) for key, value in reply.body.items() if key != "name"}
        if self._managed:
            live = {key: value for key, value in live.items() if key in wanted.config}
        return {key: self._fact(key, value, wanted.config.get(key)) for key, value in live.items()}

    def _fact(self, key: str, value: str, wanted: str | None) -> str:
        """What is equal is told as it is wanted, what is different without its secrets."""
        if wanted is not None and (value == self.filled(wanted) or _MASKED.fullmatch(value)):
            return wanted
        secret = _SECRET.search(key) or (wanted or "").startswith(REFERENCE)
        return _OTHER if secret else value

    def filled(self, value: str) -> str:
        """Raises FleetgenError for a key that the profile lacks."""
        if not (value.startswith(REFERENCE) and value.endswith("}")):
            return value
        key = value.removeprefix(REFERENCE)[:-1]
        try:
            return self._values[key]
        except KeyError:
            raise missing(key) from None

    def put(self, path: str, config: str) -> None:
        """Change a configuration in place. Raises HttpError, FleetgenError."""
        body = {key: self.filled(value) for key, value in json.loads(config).items()}
        reply = self._http.ask("PUT", path, body, expect=(200, 201, 400), retry=_REBALANCES)
        if reply.status == 400:
            said = reply.body.get("message", "") if isinstance(reply.body, dict) else ""
            raise FleetgenError(
                f"FG745 error: Kafka Connect refuses the configuration: {shown(str(said), self._http.secrets)}\n"
                "  help: mend what it names, render and apply again"
            )


def put_call(wanted: Object) -> tuple[str, ...]:
    """What `Worker.put` is to do, its references unresolved."""
    return "PUT", _path(wanted.name), json.dumps({"name": wanted.name, **wanted.config}, ensure_ascii=False)


def missing(key: str) -> FleetgenError:
    return FleetgenError(f"FG842 error: the profile has no {key}\n  help: add it to the profile")


def _path(name: str) -> str:
    return f"/connectors/{quote(name, safe='')}/config"
