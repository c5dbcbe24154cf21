"""The two calls that take a bundle: one that only looks, one that does it. Neither's silence is taken for success."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fleetgen.errors import FleetgenError
from fleetgen.http import HttpError
from fleetgen.targets.preset.client import Session

_LOOK: Final = "/api/v1/dashboard/import/"
_IMPORT: Final = "/api/v1/assets/import/"
_TYPE: Final = "metadata.yaml"
_SHOWN: Final = 5


def look(session: Session, bundle: bytes, passwords: Mapping[str, str]) -> None:
    """The server's own validation, without effect: the route is that of dashboards, and the bundle's type is not.

    Raises FleetgenError with what it refuses, file by file.
    """
    form = {"overwrite": "true", "passwords": json.dumps(dict(passwords))}
    try:
        session.ask("POST", _LOOK, files={"formData": _file(bundle)}, data=form)
        raise FleetgenError(
            "FG754 error: Superset took a bundle that was only to be looked at\n"
            "  help: this release is not known; import by hand, as doc/targets/preset.md says"
        )
    except HttpError as error:
        if error.status != 422:
            raise
        found = dict(_refused(error.body))
    if "type" not in found.pop(_TYPE, {}):
        raise _refusal(session, "cannot read the bundle", found)
    if found:
        raise _refusal(session, "refuses the bundle", found)


def load(session: Session, bundle: bytes, passwords: Mapping[str, str]) -> None:
    """Import. Passwords go by the form's own field, and nowhere else.

    Raises FleetgenError if it was not done; HttpError with status 0 if nobody knows.
    """
    form = {"passwords": json.dumps(dict(passwords))}
    body = session.ask("POST", _IMPORT, files={"bundle": _file(bundle)}, data=form)
    if not isinstance(body, Mapping) or body.get("message") != "OK":
        raise FleetgenError(
            "FG754 error: Superset does not say that the import is done\n"
            "  help: look at the address in the profile: is it that of Superset?"
        )


def _refusal(session: Session, what: str, found: Mapping[str, Mapping[str, Any]]) -> FleetgenError:
    shown = session.redacted(_shown(found))
    return FleetgenError(f"FG753 error: Superset {what}: {shown}\n  help: {_help(found)}")


def _file(bundle: bytes) -> tuple[str, bytes, str]:
    return "bundle.zip", bundle, "application/zip"


def _refused(body: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    errors = body.get("errors") if isinstance(body, Mapping) else None
    for error in errors if isinstance(errors, list) else []:
        extra = error.get("extra") if isinstance(error, Mapping) else None
        for path, reasons in (extra or {}).items():
            if path != "issue_codes":
                yield path, reasons if isinstance(reasons, Mapping) else {"": reasons}


def _shown(found: Mapping[str, Mapping[str, Any]]) -> str:
    lines = [f"{path}: {line}" for path, reasons in sorted(found.items()) for line in _lines(reasons)]
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return ("; ".join(lines[:_SHOWN]) or "it gives no reason") + more


def _lines(reasons: Any, path: str = "") -> Iterator[str]:
    """Marshmallow's nested reasons, one a line: "columns.0.type: Not a valid string."."""
    match reasons:
        case Mapping():
            for key, value in reasons.items():
                yield from _lines(value, path if key == "_schema" else f"{path}.{key}".strip("."))
        case list():
            for each in reasons:
                yield from _lines(each, path)
        case _:
            yield f"{path}: {reasons}" if path else str(reasons)


def _help(found: Mapping[str, Mapping[str, Any]]) -> str:
    if any("password" in line.lower() for reasons in found.values() for line in _lines(reasons)):
        return "give clickhouse a password in the profile, or a user without one: Superset keeps none for this database"
    return "nothing was changed; mend the template that wrote it"
