"""What a target's module `live` offers, so that one plan and one apply reach every service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, runtime_checkable

from fleetgen.frozen import frozen
from fleetgen.pipeline import Pipeline
from fleetgen.plan import Change, Policy, Resource, Step
from fleetgen.profile import Profile


@frozen
class Line:
    """One line of smoke. `ok` is False for a gap: what is missing, fails, or is empty although it should not be."""

    what: str
    ok: bool
    figure: str


class Live(Protocol):
    """One service of a profile, opened. `files` are those of generated/ that the profile applies to this target."""

    def desired(self, files: Mapping[str, str]) -> list[Resource]:
        """What the files make, as the service itself would tell of it.

        Raises FleetgenError for a file that cannot be managed, or that the service refuses.
        """
        ...

    def read(self, desired: Sequence[Resource]) -> list[Resource]:
        """Those that are there, and whatever bears our mark and is not desired; never what is not managed.

        Raises FleetgenError if the service cannot be read: that is never nothing to do.
        """
        ...

    def compare(self, desired: Sequence[Resource], live: Sequence[Resource], policy: Policy) -> list[Change]:
        """How to get from live to desired: `plan.diff` with what this service can alter."""
        ...

    def notes(self) -> Iterable[str]:
        """What `read` found that is not managed, where people would wonder."""
        ...

    def run(self, step: Step) -> None:
        """Take one step, and wait until it is done. What is already so is success."""
        ...

    def look(self, pipeline: Pipeline, files: Mapping[str, str]) -> list[Line]:
        """Is it alive: one line each, with its figure."""
        ...


@runtime_checkable
class Lockable(Protocol):
    """A service that can hold the lock by which applies exclude each other."""

    def held(self, owner: str) -> AbstractContextManager[None]:
        """Raises FleetgenError, naming its owner and its end, if somebody else holds it."""
        ...


class Opening(Protocol):
    """A module `fleetgen.targets.<target>.live`. `values` are the profile's, resolved when they are asked for."""

    def opened(self, profile: Profile, values: Mapping[str, str], root: Path) -> AbstractContextManager[Live]: ...
