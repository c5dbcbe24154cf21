"""One environment: the project's templates first, errors that name template and line, nothing undefined."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fleetgen.errors import FleetgenError
from fleetgen.places import bundled
from fleetgen.templating import Templates


def reading(**texts: str | bytes) -> Callable[[str], bytes | None]:
    named = {f"templates/{name.replace('__', '/')}.jinja": text for name, text in texts.items()}

    def read(path: str) -> bytes | None:
        text = named.get(path)
        return text.encode() if isinstance(text, str) else text

    return read


def test_a_template_of_the_project_wins() -> None:
    some = next(path.relative_to(bundled()) for path in sorted(bundled().rglob("*.jinja")))
    name = str(some)
    read = reading(**{name.removesuffix(".jinja").replace("/", "__"): "mine {{ x | json }}\n"})
    assert Templates(read).render(name, x="ü'") == 'mine "\\u00fc\'"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("one\n{{ nope }}\n", "templates/t.jinja:2: FG603 error: 'nope' is undefined"),
        ("one\n{{ nope | json }}\n", "templates/t.jinja:2: FG603 error: 'nope' is undefined"),
        ("one\n{{ [nope] | yaml }}\n", "templates/t.jinja:2: FG603 error: 'nope' is undefined"),
        ("one\n\n{% if %}\n", "templates/t.jinja:3: FG602 error: Expected an expression"),
        ("{{ 1 / 0 }}\n", "templates/t.jinja:1: FG603 error: ZeroDivisionError: division by zero"),
        ("{{ x | nope }}\n", "templates/t.jinja:1: FG602 error: No filter named 'nope'"),
        ("{% include 'gone.jinja' %}\n", "templates/t.jinja: FG601 error: there is no template 'gone.jinja'"),
        ("{% include '../../../etc/passwd' %}\n", "templates/t.jinja: FG601 error: there is no template"),
        ("a\n{% include 'inner.jinja' %}\n", "templates/inner.jinja:3: FG603 error: 'y' is undefined"),
        ("{{ x.missing }}", "templates/t.jinja:1: FG603 error: 'str object' has no attribute 'missing'"),
        ("{% include 't.jinja' %}", "FG603 error: RecursionError"),
        (b"\xff\xfe", "templates/t.jinja: FG604 error: is not UTF-8"),
    ],
)
def test_an_error_names_template_and_line(text: str | bytes, says: str) -> None:
    with pytest.raises(FleetgenError) as caught:
        Templates(reading(t=text, inner="1\n2\n{{ y }}\n")).render("t.jinja", x="x")
    assert says in str(caught.value)
    assert "\n  help: " in str(caught.value)


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert Templates(reading(t="{{ x }}")).render("t.jinja", x=1) == "1"


def test_a_template_that_changed_is_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Templates(reading(t="one")).render("t.jinja") == "one"
    assert Templates(reading(t="one")).render("t.jinja") == "one"
    assert Templates(reading(t="two")).render("t.jinja") == "two"
    assert list((tmp_path / "fleetgen/templates").iterdir())


@pytest.mark.parametrize("text", ["{{ ''.__class__.__mro__ }}", "{{ x.__init__.__globals__ }}", "{{ [].append(1) }}"])
def test_a_template_of_the_project_runs_in_the_sandbox(text: str) -> None:
    with pytest.raises(FleetgenError, match=r"templates/(t|inner)\.jinja:1: FG603 error: SecurityError: access|unsafe"):
        Templates(reading(t=text)).render("t.jinja", x="x")
    with pytest.raises(FleetgenError, match="FG603 error: SecurityError"):
        Templates(reading(t="{% include 'inner.jinja' %}", inner=text)).render("t.jinja", x="x")


def test_what_the_sandbox_compiled_is_not_run_outside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    context = {"topic": "t", "partitions": 1, "config": {"cleanup.policy": "delete"}}
    sandboxed = Templates(reading(t="{{ x }}"))
    assert sandboxed.render("t.jinja", x=1) == "1"
    texts = {each.render("kafka/topic.json.jinja", **context) for each in (sandboxed, Templates(), Templates())}
    assert len(texts) == 1
    assert sorted(path.name for path in (tmp_path / "fleetgen/templates").iterdir()) == ["plain", "sandboxed"]


def test_a_template_equal_to_the_bundled_one_needs_no_sandbox() -> None:
    path = next(iter(sorted(bundled().glob("kafka/*.jinja"))))
    name = f"kafka/{path.name}"
    templates = Templates({f"templates/{name}": path.read_bytes()}.get)
    environment = templates._environment
    assert environment.get_template(name).name == name
    assert not environment.sandboxed


def test_what_a_commit_brings_along_is_not_taken_for_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    assert Templates(reading(t="one")).render("t.jinja") == "one"
    assert not (tmp_path / ".cache").exists()
