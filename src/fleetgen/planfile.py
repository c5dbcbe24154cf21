"""A plan as JSON: what `plan --output json` prints, `plan -o FILE` writes and `apply FILE` holds live against."""

from __future__ import annotations

import json
from typing import Any, Final

from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen
from fleetgen.plan import Action, Change, Plan, Policy

VERSION: Final = 1


@frozen
class Saved:
    """A reviewed plan. `generated` is the digest of the files that it was made from."""

    profile: str
    generated: str
    policy: Policy
    changes: dict[str, dict[str, Any]]


def data(plan: Plan, profile: str, generated: str, policy: Policy) -> dict[str, Any]:
    """The plan for people's tools: documented in doc/operations.md. It never holds a secret."""
    return {
        "version": VERSION,
        "profile": profile,
        "generated": generated,
        "policy": {name: getattr(policy, name) for name in ("prune", "adopt", "allow_destructive")},
        "summary": summary(plan),
        "changes": [_change(change) for change in plan.changes],
        "notes": list(plan.notes),
    }


def summary(plan: Plan) -> dict[str, int]:
    counts = {
        "add": sum(change.action is Action.CREATE for change in plan.changes),
        "change": sum(change.action is Action.UPDATE for change in plan.changes),
        "replace": sum(change.action is Action.REPLACE for change in plan.changes),
        "delete": sum(change.action is Action.DELETE for change in plan.changes),
    }
    return {**counts, "blocked": len(plan.blocked)}


def read(text: str, name: str) -> Saved:
    """Raises FleetgenError for what is no plan of this version."""
    try:
        tree = json.loads(text)
        version, profile, generated = tree["version"], tree["profile"], tree["generated"]
        policy = Policy(**{key: value is True for key, value in tree["policy"].items()})
        changes = {f"{each['target']} {each['kind']} {each['name']}": dict(each) for each in tree["changes"]}
        _check([(each["differences"], each["steps"]) for each in changes.values()])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FleetgenError(f"FG760 error: {name} is no plan\n  help: make one with `fleetgen plan -o FILE`") from error
    if version != VERSION:
        raise FleetgenError(
            f"FG760 error: {name} is a plan of the version {version!r}, which this fleetgen does not read\n"
            "  help: make it again with `fleetgen plan -o FILE`"
        )
    return Saved(profile, generated, policy, changes)


def by_key(plan: Plan) -> dict[str, dict[str, Any]]:
    return {change.key: _change(change) for change in plan.changes}


def moved(saved: Saved, plan: Plan) -> list[str]:
    """The keys of what would now be done otherwise than reviewed. What is at its target already is no longer there."""
    return [change.key for change in plan.changes if not _covered(saved.changes.get(change.key), _change(change))]


def _covered(reviewed: dict[str, Any] | None, now: dict[str, Any]) -> bool:
    """Whether all that is left of a change was reviewed: an apply that was interrupted may have done a part of it."""
    if reviewed is None or reviewed["blocked"]:
        return False
    resumed = reviewed["action"] == Action.REPLACE.value and now["action"] == Action.CREATE.value
    known = resumed or all(each in reviewed["differences"] for each in now["differences"])
    return known and all(step in reviewed["steps"] for step in now["steps"])


def _change(change: Change) -> dict[str, Any]:
    return {
        "target": change.target,
        "kind": change.kind,
        "name": change.name,
        "action": change.action.value,
        "reason": change.reason,
        "risk": change.risk.value,
        "blocked": change.blocked,
        "after": list(change.after),
        "differences": [{"fact": d.fact, "before": d.before, "after": d.after} for d in change.differences],
        "steps": [{"phase": step.phase.name.lower(), "call": list(step.call)} for step in change.steps],
    }


def _check(changes: list[tuple[Any, Any]]) -> None:
    """Raises TypeError where a list was expected and is none."""
    for differences, steps in changes:
        if not isinstance(differences, list) or not isinstance(steps, list):
            raise TypeError
