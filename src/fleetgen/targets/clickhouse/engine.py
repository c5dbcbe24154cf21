"""A connection to ClickHouse: the embedded engine in this process, or a server. One client library, one code path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

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
        """The same error, saying what it was about."""
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
        _refuse_locked(path)
    try:
        with _translated():
            options = {} if config is None else {"chdb_options": {"config-file": str(config)}}
            client = _client(interface="chdb", path=":memory:" if path is None else str(path), **options)
    except EngineError:
        if path is not None:
            _refuse_locked(path)  # somebody else was first, in a new folder
        raise
    try:
        yield Engine(client)
    finally:
        client.close()


@contextmanager
def server(url: str, user: str, password: str) -> Iterator[Engine]:
    """A server by its HTTP or HTTPS address."""
    with _translated():
        client = _client(dsn=url, username=user, password=password, autogenerate_session_id=False)
    try:
        yield Engine(client)
    finally:
        client.close()


def _client(**arguments: Any) -> Client:
    if arguments.get("interface") == "chdb":
        _import("chdb")
    client: Client = _import("clickhouse_connect").get_client(settings={"session_timezone": "UTC"}, **arguments)
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
    try:
        yield
    except errors.ClickHouseError as error:
        code = getattr(error, "code", None) or 0
        raise EngineError(f"FG701 error: ClickHouse: {_first_line(str(error))}", int(code)) from error


def _first_line(message: str) -> str:
    return message.strip().splitlines()[0] if message.strip() else "no message"


def _refuse_locked(path: Path) -> None:
    """The engine itself says only "Error initializing EmbeddedServer": its reason goes to a stream of its own."""
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
