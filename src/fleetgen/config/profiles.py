"""Profiles: which services an environment has, and how they are reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fleetgen import references
from fleetgen.config import cloud
from fleetgen.config.grammar import PLATFORMS
from fleetgen.config.reading import Reading, child
from fleetgen.profile import ClickHouse, Connect, Kafka, Ksql, Preset, Profile, Registry
from fleetgen.references import Written

LOCAL: Final = "local"
_LOCAL_PATH: Final = ".fleetgen/clickhouse"
_SECRET_OPTIONS: Final = ("password", "secret", "token", "key.pem")
_SUPERSET: Final = ("url", "user", "password")
_PRESET: Final = ("team", "workspace", "token", "secret")


def build(reading: Reading, configured: Mapping[str, Any]) -> dict[str, Profile]:
    """By name; "local" is always there. What is wrong is noted."""
    entries = {LOCAL: {}, **configured}
    built = {}
    for name in sorted(entries):
        pointer = f"/profiles/{name}"
        entry = _written(reading, pointer, entries[name])
        if name == LOCAL:
            entry.setdefault("clickhouse", {})
        _check(reading, pointer, entry, name)
        if reading.is_clean(pointer):
            built[name] = _profile(reading, pointer, name, entry)
    return built


def platforms(profiles: Mapping[str, Profile]) -> dict[str, tuple[str, ...]]:
    """The flavours of each service to generate: the first that there is, and each further one that a profile names."""
    named = {"connect": set[str](), "ksql": set[str](), "clickhouse": set[str]()}
    for profile in profiles.values():
        for service, names in named.items():
            part: Connect | Ksql | ClickHouse | None = getattr(profile, service)
            names.update(() if part is None else (part.platform,))
    return {
        service: tuple(each for number, each in enumerate(PLATFORMS[service]) if number == 0 or each in names)
        for service, names in named.items()
    }


def _written(reading: Reading, pointer: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The same with each text knowing its place."""
    marked: dict[str, Any] = {}
    for key, value in entry.items():
        at = child(pointer, key)
        if isinstance(value, dict):
            marked[key] = _written(reading, at, value)
        else:
            marked[key] = Written(value, reading.at(at)) if isinstance(value, str) else value
    return marked


def _profile(reading: Reading, pointer: str, name: str, entry: Mapping[str, Any]) -> Profile:
    kafka, registry = entry.get("kafka"), entry.get("kafka", {}).get("registry")
    connect, ksql, clickhouse, preset = (entry.get(key) for key in ("connect", "ksql", "clickhouse", "preset"))
    return Profile(
        name=name,
        ingest=entry.get("ingest", "push"),
        protected=entry.get("protected", False),
        kafka=None if kafka is None else Kafka(**{**kafka, "registry": registry and Registry(**registry)}),
        connect=None if connect is None else Connect(**{"platform": PLATFORMS["connect"][0], **_attributes(connect)}),
        ksql=None if ksql is None else Ksql(**{"platform": PLATFORMS["ksql"][0], **ksql}),
        clickhouse=None if clickhouse is None else _clickhouse(name, clickhouse),
        preset=None if preset is None else Preset(**_attributes(preset)),
        at=reading.at(pointer),
    )


def _attributes(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key.replace("-", "_"): value for key, value in entry.items()}


def _clickhouse(name: str, entry: Mapping[str, Any]) -> ClickHouse:
    defaults = {"platform": _platform(entry)}
    if defaults["platform"] == "embedded" and name == LOCAL:
        defaults["path"] = _LOCAL_PATH
    return ClickHouse(**{**defaults, **entry})


def _platform(clickhouse: Mapping[str, Any]) -> str:
    """An address without a platform is that of a server."""
    return str(clickhouse.get("platform", "server" if "url" in clickhouse else "embedded"))


def _check(reading: Reading, pointer: str, entry: Mapping[str, Any], name: str) -> None:
    ingest = entry.get("ingest", "push")
    if ingest != "push" and ingest not in entry and reading.is_clean(f"{pointer}/{ingest}"):
        message, help = f"ingest is {ingest!r}, and the profile names no {ingest}", f"add {ingest} = {{ .. }}"
        reading.error("FG342", f"{pointer}/ingest", message, help)
    if entry.get("connect", {}).get("via") == "ksql" and "ksql" not in entry and reading.is_clean(f"{pointer}/ksql"):
        message = "the connectors are ksqlDB's, and the profile names no ksql"
        reading.error("FG342", f"{pointer}/connect/via", message, "add ksql = { url = .. }")
    if "connect" in entry and reading.is_clean(f"{pointer}/connect") and reading.is_clean(f"{pointer}/kafka"):
        cloud.check(reading, pointer, entry)
    if "clickhouse" in entry and reading.is_clean(f"{pointer}/clickhouse"):
        _check_clickhouse(reading, f"{pointer}/clickhouse", entry["clickhouse"], name)
    if "preset" in entry and reading.is_clean(f"{pointer}/preset"):
        _check_preset(reading, f"{pointer}/preset", entry["preset"])
    for option, value in entry.get("kafka", {}).get("options", {}).items():
        if option.endswith(_SECRET_OPTIONS) and not references.is_reference(value):
            help = "write a reference instead: ${env:NAME}, and set NAME in the environment"
            reading.error("FG307", child(f"{pointer}/kafka/options", option), "a secret stands in the file", help)


def _check_clickhouse(reading: Reading, pointer: str, entry: Mapping[str, Any], name: str) -> None:
    """An embedded engine is a folder, a server an address; neither is both."""
    platform = _platform(entry)
    needed, foreign = ("path", _SUPERSET) if platform == "embedded" else ("url", ("path",))
    for key in foreign:
        if key in entry:
            message = f"clickhouse of the platform {platform!r} has no key {key!r}"
            reading.error("FG341", f"{pointer}/{key}", message, f"leave {key} out, or name another platform", key=True)
    if needed not in entry and (platform, name) != ("embedded", LOCAL):
        message = f"clickhouse of the platform {platform!r} lacks {needed!r}"
        reading.error("FG341", pointer, message, f"add {needed} = ..")


def _check_preset(reading: Reading, pointer: str, entry: Mapping[str, Any]) -> None:
    """Superset is reached by a user, Preset by a token."""
    superset, preset = ([key for key in keys if key in entry] for keys in (_SUPERSET, _PRESET))
    if superset and preset:
        message = f"preset has {superset[0]!r}, which is for Superset, and {preset[0]!r}, which is for Preset itself"
        reading.error("FG343", f"{pointer}/{preset[0]}", message, "keep one of the two ways", key=True)
        return
    wanted = _PRESET if preset else _SUPERSET
    missing = [key for key in wanted if key not in entry]
    if missing:
        help = "Superset needs url, user and password; Preset needs team, workspace, token and secret"
        reading.error("FG343", pointer, f"preset lacks {', '.join(map(repr, missing))}", help)
