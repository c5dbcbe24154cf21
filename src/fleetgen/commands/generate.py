"""Every target's files, from schemas, templates and configuration: in memory, nothing written."""

from __future__ import annotations

from fleetgen import datagen, files, overrides
from fleetgen.commands import connectors
from fleetgen.commands.severities import settle
from fleetgen.errors import Finding, FleetgenError, Place, Severity
from fleetgen.frozen import frozen
from fleetgen.project import Project
from fleetgen.targets import TARGETS
from fleetgen.targets.base import Output
from fleetgen.templating import Templates

_LONGEST = 255
"""Bytes of a file's name: the limit of every common file system."""


@frozen
class Generated:
    """`files` by path below generated/, the manifest among them; `origins` says which template made a path."""

    files: dict[str, str]
    origins: dict[str, str]
    findings: tuple[Finding, ...]


def generate(project: Project, templates: Templates) -> Generated:
    outputs: dict[str, Output] = {}
    for name, target in TARGETS.items():
        outputs[name] = target.generate(project.pipeline, templates, outputs)
    findings = [*project.findings]
    findings += overrides.outdated(templates.own)
    for stream in project.pipeline.streams:
        findings += datagen.lint(stream, project.lint.severities)
    findings += datagen.keyless(project.pipeline)
    made: dict[str, str] = {".gitattributes": "* text eol=lf linguist-generated=true\n"}
    origins: dict[str, str] = {}
    for output in outputs.values():
        findings += output.findings
        findings += _add(output, made, origins)
    made[files.MANIFEST] = files.manifest(made)
    findings += connectors.lint(made, origins, templates.own)
    return Generated(made, origins, tuple(settle(findings, project.lint)))


def _add(output: Output, made: dict[str, str], origins: dict[str, str]) -> list[Finding]:
    """Take an output's files; of two paths that some file systems hold for one, the later is left out."""
    findings = []
    folded = {path.casefold(): path for path in made}
    for path, text in output.files.items():
        _refuse_long(path)
        other = folded.setdefault(path.casefold(), path)
        if path in made or other != path:
            findings.append(_meets(path, other))
            continue
        made[path] = text
        origins[path] = output.origins[path]
    return findings


def _refuse_long(path: str) -> None:
    if any(len(part.encode()) > _LONGEST for part in path.split("/")):
        raise FleetgenError(
            f"{files.OUTPUT}/{path}: FG806 error: the name is too long for a file\n"
            f"  help: no part of a path may be longer than {_LONGEST} bytes; shorten the name that it is made of"
        )


def _meets(path: str, other: str) -> Finding:
    return Finding(
        "FG400",
        Severity.ERROR,
        f"would be written to the place of {files.OUTPUT}/{other}",
        "two names differ only in case, or not at all, once they are file names: rename one",
        Place(f"{files.OUTPUT}/{path}"),
    )
