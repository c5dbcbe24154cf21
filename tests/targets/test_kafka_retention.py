"""What makes the brokers delete what they keep is told before it is done."""

from __future__ import annotations

import pytest

from fleetgen.targets.kafka.retention import losses

WEEK = str(7 * 24 * 3600 * 1000)


@pytest.mark.parametrize(
    ("key", "before", "after", "lost"),
    [
        ("retention.ms", "-1", "1000", ["messages older than 1000 ms go"]),
        ("retention.ms", "2000", "1000", ["messages older than 1000 ms go"]),
        ("retention.ms", "1000", "2000", []),
        ("retention.ms", "1000", "-1", []),
        ("retention.ms", "-1", None, [f"messages older than {WEEK} ms go"]),
        ("retention.ms", "1000", None, []),
        ("retention.ms", None, "1000", ["messages older than 1000 ms go"]),
        ("retention.ms", None, "-1", []),
        ("retention.bytes", "-1", "10", ["messages beyond 10 bytes go"]),
        ("retention.bytes", "10", None, []),
        ("cleanup.policy", "delete", "compact", ["all but the newest message of each key goes"]),
        ("cleanup.policy", "compact", "compact,delete", ["messages beyond the retention go"]),
        ("cleanup.policy", "compact,delete", "delete", []),
        ("cleanup.policy", "compact", None, ["messages beyond the retention go"]),
        ("max.message.bytes", "2000", "1000", []),
        ("retention.ms", "soon", "1000", []),
    ],
)
def test_what_is_lost(key: str, before: str | None, after: str | None, lost: list[str]) -> None:
    assert losses({key: after}, {} if before is None else {key: before}) == lost
