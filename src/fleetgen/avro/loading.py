"""All schema files of a project at once, because they refer to each other."""

from __future__ import annotations

from collections.abc import Mapping

from fleetgen.avro import defaults, endless, source, text, toplevel
from fleetgen.avro.definitions import declare
from fleetgen.avro.findings import Findings, called
from fleetgen.avro.reader import Reader
from fleetgen.errors import Finding, FleetgenError, Place
from fleetgen.frozen import frozen
from fleetgen.model import Json, RecordType


@frozen
class Loaded:
    """`records` are those at the top level of a file, by path and then as written; `referenced` those of them (full
    names) that another file refers to; `schemas` the text of each, complete in itself, by full name."""

    records: tuple[RecordType, ...]
    referenced: frozenset[str]
    schemas: Mapping[str, str]
    findings: tuple[Finding, ...]


def load(sources: Mapping[str, bytes]) -> Loaded:
    """Reads schemas: path relative to the project -> the file's bytes.

    Raises FleetgenError with every error, and every warning, of every file.
    """
    findings = Findings()
    trees, unreadable = _parse(sources, findings)
    definitions = declare(trees, findings)
    reader = Reader(definitions, unreadable, findings)
    tops = toplevel.find(trees, findings)
    types = [(top, reader.read(top.json, top.at)) for top in tops]
    records = tuple(type for top, type in types if isinstance(type, RecordType) and isinstance(top.json, dict))
    _check_defaults(reader, findings)
    toplevel.refuse_unused(tops, reader.used, definitions, unreadable, findings)
    for record in records if reader.recursive else ():
        _refuse_endless(record, findings)
    if findings.broken:
        raise FleetgenError.broken(findings.all())
    names = {record.fullname for record in records}
    schemas = {name: text.write(definitions.by_name[name], definitions) for name in sorted(names)}
    return Loaded(records, frozenset(reader.abroad & names), schemas, findings.all())


def _parse(sources: Mapping[str, bytes], findings: Findings) -> tuple[dict[str, Json], bytes]:
    """The tree of each file, by path; and all bytes of the files that have none."""
    trees: dict[str, Json] = {}
    unreadable: list[bytes] = []
    for path in sorted(sources):
        try:
            trees[path] = source.parse(path, sources[path], findings)
        except source.Unreadable:
            unreadable.append(sources[path])
    return trees, b"\n".join(unreadable)


def _check_defaults(reader: Reader, findings: Findings) -> None:
    for (path, pointer), (type, value, owner) in reader.defaults.items():
        misfit = defaults.check(type, value, reader.records)
        if misfit:
            help = "a default is a value of the field's type as JSON; of a union, of its first branch"
            place = Place(path, pointer + misfit.pointer)
            findings.error("FG138", place, f"{owner}: the default does not fit: {misfit.message}", help)


def _refuse_endless(record: RecordType, findings: Findings) -> None:
    end = endless.find(record)
    if end:
        message = f"{called(record.fullname)} has no finite value: it must hold {called(end.fullname)} again"
        findings.error("FG111", end.at, message, 'let it end: ["null", ..], an array or a map around the reference')
