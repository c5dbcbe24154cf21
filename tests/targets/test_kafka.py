from __future__ import annotations

import json
from typing import Any

import pytest

from fleetgen.errors import Severity
from fleetgen.pipeline import Pipeline, Role, Source
from streams import codes, fleet, outputs, pipeline, record, stream

DIMENSION = {"role": Role.DIMENSION, "key": ("id",)}


def topics(of: Pipeline) -> dict[str, Any]:
    return {path: json.loads(text) for path, text in outputs(of)["kafka"].files.items()}


def test_the_fleet_has_a_topic_a_stream() -> None:
    assert topics(fleet()) == {
        f"kafka/fleet_mgmt_{name}.json": {
            "name": f"fleet_mgmt_{name}",
            "partitions": 1,
            "config": {"cleanup.policy": policy},
        }
        for name, policy in {"description": "compact", "location": "delete", "sensors": "delete"}.items()
    }


@pytest.mark.parametrize(
    ("type", "settings", "config"),
    [
        ("int", {}, {"cleanup.policy": "delete"}),
        ("int", {"retention_ms": 604_800_000}, {"cleanup.policy": "delete", "retention.ms": "604800000"}),
        ("int", DIMENSION, {"cleanup.policy": "compact"}),
        ("string", DIMENSION | {"source": Source("none")}, {"cleanup.policy": "compact"}),
        ("int", DIMENSION | {"retention_ms": 5}, {"cleanup.policy": "compact,delete", "retention.ms": "5"}),
        # Without a key in every message the broker would refuse what the connector sends.
        (["null", "int"], DIMENSION, {"cleanup.policy": "delete"}),
        ("bytes", DIMENSION, {"cleanup.policy": "delete"}),
        ({"type": "int", "logicalType": "date"}, DIMENSION, {"cleanup.policy": "delete"}),
    ],
)
def test_a_topic_is_compacted_only_if_every_message_has_a_key(
    type: Any, settings: dict[str, Any], config: dict[str, str]
) -> None:
    (topic,) = topics(pipeline(stream(record("s", id=type), partitions=3, **settings))).values()
    assert topic == {"name": "s", "partitions": 3, "config": config}


def test_a_composite_key_travels_in_no_message() -> None:
    two = stream(record("s", a="int", b="int"), role=Role.DIMENSION, key=("a", "b"))
    assert topics(pipeline(two))["kafka/s.json"]["config"] == {"cleanup.policy": "delete"}


def test_streams_that_share_a_topic_agree_about_it() -> None:
    one, two = (stream(record(name, id="int"), topic="t.x-1") for name in "ab")
    output = outputs(pipeline(one, two))["kafka"]
    assert list(output.files) == ["kafka/t.x-1.json"]
    assert not output.findings


def test_streams_that_share_a_topic_and_disagree_are_an_error() -> None:
    one = stream(record("a", id="int"), topic="t", partitions=2)
    two = stream(record("b", id="int"), topic="t")
    output = outputs(pipeline(one, two))["kafka"]
    assert json.loads(output.files["kafka/t.json"])["partitions"] == 2
    assert codes(output) == ["FG420"]
    assert output.findings[0].severity is Severity.ERROR
    assert "'a' and 'b'" in output.findings[0].message
