"""A connection to ClickHouse: the embedded engine in this process, or a server. One client library, one code path."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from fleetgen import sql
from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

# What closes the holes of JSONEachRow's defaults: unknown fields, at the top and nested, and names in another case.
STRICT: Final[Mapping[str, Any]] = {
    "input_format_skip_unknown_fields": 0,
    "input_format_json_ignore_unknown_keys_in_named_tuple": 0,
    "input_format_column_name_matching_mode": "match_case",
}


PATIENCE: Final = 60
_UNHEARD: Final = logging.NullHandler()
_CAUSED: Final = re.compile(r"""Caused by \w+\((?:\w+\(\d+, )?["'](?:\w+\(.*?\): )?(.*?)["']\)\)""")
_WRAPPED: Final = re.compile(r"Received ClickHouse exception, code: \d+, server response: | \(for url [^)]*\)$")
# What a ClickHouse that was asked would not say: somebody else answers.
_FOREIGN: Final = re.compile(r"received HTTP status|Unexpected response to server version")
_RETOLD: Final[Mapping[str, str]] = {
    "WRONG_VERSION_NUMBER": "no TLS is spoken there: is the address http://, or another port?",
    "Unexpected response to server version": "what answers tells no version",
    **{f"received HTTP status 30{n}": "redirects to another address: that is not its HTTP interface" for n in range(9)},
}
_LONGEST: Final = 1000

_DENIED: Final = (
    "FG712",
    "ClickHouse does not let the user in",
    "look at the profile's clickhouse.user and clickhouse.password, and from where the user may come",
)
# What a person can do something about, by ClickHouse's code.
_TOLD: Final[Mapping[int, tuple[str, str, str]]] = {
    193: _DENIED,
    194: _DENIED,
    516: _DENIED,
    497: (
        "FG713",
        "a right is missing in ClickHouse",
        "grant it to the profile's user: doc/targets/clickhouse.md has every GRANT that is needed",
    ),
    164: (
        "FG714",
        "the user may only read",
        "plan and apply make tables, plan in databases of its own: name a user with readonly = 0 in the profile",
    ),
    243: ("FG715", "the disk of ClickHouse is full", "make room, then apply again: it goes on where it stopped"),
    81: ("FG716", "ClickHouse lacks a database", "a path behind the port in clickhouse.url is taken for one"),
}
_UNANSWERED: Final = (
    "FG716",
    "ClickHouse does not answer as it should",
    "look whether it runs, and at the profile's clickhouse.url: the address of its HTTP interface",
)


class EngineError(FleetgenError):
    """A statement that ClickHouse refused. `code` is its error code; 0 if the server could not be asked."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code

    @property
    def reason(self) -> str:
        """What ClickHouse said, without our code."""
        return str(self).removeprefix("FG701 error: ClickHouse: ")

    def about(self, what: str, help: str) -> EngineError:
        """The same error, saying what it was about; one that is about the connection says enough."""
        if not str(self).startswith("FG701 "):
            return self
        return EngineError(f"FG701 error: {what}: {self.reason}\n  help: {help}", self.code)


@frozen
class Engine:
    client: Client

    @property
    def version(self) -> str:
        return str(self.client.server_version)

    def run(self, statement: str, settings: Mapping[str, Any] | None = None) -> None:
        with _translated():
            self.client.command(statement, settings={**sql.limits(statement), **(settings or {})})

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[Sequence[Any]]:
        with _translated():
            return list(self.client.query(query, parameters=dict(parameters or {})).result_rows)

    def raw(self, query: str, format: str) -> bytes:
        """The rows in one of ClickHouse's formats, as they come."""
        with _translated():
            return bytes(self.client.raw_query(query, fmt=format))

    def number(self, query: str) -> int:
        return int(self.rows(query)[0][0])

    def insert(self, table: str, lines: bytes, settings: Mapping[str, Any] | None = None) -> None:
        """Rows as JSON lines, strictly. `table` is quoted already."""
        with _translated():
            self.client.raw_insert(
                table, insert_block=lines, fmt="JSONEachRow", settings={**STRICT, **(settings or {})}
            )

    def insert_file(self, table: str, file: bytes, settings: Mapping[str, Any] | None = None) -> None:
        """Rows as an Avro container file, which need not have every column. `table` is quoted already."""
        with _translated():
            known = {"input_format_avro_allow_missing_fields": 1, **(settings or {})}
            self.client.raw_insert(table, insert_block=file, fmt="Avro", settings=known)


@contextmanager
def embedded(path: Path | None = None, config: Path | None = None) -> Iterator[Engine]:
    """The engine in this process, its data under `path`, or in memory. `config` is a file of server settings.

    Raises FleetgenError if it is not installed, or if another process has the same path open. A process can have one
    path open at a time.
    """
    if path is not None:
        path.mkdir(parents=True, exist_ok=True)
        refuse_in_use(path)
    try:
        with _translated():
            options = {} if config is None else {"chdb_options": {"config-file": str(config)}}
            client = _client(interface="chdb", path=":memory:" if path is None else str(path), **options)
    except EngineError:
        if path is not None:
            refuse_in_use(path)  # somebody else was first, in a new folder
        raise
    try:
        yield Engine(client)
    finally:
        client.close()


@contextmanager
def server(url: str, user: str, password: str, *, patience: int = PATIENCE) -> Iterator[Engine]:
    """A server by its HTTP or HTTPS address. A server at work tells of it, one that is silent so many seconds is gone.

    Raises FleetgenError for another kind of address: the library would take it for HTTP, and send the password in it.
    """
    scheme = urlsplit(url).scheme
    if scheme not in ("http", "https") or not _has_port(url):
        raise FleetgenError(
            "FG716 error: the address of ClickHouse does not begin with http:// or https://, or its port is none\n"
            "  help: the profile's clickhouse.url is that of its HTTP interface, as https://host:8443"
        )
    with _translated():
        known: dict[str, Any] = {"username": user, "password": password, "interface": scheme}
        known["pool_mgr"] = _connections(url)
        client = _client(dsn=url, autogenerate_session_id=False, send_receive_timeout=patience, **known)
    try:
        yield Engine(client)
    finally:
        client.close()


def _has_port(url: str) -> bool:
    """Or none, which is the default one."""
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _connections(url: str) -> Any:
    """As the library's own, but for redirects: where one leads is nobody that the password is for."""
    driver, parts = _import("clickhouse_connect.driver.httputil"), urlsplit(url)
    proxies = {
        f"{kind}_proxy": driver.check_env_proxy(kind, parts.hostname or "", parts.port or 0)
        for kind in ("http", "https")
        if kind == parts.scheme
    }
    manager = driver.get_pool_manager(**proxies)
    manager.urlopen = partial(manager.urlopen, redirect=False)
    return manager


def _client(**arguments: Any) -> Client:
    if arguments.get("interface") == "chdb":
        _import("chdb")
    connect = _import("clickhouse_connect").get_client
    try:
        client: Client = connect(settings={"session_timezone": "UTC"}, **arguments)
    except _import("clickhouse_connect.driver.exceptions").ProgrammingError as error:
        if "readonly" not in str(error):
            raise
        client = connect(**arguments)  # a user that may only read may set nothing
    return client


def _import(name: str) -> Any:
    """Raises FleetgenError naming the extra that brings the module."""
    try:
        return import_module(name)
    except ImportError as error:
        raise FleetgenError(
            f"FG805 error: ClickHouse is reached through {error.name}, which is not installed\n"
            "  help: pip install 'fleetgen[local]'"
        ) from error


@contextmanager
def _translated() -> Iterator[None]:
    """Errors of the client library as ours, with ClickHouse's code; the rest keeps its traceback."""
    errors = _import("clickhouse_connect.driver.exceptions")
    # The library also writes what it raises to stderr, as long as nobody else listens.
    logging.getLogger("clickhouse_connect").addHandler(_UNHEARD)
    try:
        yield
    except errors.ClickHouseError as error:
        code = int(getattr(error, "code", None) or 0)
        foreign = isinstance(error, errors.OperationalError) or _FOREIGN.search(str(error))
        known = _UNANSWERED if code == 0 and foreign else _TOLD.get(code)
        reason = _first_line(str(error))
        if known is None:
            raise EngineError(f"FG701 error: ClickHouse: {reason}", code) from error
        finding, what, help = known
        raise EngineError(f"{finding} error: {what}: {reason}\n  help: {help}", code) from error


def _first_line(message: str) -> str:
    """The reason itself: the library wraps it, and repeats the address."""
    told = next((text for sign, text in _RETOLD.items() if sign in message), None)
    if told is not None:
        return told
    line = message.strip().splitlines()[0] if message.strip() else "no message"
    caused = _CAUSED.search(line)
    if caused:
        return caused[1]
    return _WRAPPED.sub("", line)[:_LONGEST]


def refuse_in_use(path: Path) -> None:
    """Raises FleetgenError if another process has that engine open.

    The engine itself says only "Error initializing EmbeddedServer": its reason goes to a stream of its own."""
    import fcntl

    try:
        with (path / "status").open("rb+") as status:
            try:
                fcntl.flock(status, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise FleetgenError(
                    f"FG702 error: {path} is in use by another process\n  help: wait for it to end, or stop it"
                ) from error
    except FileNotFoundError:
        return
