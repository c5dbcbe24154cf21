"""A schema registry by Confluent's API: latest versions, compatibility, registering."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen
from fleetgen.http import Client, client
from fleetgen.model import Json
from fleetgen.redaction import secrets
from fleetgen.targets.kafka import canonical

CODE: Final = "FG724"
_UNKNOWN: Final = (40401, 40402, 40403)
"""No such subject, version or schema: Confluent's numbers. Another 404 is that of a wrong address."""


class RegistryError(FleetgenError):
    """The registry holds something that cannot be worked with."""


@frozen
class Version:
    """The latest schema of a subject, complete in itself. `id` is what messages begin with."""

    id: int
    number: int
    schema: Json


@frozen
class Registry:
    http: Client

    def subjects(self) -> list[str]:
        return sorted(map(str, self.http.ask("GET", "/subjects").body))

    def latest(self, subject: str) -> Version | None:
        """None if nothing is registered under the subject. Raises RegistryError for what is no Avro."""
        return self._version(subject, "latest")

    def newest(self, subject: str) -> Iterator[Version]:
        """Every version, the latest first."""
        latest = self.latest(subject)
        if latest is None:
            return
        yield latest
        reply = self.http.ask("GET", f"/subjects/{_quoted(subject)}/versions")
        for number in sorted(map(int, reply.body), reverse=True):
            version = None if number == latest.number else self._version(subject, str(number))
            if version is not None:
                yield version

    def _version(self, subject: str, number: str) -> Version | None:
        reply = self._get(f"/subjects/{_quoted(subject)}/versions/{number}")
        if reply is None:
            return None
        if reply.get("schemaType", "AVRO") != "AVRO":
            raise RegistryError(
                f"FG725 error: Schema Registry: subject {subject} holds {reply['schemaType']}, not Avro\n"
                "  help: give the stream another topic, or remove the subject"
            )
        try:
            known = self._references(reply.get("references") or (), subject, frozenset())
            schema = canonical.inlined(json.loads(reply["schema"]), known)
            return Version(int(reply["id"]), int(reply["version"]), schema)
        except (KeyError, ValueError, TypeError) as error:
            raise RegistryError(
                f"FG725 error: Schema Registry: what it holds for subject {subject} is no schema\n"
                "  help: look at kafka.registry.url in the profile: it is the API that is Confluent's"
            ) from error

    def refusal(self, subject: str, schema: str) -> str:
        """Why the schema may not follow the latest one; empty if it may."""
        path = f"/compatibility/subjects/{_quoted(subject)}/versions/latest"
        reply = self.http.ask("POST", path, {"schema": schema}, expect=(200, 404), params={"verbose": "true"}).body
        if not isinstance(reply, dict) or reply.get("is_compatible", True):
            return ""
        said = reply.get("messages") or [reply.get("reason") or "it does not say why"]
        return "; ".join(" ".join(str(each).split()) for each in said)

    def register(self, subject: str, schema: str) -> int:
        """Its number. Raises HttpError with the registry's reason if it refuses."""
        reply = self.http.ask("POST", f"/subjects/{_quoted(subject)}/versions", {"schema": schema})
        return int(reply.body["id"])

    def _references(self, told: Any, subject: str, above: frozenset[str]) -> Mapping[str, Json]:
        """What a schema names and does not define, by the names that it uses."""
        found: dict[str, Json] = {}
        for each in told:
            other = str(each["subject"])
            if other in above:
                raise RegistryError(
                    f"FG725 error: Schema Registry: subject {subject} refers to itself by way of {other}\n"
                    "  help: register it whole, without references"
                )
            reply = self._get(f"/subjects/{_quoted(other)}/versions/{int(each['version'])}")
            if reply is None:
                raise RegistryError(
                    f"FG725 error: Schema Registry: subject {subject} refers to version {each['version']} of {other}, "
                    "which is not there\n  help: register that again"
                )
            found.update(self._references(reply.get("references") or (), other, above | {subject}))
            found[str(each["name"])] = json.loads(reply["schema"])
        return found

    def _get(self, path: str) -> dict[str, Any] | None:
        reply = self.http.ask("GET", path, expect=(200, 404))
        if reply.status == 404:
            if isinstance(reply.body, dict) and reply.body.get("error_code") in _UNKNOWN:
                return None
            raise self.http.error("GET", path, reply)
        if not isinstance(reply.body, dict):
            raise self.http.error("GET", path, reply)
        return reply.body


def opened(values: Mapping[str, str]) -> Registry:
    """The registry of a profile; `values` have its address, and a user and a password if it wants them."""
    prefix = "kafka.registry"
    login = None
    if f"{prefix}.user" in values:
        login = (values[f"{prefix}.user"], values.get(f"{prefix}.password", ""))
    headers = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
    made = client(
        values[f"{prefix}.url"],
        "Schema Registry",
        CODE,
        login=login,
        headers=headers,
        secrets=secrets(values),
        timeout=10,
    )
    return Registry(made)


def _quoted(subject: str) -> str:
    return quote(subject, safe="")
