"""What `${profile:KEY}` in a generated file stands for, for one profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final
from urllib.parse import SplitResult, quote, urlsplit

from fleetgen.errors import Finding, FleetgenError, Place, Severity
from fleetgen.profile import ClickHouse, Connect, Kafka, Ksql, Preset, Profile, Registry
from fleetgen.references import Written, resolve

_SERVICES: Final = ("kafka", "connect", "ksql", "clickhouse", "preset")
_PARTS: Final = ("host", "port", "ssl", "username")
_REGISTRY: Final = "kafka.registry"
_LOGIN: Final = ("user-info", "login-url")


class ProfileValues(Mapping[str, str]):
    """Resolves a value when it is asked for: a profile works without the variables that nobody needs."""

    def __init__(self, profile: Profile, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._texts = dict(_flatten(profile))

    def __getitem__(self, key: str) -> str:
        service, _, part = key.rpartition(".")
        if service == _REGISTRY and part in _LOGIN and f"{_REGISTRY}.user" in self._texts:
            return self._login(part)
        if service == "clickhouse" and part in _PARTS and "clickhouse.url" in self._texts:
            return self._part(part)
        return resolve(self._texts[key], self._environ)

    def __iter__(self) -> Iterator[str]:
        yield from self._texts
        if "clickhouse.url" in self._texts:
            yield from (f"clickhouse.{part}" for part in _PARTS)
        if f"{_REGISTRY}.user" in self._texts:
            yield from (f"{_REGISTRY}.{part}" for part in _LOGIN)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _login(self, part: str) -> str:
        """User and password in one: for Connect's converter, and inside the address for ClickHouse."""
        user = self[f"{_REGISTRY}.user"]
        password = self[f"{_REGISTRY}.password"] if f"{_REGISTRY}.password" in self._texts else ""
        if part == "user-info":
            return f"{user}:{password}"
        scheme, separator, rest = self[f"{_REGISTRY}.url"].partition("://")
        return f"{scheme}{separator}{quote(user, safe='')}:{quote(password, safe='')}@{rest}"

    def _part(self, part: str) -> str:
        """What a sink connector wants to know in pieces."""
        if part == "username":
            return self["clickhouse.user"]
        url = _split(self._texts["clickhouse.url"], self["clickhouse.url"])
        secure = url.scheme == "https"
        pieces = {
            "host": url.hostname or "",
            "port": str(url.port or (8443 if secure else 8123)),
            "ssl": "true" if secure else "false",
        }
        return pieces[part]


def profile_values(profile: Profile, environ: Mapping[str, str]) -> Mapping[str, str]:
    """By key: "kafka.bootstrap", "clickhouse.host", "preset.clickhouse-url" ..; what the profile lacks is no key.

    Asking for a value raises FleetgenError if a variable in it is not set, or if a resolved address is none.
    """
    return ProfileValues(profile, environ)


def _flatten(profile: Profile) -> Iterator[tuple[str, str]]:
    for service in _SERVICES:
        part = getattr(profile, service)
        if part is not None:
            yield from _members(service, part)


def _members(prefix: str, part: Registry | Kafka | Connect | Ksql | ClickHouse | Preset) -> Iterator[tuple[str, str]]:
    for field in fields(part):
        value: Any = getattr(part, field.name)
        key = f"{prefix}.{field.name.replace('_', '-')}"
        if isinstance(value, Registry):
            yield from _members(key, value)
        elif isinstance(value, Mapping):
            yield from ((f"{key}.{name}", text) for name, text in value.items())
        elif value or (field.name == "password" and isinstance(part, ClickHouse)):
            yield key, value


def _split(written: str, resolved: str) -> SplitResult:
    """Raises FleetgenError without repeating the address, which may hold a secret."""
    try:
        url = urlsplit(resolved)
        valid = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        url, valid = SplitResult("", "", "", "", ""), False
    if not valid:
        place = written.at if isinstance(written, Written) else Place("the environment")
        message, help = "clickhouse.url resolves to no address", "it must be http(s)://host, with a port or without"
        raise FleetgenError.broken([Finding("FG347", Severity.ERROR, message, help, place)])
    return url
