"""The Superset in the process answers like the real one, call by call: status, kind, and the shape of the JSON."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any, Final

import pytest
import requests

from services.superset.applying import FILES
from services.superset.double import double
from services.superset.rest import Rest
from services.superset.server import PASSWORD, USER, Superset

LISTED: Final = "?q=(columns:!(id,uuid),page:0,page_size:100)"
WHO: Final = {"username": USER, "password": PASSWORD, "provider": "db", "refresh": False}


@pytest.fixture(scope="module")
def both(superset: Superset) -> Iterator[tuple[str, str]]:
    """The two addresses, both of an empty Superset."""
    Rest(superset.url).clear()
    with double() as made:
        yield superset.url, made.url


def bundle() -> tuple[str, bytes, str]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        for path, text in FILES.items():
            opened.writestr(path, text)
    return "bundle.zip", packed.getvalue(), "application/zip"


def entered(url: str) -> requests.Session:
    session = requests.Session()
    token = session.post(f"{url}/api/v1/security/login", json=WHO, timeout=30).json()["access_token"]
    session.headers.update({"Authorization": f"Bearer {token}", "Accept": "application/json"})
    answer = session.get(f"{url}/api/v1/security/csrf_token/", timeout=30)
    session.headers["X-CSRFToken"] = answer.json()["result"]
    return session


def without(url: str, *headers: str, cookie: bool = True, **other: str) -> requests.Session:
    session = entered(url)
    for header in headers:
        session.headers.pop(header)
    session.headers.update(other)
    if not cookie:
        session.cookies.clear()
    return session


def shape(value: Any) -> Any:
    """Texts that only say it in other words count as equal; the members and what they are do not."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in sorted(value.items())}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


PACKED: Final = bundle()
CALLS: Final[dict[str, Any]] = {
    "login": lambda url: requests.post(f"{url}/api/v1/security/login", json=WHO, timeout=30),
    "wrong password": lambda url: requests.post(
        f"{url}/api/v1/security/login", json={**WHO, "password": "x"}, timeout=30
    ),
    "csrf": lambda url: entered(url).get(f"{url}/api/v1/security/csrf_token/", timeout=30),
    "no token": lambda url: requests.get(f"{url}/api/v1/chart/{LISTED}", timeout=30),
    "forged": lambda url: without(url, Authorization=FORGED).get(f"{url}/api/v1/chart/{LISTED}", timeout=30),
    "none of a kind": lambda url: entered(url).get(f"{url}/api/v1/chart/{LISTED}", timeout=30),
    "an unknown uuid": lambda url: entered(url).get(
        f"{url}/api/v1/chart/8d2f131c-0ffd-53c1-9f3d-1a3466171a88", timeout=30
    ),
    "delete nothing": lambda url: entered(url).delete(f"{url}/api/v1/database/77", timeout=30),
    "look": lambda url: look(entered(url), url, "databases/fleet.yaml"),
    "look without a password": lambda url: look(entered(url), url, "databases/other.yaml"),
    "look without csrf": lambda url: look(without(url, "X-CSRFToken"), url, "databases/fleet.yaml"),
    "look without its cookie": lambda url: look(without(url, cookie=False), url, "databases/fleet.yaml"),
    "delete without csrf": lambda url: without(url, "X-CSRFToken").delete(
        f"{url}/api/v1/database/77", timeout=30, allow_redirects=False
    ),
    "version": lambda url: requests.get(f"{url}/version", timeout=30),
    "import": lambda url: load(entered(url), url),
}
FORGED: Final = (
    "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJmcmVzaCI6dHJ1ZSwiaWF0IjoxLCJqdGkiOiJ4IiwidHlwZSI6ImFjY2VzcyIs"
    "InN1YiI6IjEiLCJuYmYiOjEsImV4cCI6OTk5OTk5OTk5OX0.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


def look(session: requests.Session, url: str, database: str) -> requests.Response:
    form = {"overwrite": "true", "passwords": json.dumps({database: "x"})}
    return session.post(
        f"{url}/api/v1/dashboard/import/", files={"formData": PACKED}, data=form, timeout=60, allow_redirects=False
    )


def load(session: requests.Session, url: str) -> requests.Response:
    form = {"passwords": json.dumps({"databases/fleet.yaml": "x"})}
    return session.post(
        f"{url}/api/v1/assets/import/", files={"bundle": PACKED}, data=form, timeout=60, allow_redirects=False
    )


@pytest.mark.parametrize("call", CALLS)
def test_the_double_answers_as_superset_does(both: tuple[str, str], call: str) -> None:
    real, ours = (CALLS[call](url) for url in both)
    assert (ours.status_code, ours.is_redirect) == (real.status_code, real.is_redirect), real.text
    if real.is_redirect:
        assert ours.headers["Location"].split("?")[0] == real.headers["Location"].split("?")[0]
        return
    assert ours.headers["Content-Type"].partition(";")[0] == real.headers["Content-Type"].partition(";")[0]
    assert shape(trimmed(ours.json())) == shape(trimmed(real.json()))
    if real.status_code == 422 and "look" in call:
        assert refused(ours.json()) == refused(real.json())
    for key in ("msg", "message"):
        assert ours.json().get(key) == real.json().get(key)


def trimmed(body: dict[str, Any]) -> dict[str, Any]:
    """What a list tells of its columns is not asked for; a version may be unknown."""
    apart = ("description_columns", "label_columns", "list_columns", "list_title", "order_columns", "build_number")
    return {key: value for key, value in body.items() if key not in apart}


def refused(body: dict[str, Any]) -> dict[str, Any]:
    return {
        path: reasons for error in body["errors"] for path, reasons in error["extra"].items() if path != "issue_codes"
    }
