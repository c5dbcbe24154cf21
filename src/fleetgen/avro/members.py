"""The members of type and field objects: there, of the right kind, and within Avro's rules."""

from __future__ import annotations

from fleetgen.avro import names
from fleetgen.avro.definitions import Definition
from fleetgen.avro.findings import Findings, called, show
from fleetgen.errors import Place
from fleetgen.model import Json

_ORDERS = ("ascending", "descending", "ignore")


def missing(findings: Findings, at: Place, owner: str, member: str, help: str) -> None:
    findings.error("FG122", at, f"{owner} has no {show(member)}", help)


def wrong(findings: Findings, at: Place, owner: str, member: str, wanted: str) -> None:
    """`at` is the object's place."""
    place = Place(at.path, f"{at.pointer}/{member}")
    findings.error("FG123", place, f"{owner}: {show(member)} is not {wanted}", f"write {wanted}")


def refuse_kind(json: dict[str, Json], at: Place, findings: Findings, owner: str) -> None:
    """A type object without a type, or with one that is neither text nor an object."""
    kind = json.get("type")
    place = Place(at.path, f"{at.pointer}/type")
    if "type" not in json:
        missing(findings, at, owner, "type", 'a type object says what it is: "type": "record"')
    elif isinstance(kind, list):
        help = "write the array of types itself in place of this object"
        findings.error("FG121", place, f"{owner}: a union where the name of a type is needed", help)
    else:
        message = f"{owner}: {show(kind)} where the name of a type is needed"
        findings.error("FG121", place, message, 'write "type": and a name')


def read_args(json: dict[str, Json]) -> Json:
    """The annotation as written. A null is one too, which Datagen refuses: it is `()`, because None is none at all."""
    args = json.get("arg.properties")
    return () if args is None and "arg.properties" in json else args


def warn_ignored(json: dict[str, Json], at: Place, findings: Findings, owner: str) -> None:
    """What stands beside a reference, or beside a type object inside a type object: Java drops it."""
    for member in ("logicalType", "arg.properties"):
        if member in json:
            message = f"{owner}: {member} beside a reference or a nested type is ignored"
            help = "write it into the object that defines the type"
            findings.warn("FG194", Place(at.path, f"{at.pointer}/{member}"), message, help)


def read_list(json: dict[str, Json], member: str, at: Place, findings: Findings, owner: str) -> list[Json] | None:
    value = json.get(member)
    if isinstance(value, list):
        return value
    if member not in json:
        missing(findings, at, owner, member, f'add "{member}": [..]')
    else:
        wrong(findings, at, owner, member, "an array")
    return None


def read_doc(json: dict[str, Json], at: Place, findings: Findings, owner: str) -> str:
    doc = json.get("doc")
    if isinstance(doc, str):
        return doc
    if doc is not None:
        place = Place(at.path, f"{at.pointer}/doc")
        findings.warn("FG193", place, f'{owner}: "doc" is not text and is ignored', "write the doc as one string")
    return ""


def read_aliases(json: dict[str, Json], at: Place, findings: Findings, owner: str, dotted: bool) -> tuple[str, ...]:
    """As written. Only types have dotted aliases."""
    if "aliases" not in json:
        return ()
    aliases = read_list(json, "aliases", at, findings, owner) or []
    for index, alias in enumerate(aliases):
        if not isinstance(alias, str) or not (names.is_fullname(alias) if dotted else names.is_name(alias)):
            place = Place(at.path, f"{at.pointer}/aliases/{index}")
            findings.error("FG124", place, f"{owner}: {show(alias)} is no name for an alias", names.RULE)
    return tuple(alias for alias in aliases if isinstance(alias, str))


def read_order(json: dict[str, Json], at: Place, findings: Findings, owner: str) -> str:
    order = json.get("order", "ascending")
    if isinstance(order, str) and order.lower() in _ORDERS:
        return order.lower()
    place = Place(at.path, f"{at.pointer}/order")
    findings.error("FG139", place, f"{owner}: order {show(order)} is unknown", f"write one of {', '.join(_ORDERS)}")
    return "ascending"


def check_names(definition: Definition, findings: Findings, owner: str) -> None:
    """Name and namespace of a definition."""
    at, json = definition.at, definition.json
    name, namespace = json.get("name"), json.get("namespace")
    if namespace is not None and not isinstance(namespace, str):
        wrong(findings, at, owner, "namespace", "text")
    elif namespace and not names.is_fullname(namespace):
        place = Place(at.path, f"{at.pointer}/namespace")
        findings.error("FG124", place, f"{show(namespace)} is no namespace", f"{names.RULE}; dots join the parts")
    if not isinstance(name, str):
        kind = "an enum" if json["type"] == "enum" else f"a {json['type']}"
        if "name" in json:
            wrong(findings, at, f"{owner}: {kind}", "name", "text")
        else:
            missing(findings, at, f"{owner}: {kind}", "name", 'add "name": and a name')
        return
    place = Place(at.path, f"{at.pointer}/name")
    if not names.is_fullname(name):
        findings.error("FG124", place, f"{show(name)} is no name for a type", names.RULE)
    elif definition.fullname in names.PRIMITIVES:
        message = f"{called(name)} is a primitive type and cannot be defined again"
        findings.error("FG126", place, message, "choose another name, or give it a namespace")
