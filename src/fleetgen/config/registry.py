"""The schema registry of a profile: the format avro needs it, and generated files log into it in one way."""

from __future__ import annotations

from collections.abc import Iterable

from fleetgen.config.reading import Reading
from fleetgen.pipeline import Format, Stream
from fleetgen.profile import Profile, Registry

_SELF_MANAGED = "self-managed"


def by_login(reading: Reading, profiles: Iterable[Profile], streams: Iterable[Stream]) -> bool:
    """Whether generated files log into the registry. Notes profiles that lack one, and those that differ."""
    named = [stream.name for stream in streams if stream.format is Format.AVRO]
    first: Profile | None = None
    for profile in profiles if named else ():
        registry = profile.kafka.registry if profile.kafka is not None else None
        if registry is None:
            _miss(reading, profile, named)
            continue
        first = first or profile
        if bool(registry.user) != bool(_registry(first).user):
            message = f"{profile.name} and {first.name} share generated/, and only one logs into its registry"
            help = "give both registries user and password, or neither"
            reading.error("FG349", f"/profiles/{profile.name}/kafka/registry", message, help)
    return first is not None and bool(_registry(first).user)


def _registry(profile: Profile) -> Registry:
    assert profile.kafka is not None
    assert profile.kafka.registry is not None
    return profile.kafka.registry


def _miss(reading: Reading, profile: Profile, streams: list[str]) -> None:
    """A managed connector knows the registry beside it, and what is pushed brings its schema along."""
    connects = profile.connect is not None and profile.connect.platform == _SELF_MANAGED
    if not connects and profile.ingest != "kafka":
        return
    message = f"profile {profile.name} names no schema registry, which the format avro needs: {', '.join(streams)}"
    help = 'add registry = { url = ".." } to kafka'
    reading.error("FG344", f"/profiles/{profile.name}{'/kafka' if profile.kafka is not None else ''}", message, help)
