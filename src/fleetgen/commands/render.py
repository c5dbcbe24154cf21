"""schemas + templates -> generated/."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fleetgen import files
from fleetgen.commands.generate import generate
from fleetgen.errors import Finding
from fleetgen.frozen import frozen
from fleetgen.project import Project
from fleetgen.templating import Templates


@frozen
class Rendered:
    """`files` is what generated/ is to hold."""

    written: files.Written
    findings: tuple[Finding, ...]
    files: Mapping[str, str]


def render(project: Project, root: Path, *, force: bool = False, tree: files.Tree | None = None) -> Rendered:
    """Write what is missing or changed, remove what is stale; all or nothing. `tree` is where templates are read.

    Raises FleetgenError if something is broken, Blocked if a generated file was edited by hand.
    """
    generated = generate(project, Templates((tree or files.Disk(root)).read))
    return Rendered(files.write(generated.files, root, force=force), generated.findings, generated.files)
