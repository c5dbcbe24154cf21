"""Confluent Cloud, and made-up messages: what a profile's connectors need there, and what is to be known of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fleetgen.config.reading import Reading
from fleetgen.pipeline import Stream
from fleetgen.profile import Profile

CLOUD: Final = "confluent-cloud"
_ACCOUNT: Final = "service-account"
_SHOWN: Final = 3


def check(reading: Reading, pointer: str, entry: Mapping[str, Any]) -> None:
    """Whether a profile, as written, has what connectors on Confluent Cloud need. Notes what is missing or too much."""
    connect = entry["connect"]
    if connect.get("platform") != CLOUD:
        if _ACCOUNT in connect:
            message, help = (
                f"connect of the platform 'self-managed' has no key {_ACCOUNT!r}",
                "it is for confluent-cloud",
            )
            reading.error("FG341", f"{pointer}/connect/{_ACCOUNT}", message, help, key=True)
        return
    if missing := [key for key in ("user", "password") if key not in connect]:
        message = f"connect on Confluent Cloud lacks {_listed(missing)}: the key and the secret of a Cloud API key"
        reading.error("FG348", f"{pointer}/connect", message, 'add user = "..", password = "${env:..}"')
    kafka = entry.get("kafka", {})
    if missing := [] if _ACCOUNT in connect else [key for key in ("user", "password") if key not in kafka]:
        message = f"connectors on Confluent Cloud reach Kafka by a Kafka API key, and kafka lacks {_listed(missing)}"
        help = f'add user and password to kafka, or {_ACCOUNT} = "sa-.." to connect'
        reading.error("FG348", f"{pointer}/connect", message, help)


def by_account(reading: Reading, profiles: Iterable[Profile]) -> bool:
    """Whether connectors on Confluent Cloud reach Kafka as a service account. Notes profiles that differ in it."""
    first: Profile | None = None
    for profile in _on_cloud(profiles):
        first = first or profile
        if _has_account(profile) != _has_account(first):
            message = f"{profile.name} and {first.name} share generated/connect/{CLOUD}, and only one has {_ACCOUNT!r}"
            help = "let both reach Kafka by a key, or both by a service account"
            reading.error("FG349", f"/profiles/{profile.name}/connect", message, help)
    return first is not None and _has_account(first)


def warn(reading: Reading, profiles: Iterable[Profile], streams: Iterable[Stream]) -> None:
    """What a profile that is right does not do as one may expect."""
    made_up = [stream for stream in streams if stream.source.kind == "datagen"]
    named = [profile for profile in profiles if profile.connect is not None]
    clouds = list(_on_cloud(named))
    for profile in named:
        if made_up and profile.protected:
            _warn_protected(reading, profile, made_up)
    for profile in clouds:
        if made_up:
            _warn_bill(reading, profile, made_up)
        if profile.ingest == "connect":
            _warn_key(reading, profile)
    if clouds:
        _warn_endless(reading, made_up)


def _warn_protected(reading: Reading, profile: Profile, streams: list[Stream]) -> None:
    message = f"profile {profile.name} is protected, and its connectors send made-up messages: {_names(streams)}"
    help = 'set source = { kind = "none" } for a stream that something real fills'
    reading.warning("FG352", f"/profiles/{profile.name}/protected", message, help)


def _warn_bill(reading: Reading, profile: Profile, streams: list[Stream]) -> None:
    tasks = sum(stream.source.tasks for stream in streams)
    message = (
        f"profile {profile.name} runs {tasks} Datagen task{'s' * (tasks != 1)} on Confluent Cloud, which bills "
        f"connectors by their tasks, and means this one for tests only: {_names(streams)}"
    )
    help = 'set source = { kind = "none" } for a stream that something else fills; delete the connectors after a test'
    reading.warning("FG351", f"/profiles/{profile.name}/connect/platform", message, help)


def _warn_key(reading: Reading, profile: Profile) -> None:
    message = (
        f"profile {profile.name} ingests through the ClickHouse sink of Confluent Cloud, which has no KeyToValue: "
        "dead letters come without the message's key"
    )
    help = 'use ingest = "kafka", or a self-managed Connect, where the key matters'
    reading.warning("FG353", f"/profiles/{profile.name}/ingest", message, help)


def _warn_endless(reading: Reading, streams: list[Stream]) -> None:
    for stream in streams:
        if stream.source.iterations is not None:
            message = f"the Datagen of Confluent Cloud has no iterations: {stream.name} is filled until it is stopped"
            help = "leave iterations out, and pause or delete the connector when it has sent enough"
            reading.warning("FG350", f"/streams/{stream.name}/source/iterations", message, help)


def _on_cloud(profiles: Iterable[Profile]) -> Iterable[Profile]:
    return (profile for profile in profiles if profile.connect is not None and profile.connect.platform == CLOUD)


def _has_account(profile: Profile) -> bool:
    return profile.connect is not None and bool(profile.connect.service_account)


def _names(streams: list[Stream]) -> str:
    shown = ", ".join(stream.name for stream in streams[:_SHOWN])
    return shown if len(streams) <= _SHOWN else f"{shown} and {len(streams) - _SHOWN} more"


def _listed(keys: list[str]) -> str:
    return " and ".join(map(repr, keys))
