"""The demo's data and its dashboard in a Superset of this machine: what `apply` does to a Superset of one's own."""

from __future__ import annotations

import fcntl
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NoReturn, TypeAlias

from fleetgen.commands import demo
from fleetgen.commands.apply import converge
from fleetgen.commands.services import Services
from fleetgen.commands.smoke import look
from fleetgen.errors import FleetgenError
from fleetgen.files import private
from fleetgen.frozen import frozen
from fleetgen.local import clickhouse, environment, superset
from fleetgen.local.child import Child
from fleetgen.local.superset import Superset
from fleetgen.pipeline import Pipeline
from fleetgen.plan import Change, Step
from fleetgen.profile import ClickHouse, Preset, Profile
from fleetgen.project import profile_values
from fleetgen.redaction import secrets as known_secrets
from fleetgen.targets.preset import assets, live
from fleetgen.targets.service import Line

Tell: TypeAlias = Callable[[str], None]
"""Called with a line for the user."""

_LOOKING: Final = 0.5
"""Seconds between two looks at whether the servers still run."""


@frozen
class Dashboard:
    """Where it is, and who may see it: the password is another one at each start, and is stored nowhere.

    `smoke` has a line for each chart.
    """

    url: str
    user: str
    password: str
    smoke: tuple[Line, ...]
    servers: tuple[Child, ...]

    def watch(self) -> NoReturn:
        """Until interrupted. Raises FleetgenError if one of the servers ends."""
        while True:
            for server in self.servers:
                server.check()
            time.sleep(_LOOKING)


@frozen
class Starting:
    """A Superset that is not yet up: it takes as long as the demo, which meanwhile can run."""

    root: Path
    home: Path
    password: str
    superset: Superset

    @contextmanager
    def shown(self, pipeline: Pipeline, files: Mapping[str, str], tell: Tell) -> Iterator[Dashboard]:
        """Serve the engine that the demo has left, and bring the generated bundle to Superset."""
        with clickhouse.served(self.home / "clickhouse", demo.home(self.root)) as server:
            tell("waiting for Superset")
            preset = Preset(self.superset.url(), superset.USER, self.password)
            store = ClickHouse("server", url=server.url, user=clickhouse.USER, password=server.password)
            smoke = self._apply(Profile("demo", clickhouse=store, preset=preset), pipeline, files, tell)
            children = (server.child, self.superset.child)
            yield Dashboard(preset.url + _path(files), superset.USER, self.password, smoke, children)

    def _apply(self, profile: Profile, pipeline: Pipeline, files: Mapping[str, str], tell: Tell) -> tuple[Line, ...]:
        """As for any profile with a Superset."""
        values = profile_values(profile, {})

        def progress(change: Change, step: Step) -> None:
            tell(f"{change.action.value} {change.key}")

        with live.opened(profile, values, self.home) as opened:
            found = Services(profile, {"preset": opened}, {"preset": _bundle(files)}, known_secrets(values))
            converge(found, progress=progress)
            return look(pipeline, found)


@contextmanager
def starting(root: Path, tell: Tell) -> Iterator[Starting]:
    """Superset, installed at the first time, and begun. It ends with the context, or with this process.

    Raises FleetgenError if it cannot be installed, or if the demo of this project is shown already.
    """
    _require()
    made = environment.folder(root, tell)
    with _alone(private(root, "demo-superset")) as home:
        password = secrets.token_urlsafe(12)
        with superset.started(made, home / "superset", password) as begun:
            yield Starting(root, home, password, begun)


def _require() -> None:
    """What is needed at the end is missed at the beginning: the command line tells the extra of a missing library."""
    for name in ("chdb", "requests", "yaml"):
        if find_spec(name) is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@contextmanager
def _alone(home: Path) -> Iterator[Path]:
    """The folder, emptied, of one process at a time."""
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FleetgenError(
                f"FG702 error: {home} is in use by another process: the demo of this project is shown already\n"
                "  help: stop that one first"
            ) from None
        for name in ("superset", "clickhouse"):
            shutil.rmtree(home / name, ignore_errors=True)
        yield home


def _bundle(files: Mapping[str, str]) -> dict[str, str]:
    return {path: text for path, text in files.items() if path.startswith("preset/")}


def _path(files: Mapping[str, str]) -> str:
    """Of the dashboard, below Superset's address."""
    found = [each.data["slug"] for each in assets.load(_bundle(files)) if each.kind == "dashboard"]
    return f"/superset/dashboard/{found[0]}/" if found else "/"
