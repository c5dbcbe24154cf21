"""A stream's generated ClickHouse files on the embedded engine: what is pushed, what is stored, what is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from fleetgen import avro, readback, rowbinary, sql
from fleetgen.messages import dumps
from fleetgen.model import Json, RecordType
from fleetgen.pipeline import Pipeline, Role, Stream
from fleetgen.quoting import ch_ident
from fleetgen.targets import clickhouse
from fleetgen.targets.clickhouse.engine import Engine
from fleetgen.templating import Templates

DATABASE: Final = "proof"
PLATFORMS: Final = {"clickhouse": ("embedded",)}
TEMPLATES: Final = Templates()

STRICT: Final = {
    "input_format_skip_unknown_fields": 0,
    "input_format_json_ignore_unknown_keys_in_named_tuple": 0,
    "input_format_column_name_matching_mode": "match_case",
}


def load(schema: Json) -> RecordType:
    """The record of one schema, itself as JSON."""
    return avro.load({"schemas/drawn.avsc": dumps(schema).encode()}).records[0]


def stream(record: RecordType, **members: Any) -> Stream:
    return Stream(name=record.name, record=record, topic=record.name, **members)


def pipeline(*streams: Stream) -> Pipeline:
    return Pipeline(DATABASE, tuple(sorted(streams, key=lambda stream: stream.name)), platforms=PLATFORMS)


@dataclass(frozen=True)
class Letter:
    offset: int
    fields: tuple[str, ...]
    raw: str


@dataclass(frozen=True)
class Store:
    """One stream as it stands in the engine."""

    engine: Engine
    stream: Stream

    def table(self, name: str) -> str:
        return f"{ch_ident(DATABASE)}.{ch_ident(name)}"

    def push(self, messages: Iterable[Json]) -> None:
        """All in one insert; each bears its number in `_offset`, unless a field of that name does not let it."""
        ours = "_offset" not in {field.name for field in self.stream.record.fields}
        numbered = ({**message, "_offset": n} if ours else message for n, message in enumerate(messages))
        self.push_text(map(dumps, numbered))

    def push_text(self, lines: Iterable[str]) -> None:
        block = "\n".join(lines).encode()
        table = self.table(f"{self.stream.name}_push")
        self.engine.client.raw_insert(table, insert_block=block, fmt="JSONEachRow", settings=STRICT)

    def rows(self) -> list[dict[str, Any]]:
        final = " FINAL" if self.stream.role is Role.DIMENSION else ""
        return select(self.engine, f"SELECT * FROM {self.table(self.stream.name)}{final}")

    def values(self) -> list[dict[str, Any]]:
        return [readback.read(self.stream.record, row) for row in self.rows()]

    def letters(self) -> list[Letter]:
        """What was refused, by number."""
        rows = select(self.engine, f"SELECT offset, error, raw FROM {self.table('dead_letters')} ORDER BY offset")
        return [Letter(row["offset"], tuple(row["error"].decode().split(", ")), row["raw"].decode()) for row in rows]

    def clear(self) -> None:
        for name in (self.stream.name, "dead_letters"):
            self.engine.run(f"TRUNCATE TABLE {self.table(name)}")


def select(engine: Engine, query: str) -> list[dict[str, Any]]:
    return list(rowbinary.rows(engine.client.raw_query(query, fmt=rowbinary.FORMAT)))


def counted(values: Iterable[Mapping[str, Any]]) -> Counter[Hashable]:
    """Values without their order."""
    return Counter(readback.exact(dict(value)) for value in values)


_FOLDERS: Final = ("database.sql", "tables/", "landing-push/", "views/")


def in_order(files: Mapping[str, str], views: Sequence[str]) -> list[str]:
    """The files of platform embedded as they have to be applied; the Kafka landings are left out."""
    base = "clickhouse/embedded/"
    paths = [f"{base}views/{view}.sql" for view in views]
    plain = [path for folder in _FOLDERS[:3] for path in sorted(files) if path.startswith(base + folder)]
    return [files[path] for path in (*plain, *paths)]


@contextmanager
def applied(engine: Engine, wanted: Pipeline) -> Iterator[None]:
    """The pipeline's own database, gone afterwards."""
    output = clickhouse.generate(wanted, TEMPLATES, {})
    assert output.types.keys() == {stream.name for stream in wanted.streams}, output.findings
    engine.run(f"DROP DATABASE IF EXISTS {ch_ident(wanted.database)}")
    for text in in_order(output.files, [view.name for view in wanted.views]):
        for statement in sql.statements(text):
            engine.run(statement)
    try:
        yield
    finally:
        engine.run(f"DROP DATABASE {ch_ident(wanted.database)}")


@contextmanager
def store(engine: Engine, record: RecordType, **members: Any) -> Iterator[Store]:
    """An empty store of one stream."""
    with store_of(engine, stream(record, **members)) as held:
        yield held


@contextmanager
def store_of(engine: Engine, only: Stream) -> Iterator[Store]:
    with applied(engine, pipeline(only)):
        yield Store(engine, only)
