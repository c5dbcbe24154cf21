"""A session of Superset's API: logged in, with its CSRF token; of Superset itself, or of a workspace of Preset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlsplit

from fleetgen import http
from fleetgen.errors import FleetgenError
from fleetgen.http import HttpError, Reply
from fleetgen.redaction import redact
from fleetgen.targets.preset.assets import NAMES

if TYPE_CHECKING:
    import requests

MANAGER: Final = "https://api.app.preset.io"
"""Preset's own API, which hands out tokens and knows the workspaces."""
ENTERING = 30.0
"""Seconds that a login may take; an import takes minutes."""
_PAGE: Final = 100  # Superset gives no more at once


class Session:
    """`enter` makes the token anew: it lives for 15 minutes."""

    def __init__(self, client: http.Client, enter: Callable[[], str]) -> None:
        self._client = client
        self._enter = enter

    @property
    def base(self) -> str:
        return self._client.base

    def redacted(self, text: str) -> str:
        """Superset may repeat what it was sent."""
        return redact(text, self._client.secrets)

    def ask(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        """The JSON of the answer. A token that has expired is made anew, once; so is a CSRF token that was refused.

        Raises HttpError.
        """
        try:
            return self._once(method, path, body, **more).body
        except HttpError as error:
            if error.status not in (302, 401):
                raise
        self._client.session.cookies.clear()
        self.login()
        try:
            return self._once(method, path, body, **more).body
        except HttpError as error:
            if error.status == 302:
                _refuse_redirect(method, path)
            raise

    def result(self, path: str) -> Any:
        """The member `result` of what a GET answers."""
        return member(self.ask("GET", path), "result", self._client.service)

    def export(self, kind: str, numbers: Sequence[int]) -> bytes:
        """The ZIP of some assets with all that they rest on. Raises FleetgenError if it is none."""
        path = f"/api/v1/{kind}/export/?q=!({','.join(map(str, sorted(numbers)))})"
        answer = self._raw(path)
        if answer.status_code in (302, 401):  # the token has expired
            self._client.session.cookies.clear()
            self.login()
            answer = self._raw(path)
        if answer.status_code != 200 or not answer.content.startswith(b"PK"):
            help = "the user needs the right can_export on charts, datasets, dashboards and databases"
            raise _broken(f"GET {path} answers {answer.status_code}, and with no ZIP", help)
        return answer.content

    def _raw(self, path: str) -> requests.Response:
        import requests

        where = self.base.rstrip("/") + path
        try:
            return self._client.session.get(where, timeout=self._client.timeout, allow_redirects=False)
        except requests.RequestException as error:
            raise _broken(f"GET {path}: the export broke off ({type(error).__name__})", "run it again") from None

    def listed(self, kind: str, *columns: str) -> Iterator[dict[str, Any]]:
        """id, uuid, name and some more of every asset of a kind."""
        name = NAMES[kind]
        wanted = ",".join(("id", "uuid", name, *columns))
        page = count = 0
        while page == 0 or page * _PAGE < count:
            order = f"order_column:{name},order_direction:asc,page:{page},page_size:{_PAGE}"
            body = self.ask("GET", f"/api/v1/{kind}/?q=(columns:!({wanted}),{order})")
            count, page = int(member(body, "count", self._client.service)), page + 1
            yield from member(body, "result", self._client.service)

    def login(self) -> None:
        """Raises FleetgenError if the user is not let in."""
        session = self._client.session
        for header in ("Authorization", "X-CSRFToken"):
            session.headers.pop(header, None)
        session.headers["Authorization"] = f"Bearer {self._enter()}"
        token = self._csrf()
        if token:
            session.headers["X-CSRFToken"] = token
        session.headers["Referer"] = f"{self.base.rstrip('/')}/"  # looked at where the address is https

    def _csrf(self) -> str:
        """None where none is wanted: Preset's own tools send none."""
        try:
            body = self._client.ask("GET", "/api/v1/security/csrf_token/", timeout=ENTERING).body
        except HttpError as error:
            if error.status in (404, 405):
                return ""
            raise
        return str(member(body, "result", self._client.service))

    def _once(self, method: str, path: str, body: object, **more: Any) -> Reply:
        return self._client.ask(method, path, body, **more)


def superset(url: str, user: str, password: str, secrets: Sequence[str] = ()) -> Session:
    """`secrets` are others that it is sent later. Raises FleetgenError if it does not answer, or refuses the user."""
    _refuse_no_address(url)
    client = http.client(url, "Superset", "FG750", secrets=[password, *secrets], timeout=600.0)

    def enter() -> str:
        who = {"username": user, "password": password, "provider": "db", "refresh": False}
        try:
            body = client.ask("POST", "/api/v1/security/login", who, timeout=ENTERING).body
            return str(member(body, "access_token", "Superset"))
        except HttpError as error:
            if error.status != 401:
                raise
            raise FleetgenError(
                f"FG751 error: Superset does not let the user {user!r} in\n"
                "  help: look at preset.user and preset.password of the profile; it must be an account of Superset's "
                "own, none of single sign-on"
            ) from None

    session = Session(client, enter)
    session.login()
    return session


def preset(team: str, workspace: str, token: str, secret: str, secrets: Sequence[str] = ()) -> Session:
    """The workspace of a team, both by their names or titles. Raises FleetgenError if there is not exactly one."""
    client = http.client(MANAGER, "Preset", "FG750", secrets=[token, secret])

    def enter() -> str:
        try:
            body = client.ask("POST", "/v1/auth/", {"name": token, "secret": secret}).body
        except HttpError as error:
            if error.status not in (400, 401, 403):
                raise
            raise FleetgenError(
                "FG751 error: Preset refuses the token\n"
                "  help: look at preset.token and preset.secret of the profile; make a token under Manage API keys"
            ) from None
        return str(member(member(body, "payload", "Preset"), "access_token", "Preset"))

    client.session.headers["Authorization"] = f"Bearer {enter()}"
    found = _one("team", team, _named(client, "/v1/teams"))
    place = _one("workspace", workspace, _named(client, f"/v1/teams/{found['name']}/workspaces"))
    url = str(member(place, "hostname", "Preset"))
    url = url if "://" in url else f"https://{url}"
    session = Session(http.client(url, "Preset", "FG750", secrets=[token, secret, *secrets], timeout=600.0), enter)
    session.login()
    return session


def _named(client: http.Client, path: str) -> list[Mapping[str, Any]]:
    payload = member(client.ask("GET", path).body, "payload", "Preset")
    return [each for each in payload if isinstance(each, Mapping)] if isinstance(payload, list) else []


def _one(what: str, wanted: str, found: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """By its name, else by its title, which people see."""
    for key in ("name", "title"):
        chosen = [each for each in found if str(each.get(key)) == wanted]
        if len(chosen) == 1:
            return chosen[0]
        if chosen:
            break
    titles = ", ".join(sorted(repr(str(each.get("title") or each.get("name"))) for each in found)) or "none"
    many = (
        "more than one"
        if len([each for each in found if wanted in (each.get("name"), each.get("title"))]) > 1
        else "no"
    )
    raise FleetgenError(
        f"FG755 error: Preset has {many} {what} {wanted!r} for this token\n"
        f"  help: it has {titles}; name one by its name"
    )


def member(body: object, key: str, service: str) -> Any:
    """Raises FleetgenError if the answer is something else."""
    if isinstance(body, Mapping) and key in body:
        return body[key]
    raise _broken(f"the answer of {service} has no {key}", "look at the address in the profile: is it that of the API?")


def _refuse_redirect(method: str, path: str) -> NoReturn:
    raise FleetgenError(
        f"FG752 error: Superset sends {method} {path.partition('?')[0]} to its login page: the CSRF token or its "
        "cookie is not accepted, and nothing was done\n"
        "  help: a proxy in front of it must pass the cookie `session` on; behind https SESSION_COOKIE_SECURE must fit"
    ) from None


def _refuse_no_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        fits = False
    if not fits:
        raise _broken("preset.url of the profile is no address", "it must be http(s)://host, with a port or without")


def _broken(message: str, help: str) -> FleetgenError:
    return FleetgenError(f"FG750 error: Superset: {message}\n  help: {help}")
