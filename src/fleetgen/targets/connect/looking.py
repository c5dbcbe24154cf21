"""Do the connectors run: a line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fleetgen.targets.connect import waiting
from fleetgen.targets.connect.rest import Worker
from fleetgen.targets.connect.waiting import Redact
from fleetgen.targets.service import Line

_PASSING: Final = frozenset({"", "UNASSIGNED", "RESTARTING"})
_LOOKS: Final = 10


def look(worker: Worker, version: str, names: Sequence[str], redact: Redact) -> list[Line]:
    """A rebalance passes: it is given some seconds."""
    for _ in range(_LOOKS):
        statuses = worker.statuses()
        if not any(_is_passing(statuses.get(name)) for name in names):
            break
        worker.sleep(1.0)
    else:
        statuses = worker.statuses()
    which = "managed by Confluent Cloud" if worker.managed else f"version {version}"
    return [Line("connect", True, which), *(_line(name, statuses.get(name), redact) for name in names)]


def _is_passing(status: dict[str, Any] | None) -> bool:
    if status is None:
        return False
    return waiting.state(status) in _PASSING or not _PASSING.isdisjoint(waiting.states(status))


def _line(name: str, status: dict[str, Any] | None, redact: Redact) -> Line:
    what = f"connector {name}"
    if status is None:
        return Line(what, False, "missing")
    failure = waiting.failure(status, redact)
    told = waiting.told(status)
    return Line(what, waiting.runs(status) and failure is None, told if failure is None else f"{told}; {failure}")
