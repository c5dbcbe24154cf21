"""What --staged reads is what the commit would hold, wherever git keeps it and whatever lies on the disk."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from fleetgen import index
from fleetgen.errors import FleetgenError
from fleetgen.files import Disk
from repository import Repository, create, environ, schema

CAR = schema("car", "wheels").encode()
OTHER = schema("car", "doors").encode()


@pytest.fixture
def bare(tmp_path: Path) -> Repository:
    """A repository with one schema, staged, and nothing else."""
    made = Repository(tmp_path / "repo", tmp_path / "repo", environ(tmp_path))
    made.root.mkdir()
    made.git("init", "-q", "-b", "main")
    made.write("schemas/car.avsc", CAR.decode())
    made.git("add", "-A")
    return made


def staged(repository: Repository, **extra: str) -> index.Index:
    return index.staged(repository.project, {**repository.environ, **extra})


def refusal(repository: Repository, path: str) -> str:
    with pytest.raises(FleetgenError) as caught:
        staged(repository).read(path)
    return str(caught.value)


def link(repository: Repository, path: str, target: str) -> None:
    place = repository.root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)
    repository.git("add", path)


def test_what_lies_on_the_disk_does_not_count(bare: Repository) -> None:
    bare.write("schemas/car.avsc", OTHER.decode())
    bare.write("schemas/new.avsc", OTHER.decode())
    bare.write("fleetgen.toml", "")
    tree = staged(bare)
    assert tree.read("schemas/car.avsc") == CAR
    assert tree.walk("schemas") == ["schemas/car.avsc"]
    assert tree.read("fleetgen.toml") is None
    (bare.root / "schemas/car.avsc").unlink()
    assert staged(bare).read("schemas/car.avsc") == CAR


def test_what_is_only_announced_is_not_in_the_commit(bare: Repository) -> None:
    bare.write("schemas/new.avsc", OTHER.decode())
    bare.write("schemas/empty.avsc", "")
    bare.git("add", "-N", "schemas/new.avsc")
    bare.git("add", "schemas/empty.avsc")
    tree = staged(bare)
    assert tree.walk("schemas") == ["schemas/car.avsc", "schemas/empty.avsc"]
    assert tree.read("schemas/new.avsc") is None
    assert tree.read("schemas/empty.avsc") == b""
    assert bare.git("write-tree").strip(), "and so does git see it"


def test_a_removed_file_is_gone_even_while_it_lies_there(bare: Repository) -> None:
    bare.git("rm", "-q", "--cached", "schemas/car.avsc")
    assert (bare.root / "schemas/car.avsc").exists()
    assert staged(bare).walk("schemas") == []


@pytest.mark.parametrize(
    "name", ["a b", "ü", "line\nfeed", 'quo"te', "tab\t", "[a-z]*", ":(top)x", os.fsdecode(b"\xff")]
)
def test_names_of_all_kinds(bare: Repository, name: str) -> None:
    bare.write(f"schemas/{name}.avsc", OTHER.decode())
    bare.git("--literal-pathspecs", "add", f"schemas/{name}.avsc")
    tree = staged(bare)
    assert f"schemas/{name}.avsc" in tree.walk("schemas")
    assert tree.read(f"schemas/{name}.avsc") == OTHER
    assert tree.walk("schemas") == Disk(bare.root).walk("schemas")


@pytest.mark.parametrize("subfolder", ["fleet", "a b/ü/line\nfeed"])
def test_a_project_below_the_top(tmp_path: Path, subfolder: str) -> None:
    made = Repository(tmp_path / "repo", tmp_path / "repo" / subfolder, environ(tmp_path))
    made.root.mkdir()
    made.git("init", "-q")
    made.write("schemas/car.avsc", CAR.decode())
    (made.root / "schemas").mkdir()
    (made.root / "schemas/outside.avsc").write_bytes(OTHER)
    made.git("add", "-A")
    tree = staged(made)
    assert tree.walk("schemas") == ["schemas/car.avsc"]
    assert tree.read("schemas/car.avsc") == CAR


def test_another_index_is_the_one_that_counts(bare: Repository, tmp_path: Path) -> None:
    other = tmp_path / "other.index"
    bare.write("schemas/car.avsc", OTHER.decode())
    done = bare.run("env", f"GIT_INDEX_FILE={other}", "git", "add", "schemas/car.avsc")
    assert done.returncode == 0, done.stderr
    assert staged(bare, GIT_INDEX_FILE=str(other)).read("schemas/car.avsc") == OTHER
    assert staged(bare).read("schemas/car.avsc") == CAR


@pytest.mark.parametrize("how", [["-am", "x"], ["-m", "x", "fleet"], ["-m", "x"]])
@pytest.mark.parametrize("linked", [False, True], ids=["main", "linked"])
def test_each_way_to_commit_shows_its_own_index_to_a_hook(tmp_path: Path, how: list[str], linked: bool) -> None:
    """Below the top of the repository, and of a linked worktree, where git gives hooks GIT_DIR and no worktree."""
    made = create(tmp_path / "repo", "fleet")
    made.git("commit", "-qm", "first")
    hook = made.root / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\nunset PYTHONPATH\ncd fleet && exec fleetgen check --staged\n")
    hook.chmod(0o755)
    if linked:
        made.git("worktree", "add", "-q", str(tmp_path / "linked"))
        made = Repository(tmp_path / "linked", tmp_path / "linked/fleet", made.environ)
    made.write("schemas/car.avsc", schema("car", "doors"))
    made.git("add", "fleet/schemas")
    stale = made.run("git", "commit", *how)
    assert stale.returncode == 1
    assert "changed generated/clickhouse/embedded/tables/car.sql" in stale.stdout + stale.stderr
    made.render()
    if how == ["-m", "x"]:
        made.git("add", "fleet/generated")
    good = made.run("git", "commit", *how)
    assert good.returncode == 0, good.stdout + good.stderr


def test_the_index_holds_line_feeds_whatever_is_checked_out(tmp_path: Path) -> None:
    made = create(tmp_path / "repo")
    made.write(".gitattributes", "* text eol=crlf\n")
    made.git("add", "-A")
    made.git("commit", "-qm", "first")
    made.git("rm", "-rq", "--cached", ".")
    made.git("reset", "-q", "--hard")
    assert all(path.read_bytes().endswith(b"\r\n") for path in (made.root / "schemas").iterdir())
    assert b"\r" not in (made.root / "generated/manifest.txt").read_bytes()  # generated/.gitattributes says so
    done = made.check()
    assert done.returncode == 0, done.stdout
    (made.root / "generated/.gitattributes").write_text("* text eol=crlf\n")
    (made.root / "generated/manifest.txt").unlink()
    made.git("checkout", "--", "generated/manifest.txt")
    assert b"\r\n" in (made.root / "generated/manifest.txt").read_bytes()
    done = made.check()
    assert done.returncode == 0, done.stdout


def test_links_are_followed_inside_what_is_committed(tmp_path: Path) -> None:
    made = Repository(tmp_path / "repo", tmp_path / "repo/fleet", environ(tmp_path))
    (made.root / "common/deep").mkdir(parents=True)
    (made.root / "common/deep/car.avsc").write_bytes(CAR)
    made.git("init", "-q")
    made.git("add", "-A")
    made.write("schemas/own.avsc", OTHER.decode())
    link(made, "fleet/schemas/car.avsc", "../../common/deep/car.avsc")
    link(made, "common/again.avsc", "deep/../deep/car.avsc")
    link(made, "fleet/schemas/twice.avsc", "../../common/again.avsc")
    link(made, "fleet/schemas/folder", "../../common/deep")
    link(made, "fleet/templates", "../common")
    made.git("add", "-A")
    tree, disk = staged(made), Disk(made.project)
    assert tree.walk("schemas") == disk.walk("schemas")
    assert tree.walk("templates") == disk.walk("templates") == ["templates/again.avsc", "templates/deep/car.avsc"]
    for path in (*tree.walk("schemas"), *tree.walk("templates"), "schemas/folder/car.avsc", "schemas/folder/none"):
        assert tree.read(path) == disk.read(path), path
    assert tree.read("schemas/twice.avsc") == CAR


@pytest.mark.parametrize("target", ["/etc/hostname", "../../outside.avsc", "untracked.avsc", "broken.avsc"])
def test_a_link_out_of_the_commit_is_refused(bare: Repository, target: str) -> None:
    (bare.root.parent / "outside.avsc").write_bytes(OTHER)
    link(bare, "schemas/broken.avsc", target)
    bare.write("schemas/untracked.avsc", OTHER.decode())
    assert refusal(bare, "schemas/broken.avsc").startswith("schemas/broken.avsc: FG833 error: is a symbolic link to ")


def test_a_link_among_the_outputs_is_not_what_is_generated(tmp_path: Path) -> None:
    made = create(tmp_path / "repo")
    topic = made.root / "generated/kafka/car.json"
    topic.rename(made.root / "elsewhere.json")
    topic.symlink_to("../../elsewhere.json")
    made.git("add", "-A")
    done = made.check()
    assert done.returncode == 1
    assert "changed generated/kafka/car.json" in done.stdout


@pytest.fixture
def module(tmp_path: Path) -> Repository:
    """A project whose schemas are a submodule."""
    common = Repository(tmp_path / "common", tmp_path / "common", environ(tmp_path))
    common.root.mkdir()
    common.git("init", "-q")
    common.write("deep/car.avsc", CAR.decode())
    common.git("add", "-A")
    common.git("commit", "-qm", "first")
    made = Repository(tmp_path / "repo", tmp_path / "repo/fleet", environ(tmp_path))
    made.project.mkdir(parents=True)
    made.git("init", "-q")
    made.git("-c", "protocol.file.allow=always", "submodule", "-q", "add", str(common.root), "fleet/schemas")
    return made


def test_a_submodule_is_read_at_the_commit_that_is_staged(module: Repository) -> None:
    checked_out = Repository(module.project / "schemas", module.project / "schemas", module.environ)
    checked_out.write("deep/car.avsc", OTHER.decode())
    checked_out.git("commit", "-qam", "second")
    assert staged(module).read("schemas/deep/car.avsc") == CAR
    module.git("add", "fleet/schemas")
    tree = staged(module)
    assert tree.walk("schemas") == ["schemas/deep/car.avsc"]
    assert tree.read("schemas/deep/car.avsc") == OTHER


def test_a_submodule_that_is_not_here_is_said(module: Repository) -> None:
    module.git("submodule", "-q", "deinit", "-f", "fleet/schemas")
    with pytest.raises(FleetgenError, match=r"^schemas: FG834 error: the commit of this submodule is not here\n"):
        staged(module).walk("schemas")


def test_files_in_conflict_are_named(bare: Repository) -> None:
    bare.git("commit", "-qm", "first")
    bare.git("checkout", "-qb", "other")
    bare.write("schemas/car.avsc", OTHER.decode())
    bare.git("commit", "-qam", "other")
    bare.git("checkout", "-q", "main")
    bare.write("schemas/car.avsc", schema("car", "seats"))
    bare.git("commit", "-qam", "main")
    assert bare.run("git", "merge", "other").returncode == 1
    assert refusal(bare, "schemas/car.avsc").startswith("schemas/car.avsc: FG832 error: is in conflict\n  help: ")


@pytest.mark.parametrize("format", ["sha1", "sha256"])
def test_both_kinds_of_object_ids(tmp_path: Path, format: str) -> None:
    made = Repository(tmp_path, tmp_path, environ(tmp_path))
    made.git("init", "-q", f"--object-format={format}")
    made.write("schemas/car.avsc", CAR.decode())
    made.git("add", "-A")
    assert staged(made).read("schemas/car.avsc") == CAR


def test_a_sparse_index(tmp_path: Path) -> None:
    made = create(tmp_path / "repo", "fleet")
    (made.root / "docs").mkdir()
    (made.root / "docs/page.md").write_text("page\n")
    made.git("add", "-A")
    made.git("commit", "-qm", "first")
    made.git("sparse-checkout", "set", "--cone", "--sparse-index", "docs")
    assert not (made.project / "schemas").exists()
    assert index.staged(made.root, made.environ).read("schemas/car.avsc") is None
    made.project.mkdir(exist_ok=True)
    assert staged(made).walk("schemas") == ["schemas/car.avsc", "schemas/van.avsc"]


def test_a_whole_check_asks_git_three_times(tmp_path: Path) -> None:
    made = create(tmp_path / "repo")
    trace = tmp_path / "trace"
    traced = Repository(made.root, made.project, {**made.environ, "GIT_TRACE": str(trace)})
    assert traced.check().returncode == 0
    assert sum("trace: built-in: git" in line for line in trace.read_text().splitlines()) == 3


@pytest.mark.parametrize("output", ["text", "json"])
def test_outside_a_repository_and_without_git(tmp_path: Path, output: str) -> None:
    made = Repository(tmp_path, tmp_path, environ(tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent)))
    made.write("schemas/car.avsc", CAR.decode())
    without = Repository(tmp_path, tmp_path, {**made.environ, "PATH": str(tmp_path)})
    for repository, code in ((made, "FG831"), (without, "FG830")):
        done = repository.check("--output", output)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        if output == "json":
            assert [each["code"] for each in json.loads(done.stdout)["findings"]] == [code]
        else:
            assert (done.stdout, done.stderr.startswith(f"{code} error: ")) == ("", True)


def test_an_error_has_its_line_in_the_text_that_is_staged(bare: Repository) -> None:
    bare.write("schemas/car.avsc", "\n\n" + schema("car", "wheels", type="itn"))
    bare.git("add", "-A")
    bare.write("schemas/car.avsc", CAR.decode())
    done = bare.check()
    assert done.returncode == 2
    assert done.stderr.startswith("schemas/car.avsc:3:")
