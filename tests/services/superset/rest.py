"""What a test asks of Superset by itself, past the code under test."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import requests

import bundle
from services.superset.server import PASSWORD, USER


class Rest:
    """A session of the user admin."""

    def __init__(self, url: str, password: str = PASSWORD) -> None:
        self.url = url
        self.password = password
        self.session = requests.Session()
        who = {"username": USER, "password": password, "provider": "db", "refresh": False}
        token = self.session.post(f"{url}/api/v1/security/login", json=who, timeout=30).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Referer": f"{url}/"}
        self.session.headers.update(headers)
        self.session.headers["X-CSRFToken"] = self.get("/api/v1/security/csrf_token/")["result"]

    def get(self, path: str) -> Any:
        return self._json("GET", path)

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._json("PUT", path, json=body)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._json("POST", path, json=body)

    def delete(self, path: str) -> Any:
        return self._json("DELETE", path)

    def _json(self, method: str, path: str, **more: Any) -> Any:
        answer = self.session.request(method, f"{self.url}{path}", allow_redirects=False, timeout=60, **more)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def load(self, files: Mapping[str, str], uri: str, password: str) -> None:
        """Import generated files, with this address (its password masked) of ClickHouse."""
        assets = bundle.load(files)
        (database,) = (path for path in assets if bundle.kind(path) == "database")
        assets[database]["sqlalchemy_uri"] = uri
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as opened:
            for path, asset in assets.items():
                opened.writestr(path, json.dumps(asset))
        form = {"passwords": json.dumps({database.removeprefix("preset/"): password})}
        parts = {"bundle": ("bundle.zip", packed.getvalue(), "application/zip")}
        assert self._json("POST", "/api/v1/assets/import/", data=form, files=parts) == {"message": "OK"}

    def ids(self, kind: str) -> dict[str, int]:
        """uuid -> Superset's own number, of all "database", "dataset", "chart" or "dashboard" assets."""
        found = self.get(f"/api/v1/{kind}/?q=(columns:!(id,uuid),page:0,page_size:1000)")["result"]
        return {each["uuid"]: each["id"] for each in found}

    def rows(self, chart: int) -> list[dict[str, Any]]:
        """What a chart's saved query gives."""
        (result,) = self.get(f"/api/v1/chart/{chart}/data/?force=true")["result"]
        assert result["status"] == "success", result
        rows: list[dict[str, Any]] = result["data"]
        return rows

    def cookie(self) -> str:
        """The cookie of a session in the browser, without its login page."""
        form = {"username": USER, "password": self.password, "csrf_token": str(self.session.headers["X-CSRFToken"])}
        entered = self.session.post(f"{self.url}/login/", data=form, allow_redirects=False, timeout=30)
        assert entered.status_code == 302, entered.text
        return str(self.session.cookies["session"])

    def clear(self) -> None:
        """Delete every asset."""
        for kind in ("dashboard", "chart", "dataset", "database"):
            for number in self.ids(kind).values():
                self.delete(f"/api/v1/{kind}/{number}")

    def restore(self, bundle: bytes) -> None:
        """Import a bundle as it is."""
        parts = {"bundle": ("bundle.zip", bundle, "application/zip")}
        assert self._json("POST", "/api/v1/assets/import/", files=parts) == {"message": "OK"}
