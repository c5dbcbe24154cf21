"""Commits in real repositories, with pre-commit and with prek: nothing stale, edited, missing or strange gets in."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from repository import BIN, Repository, create, environ, schema

ROOT = Path(__file__).parents[1]
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
RUNNERS = {"pre-commit": [sys.executable, "-m", "pre_commit"], "prek": [str(BIN / "prek")]}


def configuration(*ids: str) -> str:
    """The hooks as they are offered, run from this environment instead of from one built for them."""
    ours = [{**HOOKS[id], "language": "system"} for id in ids]
    return yaml.safe_dump({"repos": [{"repo": "local", "hooks": ours}]})


def install(repository: Repository, runner: str, *ids: str) -> None:
    (repository.root / ".pre-commit-config.yaml").write_text(configuration(*ids))
    repository.git("add", "-A")
    repository.git("commit", "-qm", "first")
    for kind in ("pre-commit", "pre-merge-commit"):
        done = repository.run(*RUNNERS[runner], "install", "--hook-type", kind)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module", params=sorted(RUNNERS))
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository with the check as its hook, everything committed: the original of `repository`."""
    folder = tmp_path_factory.mktemp("hooks")
    made = create(folder / "repo", PRE_COMMIT_HOME=str(folder / "cache"), PREK_HOME=str(folder / "cache"))
    install(made, request.param, "fleetgen-check")
    return made


@pytest.fixture
def repository(installed: Repository, tmp_path: Path) -> Repository:
    shutil.copytree(installed.root, tmp_path / "repo", symlinks=True)
    return Repository(tmp_path / "repo", tmp_path / "repo", installed.environ)


def commit(repository: Repository, *arguments: str) -> subprocess.CompletedProcess[str]:
    return repository.run("git", "commit", "-m", "a change", *arguments)


def refused(done: subprocess.CompletedProcess[str], *says: str) -> None:
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "fleetgen check" in said
    assert "Failed" in said
    for each in says:
        assert each in said


def accepted(repository: Repository, done: subprocess.CompletedProcess[str]) -> None:
    """It was committed, and what was committed passes the check."""
    assert done.returncode == 0, done.stdout + done.stderr
    assert repository.committed()


def test_a_schema_is_deleted_and_its_output_left(repository: Repository) -> None:
    repository.git("rm", "-q", "schemas/van.avsc")
    refused(commit(repository), "stale generated/kafka/van.json")
    repository.render()
    refused(commit(repository), "stale generated/kafka/van.json")  # removed on the disk, and still in the commit
    repository.git("add", "-A")
    accepted(repository, commit(repository))


def test_a_generated_file_is_edited_by_hand(repository: Repository) -> None:
    topic = repository.project / "generated/kafka/car.json"
    topic.write_text(topic.read_text().replace("1", "2"))
    refused(commit(repository, "-a"), "changed generated/kafka/car.json", '-  "partitions": 2,')


def test_what_was_rendered_is_not_staged(repository: Repository) -> None:
    repository.write("schemas/new.avsc", schema("new", "n"))
    repository.write("schemas/car.avsc", schema("car", "wheels", "doors"))
    repository.render()
    repository.git("add", "schemas")
    refused(commit(repository), "missing generated/kafka/new.json", "changed generated/docs/car.md")
    repository.git("add", "-u")  # the changed files, without those that are new
    refused(commit(repository), "missing generated/kafka/new.json")
    repository.git("add", "-N", "generated")
    refused(commit(repository), "missing generated/kafka/new.json")
    repository.git("add", "generated")
    accepted(repository, commit(repository))


def test_the_schema_is_not_staged_and_its_output_is(repository: Repository) -> None:
    repository.write("schemas/new.avsc", schema("new", "n"))
    repository.render()
    repository.git("add", "generated")
    refused(commit(repository), "stale generated/kafka/new.json")


def test_a_file_of_nobody_among_the_outputs(repository: Repository) -> None:
    repository.write("generated/notes.md", "mine\n")
    accepted(repository, commit(repository, "--allow-empty"))  # lies there, and is not in the commit
    repository.git("add", "generated/notes.md")
    refused(commit(repository), "untracked generated/notes.md")


def test_the_configuration_or_a_template_changes(repository: Repository) -> None:
    repository.write("fleetgen.toml", 'database = "yard"\n')
    refused(commit(repository, "-a"), "changed generated/clickhouse/embedded/database.sql")
    repository.git("checkout", "-q", "HEAD", "fleetgen.toml")
    template = (ROOT / "templates/kafka/topic.json.jinja").read_text()
    repository.write("templates/kafka/topic.json.jinja", template + "\n")
    repository.git("add", "-A")
    refused(commit(repository), "changed generated/kafka/car.json")


def test_a_broken_schema(repository: Repository) -> None:
    repository.write("schemas/car.avsc", schema("car", "wheels", type="itn"))
    refused(commit(repository, "-a"), "schemas/car.avsc:1:", "error: ", "help: ")


def test_work_that_is_not_in_the_commit_does_not_hinder_it(repository: Repository) -> None:
    repository.write("schemas/draft.avsc", "not even JSON")
    repository.write("schemas/car.avsc", schema("car", "unfinished"))
    repository.write("README.md", "about\n")
    repository.git("add", "README.md")
    accepted(repository, commit(repository))


def test_only_some_files_are_committed(repository: Repository) -> None:
    repository.write("schemas/car.avsc", schema("car", "doors"))
    repository.render()
    refused(commit(repository, "schemas/car.avsc"), "changed generated/docs/car.md")
    repository.git("add", "-A")
    refused(commit(repository, "generated"), "changed generated/docs/car.md")
    accepted(repository, commit(repository, "schemas", "generated"))


def test_what_is_stale_already_fails_whatever_is_touched(repository: Repository) -> None:
    repository.write("schemas/car.avsc", schema("car", "doors"))
    repository.git("commit", "-qam", "slipped in", "--no-verify")
    repository.write("README.md", "about\n")
    repository.git("add", "README.md")
    refused(commit(repository), "changed generated/docs/car.md")
    refused(commit(repository, "--amend"), "changed generated/docs/car.md")


def test_a_merge_of_two_good_branches_that_is_not_good(repository: Repository) -> None:
    """One branch renames the database, the other adds a stream: each is right, and git finds nothing in conflict."""
    repository.git("checkout", "-qb", "stream")
    repository.write("schemas/aardvark.avsc", schema("aardvark", "n"))
    repository.render()
    repository.git("add", "-A")
    repository.git("commit", "-qm", "stream", "--no-verify")
    repository.git("checkout", "-q", "main")
    repository.write("fleetgen.toml", 'database = "garage"\n\n[streams.car]\npartitions = 3\n')
    repository.render()
    repository.git("commit", "-qam", "partitions", "--no-verify")
    repository.write(".gitattributes", "generated/manifest.txt merge=union\n")
    done = repository.run("git", "merge", "--no-edit", "stream")
    refused(done, "changed generated/manifest.txt")
    repository.render()
    repository.git("add", "generated")
    accepted(repository, commit(repository))


@pytest.mark.parametrize("runner", sorted(RUNNERS))
def test_the_writing_hook_stops_the_commit_until_its_files_are_staged(tmp_path: Path, runner: str) -> None:
    cache = str(tmp_path / "cache")
    made = create(tmp_path / "repo", PRE_COMMIT_HOME=cache, PREK_HOME=cache)
    install(made, runner, "fleetgen-render", "fleetgen-check")
    made.write("schemas/new.avsc", schema("new", "n"))
    made.git("add", "schemas")
    first = commit(made)
    assert first.returncode == 1
    assert (made.project / "generated/kafka/new.json").is_file()
    assert "generated/kafka/new.json" in made.git("status", "--porcelain", "-uall")
    refused(commit(made), "missing generated/kafka/new.json")
    made.git("add", "generated")
    accepted(made, commit(made))
    made.git("rm", "-q", "schemas/new.avsc")
    assert commit(made).returncode == 1
    assert not (made.project / "generated/kafka/new.json").exists()
    made.git("add", "generated")
    accepted(made, commit(made))


def test_the_hooks_as_others_get_them(tmp_path: Path) -> None:
    """From a repository and a revision: built by pip in an environment that has only what the package needs."""
    ours = Repository(tmp_path / "fleetgen", tmp_path / "fleetgen", environ(tmp_path))
    ours.root.mkdir()
    for name in (
        "src",
        "templates",
        "doc",
        ".pre-commit-hooks.yaml",
        "pyproject.toml",
        "README.md",
        "LICENSE",
    ):
        source, target = ROOT / name, ours.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    ours.git("init", "-q")
    ours.git("add", "-A")
    ours.git("commit", "-qm", "all")
    revision = ours.git("rev-parse", "HEAD").strip()
    made = create(tmp_path / "repo", PRE_COMMIT_HOME=str(tmp_path / "cache"))
    hooks = [{"id": id} for id in HOOKS]
    offered = {"repos": [{"repo": f"file://{ours.root}", "rev": revision, "hooks": hooks}]}
    made.write(".pre-commit-config.yaml", yaml.safe_dump(offered))
    made.git("add", "-A")
    made.git("commit", "-qm", "first")
    made.run(*RUNNERS["pre-commit"], "install")
    made.git("rm", "-q", "schemas/van.avsc")
    refused(commit(made), "fleetgen render", "stale generated/kafka/van.json")
    made.git("add", "generated")
    accepted(made, commit(made))
