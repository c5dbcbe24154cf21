"""Connect's own REST, for the connectors that ksqlDB made: it tells of a configuration, and changes one in place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from fleetgen.errors import FleetgenError
from fleetgen.http import RETRIED, Client
from fleetgen.targets.ksql.client import shown
from fleetgen.targets.ksql.objects import REFERENCE, Object

CLASS: Final = "connector.class"
_SIGNS: Final = ("kafka.topic", "schema.string")
_END: Final = "-source"
_MASKED: Final = re.compile(r"\*{2,}|\u2022+")
_SECRET: Final = re.compile(r"password|secret|token|credential|jaas|api\.key|private|\.key$|user\.info", re.IGNORECASE)
_OTHER: Final = "(another value)"
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
        return {key: self._fact(key, live[key], wanted.config.get(key)) for key in keys}

    def _fact(self, key: str, value: str, wanted: str | None) -> str:
        if wanted is not None and (value == filled(wanted, self._values) or _MASKED.fullmatch(value)):
            return wanted
        return _OTHER if _SECRET.search(key) or (wanted or "").startswith(REFERENCE) else value

    def put(self, path: str, config: str) -> None:
        """Change a configuration in place. Raises HttpError, FleetgenError."""
        body = {key: filled(value, self._values) for key, value in json.loads(config).items()}
        reply = self._http.ask("PUT", path, body, expect=(200, 201, 400), retry=_REBALANCES)
        if reply.status == 400:
            said = reply.body.get("message", "") if isinstance(reply.body, dict) else ""
            raise FleetgenError(
                f"FG745 error: Kafka Connect refuses the configuration: {shown(str(said), self._http.secrets)}\n"
                "  help: mend what it names, render and apply again"
            )


def filled(value: str, values: Mapping[str, str]) -> str:
    """With the profile's value in place of a reference. Raises FleetgenError for what the profile lacks."""
    if not value.startswith(REFERENCE):
        return value
    key = value.removeprefix(REFERENCE)[:-1]
    if key not in values:
        raise FleetgenError(
            f"FG746 error: ksqlDB is to be told {key}, and the profile has none\n  help: add it to the profile"
        )
    return values[key]


def put_call(wanted: Object) -> tuple[str, ...]:
    """What `Worker.put` is to do, its references unresolved."""
    config = json.dumps({"name": wanted.name, **wanted.config}, ensure_ascii=False)
    return "PUT", f"/connectors/{quote(wanted.name, safe='')}/config", config


def is_ours(wanted: Object, live: Mapping[str, str]) -> bool:
    """Whether one of the same name is of the same class and about the same stream."""
    signs = any(sign in live and live[sign] == wanted.config.get(sign) for sign in _SIGNS)
    record = _record(wanted.config)
    about = signs or (record is not None and record == _record(live))
    return live.get(CLASS) == wanted.config.get(CLASS) and about


def strays(wanted: Iterable[Object], live: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """What nothing desires and we made: its name, its class and the schema that it sends say so."""
    wanted = list(wanted)
    names = {each.name for each in wanted}
    classes = {each.config.get(CLASS) for each in wanted}
    spaces = {record[0] for each in wanted if (record := _record(each.config))}
    for name, config in sorted(live.items()):
        record = _record(config)
        known = record is not None and record[0] in spaces and name == record[1] + _END
        if known and name not in names and config.get(CLASS) in classes:
            yield name


def _config(told: Any) -> dict[str, str]:
    config = told.get("info", {}).get("config", {}) if isinstance(told, dict) else {}
    return {key: str(value) for key, value in config.items() if key != "name"}


def _record(config: Mapping[str, str]) -> tuple[str, str] | None:
    """Namespace and name of the schema that a connector sends."""
    try:
        tree: Any = json.loads(config["schema.string"])
        inside, _, name = str(tree["name"]).rpartition(".")
        return inside or str(tree.get("namespace") or ""), name
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
