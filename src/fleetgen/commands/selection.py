"""Of generated files those that a profile applies."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fleetgen.pipeline import Pipeline
from fleetgen.profile import Profile


def select(texts: Mapping[str, str], profile: Profile, pipeline: Pipeline) -> dict[str, str]:
    """Of generated files those of the profile's services, in the order in which to apply them."""
    ranks = _Ranks(profile, [view.name for view in pipeline.views])
    ranked = ((ranks.rank(path), path) for path in texts)
    return {path: texts[path] for _, path in sorted((rank, path) for rank, path in ranked if rank is not None)}


class _Ranks:
    """Where each file comes, by service, kind and what it rests on; None for those that are not applied."""

    def __init__(self, profile: Profile, views: list[str]) -> None:
        ours, sinks = profile.connect, profile.ingest == "connect"
        self._views = {name: number for number, name in enumerate(views)}
        landing = "landing-kafka" if profile.ingest == "kafka" else "landing-push"
        by_ksql = ours is not None and ours.via == "ksql"
        places: list[str] = []
        if profile.kafka:
            places += ["kafka/*.json", *(["kafka/subjects/*"] if profile.kafka.registry else [])]
        if profile.clickhouse:
            below = f"clickhouse/{profile.clickhouse.platform}"
            places += [f"{below}/{kind}" for kind in ("database.sql", "tables/*", f"{landing}/*", "views/*")]
        if profile.ksql:
            below = f"ksql/{profile.ksql.platform}"
            places += [f"{below}/streams/*", *([f"{below}/connectors/*"] if by_ksql else [])]
        if ours:
            below = f"connect/{ours.platform}"
            places += [f"{below}/*-sink.json"] if sinks else []
            places += [] if by_ksql else [f"{below}/*-source.json"]
        if profile.ksql:
            places += [f"ksql/{profile.ksql.platform}/queries/*"]
        if profile.preset:
            places += ["preset/*"]
        self._places = [re.compile(re.escape(place).replace(r"\*", ".*")) for place in places]

    def rank(self, path: str) -> tuple[int, int] | None:
        place = next((number for number, each in enumerate(self._places) if each.fullmatch(path)), None)
        name = path.rpartition("/")[2].removesuffix(".sql")
        after = self._views.get(name, 0) if "/views/" in path or "/queries/" in path else 0
        return None if place is None else (place, after)
