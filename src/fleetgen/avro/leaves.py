"""Enums and fixed: the named types that hold no other."""

from __future__ import annotations

from fleetgen.avro import logical, members, names
from fleetgen.avro.definitions import Definition
from fleetgen.avro.findings import Findings, called, show
from fleetgen.errors import Place
from fleetgen.model import EnumType, FixedType, Json, Type


def read_enum(definition: Definition, findings: Findings) -> EnumType:
    json, at = definition.json, definition.at
    owner = called(definition.name or "an enum")
    symbols = _symbols(json, at, findings, owner)
    default = json.get("default")
    if default is not None and default not in symbols:
        message = f"{owner}: the default {show(default)} is none of its symbols"
        place = Place(at.path, f"{at.pointer}/default")
        findings.error("FG136", place, message, "write one of the symbols, or no default")
    aliases = members.read_aliases(json, at, findings, owner, dotted=True)
    doc = members.read_doc(json, at, findings, owner)
    args = members.read_args(json)
    return EnumType(definition.name, definition.namespace, symbols, default, doc, aliases, at=at, args=args)


def read_fixed(definition: Definition, findings: Findings) -> Type | None:
    json, at = definition.json, definition.at
    owner = called(definition.name or "a fixed")
    size = _size(json, at, findings, owner)
    aliases = members.read_aliases(json, at, findings, owner, dotted=True)
    doc = members.read_doc(json, at, findings, owner)
    if size is None:
        return None
    args = members.read_args(json)
    base = FixedType(definition.name, definition.namespace, size, doc, aliases, at=at, args=args)
    return logical.annotate(base, json, findings, owner)


def _symbols(json: dict[str, Json], at: Place, findings: Findings, owner: str) -> tuple[str, ...]:
    symbols = members.read_list(json, "symbols", at, findings, owner)
    if symbols == []:
        place = Place(at.path, f"{at.pointer}/symbols")
        findings.error("FG135", place, f"{owner}: an enum without symbols has no values", "list its symbols")
    seen: set[str] = set()
    for index, symbol in enumerate(symbols or []):
        place = Place(at.path, f"{at.pointer}/symbols/{index}")
        if not isinstance(symbol, str) or not names.is_name(symbol):
            findings.error("FG133", place, f"{owner}: {show(symbol)} is no symbol", f"as for names: {names.RULE}")
        elif symbol in seen:
            findings.error("FG134", place, f"{owner}: the symbol {symbol} stands twice", "delete one of the two")
        else:
            seen.add(symbol)
    return tuple(symbol for symbol in symbols or [] if isinstance(symbol, str))


def _size(json: dict[str, Json], at: Place, findings: Findings, owner: str) -> int | None:
    """The bytes of a fixed, from 1: Java would take 0, but there is no such value to store."""
    size = json.get("size")
    if isinstance(size, int) and not isinstance(size, bool) and 1 <= size < 2**31:
        return size
    if "size" not in json:
        members.missing(findings, at, owner, "size", 'add "size": and the number of bytes')
    else:
        place = Place(at.path, f"{at.pointer}/size")
        message = f"{owner}: size {show(size)} is not a whole number from 1 to 2147483647"
        findings.error("FG137", place, message, "size is how many bytes each value has")
    return None
