"""Findings as annotations of GitHub Actions: workflow commands, one a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fleetgen.errors import Finding


def commands(findings: Iterable[Finding], prefix: str) -> list[str]:
    """In the order given; GitHub shows the first ten errors and the first ten warnings of a step.

    `prefix` leads from the top of the repository to the project: GitHub's paths start at the top.
    """
    return [_annotation(each, prefix) for each in findings]


def _annotation(each: Finding, prefix: str) -> str:
    place = each.place
    properties = {
        "file": prefix + place.path if place.path else "",
        "line": str(place.line or ""),
        "col": str(place.column or ""),
        "title": each.code,
    }
    text = f"{each.message}\nhelp: {each.help}" if each.help else each.message
    return f"::{each.severity.value} {_properties(properties)}::{_data(text)}"


def _properties(properties: Mapping[str, str]) -> str:
    return ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)


def _data(text: str) -> str:
    """The escapes that the runner undoes in a command's message."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """The escapes that the runner undoes in a command's properties."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
