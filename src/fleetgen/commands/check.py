"""Is generated/ what the schemas say? Compared, never written."""

from __future__ import annotations

from fleetgen import files
from fleetgen.commands.generate import Generated, generate
from fleetgen.errors import Blocked, Finding, Severity
from fleetgen.frozen import frozen
from fleetgen.project import Project
from fleetgen.templating import Templates


@frozen
class Checked:
    differences: tuple[files.Difference, ...]
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        return bool(self.differences) or any(finding.severity is Severity.ERROR for finding in self.findings)


def check(project: Project, tree: files.Tree, *, compile: bool = False) -> Checked:
    """Compare; with `compile` also run the ClickHouse text on an embedded engine in memory, and read ksqlDB's back."""
    generated = generate(project, Templates(tree.read))
    findings = [*generated.findings]
    if compile:
        findings += _compile(project, generated)
    return Checked(tuple(files.diff(generated.files, tree)), tuple(findings))


def refuse_unchecked(project: Project, tree: files.Tree) -> None:
    """Raises Blocked where `check` would fail: what is applied is what was reviewed."""
    checked = check(project, tree)
    if checked.failed:
        names = [f"{each.kind.value} {each.path}" for each in checked.differences[:5]]
        names += [f"{each.code} {each.message}" for each in checked.findings if each.severity is Severity.ERROR][:5]
        raise Blocked(
            "FG704 error: generated/ is not what the schemas say: " + "; ".join(names) + "\n"
            "  help: run `fleetgen check`, then `fleetgen render` and review the difference"
        )


def _compile(project: Project, generated: Generated) -> list[Finding]:
    from fleetgen.targets.clickhouse import compile as clickhouse
    from fleetgen.targets.clickhouse.engine import embedded
    from fleetgen.targets.ksql.recognise import recognise

    findings = recognise(_below("ksql/", generated), generated.origins)
    with embedded() as engine:
        return findings + clickhouse.compile(_below("clickhouse/", generated), generated.origins, engine)


def _below(folder: str, generated: Generated) -> dict[str, str]:
    return {path: text for path, text in generated.files.items() if path.startswith(folder)}
