"""What doc/ci.md and doc/check.md tell people to write works as it stands there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from repository import Repository, create, schema

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "doc/ci.md").read_text(encoding="utf-8")
BLOCKS = [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)]
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


def commands(tree: Any) -> Iterator[str]:
    """Every `run:` and every line of a `script:`, wherever they stand."""
    match tree:
        case dict():
            for key, value in tree.items():
                if key == "run":
                    yield from value.splitlines()
                elif key == "script":
                    yield from value
                else:
                    yield from commands(value)
        case list():
            for value in tree:
                yield from commands(value)
        case _:
            pass


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A project in an environment that has pip, and takes the package from this checkout and all else from an index."""
    folder = tmp_path_factory.mktemp("runner")
    build = [sys.executable, "-m", "uv", "build", "-q", "--wheel", "--no-build-isolation", "-o", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True)
    (wheel,) = folder.glob("*.whl")
    (folder / "constraints.txt").write_text(f"fleetgen @ {wheel.as_uri()}\n")
    subprocess.run([sys.executable, "-m", "uv", "venv", "-q", "--seed", str(folder / "env")], check=True)
    made = create(folder / "repo", PIP_CONSTRAINT=str(folder / "constraints.txt"), PIP_DISABLE_PIP_VERSION_CHECK="1")
    path = f"{folder / 'env/bin'}:{made.environ['PATH']}"
    return Repository(made.root, made.project, {**made.environ, "PATH": path, "GITHUB_ACTIONS": "true"})


def test_every_line_that_a_runner_would_run(runner: Repository) -> None:
    lines = [line for block in BLOCKS for line in commands(block)]
    assert len(lines) == 6
    for line in lines:
        done = runner.run("bash", "-eo", "pipefail", "-c", line)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    where = runner.run("bash", "-c", "command -v fleetgen").stdout
    assert where.startswith(str(runner.root.parent / "env")), "it was the package just installed that ran"
    assert json.loads((runner.root / "fleetgen.sarif").read_text())["version"] == "2.1.0"
    assert json.loads((runner.root / "fleetgen.json").read_text())["exit"] == 0
    runner.write("schemas/car.avsc", schema("car", "doors"))
    checks = [line for line in lines if line.startswith("fleetgen check")]
    assert len(checks) == 4
    for line in checks:
        assert runner.run("bash", "-eo", "pipefail", "-c", line).returncode == 1, line


def test_the_hooks_shown_are_those_that_are_offered() -> None:
    shown, local = (block["repos"][0] for block in BLOCKS if "repos" in block)
    assert [hook["id"] for hook in shown["hooks"]] == ["fleetgen-render", "fleetgen-check"]
    assert {hook["id"] for hook in shown["hooks"]} == HOOKS.keys()
    (hook,) = local["hooks"]
    offered = HOOKS[hook["id"]]
    for key in ("entry", "always_run", "pass_filenames"):
        assert hook[key] == offered[key]


def test_a_hook_for_a_project_below_the_top(tmp_path: Path) -> None:
    made = create(tmp_path / "repo", "fleet", PRE_COMMIT_HOME=str(tmp_path / "cache"))
    (found,) = re.findall(r"^`entry: (sh -c .*)`\.$", PAGE, re.MULTILINE)
    (block,) = (block for block in BLOCKS if block.get("repos", [{}])[0].get("repo") == "local")
    block["repos"][0]["hooks"][0]["entry"] = found
    (made.root / ".pre-commit-config.yaml").write_text(yaml.safe_dump(block))
    made.git("add", "-A")
    run = (sys.executable, "-m", "pre_commit", "run")
    good = made.run(*run)
    assert good.returncode == 0, good.stdout + good.stderr
    made.write("schemas/car.avsc", schema("car", "doors"))
    made.git("add", "-A")
    assert "changed generated/docs/car.md" in made.run(*run).stdout


def test_our_own_hooks_are_what_ci_runs() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    entries = {hook["entry"] for repo in config["repos"] for hook in repo["hooks"]}
    ci = set((ROOT / ".ci/run").read_text().splitlines())
    assert {entry.replace(" --staged", "") for entry in entries} == {
        line.removesuffix(" --compile").removesuffix(" .")
        for line in ci
        if line.split(" ")[0] in {entry.split(" ")[0] for entry in entries}
    }


def test_the_json_shown_is_the_json_given(tmp_path: Path) -> None:
    page = (ROOT / "doc/check.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```json\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    shown = json.loads(block)
    made = create(tmp_path / "repo")
    target = made.project / "generated/kafka/car.json"
    lines = target.read_text().splitlines(keepends=True)
    target.write_text("".join([*lines[:2], '  "edited": 1,\n', *lines[3:]]))
    given = json.loads(made.fleetgen("check", "--output", "json").stdout)
    assert [each for each in given["findings"] if each["severity"] == "error"] == shown["findings"]
    assert given.keys() == shown.keys()
    (difference,) = given["differences"]
    assert difference.keys() == shown["differences"][0].keys()
    assert difference["diff"].startswith(shown["differences"][0]["diff"].removesuffix("..."))
    keys = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", page.partition("| Key |")[2], re.MULTILINE)))
    assert set(keys) == {*given, *given["findings"][0], *difference}


@pytest.mark.parametrize("page", ["ci.md", "check.md", "findings.md"])
def test_links_lead_somewhere(page: str) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", (ROOT / "doc" / page).read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        target = ROOT / "doc" / path
        assert target.is_file(), link
        if anchor:
            code = anchor[:5].upper()
            assert f"## {code} " in target.read_text(encoding="utf-8")
