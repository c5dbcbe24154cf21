"""Connect's own REST, for the connectors that ksqlDB made: it tells of a configuration, and changes one in place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from fleetgen import connecting, filling
from fleetgen.connecting import CLASS, record
from fleetgen.errors import FleetgenError
from fleetgen.http import RETRIED, Client
from fleetgen.targets.ksql.client import shown
from fleetgen.targets.ksql.objects import Object

_END: Final = "-source"
_REBALANCES: Final = frozenset({*RETRIED, 409})


class Worker:
    """`values` are what the references stand for. `managed`: Confluent Cloud, which adds keys of its own."""

    def __init__(self, http: Client, values: Mapping[str, str], *, managed: bool) -> None:
        self._http, self._values, self._managed = http, values, managed

    def read(self) -> dict[str, dict[str, str]]:
        """The configurations of all connectors, by name. Raises HttpError."""
        path = "/connectors"
        reply = self._http.ask("GET", path, expect=(200,), params={"expand": "info"})
        if not isinstance(reply.body, dict):
            raise self._http.error("GET", path, reply)
        return {name: _config(told) for name, told in reply.body.items()}

    def facts(self, wanted: Object, live: Mapping[str, str]) -> dict[str, str]:
        """What is equal is told as it is wanted, what is different without its secrets."""
        keys = [key for key in live if key in wanted.config or not self._managed]
        return {key: connecting.fact(key, wanted.config.get(key), live[key], self._value) for key in keys}

    def _value(self, key: str) -> str:
        return value(key, self._values)

    def put(self, path: str, config: str) -> None:
        """Change a configuration in place. Raises HttpError, FleetgenError."""
        body = {key: filled(text, self._values) for key, text in json.loads(config).items()}
        reply = self._http.ask("PUT", path, body, expect=(200, 201, 400), retry=_REBALANCES)
        if reply.status == 400:
            said = reply.body.get("message", "") if isinstance(reply.body, dict) else ""
            raise FleetgenError(
                f"FG745 error: Kafka Connect refuses the configuration: {shown(str(said), self._http.secrets)}\n"
                "  help: mend what it names, render and apply again"
            )


def filled(text: str, values: Mapping[str, str]) -> str:
    """With the profile's value in place of a reference."""
    key = filling.reference(text)
    return text if key is None else value(key, values)


def value(key: str, values: Mapping[str, str]) -> str:
    """Raises FleetgenError for what the profile lacks."""
    if key not in values:
        raise FleetgenError(
            f"FG746 error: ksqlDB is to be told {key}, and the profile has none\n  help: add it to the profile"
        )
    return values[key]


def put_call(wanted: Object) -> tuple[str, ...]:
    """What `Worker.put` is to do, its references unresolved."""
    config = json.dumps({"name": wanted.name, **wanted.config}, ensure_ascii=False)
    return "PUT", f"/connectors/{quote(wanted.name, safe='')}/config", config


def strays(wanted: Iterable[Object], live: Mapping[str, Mapping[str, str]], *, proved: bool) -> Iterator[str]:
    """What nothing desires and we made: its name, its class and the schema that it sends say so.

    The empty namespace is everybody's: it tells something only if stores that bear our mark prove it.
    """
    wanted = list(wanted)
    names = {each.name for each in wanted}
    classes = {each.config.get(CLASS) for each in wanted}
    spaces = {about[0] for each in wanted if (about := record(each.config)) and (about[0] or proved)}
    for name, config in sorted(live.items()):
        about = record(config)
        known = about is not None and about[0] in spaces and name == about[1] + _END
        if known and name not in names and config.get(CLASS) in classes:
            yield name


def _config(told: Any) -> dict[str, str]:
    config = told.get("info", {}).get("config", {}) if isinstance(told, dict) else {}
    return {key: str(value) for key, value in config.items() if key != "name"}
