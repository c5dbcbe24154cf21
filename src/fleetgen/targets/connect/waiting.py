"""Wait until a connector is what it was told to be: the answer to a call comes long before that."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from fleetgen import connecting
from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen
from fleetgen.targets.connect.rest import Worker

HALTED: Final = frozenset({"PAUSED", "STOPPED"})
FINISHED: Final = "FINISHED"
# A Datagen source with `iterations` ends by failing, so that Connect does not start it anew.
_SENT: Final = re.compile(r"generated the configured \d+ number of messages")
_LONGEST: Final = 60.0
_PROVISIONING: Final = 900.0
"""Confluent Cloud takes minutes to make a connector."""
_STEADY: Final = 0.5
"""Tasks of an earlier configuration are told as running for a moment after the new one is known."""
_MANAGED: Final = 5.0
"""Confluent Cloud does not tell which configuration its tasks have."""
_FAILING: Final = 2.0
_SHOWN: Final = 300
Redact: TypeAlias = Callable[[str], str]


@frozen
class Seen:
    """`settled` is how long it has to stay so until it is believed; None: wait on. `ends` is how the wait ends then."""

    what: str
    settled: float | None = None
    failed: bool = False


def halted(worker: Worker, name: str, target: str) -> None:
    """Until the connector and all of its tasks are STOPPED or PAUSED."""

    def look() -> Seen:
        status = worker.status(name)
        there = state(status) == target and states(status) <= {target, "FAILED"}
        return Seen(told(status), 0.0 if there else None)

    _wait(worker, name, look)


def running(
    worker: Worker, name: str, config: Mapping[str, str], gone: frozenset[str], redact: Redact, *, stays: bool
) -> None:
    """Until the tasks of this configuration run; keys of an earlier one are `gone`. `stays`: a halted one stays so.

    Raises FleetgenError with the trace of a task that fails, or if it takes too long.
    """
    _wait(worker, name, lambda: _look(worker, name, config, gone, redact, stays))


def _look(
    worker: Worker, name: str, config: Mapping[str, str], gone: frozenset[str], redact: Redact, stays: bool
) -> Seen:
    status = worker.status(name)
    if stays and state(status) in HALTED:
        return Seen(told(status), 0.0)
    tasks = [] if worker.managed else worker.tasks(name)
    if not all(_is_new(task, config, gone) for task in tasks):
        return Seen("its tasks have the earlier configuration")
    trace = failure(status, redact)
    if trace is not None:
        return Seen(trace, _FAILING, failed=True)
    there = runs(status) and (worker.managed or len(tasks) == len(status.get("tasks", ())))
    return Seen(told(status), (_MANAGED if worker.managed else _STEADY) if there else None)


def _is_new(task: Mapping[str, str], config: Mapping[str, str], gone: frozenset[str]) -> bool:
    """A connector may keep a key from its tasks, or give them more."""
    return gone.isdisjoint(task) and all(
        connecting.equal(config[key], task[key]) for key in config.keys() & task.keys()
    )


def _wait(worker: Worker, name: str, look: Callable[[], Seen]) -> None:
    limit = _PROVISIONING if worker.managed else _LONGEST
    start = since = worker.clock()
    before = None
    while True:
        seen = look()
        now = worker.clock()
        since = now if before is None or seen != before else since
        before = seen
        if seen.settled is not None and now - since >= seen.settled:
            break
        if now - start >= limit:
            raise FleetgenError(
                f"FG736 error: connector {name} is not what it was told to be after {limit:g} s: {seen.what}\n"
                "  help: look at the log of the worker; apply again when it has recovered"
            )
        worker.sleep(2.0 if worker.managed else 0.2)
    if seen.failed:
        raise FleetgenError(
            f"FG735 error: connector {name} does not run: {seen.what}\n"
            "  help: mend what the trace names, then apply again: it restarts the tasks that failed"
        )


def state(status: Mapping[str, Any]) -> str:
    """Of the connector itself: RUNNING says nothing of its tasks. Empty while it is not known."""
    return str((status.get("connector") or {}).get("state", ""))


def states(status: Mapping[str, Any]) -> set[str]:
    """Of its tasks."""
    return {_of(task) for task in status.get("tasks") or ()}


def runs(status: Mapping[str, Any]) -> bool:
    """Whether it and all of its tasks run, or have sent all that they were to send."""
    found = states(status)
    return state(status) == "RUNNING" and bool(found) and found <= {"RUNNING", FINISHED}


def _of(part: Mapping[str, Any]) -> str:
    found = str(part.get("state", ""))
    return FINISHED if found == "FAILED" and _SENT.search(str(part.get("trace"))) else found


def failure(status: Mapping[str, Any], redact: Redact) -> str | None:
    """The first part that failed, with what its trace says of the reason, on one line."""
    parts = [("connector", status.get("connector") or {})]
    parts += [(f"task {task.get('id')}", task) for task in status.get("tasks") or ()]
    for what, part in parts:
        if _of(part) in ("FAILED", "DEGRADED"):
            return f"{what} {part['state']}: {_reason(str(part.get('trace') or 'without a trace'), redact)}"
    return None


def told(status: Mapping[str, Any]) -> str:
    """`RUNNING on 10.0.0.1:8083, 2 of 2 tasks RUNNING`."""
    connector = status.get("connector") or {}
    tasks = status.get("tasks") or ()
    if not connector:
        return "the worker does not know its state yet"
    counts: dict[str, int] = {}
    for task in tasks:
        counts[_of(task)] = counts.get(_of(task), 0) + 1
    parts = [f"{number} of {len(tasks)} task{'s' * (len(tasks) != 1)} {which}" for which, number in counts.items()]
    where = str(connector.get("worker_id") or "")
    return ", ".join([f"{state(status)}{f' on {where}' if where else ''}", *(parts or ["no tasks"])])


def _reason(trace: str, redact: Redact) -> str:
    """The first line, and the innermost cause. Redacted before it is cut: a part of a secret is one too."""
    lines = [line.strip() for line in redact(trace).splitlines() if line.strip()]
    causes = [line for line in lines[1:] if line.startswith("Caused by: ")]
    return "; ".join(line if len(line) <= _SHOWN else f"{line[:_SHOWN]} .." for line in (lines[:1] + causes[-1:]))
