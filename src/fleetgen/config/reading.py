"""What is being read, and what was found wrong with it so far."""

from __future__ import annotations

from collections.abc import Iterable

from fleetgen.config.document import Document
from fleetgen.errors import Finding, Place, Severity


class Reading:
    """Gathers the errors of one configuration. Pointers are relative to the table of ours."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.findings: list[Finding] = []
        self._faults: list[str] = []

    def at(self, pointer: str) -> Place:
        return Place(self.document.path, self.document.root + pointer)

    def error(self, code: str, pointer: str, message: str, help: str, *, key: bool = False) -> None:
        """Note an error of the value at a pointer, or of its `key`."""
        from fleetgen.positions_toml import locate

        place = self.at(pointer)
        line, column = locate(self.document.text, place.pointer, key=key)
        self.findings.append(
            Finding(code, Severity.ERROR, message, help, Place(place.path, place.pointer, line, column))
        )
        self._faults.append(pointer)

    def warning(self, code: str, pointer: str, message: str, help: str) -> None:
        """Note what keeps no command from working; its line is looked up when it is told."""
        self.findings.append(Finding(code, Severity.WARNING, message, help, self.at(pointer)))

    def is_clean(self, pointer: str) -> bool:
        """Whether nothing was found wrong at or below a pointer."""
        return not any(fault == pointer or fault.startswith(f"{pointer}/") for fault in self._faults)


def child(pointer: str, name: str | int) -> str:
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


def quote(text: str) -> str:
    """A value in a message: one line, not endless."""
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def suggest(name: str, known: Iterable[str]) -> str:
    """The help line for a name that does not exist."""
    import difflib

    names = sorted(known)
    near = difflib.get_close_matches(name, names, 1, 0.6)
    if near:
        return f"did you mean {quote(near[0])}?"
    if not names:
        return "there are none"
    listed = ", ".join(quote(each) for each in names[:12])
    return f"known: {listed}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")
