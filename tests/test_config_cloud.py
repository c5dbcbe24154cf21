"""Profiles on Confluent Cloud: what they need, what is generated for them, and what is said of made-up messages."""

from __future__ import annotations

import pytest

from fleetgen.errors import Finding, Severity
from fleetgen.project import Project, profile_values
from projects import findings, load

URL = "https://api.confluent.cloud/connect/v1/environments/env-1/clusters/lkc-1"
LOGIN = f'url = "{URL}", user = "CK", password = "${{env:CS}}"'
KEYED = 'kafka = { bootstrap = "b", user = "KK", password = "${env:KS}" }\n'
PLAIN = 'kafka = { bootstrap = "b" }\n'


def connect(extra: str = "", login: str = LOGIN, platform: str = "confluent-cloud") -> str:
    return f'connect = {{ platform = "{platform}", {login}{extra} }}\n'


def profile(name: str, *parts: str) -> str:
    return f"[profiles.{name}]\n{''.join(parts)}"


ACCOUNT = ', service-account = "sa-1a2b"'
QUIET = "".join(f'[streams.{name}.source]\nkind = "none"\n' for name in ("rides", "bikes", "docks", "repairs"))


def warnings(project: Project, code: str = "") -> list[Finding]:
    assert all(finding.severity is Severity.WARNING for finding in project.findings)
    return [finding for finding in project.findings if finding.code.startswith(code or "FG35")]


def test_a_profile_by_key() -> None:
    project = load(QUIET + profile("c", KEYED, connect()))
    assert project.pipeline.platforms["connect"] == ("self-managed", "confluent-cloud")
    assert project.pipeline.platforms["ksql"] == ("self-managed",)
    assert not project.pipeline.service_account
    assert not project.findings


def test_a_profile_by_service_account_needs_no_key() -> None:
    project = load(QUIET + profile("c", connect(ACCOUNT)))
    assert project.pipeline.service_account
    values = profile_values(project.profile("c"), {})
    assert values["connect.service-account"] == "sa-1a2b"


def test_a_service_account_may_be_a_reference() -> None:
    project = load(profile("c", connect(', service-account = "${env:SA}"')))
    assert profile_values(project.profile("c"), {"SA": "sa-9"})["connect.service-account"] == "sa-9"


@pytest.mark.parametrize(
    ("toml", "code", "said"),
    [
        (profile("c", connect()), "FG348", "kafka lacks 'user' and 'password'"),
        (profile("c", PLAIN, connect()), "FG348", "kafka lacks 'user' and 'password'"),
        (profile("c", KEYED, connect(login=f'url = "{URL}", user = "CK"')), "FG348", "Cloud lacks 'password'"),
        (profile("c", KEYED, connect(ACCOUNT, platform="self-managed")), "FG341", "no key 'service-account'"),
        (profile("c", KEYED, connect(', service-account = "robot"')), "FG304", "a service account such as"),
        (profile("a", KEYED, connect()) + profile("b", connect(ACCOUNT)), "FG349", "b and a share"),
        (profile("c", KEYED, connect(platform="confluent")), "FG304", "a platform of Connect"),
    ],
)
def test_what_is_missing_or_too_much_is_refused(toml: str, code: str, said: str) -> None:
    (finding,) = [finding for finding in findings(toml) if finding.severity is Severity.ERROR]
    assert finding.code == code
    assert said in finding.message
    assert finding.place.line > 0


def test_a_bill_is_announced_once_a_profile() -> None:
    toml = '[streams.rides.source]\ntasks = 3\n[streams.docks.source]\nkind = "none"\n' + profile("c", KEYED, connect())
    (finding,) = warnings(load(toml))
    assert finding.code == "FG351"
    assert "profile c runs 5 Datagen tasks on Confluent Cloud" in finding.message
    assert finding.message.endswith(": bikes, repairs, rides")
    assert finding.place.pointer == "/profiles/c/connect/platform"


def test_a_self_managed_connect_costs_nothing_there() -> None:
    assert not warnings(load(profile("c", 'connect = { url = "http://c:8083" }\n')))


@pytest.mark.parametrize("platform", ["self-managed", "confluent-cloud"])
def test_a_protected_profile_that_makes_up_messages_is_said(platform: str) -> None:
    toml = profile("p", "protected = true\n", KEYED, connect(platform=platform))
    (finding,) = warnings(load(toml), "FG352")
    assert finding.message.endswith("its connectors send made-up messages: bikes, docks, repairs and 1 more")
    assert finding.place.pointer == "/profiles/p/protected"
    assert not warnings(load(QUIET + toml))


def test_a_protected_profile_without_connectors_sends_nothing() -> None:
    assert not warnings(load(profile("p", "protected = true\n", 'ksql = { url = "http://k:8088" }\n')))


def test_iterations_that_the_cloud_does_not_know_are_said() -> None:
    toml = "[streams.rides]\nsource = { iterations = 9 }\n"
    assert not warnings(load(toml + profile("c", 'connect = { url = "http://c:8083" }\n')), "FG350")
    (finding,) = warnings(load(toml + profile("c", KEYED, connect())), "FG350")
    assert "rides is filled until it is stopped" in finding.message
    assert finding.place.pointer == "/streams/rides/source/iterations"


def test_the_sink_s_missing_transform_is_said_where_it_is_used() -> None:
    toml = profile("c", 'ingest = "connect"\n', KEYED, connect())
    (finding,) = warnings(load(QUIET + toml))
    assert (finding.code, finding.place.pointer) == ("FG353", "/profiles/c/ingest")
    assert not warnings(load(QUIET + toml.replace('"connect"\n', '"kafka"\n')))
