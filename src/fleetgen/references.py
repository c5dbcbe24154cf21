"""References to the environment, `${env:NAME}` and `${env:NAME:-default}`: kept as written, resolved on the way out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from fleetgen.errors import Finding, FleetgenError, Place, Severity

PATTERN: Final = r"\$\{env:[A-Za-z_][A-Za-z0-9_]*(?::-[^}]*)?\}"
_REFERENCE: Final = r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}"


class Written(str):
    """A text of the configuration, which knows where it stands. Its references are not resolved."""

    __slots__ = ("at",)
    at: Place

    def __new__(cls, text: str, at: Place) -> Written:
        self = super().__new__(cls, text)
        self.at = at
        return self


def is_reference(text: str) -> bool:
    """Whether the text is one reference and nothing else."""
    return re.fullmatch(_REFERENCE, text) is not None


def is_malformed(text: str) -> bool:
    """Whether something starts like a reference and is none."""
    return "${env:" in text and "${env:" in re.sub(_REFERENCE, "", text)


def resolve(text: str, environ: Mapping[str, str]) -> str:
    """The text with its references replaced; as in a shell, `:-` also stands in for an empty variable.

    Raises FleetgenError that names each variable that is not set and has no default, never a value.
    """
    missing: list[str] = []

    def value(reference: re.Match[str]) -> str:
        name, default = reference[1], reference[2]
        if default is not None:
            return environ.get(name) or default
        if name not in environ:
            missing.append(name)
        return environ.get(name, "")

    resolved = re.sub(_REFERENCE, value, text)
    if missing:
        raise FleetgenError.broken([_unset(name, text) for name in dict.fromkeys(missing)])
    return resolved


def _unset(name: str, text: str) -> Finding:
    return Finding(
        "FG308",
        Severity.ERROR,
        f"the environment variable {name} is not set",
        f"set {name}, or give a default: ${{env:{name}:-..}}",
        text.at if isinstance(text, Written) else Place("the environment"),
    )
