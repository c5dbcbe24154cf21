"""One plan and apply of Superset alone, as the commands make them over all services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fleetgen import plan as planning
from fleetgen.config.values import profile_values
from fleetgen.pipeline import Pipeline
from fleetgen.plan import CAUTIOUS, Change, Plan, Policy
from fleetgen.profile import ClickHouse, Preset, Profile
from fleetgen.targets.preset import live
from fleetgen.targets.service import Line
from services.served import Server
from services.superset.fleet import ROOT
from services.superset.server import PASSWORD, USER

GENERATED: Final = ROOT / "generated"
FILES: Final[Mapping[str, str]] = {
    path.relative_to(GENERATED).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(GENERATED.glob("preset/**/*.yaml"))
}


@dataclass
class Project:
    """A Superset, a ClickHouse, and the folder whose .fleetgen/ is written to."""

    url: str
    clickhouse: Server
    root: Path
    password: str = ""
    tells_clickhouse: bool = True
    files: dict[str, str] = field(default_factory=lambda: dict(FILES))
    smoke: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def profile(self) -> Profile:
        clickhouse = ClickHouse(
            "server", url=self.clickhouse.url, user=self.clickhouse.user,
            password=self.password or self.clickhouse.password,
        )  # fmt: skip
        told = clickhouse if self.tells_clickhouse else None
        return Profile("here", clickhouse=told, preset=Preset(url=self.url, user=USER, password=PASSWORD))

    def plan(self, policy: Policy = CAUTIOUS) -> Plan:
        return self._go(policy, lambda opened, made: None)

    def apply(self, policy: Policy = CAUTIOUS, *, look: bool = True) -> Plan:
        """Asserts that nothing is blocked."""

        def run(opened: live.Preset, made: Plan) -> None:
            assert not made.blocked, made.blocked
            for _, step in made.steps():
                opened.run(step)
            self.smoke = opened.look(Pipeline("fleet", ()), self.files) if look else []

        return self._go(policy, run)

    def _go(self, policy: Policy, then: Callable[[live.Preset, Plan], None]) -> Plan:
        profile = self.profile
        with live.opened(profile, profile_values(profile, {}), self.root) as opened:
            desired = opened.desired(self.files)
            there = opened.read(desired)
            changes = opened.compare(desired, there, policy)
            self.notes = list(opened.notes())
            made = planning.join(desired, there, changes, self.notes)
            then(opened, made)
        return made


def lines(plan: Plan) -> list[str]:
    return [f"{change.action.value} {change.key}: {change.reason}" for change in plan.changes]


def differences(change: Change) -> list[tuple[str, str | None, str | None]]:
    return [(each.fact, each.before, each.after) for each in change.differences]
