"""How Superset reaches ClickHouse: an address with its password masked, and the password apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen
from fleetgen.targets.preset.assets import MASK

_DIALECT: Final = "clickhousedb"
_SCHEMES: Final = {"http": "", "https": "secure=true"}


@frozen
class Login:
    """`uri` as the bundle holds it. Superset keeps the stored password where the mask stands and none is given."""

    uri: str
    password: str


def login(values: Mapping[str, str], database: str) -> Login | None:
    """From preset.clickhouse-url, else from clickhouse; None where the profile names neither, or an embedded engine.

    An address without a user takes clickhouse's. Raises FleetgenError for what is no address; it is never repeated.
    """
    written = values.get("preset.clickhouse-url", "")
    if not written:
        return _of_clickhouse(values, database)
    scheme, found, rest = written.partition("://")
    before, at, address = rest.rpartition("@")
    user, _, password = before.partition(":")
    if not at:
        user, password = quote(values.get("clickhouse.user", ""), safe=""), values.get("clickhouse.password", "")
    if not found or not _is_host(address):
        raise FleetgenError(
            "FG756 error: preset.clickhouse-url of the profile is no address\n"
            "  help: write clickhousedb://user:password@host:8123/database, or http(s)://host:8123"
        )
    options = _SCHEMES.get(scheme, "")
    scheme = _DIALECT if scheme in _SCHEMES else scheme
    host, _, path = address.partition("/")
    path = f"{path or database}?{options}" if options and "?" not in path else path or database
    return Login(_uri(scheme, user, password, f"{host}/{path}"), password)


def secrets(values: Mapping[str, str]) -> tuple[str, ...]:
    """The password, as far as there is one; what is wrong with an address is told when it is needed."""
    try:
        found = login(values, "x")
    except FleetgenError:
        return ()
    return (found.password,) if found is not None and found.password else ()


def _of_clickhouse(values: Mapping[str, str], database: str) -> Login | None:
    if "clickhouse.url" not in values:
        return None
    host = values["clickhouse.host"]
    host = f"[{host}]" if ":" in host else host
    secure = "?secure=true" if values["clickhouse.ssl"] == "true" else ""
    password = values.get("clickhouse.password", "")
    address = f"{host}:{values['clickhouse.port']}/{database}{secure}"
    return Login(_uri(_DIALECT, quote(values["clickhouse.user"], safe=""), password, address), password)


def _uri(scheme: str, user: str, password: str, address: str) -> str:
    who = f"{user}:{MASK}@" if password else f"{user}@" if user else ""
    return f"{scheme}://{who}{address}"


def _is_host(address: str) -> bool:
    try:
        return bool(urlsplit(f"//{address}").hostname)
    except ValueError:
        return False
