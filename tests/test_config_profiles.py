"""References, and what a profile puts in the place of `${profile:KEY}`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetgen.errors import FleetgenError
from fleetgen.profile import ClickHouse, Profile
from fleetgen.project import profile_values, resolve
from fleetgen.references import is_malformed, is_reference
from projects import load

PROD = """
[profiles.prod]
ingest = "kafka"
clickhouse = { url = "${env:CH}", user = "fleet", password = "${env:CHP:-}" }
preset = { team = "t", workspace = "w", token = "${env:T}", secret = "${env:S}", clickhouse-url = "clickhousedb://h/d" }
[profiles.prod.kafka]
bootstrap = "${env:KAFKA}:9092"
user = "u"
password = "${env:KP}"
options = { "socket.timeout.ms" = "9" }
[profiles.prod.kafka.registry]
url = "https://r"
"""


@pytest.mark.parametrize(
    ("text", "environ", "resolved"),
    [
        ("plain $ ${x} ${env}", {}, "plain $ ${x} ${env}"),
        ("${env:A}", {"A": "1"}, "1"),
        ("${env:A}", {"A": ""}, ""),
        ("http://${env:A}:${env:B:-80}/", {"A": "h"}, "http://h:80/"),
        ("${env:A:-d}", {"A": ""}, "d"),
        ("${env:A:-}", {}, ""),
        ("${env:A}", {"A": "${env:B}", "B": "2"}, "${env:B}"),
        ("${profile:A}", {"A": "1"}, "${profile:A}"),
    ],
)
def test_resolve(text: str, environ: dict[str, str], resolved: str) -> None:
    assert resolve(text, environ) == resolved


@given(st.text("${env:AB-}x_1 \n", max_size=20))
def test_what_is_not_malformed_resolves_without_a_trace(text: str) -> None:
    environ = dict.fromkeys(("A", "B", "AB", "x", "_", "e", "n", "nv"), "v")
    if is_reference(text):
        assert not is_malformed(text)
    if "${env:" not in text:
        assert resolve(text, environ) == text


def test_a_variable_that_is_not_set_is_named_with_its_place() -> None:
    profile = load(PROD).profile("prod")
    assert profile.kafka is not None
    with pytest.raises(FleetgenError) as caught:
        resolve(profile.kafka.bootstrap, {})
    (finding,) = caught.value.findings
    assert (finding.code, finding.message) == ("FG308", "the environment variable KAFKA is not set")
    assert (finding.place.path, finding.place.pointer) == ("fleetgen.toml", "/profiles/prod/kafka/bootstrap")


def test_values_are_resolved_when_asked_for() -> None:
    values = profile_values(load(PROD).profile("prod"), {"CH": "https://c.example", "KAFKA": "k"})
    assert dict.fromkeys(values) == dict.fromkeys(
        [
            *(
                "kafka.bootstrap",
                "kafka.user",
                "kafka.password",
                "kafka.registry.url",
                "kafka.options.socket.timeout.ms",
            ),
            *("clickhouse.platform", "clickhouse.url", "clickhouse.user", "clickhouse.password"),
            *("preset.team", "preset.workspace", "preset.token", "preset.secret", "preset.clickhouse-url"),
            *("clickhouse.host", "clickhouse.port", "clickhouse.ssl", "clickhouse.username"),
        ]
    )
    assert len(values) == len(list(values))
    assert values["kafka.bootstrap"] == "k:9092"
    assert values["kafka.options.socket.timeout.ms"] == "9"
    assert [values[f"clickhouse.{part}"] for part in ("host", "port", "ssl", "username", "password")] == [
        *("c.example", "8443", "true", "fleet", "")
    ]
    with pytest.raises(FleetgenError):
        values["preset.token"]
    assert values.get("connect.url") is None


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://h", ("h", "8123", "false")),
        ("https://h:1/x", ("h", "1", "true")),
        ("http://[::1]:8124", ("::1", "8124", "false")),
        ("HTTPS://Host.Example/", ("host.example", "8443", "true")),
    ],
)
def test_parts_of_an_address(url: str, parts: tuple[str, ...]) -> None:
    values = profile_values(Profile("p", clickhouse=ClickHouse("server", url=url)), {})
    assert tuple(values[f"clickhouse.{part}"] for part in ("host", "port", "ssl")) == parts
    assert values["clickhouse.username"] == "default"


@pytest.mark.parametrize(
    "url", ["", "h:8123", "ftp://h", "http://", "http://h:x", "http://h:99999", "http://[::1", "http://h:0"]
)
def test_an_address_that_is_none_is_not_repeated(url: str) -> None:
    values = profile_values(load(PROD).profile("prod"), {"CH": f"{url}"})
    with pytest.raises(FleetgenError) as caught:
        values["clickhouse.host"]
    (finding,) = caught.value.findings
    assert finding.code == "FG347"
    assert finding.place.pointer == "/profiles/prod/clickhouse/url"
    assert not url or url not in finding.message + finding.help
