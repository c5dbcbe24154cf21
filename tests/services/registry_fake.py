"""A strict Schema Registry in the process with the error codes of Confluent's, which the one from Maven lacks in part.

A schema has one number wherever it is registered, however it is spaced. The level is BACKWARD unless it is set.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from urllib.parse import unquote

from services import avro_rules
from services.rest import Call, Reply, Service, Unexpected

_FIRST, _LAST = 1, 2**31 - 1


class Refused(Exception):
    """An answer with an error code: its status is the first three digits."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class Subject:
    """`versions` holds the numbers of schemas, by version; what is deleted softly is only hidden."""

    versions: dict[int, int] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    level: str | None = None

    @property
    def visible(self) -> list[int]:
        return [version for version in self.versions if version not in self.hidden]


class Registry(Service):
    """`login` asks for Basic authentication."""

    media_types = ("application/json", "application/vnd.schemaregistry.v1+json")

    def __init__(self, *, login: tuple[str, str] | None = None, level: str = "BACKWARD") -> None:
        super().__init__()
        self.login = login
        self.level = level
        self.subjects: dict[str, Subject] = {}
        self.schemas: list[str] = []
        """As they were sent first; a schema's number is its place, from 1."""

    def register(self, name: str, schema: Any) -> int:
        """What somebody else registers, without a call: the number of the schema."""
        return self._register(name, json.dumps(schema))

    def answer(self, call: Call) -> Reply:
        if self.login is not None and call.login != self.login:
            return Reply(401, {"error_code": 401, "message": "Unauthorized"})
        for method, pattern, options, handler in _ROUTES:
            found = re.fullmatch(pattern, call.path)
            if found and method == call.method:
                if unknown := {name for name, _ in call.query} - options:
                    raise Unexpected(f"parameters {sorted(unknown)}")
                if (call.body is not None) != (method in ("POST", "PUT")):
                    raise Unexpected("a body where none belongs, or none where one does")
                parts = [unquote(part) for part in found.groups()]
                return self._answered(partial(handler, self, *parts, call))
        raise Unexpected("no such call")

    def _answered(self, handle: Callable[[], Any]) -> Reply:
        try:
            return Reply(200, handle())
        except Refused as refused:
            status = int(str(refused.code)[:3])
            return Reply(status, {"error_code": refused.code, "message": str(refused)})

    def _names(self, call: Call) -> list[str]:
        deleted = ("deleted", "true") in call.query
        return [name for name, known in self.subjects.items() if known.visible or (deleted and known.versions)]

    def _subject(self, name: str) -> Subject:
        found = self.subjects.get(name)
        if found is None or not found.visible:
            raise Refused(40401, f"Subject '{name}' not found.")
        return found

    def _versions(self, name: str, call: Call) -> list[int]:
        return self._subject(name).visible

    def _version(self, name: str, version: str, call: Call) -> dict[str, Any]:
        found, number = self._find(name, version)
        return self._told(name, number, found.versions[number])

    def _find(self, name: str, version: str) -> tuple[Subject, int]:
        if version != "latest" and not (version.isdecimal() and _FIRST <= int(version) <= _LAST):
            allowed = 'Allowed values are between [1, 2^31-1] and the string "latest"'
            raise Refused(42202, f"The specified version '{version}' is not a valid version id. {allowed}")
        found = self._subject(name)
        number = found.visible[-1] if version == "latest" else int(version)
        if number not in found.visible:
            raise Refused(40402, f"Version {version} not found.")
        return found, number

    def _told(self, name: str, version: int, number: int) -> dict[str, Any]:
        return {"subject": name, "version": version, "id": number, "schema": self.schemas[number - 1]}

    def _by_number(self, number: str, call: Call) -> dict[str, Any]:
        if not number.isdecimal() or not 0 < int(number) <= len(self.schemas):
            raise Refused(40403, f"Schema {number} not found")
        return {"schema": self.schemas[int(number) - 1]}

    def _look_up(self, name: str, call: Call) -> dict[str, Any]:
        found, schema = self._subject(name), self._sent(call)
        for version in found.visible:
            if _normal(self.schemas[found.versions[version] - 1]) == _normal(schema):
                return self._told(name, version, found.versions[version])
        raise Refused(40403, "Schema not found")

    def _sent(self, call: Call) -> str:
        """The schema of a body. Raises Unexpected for a body that no client of ours sends."""
        if not isinstance(call.body, dict) or set(call.body) - {"schema", "schemaType", "references"}:
            raise Unexpected("a body is an object with a schema, its type and its references")
        schema = call.body.get("schema")
        if not isinstance(schema, str) or call.body.get("schemaType", "AVRO") != "AVRO" or call.body.get("references"):
            raise Refused(42201, "Invalid schema: only Avro in one piece is known here")
        try:
            avro_rules.parsed(schema)
        except ValueError as error:
            raise Refused(42201, f"Invalid schema {call.body}, details: {error}") from error
        return schema

    def _post(self, name: str, call: Call) -> dict[str, Any]:
        return {"id": self._register(name, self._sent(call))}

    def _register(self, name: str, schema: str) -> int:
        found = self.subjects.setdefault(name, Subject())
        normal = _normal(schema)
        for version in found.visible:
            if _normal(self.schemas[found.versions[version] - 1]) == normal:
                return found.versions[version]
        if refusals := self._refusals(found, schema, found.visible):
            earlier = "Schema being registered is incompatible with an earlier schema for subject"
            raise Refused(409, f'{earlier} "{name}", details: [{", ".join(refusals)}]')
        number = next((n for n, known in enumerate(self.schemas, 1) if _normal(known) == normal), 0)
        if number == 0:
            self.schemas.append(schema)
            number = len(self.schemas)
        found.versions[max(found.versions, default=0) + 1] = number
        return number

    def _refusals(self, found: Subject, schema: str, versions: Sequence[int]) -> list[str]:
        earlier = [json.loads(self.schemas[found.versions[version] - 1]) for version in versions]
        return avro_rules.refusals(json.loads(schema), earlier, found.level or self.level)

    def _check(self, name: str, version: str, call: Call) -> dict[str, Any]:
        schema = self._sent(call)
        found, number = self._find(name, version)
        return self._verdict(self._refusals(found, schema, [number]), call)

    def _check_all(self, name: str, call: Call) -> dict[str, Any]:
        schema, found = self._sent(call), self._subject(name)
        return self._verdict(self._refusals(found, schema, found.visible), call)

    def _verdict(self, refusals: list[str], call: Call) -> dict[str, Any]:
        told: dict[str, Any] = {"is_compatible": not refusals}
        return {**told, "messages": refusals} if ("verbose", "true") in call.query else told

    def _get_level(self, call: Call) -> dict[str, str]:
        return {"compatibilityLevel": self.level}

    def _put_level(self, call: Call) -> dict[str, str]:
        self.level = _level(call)
        return {"compatibility": self.level}

    def _get_own(self, name: str, call: Call) -> dict[str, str]:
        level = self.subjects[name].level if name in self.subjects else None
        if level is None and ("defaultToGlobal", "true") in call.query:
            level = self.level
        if level is None:
            raise Refused(40408, f"Subject '{name}' does not have subject-level compatibility configured")
        return {"compatibilityLevel": level}

    def _put_own(self, name: str, call: Call) -> dict[str, str]:
        level = _level(call)
        self.subjects.setdefault(name, Subject()).level = level
        return {"compatibility": level}

    def _drop_own(self, name: str, call: Call) -> dict[str, str]:
        told = self._get_own(name, call)
        self.subjects[name].level = None
        return told

    def _delete(self, name: str, call: Call) -> list[int]:
        found = self.subjects.get(name)
        if found is None or not found.versions:
            raise Refused(40401, f"Subject '{name}' not found.")
        if ("permanent", "true") in call.query:
            if found.visible:
                raise Refused(40405, f"Subject '{name}' was not deleted first before being permanently deleted")
            self.subjects.pop(name)
            return list(found.versions)
        if not found.visible:
            raise Refused(40404, f"Subject '{name}' was soft deleted. Set permanent=true to delete permanently")
        gone = found.visible
        found.hidden |= set(gone)
        return gone

    def _mode(self, call: Call) -> dict[str, str]:
        return {"mode": "READWRITE"}

    def _types(self, call: Call) -> list[str]:
        return ["JSON", "PROTOBUF", "AVRO"]


def _normal(schema: str) -> str:
    return json.dumps(json.loads(schema))


def _level(call: Call) -> str:
    if not isinstance(call.body, dict) or set(call.body) != {"compatibility"}:
        raise Unexpected("a level is sent as compatibility")
    level = str(call.body["compatibility"]).upper()
    if level not in avro_rules.LEVELS:
        known = ", ".join(each.lower() for each in avro_rules.LEVELS)
        raise Refused(42203, f"Invalid compatibility level. Valid values are {known}")
    return level


_NAME: Final = r"/subjects/([^/]+)"
_NONE: Final = frozenset[str]()
_ROUTES: Final[Sequence[tuple[str, str, frozenset[str], Callable[..., Any]]]] = (
    ("GET", "/subjects", frozenset({"deleted"}), Registry._names),
    ("GET", f"{_NAME}/versions", _NONE, Registry._versions),
    ("GET", f"{_NAME}/versions/([^/]+)", _NONE, Registry._version),
    ("POST", f"{_NAME}/versions", frozenset({"normalize"}), Registry._post),
    ("POST", _NAME, frozenset({"normalize"}), Registry._look_up),
    ("DELETE", _NAME, frozenset({"permanent"}), Registry._delete),
    ("GET", r"/schemas/ids/([^/]+)", _NONE, Registry._by_number),
    ("GET", "/schemas/types", _NONE, Registry._types),
    ("POST", r"/compatibility/subjects/([^/]+)/versions", frozenset({"verbose"}), Registry._check_all),
    ("POST", r"/compatibility/subjects/([^/]+)/versions/([^/]+)", frozenset({"verbose"}), Registry._check),
    ("GET", "/config", _NONE, Registry._get_level),
    ("PUT", "/config", _NONE, Registry._put_level),
    ("GET", "/config/([^/]+)", frozenset({"defaultToGlobal"}), Registry._get_own),
    ("PUT", "/config/([^/]+)", _NONE, Registry._put_own),
    ("DELETE", "/config/([^/]+)", _NONE, Registry._drop_own),
    ("GET", "/mode", _NONE, Registry._mode),
)
