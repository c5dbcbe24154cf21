"""The file that configures a project: fleetgen.toml, or [tool.fleetgen] in pyproject.toml."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from fleetgen.errors import Finding, FleetgenError, Place, Severity
from fleetgen.files import Tree

OWN: Final = "fleetgen.toml"
SHARED: Final = "pyproject.toml"
_POSITION: Final = r" \(at (?:line (\d+), column (\d+)|end of document)\)$"


class Document(NamedTuple):
    """`tree` is the table of ours, `root` the JSON pointer to it in the file."""

    path: str = OWN
    text: str = ""
    root: str = ""
    tree: Any = {}  # noqa: RUF012 -- never written to


def read(tree: Tree) -> Document:
    """The configuration; empty where there is none. Raises FleetgenError for text that is no TOML."""
    data = tree.read(OWN)
    if data is not None:
        text, whole = _parse(OWN, data)
        return Document(OWN, text, "", whole)
    data = tree.read(SHARED)
    if data is None or b"fleetgen" not in data:
        return Document()
    text, whole = _parse(SHARED, data)
    tool = whole.get("tool")
    if not isinstance(tool, dict) or "fleetgen" not in tool:
        return Document()
    return Document(SHARED, text, "/tool/fleetgen", tool["fleetgen"])


def _parse(path: str, data: bytes) -> tuple[str, dict[str, Any]]:
    import tomllib

    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        place = Place(path, "", before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        raise _broken("is not UTF-8", place) from error
    try:
        return text, tomllib.loads(text)
    except RecursionError as error:
        raise _broken("is nested too deeply", Place(path, "", 1, 1)) from error
    except ValueError as error:  # also what int() says of a number with thousands of digits
        raise _broken(*_explain(path, text, str(error))) from error


def _explain(path: str, text: str, message: str) -> tuple[str, Place]:
    """tomllib says where in the text of its message only."""
    found = re.search(_POSITION, message)
    if found is None:
        return message, Place(path, "", 1, 1)
    last = text.count("\n") + 1, len(text) - text.rfind("\n")
    line, column = (int(found[1]), int(found[2])) if found[1] else last
    message = message[: found.start()]
    return message[:1].lower() + message[1:], Place(path, "", line, column)


def _broken(message: str, place: Place) -> FleetgenError:
    help = "the file is read as TOML 1.0 (https://toml.io): mend the line named"
    return FleetgenError.broken([Finding("FG301", Severity.ERROR, f"not TOML: {message}", help, place)])
