"""Names that are words elsewhere and texts that try to get out, through every target: run or parsed, and read back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import fastavro
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import bundle
from budgets import HOSTILE_NAMES
from engine import select
from fleetgen import project, sql
from fleetgen.commands.generate import generate
from fleetgen.messages import dumps
from fleetgen.pipeline import Stream
from fleetgen.quoting import CH_MARK, ch_ident, ch_string, printable
from fleetgen.targets.clickhouse import compile as clickhouse
from fleetgen.targets.clickhouse.engine import Engine
from fleetgen.targets.ksql import statements
from fleetgen.targets.ksql.statements import CreateConnector, CreateSource
from fleetgen.templating import Templates
from projects import Memory

Files = Mapping[str, str]

_WORDS = """
    select from where order group by having limit table view join index values null true false all distinct final
    settings nan inf default date key type map array tuple q t0 t1 e0 r x d database stream streams create emit changes
    topic topics rowtime ROWTIME windowstart rowpartition struct decimal interval int string record enum union fixed
    _topic __topic _partition _offset _key _timestamp _ingested_at _error _raw_message is_set value count readings
    dead_letters error raw name fields items symbols __proto__ constructor None index lineage chart _ A aA Aa
"""
NAMES = st.sampled_from(_WORDS.split()) | st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)

FRAGMENTS = (
    "'", '"', "`", "\\", "\\'", "--", "-- ", "*/", "/*", "#", ";", "{{ x }}", "{% if %}", "{#", "}}", "${env:HOME}",
    "${profile:kafka.bootstrap}", "${name}", "$$", "$", "\n", "\r\n", "\t", "\0", "\x1b", "\x7f", "\u0085", "\u2028",
    "\u2029", "\u202e", "\u2066", "\u2069",
    "\ufeff", "\U0001f69a", "é", "<b>", "&amp;", "<!--", "-->", "|", "[a](b)", "*a*", "_a_", "1. a", "# a",
    "- a", "\\u0027", "\\n", "null", "yes", "1e3", ": ", " ", "a", "!", "%", "()", "~", ":smile:", "http://x.y/(z)",
)  # fmt: skip
RECORDS = NAMES.filter(lambda name: name not in ("null", "int", "string"))  # those are types already
TEXTS = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=6).map("".join)
TEXTS = TEXTS.filter(lambda text: not any(0xD800 <= ord(char) < 0xE000 for char in text))
TITLES = TEXTS.map(lambda text: "".join(c for c in text if c.isprintable())).filter(lambda text: text.strip())


def distinct(least: int, most: int) -> st.SearchStrategy[list[str]]:
    """Names that differ also where case does not count: those are another matter."""
    return st.lists(NAMES, min_size=least, max_size=most, unique_by=str.lower)


@dataclass(frozen=True)
class Case:
    """A project of one schema: an int, an enum, a string of options and a map with a default, then plain ints."""

    name: str
    fields: list[str]
    docs: list[str]
    symbols: list[str]
    options: list[str]
    default: dict[str, str]
    title: str
    key: bool

    @property
    def schema(self) -> dict[str, Any]:
        text = {"type": "string", "arg.properties": {"options": self.options}}
        types = [
            "int",
            {"type": "enum", "name": "kind_of", "symbols": self.symbols},
            text,
            {"type": "map", "values": text},
        ]
        types += ["int"] * (len(self.fields) - 4)
        fields: list[dict[str, Any]] = [
            {"name": name, "type": type, "doc": doc}
            for name, type, doc in zip(self.fields, types, self.docs, strict=False)
        ]
        fields[2]["default"] = self.options[-1]
        fields[3]["default"] = self.default
        return {"type": "record", "name": self.name, "doc": self.docs[-1], "fields": fields}

    @property
    def configuration(self) -> str:
        """JSON's strings are TOML's, but for two escapes that are not drawn."""
        key = f"[streams.{json.dumps(self.name)}]\nkey = [{json.dumps(self.fields[0])}]\n" if self.key else ""
        chart = f'[[charts]]\nkind = "bar"\nname = {json.dumps(self.title, ensure_ascii=False)}\n'
        return f"{key}{chart}view = {json.dumps(self.name)}\ndimension = {json.dumps(self.fields[0])}\n"

    @property
    def messages(self) -> list[dict[str, Any]]:
        """One for each symbol and option."""
        plain = dict.fromkeys(self.fields[4:], 7)
        first, second, third, fourth = self.fields[:4]
        return [
            {first: number, second: symbol, third: option, fourth: self.default, **plain}
            for number, (symbol, option) in enumerate(
                [*((symbol, "") for symbol in self.symbols), *((self.symbols[0], option) for option in self.options)]
            )
        ]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    fields = draw(distinct(4, 6))
    return Case(
        name=draw(RECORDS),
        fields=fields,
        docs=draw(st.lists(TEXTS, min_size=len(fields) + 1, max_size=len(fields) + 1)),
        symbols=draw(st.lists(NAMES, min_size=1, max_size=4, unique=True)),
        options=draw(st.lists(TEXTS, min_size=1, max_size=4)),
        default=draw(st.dictionaries(TEXTS, TEXTS, max_size=2)),
        title=draw(TITLES),
        key=draw(st.booleans()),
    )


@dataclass(frozen=True)
class Made:
    case: Case
    stream: Stream
    files: dict[str, str]
    said: frozenset[str]


def make(case: Case) -> Made:
    tree = Memory({"schemas/a.avsc": json.dumps(case.schema).encode(), "fleetgen.toml": case.configuration.encode()})
    read = project.load(tree, {})
    made = generate(read, Templates())
    (stream,) = read.pipeline.streams
    said = frozenset(finding.code for finding in made.findings)
    assert said <= {"FG226", "FG401", "FG411", "FG413", "FG434", "FG440"}, made.findings
    return Made(case, stream, made.files, said)


@given(cases())
@settings(max_examples=HOSTILE_NAMES)
def test_clickhouse_runs_it_and_gives_it_back(engine: Engine, case: Case) -> None:
    made = make(case)
    ours = {path: text for path, text in made.files.items() if path.startswith("clickhouse/")}
    assert clickhouse.compile(ours, {}, engine) == []
    if f"clickhouse/embedded/tables/{case.name}.sql" not in ours:
        assert made.said & {"FG401", "FG411"}
        return
    with applied(engine, ours, case.name):
        assert comments(engine, case.name) == {
            "": case.docs[-1],
            **dict(zip(case.fields, case.docs, strict=False)),
        }
        push = f"`fleetgen`.{ch_ident(f'{case.name}_push')}"
        engine.insert(push, "\n".join(map(dumps, case.messages)).encode())
        rows = select(engine, f"SELECT * FROM `fleetgen`.{ch_ident(case.name)}")
        stored = [{name: text(row[name]) for name in case.fields} for row in rows]
        assert sorted(stored, key=lambda row: row[case.fields[0]]) == case.messages
        assert engine.number("SELECT count() FROM fleetgen.dead_letters") == 0


@contextmanager
def applied(engine: Engine, files: Files, name: str) -> Iterator[None]:
    base = "clickhouse/embedded/"
    try:
        for path in ("database.sql", f"tables/{name}.sql", f"landing-push/{name}.sql"):
            for statement in sql.statements(files[base + path]):
                engine.run(statement)
        yield
    finally:
        engine.run("DROP DATABASE IF EXISTS fleetgen SYNC")


def comments(engine: Engine, table: str) -> dict[str, str]:
    """By column, of those that are the payload's; the table's own under the empty name."""
    where = f"database = 'fleetgen' AND table = {ch_string(table)}"
    columns = engine.rows(f"SELECT name, comment FROM system.columns WHERE {where} ORDER BY position")
    own = engine.rows(f"SELECT comment FROM system.tables WHERE database = 'fleetgen' AND name = {ch_string(table)}")
    return {"": own[0][0].removesuffix(CH_MARK).removesuffix(" ")} | {row[0]: row[1] for row in columns[:-5]}


def text(value: Any) -> Any:
    """Strings as they come from the engine are bytes."""
    if isinstance(value, dict):
        return {text(key): text(inner) for key, inner in value.items()}
    return value.decode() if isinstance(value, bytes) else value


@given(cases())
@settings(max_examples=2 * HOSTILE_NAMES)
def test_connect_and_ksqldb_read_the_schema_as_it_is(case: Case) -> None:
    made = make(case)
    connector = json.loads(made.files[f"connect/self-managed/{case.name}-source.json"])
    schema = connector["config"]["schema.string"]
    assert not set("$'") & set(schema)
    assert json.loads(schema) == case.schema
    fastavro.parse_schema(json.loads(schema))
    if "FG434" in made.said:
        assert not any(path.startswith("ksql/") for path in made.files)
        return
    (twin,) = statements.parse(made.files[f"ksql/self-managed/connectors/{case.name}.sql"])
    assert isinstance(twin, CreateConnector)
    assert (twin.name, twin.properties) == (connector["name"], connector["config"])
    (source,) = statements.parse(made.files[f"ksql/self-managed/streams/{case.name}.sql"])
    assert isinstance(source, CreateSource)
    assert [column.name.lower() for column in source.columns] == [name.lower() for name in case.fields]
    assert source.properties["KAFKA_TOPIC"] == case.name


@given(cases())
@settings(max_examples=HOSTILE_NAMES)
def test_superset_shows_it(case: Case) -> None:
    made = make(case)
    ours = {path: text for path, text in made.files.items() if path.startswith("preset/")}
    assert bundle.faults(ours) == []
    parsed = bundle.load(ours)
    datasets = [asset for path, asset in parsed.items() if "/datasets/" in path and "/dead_letters." not in path]
    if not datasets:
        assert made.said & {"FG401", "FG411"}
        return
    (dataset,) = datasets
    assert (dataset["table_name"], dataset["description"]) == (case.name, case.docs[-1] or None)
    shown = {column["column_name"]: column["description"] for column in dataset["columns"][:-5]}
    assert shown == {name: doc or None for name, doc in zip(case.fields, case.docs, strict=False)}
    (chart,) = [asset for path, asset in parsed.items() if "/charts/" in path and "x_axis" in asset["params"]]
    assert (chart["slice_name"], chart["params"]["x_axis"]) == (case.title, case.fields[0])


@given(cases())
@settings(max_examples=2 * HOSTILE_NAMES)
def test_a_page_shows_it(case: Case) -> None:
    made = make(case)
    (page,) = (made.files[path] for path in made.files if path.startswith("docs/") and is_page(path, case.name))
    rows = list(cells(page))
    heads = [row[0] for row in rows]
    fields = {row[0]: row for row in rows[heads.index("Field") + 1 :][: len(case.fields)]}
    assert {name: row[2] for name, row in fields.items()} == {
        name: line(doc) for name, doc in zip(case.fields, case.docs, strict=False)
    }
    assert fields[case.fields[3]][3] == line(json.dumps(case.default, ensure_ascii=False))
    assert line(case.docs[-1]) in [*inline(page), ""]
    assert f"chart {line(case.title)}" in inline(page)


def is_page(path: str, name: str) -> bool:
    return path in (f"docs/{name}.md", f"docs/{name}-stream.md") and path not in ("docs/index.md", "docs/lineage.md")


def line(text: str) -> str:
    """What is left of a text where there is one line and nothing invisible."""
    return " ".join(printable(text).split())


def inline(page: str) -> list[str]:
    """Each paragraph, heading, item and cell as people see it."""
    return [seen(token.children or []) for token in parse(page) if token.type == "inline"]


def cells(page: str) -> Iterator[list[str]]:
    """The rows of all tables."""
    row: list[str] = []
    for token in parse(page):
        if token.type == "tr_open":
            row = []
        elif token.type == "inline" and token.level > 1:
            row.append(seen(token.children or []))
        elif token.type == "tr_close":
            yield row


parse: Callable[[str], list[Any]] = MarkdownIt("commonmark").enable("table").parse


def seen(children: list[Any]) -> str:
    assert all(child.type in ("text", "code_inline", "html_inline", "link_open", "link_close") for child in children)
    assert all(child.content == "<br>" for child in children if child.type == "html_inline")
    return "".join(child.content for child in children)
