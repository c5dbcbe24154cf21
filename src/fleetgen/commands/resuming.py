"""An embedded engine that pulls from Kafka does so while a command has it open: its Kafka tables live in memory."""

from __future__ import annotations

from fleetgen.commands import switching
from fleetgen.commands.services import Services
from fleetgen.mapping import names
from fleetgen.plan import CAUTIOUS, Action, Change, Plan


def resume(found: Services) -> None:
    """Make the Kafka landings again that an apply has made before, and nothing else.

    Not while anything else is to be changed: then they wait for the apply that changes it.
    """
    platform = found.profile.clickhouse.platform if found.profile.clickhouse is not None else ""
    if platform != "embedded" or found.profile.ingest != "kafka" or found.pipeline is None:
        return
    live = found.lives["clickhouse"]
    desired = live.desired(found.files["clickhouse"])
    changes = live.compare(desired, live.read(desired), CAUTIOUS)
    landings = {names.kafka(stream) for stream in found.pipeline.streams}
    if all(_is_gone(change, landings) for change in changes):
        plan = Plan((*switching.changes(found, changes), *changes))
        for change, step in () if plan.blocked else plan.steps():
            switching.run(found, change, step)


def _is_gone(change: Change, landings: set[str]) -> bool:
    return change.action is Action.CREATE and change.name.rpartition(".")[2] in landings
