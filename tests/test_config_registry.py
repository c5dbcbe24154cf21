"""The schema registry: a profile that needs one has it, and what logs into it gets user and password in one."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from fleetgen.cli import main
from fleetgen.errors import FleetgenError
from fleetgen.project import profile_values
from projects import findings, load, record
from test_config_cloud import connect, profile

AVRO = 'format = "avro"\n'
PULL = 'ingest = "kafka"\n'
LOGIN = 'user = "me", password = "${env:P}"'


def kafka(registry: str = "") -> str:
    return f'kafka = {{ bootstrap = "b"{registry and f", registry = {{ {registry} }}"} }}\n'


OPEN = kafka('url = "http://r:8081"')
CLOSED = kafka(f'url = "http://r:8081", {LOGIN}')
SELF = connect(login='url = "http://c:8083"', platform="self-managed")
CLOUD = connect(', service-account = "sa-1"')


def errors(toml: str) -> list[tuple[str, str]]:
    try:
        load(toml)
    except FleetgenError as error:
        return [(each.code, each.place.pointer) for each in error.findings]
    return []


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        (AVRO + profile("p", PULL, kafka()), [("FG344", "/profiles/p/kafka")]),
        (AVRO + profile("p", SELF), [("FG344", "/profiles/p")]),
        (AVRO + profile("p", CLOUD), []),
        (AVRO + profile("p", kafka()), []),
        (AVRO + profile("p", PULL, OPEN, SELF), []),
        (profile("p", PULL, kafka(), SELF), []),
        ('[streams.rides]\nformat = "avro"\n' + profile("p", PULL, kafka()), [("FG344", "/profiles/p/kafka")]),
        (AVRO + profile("a", OPEN) + profile("b", CLOSED), [("FG349", "/profiles/b/kafka/registry")]),
        (AVRO + profile("a", CLOSED) + profile("b", CLOSED), []),
        (profile("a", OPEN) + profile("b", CLOSED), []),
    ],
)
def test_a_profile_has_the_registry_that_it_needs(toml: str, expected: list[tuple[str, str]]) -> None:
    assert errors(toml) == expected


def test_the_streams_are_named() -> None:
    (finding,) = findings('[streams.bikes]\nformat = "avro"\n[streams.rides]\nformat = "avro"\n' + profile("p", SELF))
    assert finding.message == "profile p names no schema registry, which the format avro needs: bikes, rides"


def test_generated_files_know_whether_there_is_a_login() -> None:
    assert load(AVRO + profile("p", CLOSED)).pipeline.registry_login
    assert not load(AVRO + profile("p", OPEN)).pipeline.registry_login
    assert not load(profile("p", CLOSED)).pipeline.registry_login


def test_user_and_password_come_in_one() -> None:
    values = profile_values(load(AVRO + profile("p", CLOSED)).profile("p"), {"P": "a:b@c/d"})
    assert values["kafka.registry.url"] == "http://r:8081"
    assert values["kafka.registry.user-info"] == "me:a:b@c/d"
    assert values["kafka.registry.login-url"] == "http://me:a%3Ab%40c%2Fd@r:8081"
    assert {"kafka.registry.user-info", "kafka.registry.login-url"} <= set(values)
    assert "kafka.registry.login-url" not in profile_values(load(profile("p", OPEN)).profile("p"), {})


def test_what_holds_the_login_is_for_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/car.avsc").write_bytes(record("car", {"wheels": "int"}))
    server = 'clickhouse = { platform = "server", url = "http://c:8123" }\n'
    (tmp_path / "fleetgen.toml").write_text(AVRO + profile("p", PULL, CLOSED, SELF, server))
    for command in (["render", "-q"], ["render", "-q", "--profile", "p", "--to", "out"]):
        done = CliRunner(env={"P": "pw"}).invoke(main, command, catch_exceptions=False)
        assert done.exit_code == 0, done.output
    holding = {path for path in (tmp_path / "out").rglob("*") if path.is_file() and "pw" in path.read_text()}
    assert {path.name for path in holding} == {"car.sql", "car-source.json"}
    assert {path.stat().st_mode & 0o777 for path in holding} == {0o600}
