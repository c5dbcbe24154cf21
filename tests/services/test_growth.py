"""A source that runs and sends nothing is a gap, one that sends is told so, one that may pause is not waited for."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from engine import load, pipeline, stream
from fleetgen.commands import growth
from fleetgen.commands.services import Services
from fleetgen.pipeline import Pipeline, Source, Stream
from fleetgen.profile import Kafka, Profile
from fleetgen.targets.kafka import live
from fleetgen.targets.service import Line


class Running:
    """A Connect of which only this is asked."""

    def running(self) -> set[str]:
        return {"grows_a-source", "grows_b-source", "grows_c-source"}


def _stream(name: str, interval: int) -> Stream:
    made = stream(load({"type": "record", "name": name, "fields": [{"name": "x", "type": "int"}]}))
    return replace(made, source=Source("datagen", interval))


def _look(wanted: Pipeline, kafka: live.Kafka) -> list[Line]:
    lives = cast(Any, {"kafka": kafka, "connect": Running()})
    return growth.look(wanted, Services(Profile("p"), lives, {}, ()))


def _send(broker: str, *topics: str) -> None:
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": broker})
    for topic in topics:
        producer.produce(topic, "{}")
    producer.flush(20)


def test_what_runs_grows(kafka_bootstrap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "_PATIENCE", 1.0)
    streams = (_stream("grows_a", 100), _stream("grows_b", 100), _stream("grows_c", 60_000))
    profile = Profile("p", kafka=Kafka(kafka_bootstrap))
    with live.opened(profile, {"kafka.bootstrap": kafka_bootstrap}, tmp_path) as kafka:
        for each in streams:
            kafka.topics.create(each.topic, {"partitions": 2, "config": {}})
        wanted = pipeline(*streams)
        silent = _look(wanted, kafka)
        assert [(line.what, line.ok) for line in silent] == [("source grows_a", False), ("source grows_b", False)]
        assert silent[0].figure == "runs, and nothing came into topic grows_a within 1 s"
        sending = threading.Timer(0.3, _send, (kafka_bootstrap, "grows_a", "grows_b"))
        sending.start()
        monkeypatch.setattr(growth, "_PATIENCE", 20.0)
        told = _look(wanted, kafka)
        sending.join()
        assert [(line.what, line.ok) for line in told] == [("source grows_a", True), ("source grows_b", True)]
        assert told[1].figure == "runs, and topic grows_b grows"
