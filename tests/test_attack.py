"""What somebody hostile, or a slip, can put into a project: an error that says where, and never a file elsewhere."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from budgets import DRAWN_TEXTS
from fleetgen import overrides
from fleetgen.cli import main
from repository import schema

Arrange = Callable[[Path], object]
CODES = {0, 1, 2, 4}


@pytest.fixture
def garage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one schema, and a neighbour that nobody is to touch."""
    return prepare(tmp_path, monkeypatch)


def prepare(top: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = top / "garage"
    (folder / "schemas").mkdir(parents=True)
    (folder / "schemas/car.avsc").write_text(schema("car", "wheels"))
    (top / "neighbour/staging-1").mkdir(parents=True)
    (top / "neighbour/staging-1/precious").write_text("mine")
    monkeypatch.chdir(folder)
    return folder


def fleetgen(*arguments: str) -> Result:
    """As a user sees it: whatever is no exit code of ours is raised here, with its traceback."""
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code in CODES, done.output
    assert "Traceback" not in done.output
    return done


def elsewhere(top: Path) -> dict[str, object]:
    """All there is below a folder except in generated/ and .fleetgen/; nothing is opened that is no file."""
    found: dict[str, object] = {}
    for folder, folders, names in os.walk(top):
        inside = Path(folder)
        if inside == top / "garage":
            folders[:] = [name for name in folders if name not in ("generated", ".fleetgen")]
        for name in (*folders, *names):
            path = inside / name
            if path in (top / "garage/generated", top / "garage/.fleetgen"):
                found[str(path)] = path.is_symlink() and os.readlink(path)
                continue
            kind = os.readlink(path) if path.is_symlink() else path.is_file() and path.read_bytes()
            found[str(path)] = kind, path.lstat().st_mode
    return found


def file(path: str, text: str | bytes) -> Arrange:
    def arrange(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text if isinstance(text, bytes) else text.encode())

    return arrange


def link(path: str, target: str) -> Arrange:
    def arrange(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).symlink_to(target)

    return arrange


def special(path: str, make: Callable[[Path], object]) -> Arrange:
    def arrange(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        make(root / path)

    return arrange


def moved(path: str) -> Arrange:
    """A link in the place of a folder, which now lies beside the project."""

    def arrange(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        outside = root.parent / "outside"
        (root / path).rename(outside) if (root / path).exists() else outside.mkdir()
        (root / path).symlink_to(outside)

    return arrange


def both(*steps: Arrange) -> Arrange:
    return lambda root: [step(root) for step in steps]


def template(text: str | bytes, name: str = "clickhouse/table.sql.jinja") -> Arrange:
    return file(f"templates/{name}", text)


def configuration(text: str | bytes) -> Arrange:
    return file("fleetgen.toml", text)


def view(name: str) -> str:
    return f"[[views]]\nname = {json.dumps(name)}\nfrom = 'car'\nlatest = ['wheels']\n"


def chart(name: str) -> str:
    return f"[[charts]]\nname = {json.dumps(name)}\nview = 'car'\nkind = 'time-bar'\n"


def topic(name: str) -> Arrange:
    return configuration(f"[streams.car]\ntopic = {json.dumps(name)}\n")


VAN = file("schemas/van.avsc", schema("van", "wheels"))
DEEP = "[" * 5000 + "]" * 5000
UNCONTROLLED = ["../../x", "/etc/x", "a/b", "a\\b", "a\nb", "a\0b", "..", ".", "", "a b", "ü", "n" * 300]

CASES: dict[str, tuple[Arrange, int, str]] = {
    "a pipe for a schema": (special("schemas/x.avsc", os.mkfifo), 2, "FG811"),
    "a schema that leads nowhere": (link("schemas/x.avsc", "/nope"), 2, "FG811"),
    "a schema that leads to itself": (link("schemas/x.avsc", "x.avsc"), 2, "FG8"),
    "a schema without end": (link("schemas/x.avsc", "/dev/zero"), 2, "FG811"),
    "a schema that leads to a folder": (link("schemas/x.avsc", ".."), 2, "FG811"),
    "a folder called like a schema is a folder": (special("schemas/x.avsc", Path.mkdir), 0, ""),
    "a folder of schemas in a loop": (link("schemas/loop", "."), 0, ""),
    "schemas is a file": (both(moved("schemas"), lambda root: (root / "schemas").unlink(), file("schemas", "")), 2,
                          "FG810"),
    "schemas is a link": (moved("schemas"), 0, ""),
    "a schema is a link": (both(moved("schemas/car.avsc"), lambda root: None), 0, ""),
    "a name of 300 characters": (file("schemas/l.avsc", schema("c" * 300, "wheels")), 2, "FG806"),
    "a name that is no name": (file("schemas/l.avsc", schema("../x", "wheels")), 2, "FG1"),
    "a name with NUL": (file("schemas/l.avsc", schema("a\\u0000b", "wheels")), 2, "FG1"),
    "a schema of NUL": (file("schemas/l.avsc", b"\0" * 100), 2, "FG10"),
    "two streams that differ in case": (file("schemas/l.avsc", schema("CAR", "wheels")), 2, "FG315"),
    "two topics that differ in case": (
        both(VAN, configuration('[streams.car]\ntopic = "A"\n[streams.van]\ntopic = "a"\n')), 2, "FG315"),
    "two views that differ in case": (configuration(view("a") + view("A")), 2, "FG315"),
    "two charts that differ in case": (configuration(chart("a") + chart("A")), 0, ""),
    "a topic that ends in a dot": (topic("a."), 0, ""),
    "the configuration is a folder": (special("fleetgen.toml", Path.mkdir), 2, "FG811"),
    "the configuration is a pipe": (special("fleetgen.toml", os.mkfifo), 2, "FG811"),
    "the configuration leads nowhere": (link("pyproject.toml", "nope"), 2, "FG811"),
    "the configuration is no text": (configuration(b"\xff\x00"), 2, "FG301"),
    "the configuration is nested deeply": (configuration(f"a = {DEEP}"), 2, "FG301"),
    "a number of 5000 digits": (configuration(f"[streams.car]\npartitions = 1{'0' * 5000}"), 2, "FG301"),
    "a number of 23 digits": (configuration(f"[streams.car]\npartitions = {'9' * 23}"), 2, "FG304"),
    "a date for a name": (configuration("database = 2020-01-01"), 2, "FG303"),
    "a database elsewhere": (configuration('database = "../x"'), 2, "FG304"),
    "a chart's long name": (configuration(chart("é" * 400)), 2, "FG304"),
    "a chart's name is no path": (configuration(chart("../../x")), 0, ""),
    "a template that asks for the interpreter": (
        template("{{ ''.__class__.__mro__[1].__subclasses__() }}"), 2, "FG603"),
    "a template that calls what it must not": (
        template("{{ cycler.__init__.__globals__.os.system('x') }}"), 2, "FG603"),
    "a template that formats its way out": (template("{{ '{0.__class__}'.format(1) }}"), 2, "FG603"),
    "a template that includes a file": (template("{% include '../../../../etc/passwd' %}"), 2, "FG601"),
    "a template that includes an absolute path": (template("{% include '/etc/passwd' %}"), 2, "FG601"),
    "a template that includes itself": (template("{% include 'clickhouse/table.sql.jinja' %}"), 2, "FG603"),
    "a template that names what there is not": (template("{{ nope.x }}"), 2, "FG603"),
    "a template without an end": (template("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}"), 2, "FG603"),
    "a template that counts too far": (template("{{ range(10**12) | list }}"), 2, "FG603"),
    "a template that formats nothing": (template("{{ '%s' % () }}"), 2, "FG603"),
    "a template that is no Jinja": (template("{% if %}"), 2, "FG602"),
    "a template that is no text": (template(b"\xff"), 2, "FG604"),
    "a template that is a folder": (special("templates/clickhouse/table.sql.jinja", Path.mkdir), 2, "FG811"),
    "a template that is a pipe": (special("templates/clickhouse/table.sql.jinja", os.mkfifo), 2, "FG811"),
    "a template that leads nowhere": (link("templates/clickhouse/table.sql.jinja", "/nope"), 2, "FG811"),
    "templates is a link": (both(template("{{ nope }}"), moved("templates")), 2, "FG603"),
    "templates is a file": (file("templates", ""), 0, ""),
    "generated is a link": (moved("generated"), 4, "FG804"),
    "a folder in generated is a link": (moved("generated/kafka"), 4, "FG804"),
    "a folder deep in generated is a link": (moved("generated/clickhouse/embedded/tables"), 4, "FG804"),
    "a generated file is a link": (
        link("generated/kafka/car.json", "../../../neighbour/staging-1/precious"), 4, "FG80"),
    "generated is a file": (file("generated", ""), 2, "FG802"),
    "local state is a link": (link(".fleetgen", "../neighbour"), 4, "FG804"),
    "local state holds a link to a folder": (link(".fleetgen/staging-1", "../../neighbour/staging-1"), 4, "FG804"),
    "the journal is a link": (link(".fleetgen/rendering.txt", "../../neighbour/new"), 4, "FG804"),
    "what git ignores is a link": (link(".fleetgen/.gitignore", "../../neighbour/new"), 4, "FG804"),
    "local state is a file": (file(".fleetgen", ""), 2, "FG802"),
    **{f"the topic {name[:9]!r}": (topic(name), 2, "FG30") for name in UNCONTROLLED},
    **{f"the view {name[:9]!r}": (configuration(view(name)), 2, "FG30") for name in UNCONTROLLED[:-1]},
    "a view's long name": (configuration(view("n" * 300)), 2, "FG806"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_render_says_where_and_writes_nowhere_else(garage: Path, tmp_path: Path, case: str) -> None:
    arrange, code, finding = CASES[case]
    arrange(garage)
    before = elsewhere(tmp_path)
    done = fleetgen("render")
    assert (done.exit_code, finding in done.stderr) == (code, True), done.output
    assert elsewhere(tmp_path) == {**before, **made(garage, elsewhere(tmp_path))}
    checked = fleetgen("check")
    assert checked.exit_code in ({2} if code == 2 and finding not in ("FG802",) else CODES)
    if code == 2 and finding != "FG802":
        assert not (garage / "generated").exists()


def made(garage: Path, now: dict[str, object]) -> dict[str, object]:
    """The two folders themselves, which a command may make."""
    return {path: False for path in map(str, (garage / "generated", garage / ".fleetgen")) if now.get(path) is False}


def keys(node: Any) -> list[str]:
    return [*node, *(key for each in node.values() for key in keys(each))] if isinstance(node, dict) else []


NAMES = st.sampled_from(["car", "wheels", "CAR", "_timestamp", "a", "../x", "/x", "a\0", "n" * 300, "Ünïcode", "", "."])
WORDS = NAMES | st.text(max_size=8) | st.sampled_from(["event", "dimension", "count()", "${env:X}", "7d", "time-bar"])
SCALARS = st.booleans() | st.integers() | st.floats() | WORDS
KEYS = st.sampled_from(
    [
        "database",
        "format",
        "streams",
        "views",
        "charts",
        "profiles",
        "lint",
        "ignore",
        "role",
        "key",
        "time",
        "topic",
        "partitions",
        "retention",
        "ttl",
        "source",
        "kind",
        "name",
        "from",
        "join",
        "rename",
        "group",
        "metrics",
        "having",
        "latest",
        "view",
        "dimension",
        "metric",
        "limit",
        "ingest",
        "kafka",
        "connect",
        "ksql",
        "clickhouse",
        "preset",
        "url",
        "user",
        "password",
        "platform",
        "path",
        "code",
        "reason",
        "field",
        "car",
        "local",
        "FG209",
    ]
)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | WORDS, inner, max_size=4), max_leaves=12
)
NAMED = st.fixed_dictionaries(
    {},
    optional={
        "database": WORDS,
        "streams": st.dictionaries(
            NAMES, st.fixed_dictionaries({}, optional={"key": st.lists(WORDS), "topic": WORDS, "role": WORDS})
        ),
        "views": st.lists(st.fixed_dictionaries({"name": WORDS, "from": NAMES, "latest": st.lists(NAMES)}), max_size=2),
        "charts": st.lists(st.fixed_dictionaries({"name": WORDS, "view": NAMES, "kind": WORDS}), max_size=2),
        "profiles": st.dictionaries(WORDS, st.dictionaries(KEYS, TREES, max_size=3), max_size=2),
    },
)


def toml(node: Any) -> str:
    """A value as TOML."""
    match node:
        case dict():
            return "{" + ", ".join(f"{toml(str(key))} = {toml(value)}" for key, value in node.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, node)) + "]"
        case str():
            return json.dumps(node, ensure_ascii=False).replace("\x7f", "\\u007f")
        case float():
            return repr(node)
        case _:
            return json.dumps(node)


def attack(top: Path, path: str, content: bytes) -> Result:
    """One more file in a project that lives through all examples: it must not remember the ones before."""
    root = top / "garage"
    file(path, content)(root)
    before = elsewhere(top)
    rendered = fleetgen("render", "--force")
    after = elsewhere(top)
    assert after == {**before, **made(root, after)}
    fleetgen("check", "--output", "json")
    (root / path).unlink()
    return rendered


@settings(max_examples=DRAWN_TEXTS // 2)
@given(st.dictionaries(KEYS, TREES, max_size=4) | NAMED)
def test_any_tree_for_a_configuration(tmp_path_factory: pytest.TempPathFactory, tree: dict[str, Any]) -> None:
    text = "".join(f"{toml(key)} = {toml(value)}\n" for key, value in tree.items())
    with pytest.MonkeyPatch.context() as patch:
        top = tmp_path_factory.mktemp("tree")
        prepare(top, patch)
        attack(top, "fleetgen.toml", text.encode(errors="replace"))


@settings(max_examples=DRAWN_TEXTS // 4)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode(errors="replace")))
def test_any_text_for_a_configuration_or_a_schema(tmp_path_factory: pytest.TempPathFactory, text: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        top = tmp_path_factory.mktemp("text")
        prepare(top, patch)
        attack(top, "fleetgen.toml", text)
        attack(top, "schemas/x.avsc", text)


PIECES = st.sampled_from(
    [
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "'",
        "(",
        ")",
        ",",
        "|",
        "1",
        "[0]",
        "range(9)",
        "if",
        "endif",
        "endfor",
        "include",
        "import",
        "extends",
        "self",
        "table",
        ".__class__",
        "json",
        "ch_ident",
        "attr('__init__')",
        "lipsum",
        "cycler",
        "namespace()",
        "joiner",
        "loop",
        "caller",
        "%",
        "/0",
        "'../../x'",
        "'/etc/passwd'",
        "é",
    ]
) | st.sampled_from(["\n", "\0", " for x in ", " set x = "])


EXPRESSIONS = st.builds(
    "{}{}".format,
    st.sampled_from(
        ["header", "table", "columns", "landing", "self", "range", "lipsum", "cycler", "'%s'", "{}", "[1]", "1"]
    ),
    st.sampled_from(
        ["", "()", ".x", "[0]", "()()", ".__class__", ".format", ".append(1)", " % 1", " / 0", " * 9", "(10**9)"]
    ),
) | st.sampled_from(
    ["json", "ch_ident", "ch_string", "yaml", "markdown", "attr('__init__')", "map('upper')", "list", "first"]
)


@settings(max_examples=DRAWN_TEXTS // 2)
@given(
    st.sampled_from(overrides.names()),
    st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join)
    | st.lists(PIECES, max_size=6).map(lambda pieces: "{{ " + "".join(pieces) + " }}")
    | st.lists(EXPRESSIONS, min_size=1, max_size=4).map(lambda pieces: "{{ " + " | ".join(pieces) + " }}"),
)
def test_any_text_for_a_template(tmp_path_factory: pytest.TempPathFactory, name: str, text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        top = tmp_path_factory.mktemp("template")
        prepare(top, patch)
        attack(top, f"templates/{name}", text.encode(errors="replace"))
