"""Schemas, configuration and environment as plain values: the only reader of the last two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Final, NoReturn

from fleetgen import avro
from fleetgen.config import charts, cloud, grammar, lint, profiles, registry, shape, streams, views
from fleetgen.config.document import read
from fleetgen.config.reading import Reading, suggest
from fleetgen.config.scope import Scope
from fleetgen.errors import Finding, FleetgenError, Place, Severity
from fleetgen.files import Tree
from fleetgen.frozen import frozen
from fleetgen.pipeline import Pipeline, Stream
from fleetgen.profile import Profile
from fleetgen.references import resolve

__all__ = ["Profile", "Project", "load", "load_profile", "profile_values", "resolve"]

SCHEMAS: Final = "schemas"
_SUFFIXES: Final = (".avsc", ".avro")


@frozen
class Project:
    """`findings` are those of reading: nothing in them keeps a command from working."""

    pipeline: Pipeline
    profiles: Mapping[str, Profile]
    findings: tuple[Finding, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    lint: lint.Lint = lint.Lint()

    def stream(self, name: str) -> Stream:
        """Raises FleetgenError for a name that no stream has."""
        found = self.pipeline.stream(name)
        return found or _unknown("stream", name, [stream.name for stream in self.pipeline.streams])

    def profile(self, name: str) -> Profile:
        """Raises FleetgenError for a name that no profile has."""
        return self.profiles.get(name) or _unknown("profile", name, self.profiles)


def load(tree: Tree, environ: Mapping[str, str]) -> Project:
    """The project in a tree of files.

    Raises FleetgenError with every error of every schema and of the configuration. References to the environment are
    kept: they are resolved by whoever needs the value.
    """
    schemas, findings = _schemas(tree)
    try:
        reading = Reading(read(tree))
    except FleetgenError as error:
        if not error.findings:
            raise
        raise FleetgenError.broken((*findings, *error.findings)) from error
    pipeline, built, linted = _configure(reading, schemas)
    findings += reading.findings
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise FleetgenError.broken(findings)
    return Project(pipeline, built, tuple(findings), environ, linted)


def load_profile(tree: Tree, name: str) -> Profile:
    """A profile of the configuration alone, whatever the schemas are. Raises FleetgenError as `load` does."""
    reading = Reading(read(tree))
    configured = shape.read(grammar.CONFIGURATION, reading.document.tree, reading) or {}
    built = profiles.build(reading, configured.get("profiles", {}))
    if any(finding.severity is Severity.ERROR for finding in reading.findings):
        raise FleetgenError.broken(reading.findings)
    return built.get(name) or _unknown("profile", name, built)


def _schemas(tree: Tree) -> tuple[streams.Schemas, list[Finding]]:
    """The schemas, and what there is to say about them; nothing of them is known where one is broken."""
    contents = {path: tree.read(path) for path in tree.walk(SCHEMAS) if path.endswith(_SUFFIXES)}
    sources = {path: data for path, data in contents.items() if data is not None}
    broken = streams.Schemas((), frozenset(), {}, whole=False)
    unread = [_unread(path) for path, data in contents.items() if data is None]
    if unread:
        return broken, unread
    if not sources:
        return broken, [_absent("no schema was found")]
    try:
        loaded = avro.load(sources)
    except FleetgenError as error:
        if not error.findings:
            raise
        return broken, [*error.findings]
    findings = [*loaded.findings]
    if not loaded.records:
        findings.append(_absent("no schema is a record"))
    return streams.Schemas(loaded.records, loaded.referenced, loaded.schemas, bool(loaded.records)), findings


def _unread(path: str) -> Finding:
    help = "it is a link to nothing, a pipe or a device: put the schema itself there"
    return Finding("FG811", Severity.ERROR, "is not a regular file", help, Place(path))


def _absent(message: str) -> Finding:
    help = (
        "a stream is a record schema in schemas/ of the folder that fleetgen runs in, or in a folder below it, in a "
        "file *.avsc or *.avro; `fleetgen init` writes a first one, or says where to put yours"
    )
    return Finding("FG810", Severity.ERROR, message, help, Place(SCHEMAS))


def _configure(reading: Reading, schemas: streams.Schemas) -> tuple[Pipeline, dict[str, Profile], lint.Lint]:
    tree = shape.read(grammar.CONFIGURATION, reading.document.tree, reading) or {}
    found = streams.build(reading, tree.get("streams", {}), tree.get("format", grammar.FORMATS[0]), schemas)
    built = profiles.build(reading, tree.get("profiles", {}))
    if schemas.whole and not found and not reading.findings:
        reading.findings.append(_absent("no schema is a stream: each is referred to by another"))
    cloud.warn(reading, built.values(), found)
    pipeline = Pipeline(
        tree.get("database", "fleetgen"),
        found,
        platforms=profiles.platforms(built),
        service_account=cloud.by_account(reading, built.values()),
        registry_login=registry.by_login(reading, built.values(), found),
    )
    scope = Scope(reading, pipeline, whole=schemas.whole)
    views.build(scope, tree.get("views", ()))
    drawn = charts.build(scope, tree["charts"]) if "charts" in tree else charts.default(scope)
    linted = lint.build(reading, tree.get("lint", {}), tree.get("ignore", ()), schemas)
    return replace(scope.pipeline, charts=drawn), built, linted


def profile_values(profile: Profile, environ: Mapping[str, str]) -> Mapping[str, str]:
    """What `${profile:KEY}` stands for, by key; a value is resolved when it is asked for."""
    from fleetgen.config import values

    return values.profile_values(profile, environ)


def _unknown(what: str, name: str, known: Mapping[str, object] | list[str]) -> NoReturn:
    raise FleetgenError(f"FG345 error: there is no {what} {name!r}\n  help: {suggest(name, known)}")
