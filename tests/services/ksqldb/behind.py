"""A Connect of its own behind the server, in the process or a real one, asked as ksqlDB asks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

from services.ksqldb.connectors import Connector, Rebalance


@dataclass(frozen=True, slots=True)
class Behind:
    """`login` are user and password, if it wants any."""

    url: str
    login: tuple[str, str] | None = None

    def known(self) -> dict[str, Connector]:
        told = self._ask("GET", "/connectors?expand=info&expand=status").json()
        return {name: _connector(each) for name, each in told.items()}

    def problems(self, config: dict[str, str]) -> list[tuple[str, str]]:
        kind = quote(config["connector.class"], safe="")
        told = self._ask("PUT", f"/connector-plugins/{kind}/config/validate", {**config, "name": "any"}).json()
        values = [each["value"] for each in told["configs"]]
        return [(each["name"], message) for each in values for message in each["errors"]]

    def make(self, name: str, config: dict[str, str]) -> None:
        answer = self._ask("PUT", _path(name, "/config"), {**config, "name": name}, expect=(201, 409))
        if answer.status_code == 409:
            raise Rebalance

    def remove(self, name: str) -> None:
        self._ask("DELETE", _path(name), expect=(204,))

    def _ask(self, method: str, path: str, body: Any = None, expect: tuple[int, ...] = (200,)) -> requests.Response:
        answer = requests.request(method, self.url + path, json=body, auth=self.login, timeout=30)
        assert answer.status_code in expect, answer.text
        return answer


def _path(name: str, rest: str = "") -> str:
    return f"/connectors/{quote(name, safe='')}{rest}"


def _connector(told: Any) -> Connector:
    status = told.get("status")
    state = status["connector"]["state"] if status else "UNASSIGNED"
    tasks = tuple(task["state"] for task in status["tasks"]) if status else ()
    return Connector({key: value for key, value in told["info"]["config"].items() if key != "name"}, state, tasks)
