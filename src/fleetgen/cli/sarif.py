"""Findings as SARIF 2.1.0: what code scanning services and editors read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from fleetgen import __version__
from fleetgen.errors import Finding
from fleetgen.explanations import Explanation

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def log(
    findings: Sequence[Finding], prefix: str, explanations: Mapping[str, Explanation], exit_code: int
) -> dict[str, Any]:
    """A log of one run. `prefix` leads from the top of the repository to the project, and paths start at the top."""
    codes = sorted({each.code for each in findings})
    rules = [_rule(code, explanations.get(code)) for code in codes]
    run = {
        "tool": {"driver": {"name": "fleetgen", "semanticVersion": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": exit_code < 2, "exitCode": exit_code}],
        "results": [_result(each, codes.index(each.code), prefix) for each in findings],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str, explanation: Explanation | None) -> dict[str, Any]:
    if explanation is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": explanation.title},
        "help": {"text": explanation.text, "markdown": explanation.text},
    }


def _result(each: Finding, rule: int, prefix: str) -> dict[str, Any]:
    text = f"{each.message}\nhelp: {each.help}" if each.help else each.message
    result: dict[str, Any] = {
        "ruleId": each.code,
        "ruleIndex": rule,
        "level": each.severity.value,
        "message": {"text": text},
    }
    if each.place.path:
        location = {"uri": quote(prefix + each.place.path, errors="surrogateescape"), "uriBaseId": "%SRCROOT%"}
        result["locations"] = [{"physicalLocation": {"artifactLocation": location, "region": _region(each)}}]
    return result


def _region(each: Finding) -> dict[str, int]:
    """Services that show results by line need one: what is about a whole file is shown at its start."""
    region = {"startLine": max(1, each.place.line)}
    return region | ({"startColumn": each.place.column} if each.place.column else {})
