"""The files of one profile with its references filled in: for those who apply by hand, or by other tools."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from fleetgen import filling, folder
from fleetgen.commands import services
from fleetgen.commands.check import refuse_unchecked
from fleetgen.commands.selection import select
from fleetgen.errors import Finding, FleetgenError, Place, Severity
from fleetgen.files import OUTPUT, Disk, Written
from fleetgen.profile import Profile
from fleetgen.project import Project, profile_values, resolve
from fleetgen.redaction import is_secret
from fleetgen.references import Written as Reference

ORDER: Final = "order.txt"
"""Names all the others in the order in which to apply them."""

_FILL: Final[Mapping[str, Callable[[str, filling.Value], str]]] = {
    "kafka": filling.json,
    "connect": filling.json,
    "ksql": filling.ksql,
    "clickhouse": filling.clickhouse,
}
_MASK: Final = "XXXXXXXXXX"
_PASSWORD: Final = re.compile(r"(?<=://)([^:/@\s]*):\$\{env:[^}]*\}@")


def render(
    project: Project, root: Path, profile_name: str, to: Path, environ: Mapping[str, str], *, force: bool = False
) -> Written:
    """Write what would be applied for a profile into a folder outside generated/; all or nothing.

    Raises Blocked if `check` would fail or the folder is in use, and FleetgenError with every variable that is not set.
    """
    profile = project.profile(profile_name)
    refuse_unchecked(project, Disk(root))
    chosen = select(services.reviewed(root), profile, project.pipeline)
    values = _Values(profile, environ, project.pipeline.database)
    texts = {path: values.fill(path, text) for path, text in chosen.items()}
    values.refuse_missing()
    texts[ORDER] = "".join(f"{path}\n" for path in chosen)
    return folder.write(texts, values.secret, root / to, root, force=force)


class _Values:
    """Fills text by text, and remembers what was missing and where a secret went. No value is ever in a message."""

    def __init__(self, profile: Profile, environ: Mapping[str, str], database: str) -> None:
        self._profile, self._environ, self._database_name = profile, environ, database
        self._values = profile_values(profile, environ)
        self._findings: dict[tuple[str, str], Finding] = {}
        self._path = ""
        self.secret: set[str] = set()

    def fill(self, path: str, text: str) -> str:
        self._path = path
        service = path.split("/")[0]
        if path.startswith("preset/databases/"):
            return self._database(filling.yaml(text, self._value))
        return _FILL[service](text, self._value) if service in _FILL else text

    def refuse_missing(self) -> None:
        if self._findings:
            raise FleetgenError.broken(self._findings.values())

    def _value(self, key: str) -> str:
        if is_secret(key):
            self.secret.add(self._path)
        return self._resolved(lambda: self._values[key], key)

    def _resolved(self, ask: Callable[[], str], key: str) -> str:
        try:
            value = ask()
            value.encode()
        except KeyError:
            self._note(f"the profile {self._profile.name!r} has no {key}", f"add it to [profiles.{self._profile.name}]")
            return ""
        except UnicodeEncodeError:
            self._note(f"the value of {key} is no UTF-8", "set the variable that it comes from to text in UTF-8")
            return ""
        except FleetgenError as error:
            self._findings.update({(each.code, f"{each.place}{each.message}"): each for each in error.findings})
            return ""
        return value

    def _note(self, message: str, help: str) -> None:
        finding = Finding("FG842", Severity.ERROR, message, help, Place(f"{OUTPUT}/{self._path}"))
        self._findings.setdefault((finding.code, message), finding)

    def _database(self, text: str) -> str:
        """Superset's own address of ClickHouse. The password stays masked: the import is given it by a form."""
        if self._profile.clickhouse is None and not (self._profile.preset and self._profile.preset.clickhouse_url):
            return text
        uri = self._resolved(
            lambda: database_uri(self._profile, self._environ, self._database_name), "preset.clickhouse-url"
        )
        try:
            return filling.database_uri(text, uri)
        except ValueError as error:
            self._note(f"cannot be given the profile's address: {error}", "let the template write that line")
            return text


def database_uri(profile: Profile, environ: Mapping[str, str], database: str) -> str:
    """`clickhousedb://user:XXXXXXXXXX@host:port/database`, from preset.clickhouse-url or else from clickhouse.

    Raises FleetgenError for a variable that is not set, or if there is no address in it.
    """
    written = profile.preset.clickhouse_url if profile.preset else ""
    if not written:
        return _of_clickhouse(profile, environ, database)
    # Unresolved: the password is not needed, and a character of it could end the address.
    masked = _PASSWORD.sub(rf"\1:{_MASK}@", written)
    masked = Reference(masked, written.at) if isinstance(written, Reference) else masked
    before, at, after = resolve(masked, environ).rpartition("@")
    scheme, _, login = before.rpartition("://") if at else ("", "", "")
    user, colon, _ = login.partition(":")
    if not at:
        return after if urlsplit(after).path.strip("/") else f"{after.rstrip('/')}/{database}"
    address = f"{scheme}://{user}{f':{_MASK}' if colon else ''}@{after}"
    return address if "/" in after else f"{address}/{database}"


def _of_clickhouse(profile: Profile, environ: Mapping[str, str], database: str) -> str:
    values = profile_values(profile, environ)
    service = profile.clickhouse
    if service is None or not service.url:
        return f"clickhousedb://fleetgen:{_MASK}@clickhouse:8123/{database}"
    user = quote(values["clickhouse.user"], safe="")
    host = values["clickhouse.host"]
    host = f"[{host}]" if ":" in host else host
    login = f"{user}:{_MASK}" if service.password else user
    secure = "?secure=true" if values["clickhouse.ssl"] == "true" else ""
    return f"clickhousedb://{login}@{host}:{values['clickhouse.port']}/{database}{secure}"
