"""Preset: a token, a team, a workspace, and behind it the same Superset."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fleetgen import plan as planning
from fleetgen.config.values import profile_values
from fleetgen.errors import FleetgenError
from fleetgen.pipeline import Pipeline
from fleetgen.plan import CAUTIOUS
from fleetgen.profile import ClickHouse, Preset, Profile
from fleetgen.targets.preset import client, live
from services.served import Server
from services.superset import manager
from services.superset.applying import FILES
from services.superset.double import Double, double
from services.superset.rest import Rest
from services.superset.server import Superset

PRESET = Preset(team="The team", workspace="Fleet", token=manager.NAME, secret=manager.SECRET)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    with double() as made, manager.manager(made.url) as url:
        monkeypatch.setattr(client, "MANAGER", url)
        yield made


def test_a_workspace_is_applied_to(
    superset: Superset, filled: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Rest(superset.url).clear()
    clickhouse = ClickHouse("server", url=filled.url, user=filled.user, password=filled.password)
    profile = Profile("cloud", clickhouse=clickhouse, preset=PRESET)
    with manager.manager(superset.url) as url:
        monkeypatch.setattr(client, "MANAGER", url)
        with live.opened(profile, profile_values(profile, {}), tmp_path) as opened:
            desired = opened.desired(FILES)
            made = planning.join(desired, (), opened.compare(desired, opened.read(desired), CAUTIOUS))
            for _, step in made.steps():
                opened.run(step)
            assert all(line.ok for line in opened.look(Pipeline("fleet", ()), FILES))
            assert opened.compare(desired, opened.read(desired), CAUTIOUS) == []


@pytest.mark.parametrize("team", ["The team", "team-1"])
@pytest.mark.parametrize("workspace", ["Fleet", "ab12"])
def test_both_names_find_it(fake: Double, team: str, workspace: str) -> None:
    session = client.preset(team, workspace, manager.NAME, manager.SECRET)
    assert session.base == fake.url
    assert session.ask("GET", "/api/v1/chart/")["count"] == 0


@pytest.mark.parametrize(
    ("team", "workspace", "said"),
    [
        ("nobody", "Fleet", "FG755 error: Preset has no team 'nobody' for this token\n  help: it has 'Another team', "),
        ("The team", "Mine", "Preset has no workspace 'Mine' for this token\n  help: it has 'Fleet', 'Other'; name"),
        ("team-2", "Fleet", "FG750 error: Preset: GET /v1/teams/team-2/workspaces answers 404"),
    ],
)  # fmt: skip
def test_what_the_token_does_not_see(fake: Double, team: str, workspace: str, said: str) -> None:
    with pytest.raises(FleetgenError) as raised:
        client.preset(team, workspace, manager.NAME, manager.SECRET)
    assert said in str(raised.value)
    assert "canary" not in str(raised.value)


def test_two_workspaces_of_one_title(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = [{"id": n, "name": f"w{n}", "title": "Fleet", "hostname": "x.invalid"} for n in (1, 2)]
    with double() as made, manager.manager(made.url, twice) as url:
        monkeypatch.setattr(client, "MANAGER", url)
        with pytest.raises(FleetgenError, match="FG755 error: Preset has more than one workspace 'Fleet'"):
            client.preset("The team", "Fleet", manager.NAME, manager.SECRET)


def test_a_token_that_is_refused_is_not_shown(fake: Double) -> None:
    with pytest.raises(FleetgenError, match="FG751 error: Preset refuses the token") as raised:
        client.preset("The team", "Fleet", manager.NAME, "canary-of-another-secret")
    assert "canary" not in str(raised.value)


def test_a_host_without_a_scheme_is_reached_by_https(monkeypatch: pytest.MonkeyPatch) -> None:
    place = [{"id": 1, "name": "w", "title": "W", "hostname": "127.0.0.1:1"}]
    with double() as made, manager.manager(made.url, place) as url:
        monkeypatch.setattr(client, "MANAGER", url)
        with pytest.raises(FleetgenError, match=r"FG750 error: Preset: GET /api/v1/security/csrf_token/: cannot"):
            client.preset("The team", "W", manager.NAME, manager.SECRET)
