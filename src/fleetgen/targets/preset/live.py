"""What generated/preset says against what Superset, or a workspace of Preset, holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from fleetgen import plan
from fleetgen.errors import FleetgenError
from fleetgen.http import HttpError
from fleetgen.pipeline import Pipeline
from fleetgen.plan import Action, Alteration, Change, Phase, Policy, Resource, Risk, Step
from fleetgen.profile import Profile
from fleetgen.targets.preset import (
    address,
    assets,
    client,
    converging,
    facts,
    importing,
    inventory,
    layout,
    merging,
    smoke,
)
from fleetgen.targets.preset.address import Login
from fleetgen.targets.preset.assets import Asset
from fleetgen.targets.preset.client import Session
from fleetgen.targets.preset.inventory import Found, Inventory
from fleetgen.targets.service import Line

_IMPORT: Final = ("POST", "/api/v1/assets/import/")
_CONNECTION: Final = ("address", "password")
_UNKNOWN: Final = "address-unknown"
_NAMED: Final = 3
"""How many facts a reason names; the others are shown below it."""


class Preset:
    """One Superset. The whole bundle is one import, so the first step of an apply does what all of them say."""

    def __init__(self, session: Session, values: Mapping[str, str], root: Path) -> None:
        self.session = session
        self._values = values
        self._root = root
        self._ours: dict[str, Asset] = {}
        self._login: Login | None = None
        self._there = Inventory({}, (), ())
        self._dropped: dict[str, set[str]] = {}
        self._imported = False
        self._backup = ""

    def desired(self, files: Mapping[str, str]) -> list[Resource]:
        """The assets of the files, with the profile's address of ClickHouse, once Superset has looked at them.

        Raises FleetgenError for what the importer would refuse, with or without a reason.
        """
        loaded = assets.load(files)
        for path, fault in assets.faults(loaded):
            raise FleetgenError(
                f"preset/{path}: FG753 error: {fault}\n"
                "  help: Superset would not say why it refuses it; mend the template"
            )
        found = [self._addressed(asset) for asset in loaded]
        self._ours = {_key(asset): asset for asset in found}
        importing.look(self.session, assets.pack(found), self._passwords())
        keys = {asset.uuid: _key(asset) for asset in found}
        return [Resource("preset", each.kind, each.name, self._wanted(each), _after(each, keys)) for each in found]

    def read(self, desired: Sequence[Resource]) -> list[Resource]:
        """Those that are there, under their uuid or under a name that the import would take over, and leftovers."""
        self._there = inventory.take(self.session, list(self._ours.values()))
        self._keep_address()
        there = [
            Resource("preset", each.kind, each.name, self._facts(key, found), owned=found.owned)
            for key, each in self._ours.items()
            if (found := self._there.matched.get(each.uuid))
        ]
        left = [
            Resource("preset", each.asset.kind, each.asset.name, {"uuid": each.asset.uuid})
            for each in self._there.leftover
        ]
        return [*there, *left]

    def compare(self, desired: Sequence[Resource], live: Sequence[Resource], policy: Policy) -> list[Change]:
        self._dropped = {}
        if policy.prune:
            live = [self._pruned(resource) for resource in live]
        return plan.diff(desired, live, policy, self._alter)

    def notes(self) -> Iterator[str]:
        """What people added and is kept."""
        for key, ours in self._ours.items():
            found = self._there.matched.get(ours.uuid)
            if found is None:
                continue
            if ours.kind == "dataset":
                kept = [
                    what for what, _ in merging.foreign(ours, found.asset) if what not in self._dropped.get(key, ())
                ]
                if kept:
                    yield f"{key}: kept, though not generated: {', '.join(kept)}"
            if ours.kind == "dashboard":
                added = layout.foreign(
                    found.asset.data.get("position") or {}, converging.known(self._ours, self._there)
                )
                if added:
                    yield f"{key}: kept, though not generated: {', '.join(map(_title, added))}"

    def run(self, step: Step) -> None:
        """Raises FleetgenError that says what was left behind."""
        match step.call:
            case ("POST", _, _):
                if not self._imported:
                    self._backup = converging.converge(
                        self.session, self._root, self._ours, self._there, self._dropped, self._passwords()
                    )
                    self._imported = True
            case ("DELETE", _, kind, uuid):
                self._delete(kind, uuid)
            case other:
                raise FleetgenError(
                    f"FG760 error: {' '.join(other)} is no step of Superset\n  help: make the plan again"
                )

    def look(self, pipeline: Pipeline, files: Mapping[str, str]) -> list[Line]:
        return [*smoke.look(self.session, assets.load(files)), *self._backed_up()]

    def _addressed(self, asset: Asset) -> Asset:
        if asset.kind != "database":
            return asset
        self._login = address.login(self._values, asset.name)
        uri = self._login.uri if self._login else f"clickhousedb://{_UNKNOWN}/{asset.name}"
        return replace(asset, data={**asset.data, "sqlalchemy_uri": uri})

    def _keep_address(self) -> None:
        """Where the profile does not say how Superset reaches ClickHouse, Superset knows, or nobody does."""
        for key, ours in self._ours.items():
            if ours.kind == "database" and self._login is None:
                found = self._there.matched.get(ours.uuid)
                if found is None:
                    raise FleetgenError(
                        "FG756 error: the profile does not say how Superset reaches ClickHouse\n"
                        '  help: add clickhouse-url = "clickhousedb://user:password@host:8123/database" to its preset; '
                        "an embedded engine cannot be reached"
                    )
                uri = found.asset.data["sqlalchemy_uri"]
                self._ours[key] = replace(ours, data={**ours.data, "sqlalchemy_uri": uri})

    def _passwords(self) -> dict[str, str]:
        """By the path of the database in the bundle. None where there is none: the mask keeps what is stored."""
        if self._login is None or not self._login.password:
            return {}
        return {each.path: self._login.password for each in self._ours.values() if each.kind == "database"}

    def _wanted(self, asset: Asset) -> dict[str, str]:
        wanted = facts.facts(asset, asset)
        return self._told(asset.kind, wanted)

    def _told(self, kind: str, found: dict[str, str]) -> dict[str, str]:
        """Without what the profile does not tell."""
        hidden = _CONNECTION if kind == "database" and self._login is None else ()
        return {fact: value for fact, value in found.items() if fact not in hidden}

    def _facts(self, key: str, found: Found) -> dict[str, str]:
        ours = self._ours[key]
        there = self._told(ours.kind, facts.facts(found.asset, ours))
        if ours.kind == "database" and there.get("password") == facts.STORED and self._is_refused(found.number):
            there["password"] = "refused by ClickHouse"
        if ours.kind == "dashboard":
            there |= self._astray(ours, found)
        return there

    def _is_refused(self, database: int) -> bool:
        """Whether ClickHouse refuses the password that Superset has stored: nobody can read it."""
        try:
            self.session.ask("GET", f"/api/v1/database/{database}/schemas/?q=(force:!t)", timeout=30.0)
        except HttpError as error:
            return "code: 516" in str(error.body) or "AUTHENTICATION_FAILED" in str(error.body)
        return False

    def _astray(self, ours: Asset, found: Found) -> dict[str, str]:
        """What makes a dashboard differ although our charts are where they should be."""
        position = found.asset.data.get("position") or {}
        gone = {each.asset.uuid: each.asset.name for each in self._there.leftover}
        there = {f"chart {gone[uuid]}": "generated no longer" for uuid in layout.names(position) if uuid in gone}
        linked = inventory.charts_on(self.session, found.number)
        lost = merging.unlinked(found.asset, linked, converging.known(self._ours, self._there))
        return there | {f"chart number {number}": "not linked" for number in lost}

    def _pruned(self, resource: Resource) -> Resource:
        """With what of a dataset is to go: what mirrors the table, or was generated."""
        ours = self._ours.get(resource.key)
        found = self._there.matched.get(ours.uuid) if ours else None
        if ours is None or found is None or ours.kind != "dataset":
            return resource
        left = {what for what, row in merging.foreign(ours, found.asset) if merging.is_leftover(what, row)}
        self._dropped[resource.key] = left
        return replace(resource, facts={**resource.facts, **dict.fromkeys(sorted(left), "generated no longer")})

    def _alter(self, desired: Resource | None, live: Resource | None) -> Alteration:
        if desired is None:
            assert live is not None
            return self._removal(live)
        steps = (Step(Phase.ASSETS, (*_IMPORT, self._ours[desired.key].path)),)
        if live is None:
            return Alteration(Action.CREATE, "missing", steps)
        if not live.owned:
            return Alteration(
                Action.UPDATE, "the import would take over what has its name, made by somebody else", steps
            )
        changed = [each.fact for each in plan.differences(desired, live)]
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        return Alteration(Action.UPDATE, f"differs in {', '.join(changed[:_NAMED])}{more}", steps)

    def _removal(self, live: Resource) -> Alteration:
        left = {each.asset.uuid: each for each in self._there.leftover}
        found = left[live.facts["uuid"]]
        users = self._users(found, left)
        if users:
            reason = f"generated no longer, but used by {', '.join(users)}"
            return Alteration(Action.DELETE, reason, (), Risk.REFUSED, "let go of it there first, or generate it again")
        steps = (Step(Phase.REMOVE, ("DELETE", "/api/v1/", live.kind, found.asset.uuid)),)
        return Alteration(Action.DELETE, "generated no longer", steps)

    def _users(self, found: Found, left: Mapping[str, Found]) -> list[str]:
        """What of others a leftover is used by."""
        if found.asset.kind == "dataset":
            charts = [each.number for each in left.values() if each.asset.kind == "chart"]
            return [f"the chart {name!r}" for name in inventory.users_of(self.session, found.number, charts)]
        if found.asset.kind == "chart":
            ours = {each.number for each in self._there.matched.values() if each.asset.kind == "dashboard"}
            ours |= {each.number for each in left.values() if each.asset.kind == "dashboard"}
            on = inventory.dashboards_of(self.session, found.number)
            return [f"the dashboard {title!r}" for number, title in on if number not in ours]
        return []

    def _delete(self, kind: str, uuid: str) -> None:
        """What is gone already is success. What has found a user since stays."""
        found = next((each for each in self._there.leftover if each.asset.uuid == uuid), None)
        if found is None:
            return
        if users := self._users(found, {each.asset.uuid: each for each in self._there.leftover}):
            raise FleetgenError(
                f"FG758 error: the {kind} {found.asset.name} is used by {', '.join(users)}\n"
                "  help: it stays; plan again"
            )
        self.session.ask("DELETE", f"/api/v1/{kind}/{found.number}", expect=(200, 404))

    def _backed_up(self) -> Iterator[Line]:
        if self._backup:
            yield Line("superset backup", True, f"{self._backup} (doc/targets/preset.md says how to import it)")


@contextmanager
def opened(profile: Profile, values: Mapping[str, str], root: Path) -> Iterator[Preset]:
    """Superset itself, or Preset's workspace. Raises FleetgenError if it does not answer or lets nobody in."""
    service = profile.preset
    assert service is not None
    others = address.secrets(values)
    if service.team:
        team, workspace, token, secret = (values[f"preset.{part}"] for part in ("team", "workspace", "token", "secret"))
        session = client.preset(team, workspace, token, secret, others)
    else:
        url, user, password = (values[f"preset.{part}"] for part in ("url", "user", "password"))
        session = client.superset(url, user, password, others)
    yield Preset(session, values, root)


def _key(asset: Asset) -> str:
    return f"preset {asset.kind} {asset.name}"


def _after(asset: Asset, keys: Mapping[str, str]) -> tuple[str, ...]:
    """What it rests on: another asset, and a table or view of ClickHouse."""
    above = [keys[asset.data[key]] for key in ("database_uuid", "dataset_uuid") if key in asset.data]
    if asset.kind == "dataset":
        table = f"{asset.data['schema']}.{asset.name}"
        above += [f"clickhouse table {table}", f"clickhouse view {table}"]
    if asset.kind == "dashboard":
        above += [keys[uuid] for uuid in layout.names(asset.data["position"]) if uuid in keys]
    return tuple(above)


def _title(node: layout.Node) -> str:
    meta = node.get("meta", {})
    return f"chart {meta.get('sliceName', meta.get('chartId'))!r}" if node["type"] == "CHART" else "a text"
