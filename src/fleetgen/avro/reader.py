"""Type objects to the model: every rule of Java's parser, and references written out as the tree that they mean."""

from __future__ import annotations

from typing import Final, NamedTuple

from fleetgen.avro import fields, leaves, logical, members, names, unions, unknown
from fleetgen.avro.definitions import Definition, Definitions
from fleetgen.avro.findings import Findings, called, show
from fleetgen.errors import Place
from fleetgen.model import (
    ArrayType,
    Default,
    Field,
    Json,
    MapType,
    PrimitiveType,
    RecordType,
    RecursiveType,
    Type,
    UnionType,
)

MAX_DEPTH: Final = 100
"""Types inside types, references written out. Everybody who walks the model recurses this deep."""
MAX_FIELDS: Final = 100_000
"""Fields of a stream, references written out: twenty records that hold the next one twice are a million."""


class Scope(NamedTuple):
    """Where names are looked up."""

    path: str
    namespace: str


class DefaultToCheck(NamedTuple):
    type: Type
    value: Json
    owner: str


class _Expansion(NamedTuple):
    """A named type written out: the records inside it, the levels below it, its fields at all levels."""

    type: Type | None
    inside: frozenset[str]
    height: int
    fields: int


class Reader:
    """Reads types of all files. A broken one is None: what is wrong with it has been recorded.

    `used` are the named types that anything refers to, `abroad` those that another file refers to; `defaults` wait,
    by path and pointer, until every record is known that recursion may refer to, `recursive` says whether any does.
    """

    def __init__(self, definitions: Definitions, unreadable: bytes, findings: Findings) -> None:
        self.used: set[str] = set()
        self.abroad: set[str] = set()
        self.recursive = False
        self.records: dict[str, RecordType] = {}
        self.defaults: dict[tuple[str, str], DefaultToCheck] = {}
        self._definitions = definitions
        self._unreadable = unreadable
        self._findings = findings
        self._expanded: dict[Definition, _Expansion] = {}
        self._open: set[str] = set()
        self._inside: set[str] = set()
        self._depth = self._deepest = self._fields = 0
        self._stopped = False

    def read(self, json: Json, at: Place) -> Type | None:
        """A type at the top level of a file."""
        self._fields = 0
        return self._type(json, Scope(at.path, ""), at.pointer, "the schema")

    def _type(self, json: Json, scope: Scope, pointer: str, owner: str) -> Type | None:
        if isinstance(json, str) and (kind := names.PRIMITIVES.get(json)):
            return PrimitiveType(kind, at=Place(scope.path, pointer))
        if self._depth >= MAX_DEPTH:
            self._refuse_depth(Place(scope.path, pointer), owner)
            return None
        self._depth += 1
        self._deepest = max(self._deepest, self._depth)
        try:
            if isinstance(json, str):
                return self._reference(json, scope, pointer, owner)
            if isinstance(json, dict):
                return self._object(json, scope, pointer, owner)
            if isinstance(json, list):
                return self._union(json, scope, pointer, owner)
        finally:
            self._depth -= 1
        message = f"{owner}: {show(json)} is no type"
        help = "a type is a name, an object with a type, or an array of types: a union"
        self._findings.error("FG121", Place(scope.path, pointer), message, help)
        return None

    def _object(self, json: dict[str, Json], scope: Scope, pointer: str, owner: str) -> Type | None:
        at = Place(scope.path, pointer)
        kind = json.get("type")
        if isinstance(kind, str) and (primitive := names.PRIMITIVES.get(kind)):
            base = PrimitiveType(primitive, at=at, args=members.read_args(json))
            return logical.annotate(base, json, self._findings, owner) if "logicalType" in json else base
        match kind:
            case "record" | "error" | "enum" | "fixed":
                definition = self._definitions.site(json) or Definition("", scope.namespace, json, at)
                return self._expand(definition, owner)
            case "array":
                items = self._inner(json, "items", scope, pointer, owner, "an array")
                return items and ArrayType(items, at=at, args=members.read_args(json))
            case "map":
                values = self._inner(json, "values", scope, pointer, owner, "a map")
                return values and MapType(values, at=at, args=members.read_args(json))
            case str() | dict():
                members.warn_ignored(json, at, self._findings, owner)
                return self._type(kind, scope, f"{pointer}/type", owner)
            case _:
                members.refuse_kind(json, at, self._findings, owner)
                return None

    def _inner(
        self, json: dict[str, Json], member: str, scope: Scope, pointer: str, owner: str, whole: str
    ) -> Type | None:
        """The type of items or values. `whole` says what they are of."""
        if member in json:
            return self._type(json[member], scope, f"{pointer}/{member}", owner)
        at, help = Place(scope.path, pointer), f'add "{member}": and a type'
        members.missing(self._findings, at, f"{owner}: {whole}", member, help)
        return None

    def _union(self, json: list[Json], scope: Scope, pointer: str, owner: str) -> Type | None:
        at = Place(scope.path, pointer)
        if not json:
            self._findings.error("FG132", at, f"{owner}: a union without branches has no values", "list its branches")
            return None
        branches = [self._branch(each, scope, f"{pointer}/{index}", owner) for index, each in enumerate(json)]
        unions.refuse_twins(branches, at, self._findings, owner)
        whole = tuple(branch for branch in branches if branch)
        return UnionType(whole, at=at) if len(whole) == len(json) else None

    def _branch(self, json: Json, scope: Scope, pointer: str, owner: str) -> Type | None:
        if not isinstance(json, list):
            return self._type(json, scope, pointer, owner)
        help = "put its branches into the outer union"
        self._findings.error("FG130", Place(scope.path, pointer), f"{owner}: a union inside a union", help)
        return None

    def _reference(self, name: str, scope: Scope, pointer: str, owner: str) -> Type | None:
        at = Place(scope.path, pointer)
        definition = self._definitions.resolve(name, scope.namespace)
        if definition is None:
            unknown.refuse(name, at, owner, self._definitions.by_name, self._unreadable, self._findings)
            return None
        fullname = definition.fullname
        self.used.add(fullname)
        if definition.at.path != scope.path:
            self.abroad.add(fullname)
        if fullname in self._open:
            self._inside.add(fullname)
            self.recursive = True
            return RecursiveType(fullname, at=at)
        if self._stopped:
            return None
        known = self._expanded.get(definition)
        if known and self._depth + known.height > MAX_DEPTH:
            self._refuse_depth(at, owner)
            return None
        return self._expand(definition, owner)

    def _expand(self, definition: Definition, owner: str) -> Type | None:
        """A named type, with what it refers to written out.

        It is kept for the next time, which is the same unless the type and a record around it hold each other.
        """
        known = self._expanded.get(definition)
        if known is None or not known.inside.isdisjoint(self._open):
            known = self._read_definition(definition, owner)
        else:
            self._count(known.fields, definition)
        self._inside |= known.inside
        return known.type

    def _read_definition(self, definition: Definition, owner: str) -> _Expansion:
        outer, deepest, before = self._inside, self._deepest, self._fields
        self._inside, self._deepest = set(), self._depth
        members.check_names(definition, self._findings, owner)
        type: Type | None
        match definition.json["type"]:
            case "enum":
                type = leaves.read_enum(definition, self._findings)
            case "fixed":
                type = leaves.read_fixed(definition, self._findings)
            case _:
                type = self._record(definition)
        new = _Expansion(type, frozenset(self._inside), self._deepest - self._depth, self._fields - before)
        if new.inside.isdisjoint(self._open):
            self._expanded[definition] = new
        self._inside, self._deepest = outer, max(deepest, self._deepest)
        return new

    def _record(self, definition: Definition) -> RecordType | None:
        json, at, fullname = definition.json, definition.at, definition.fullname
        owner = called(definition.name or "a record")
        args = members.read_args(json)
        aliases = members.read_aliases(json, at, self._findings, owner, dotted=True)
        listed = members.read_list(json, "fields", at, self._findings, owner)
        scope = Scope(at.path, definition.namespace)
        outermost = fullname not in self._open
        self._open.add(fullname)
        self._inside.add(fullname)
        self._count(len(listed or ()), definition)
        read = [self._field(each, scope, f"{at.pointer}/fields/{i}", owner) for i, each in enumerate(listed or ())]
        if outermost:
            self._open.discard(fullname)
        doc = members.read_doc(json, at, self._findings, owner)
        whole = tuple(field for field in read if field)
        if len({field.name for field in whole}) < len(read):
            fields.refuse_twins(listed or [], at, self._findings, owner)
        if listed is None or len(whole) < len(listed):
            return None
        record = RecordType(definition.name, definition.namespace, whole, doc, aliases, at=at, args=args)
        self.records[fullname] = record
        return record

    def _field(self, json: Json, scope: Scope, pointer: str, record: str) -> Field | None:
        at = Place(scope.path, pointer)
        if not isinstance(json, dict):
            help = 'a field is {"name": .., "type": ..}'
            self._findings.error("FG123", at, f"{record}: {show(json)} is no field", help)
            return None
        name = json.get("name")
        if isinstance(name, str) and names.is_name(name):
            owner = f"{record}.{name}"
        else:
            owner = fields.refuse_name(json, at, self._findings, record)
        type = None
        if "type" in json:
            type = self._type(json["type"], scope, f"{pointer}/type", owner)
        else:
            members.missing(self._findings, at, owner, "type", 'add "type": and a type')
        order = members.read_order(json, at, self._findings, owner) if "order" in json else "ascending"
        aliases = members.read_aliases(json, at, self._findings, owner, dotted=False) if "aliases" in json else ()
        doc = json.get("doc", "")
        if not isinstance(doc, str):
            doc = members.read_doc(json, at, self._findings, owner)
        if "logicalType" in json:
            fields.warn_logical(at, self._findings, owner)
        if type is None or not isinstance(name, str):
            return None
        default = None
        if "default" in json:
            default = Default(json["default"])
            self.defaults[scope.path, f"{pointer}/default"] = DefaultToCheck(type, default.value, owner)
        return Field(name, type, doc, default, aliases, order, at=at, args=members.read_args(json))

    def _count(self, fields: int, definition: Definition) -> None:
        self._fields += fields
        if self._fields > MAX_FIELDS and not self._stopped:
            self._stopped = True
            message = f"with {called(definition.fullname)} the schema has more than {MAX_FIELDS} fields"
            help = "each reference to a record counts with all fields of that record: refer less often"
            self._findings.error("FG108", definition.at, message, help)

    def _refuse_depth(self, at: Place, owner: str) -> None:
        if not self._stopped:
            self._stopped = True
            help = "nest less: what a reference refers to counts as if it stood here"
            self._findings.error("FG107", at, f"{owner}: more than {MAX_DEPTH} types inside each other", help)
