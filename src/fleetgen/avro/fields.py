"""What may be wrong with the fields of a record, their types aside."""

from __future__ import annotations

from fleetgen.avro import members, names
from fleetgen.avro.findings import Findings, called, show
from fleetgen.errors import Place
from fleetgen.model import Json


def refuse_name(json: dict[str, Json], at: Place, findings: Findings, record: str) -> str:
    """What to call a field of no proper name."""
    name, owner = json.get("name"), f"{record}: a field"
    if isinstance(name, str):
        place = Place(at.path, f"{at.pointer}/name")
        findings.error("FG124", place, f"{record}: {show(name)} is no name for a field", names.RULE)
        return f"{record}.{show(name)}"
    if "name" in json:
        members.wrong(findings, at, owner, "name", "text")
    else:
        members.missing(findings, at, owner, "name", 'add "name": and a name')
    return owner


def refuse_twins(fields: list[Json], at: Place, findings: Findings, record: str) -> None:
    """`at` is the record's place."""
    seen: set[str] = set()
    for index, json in enumerate(fields):
        name = json.get("name") if isinstance(json, dict) else None
        if not isinstance(name, str):
            continue
        if name in seen:
            place = Place(at.path, f"{at.pointer}/fields/{index}/name")
            message = f"{record} has two fields named {called(name)}"
            findings.error("FG127", place, message, "rename or delete one of the two")
        seen.add(name)


def warn_logical(at: Place, findings: Findings, owner: str) -> None:
    message = f"{owner}: logicalType beside a field's type is ignored"
    help = 'write it into the type: "type": {"type": "long", "logicalType": "timestamp-millis"}'
    findings.warn("FG194", Place(at.path, f"{at.pointer}/logicalType"), message, help)
