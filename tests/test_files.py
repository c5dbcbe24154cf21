"""The generated tree: compared exactly, written whole, and nobody's work overwritten."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from fleetgen import files
from fleetgen.errors import Blocked, FleetgenError
from fleetgen.files import Disk, Kind

FIRST = {"a/one.sql": "1\n", "b.json": "{}\n", "b/deep/two.md": "ü\n"}
SECOND = {"a/one.sql": "changed\n", "c/three.sql": "3\n", "b/deep/two.md": "ü\n"}


def complete(texts: dict[str, str]) -> dict[str, str]:
    return {**texts, files.MANIFEST: files.manifest(texts)}


def content(root: Path) -> dict[str, str]:
    disk = Disk(root)
    return {path.removeprefix("generated/"): (disk.read(path) or b"").decode() for path in disk.walk("generated")}


def kinds(root: Path, texts: dict[str, str]) -> dict[str, str]:
    return {difference.path: difference.kind.value for difference in files.diff(texts, Disk(root))}


def test_what_was_written_is_what_is_there(tmp_path: Path) -> None:
    written = files.write(complete(FIRST), tmp_path)
    assert sorted(written.written) == ["generated/a/one.sql", "generated/b.json", "generated/b/deep/two.md",
                                       "generated/manifest.txt"]  # fmt: skip
    assert content(tmp_path) == complete(FIRST)
    assert files.diff(complete(FIRST), Disk(tmp_path)) == []


def test_sha256sum_reads_the_manifest(tmp_path: Path) -> None:
    files.write(complete(FIRST), tmp_path)
    checked = subprocess.run(["sha256sum", "-c", files.MANIFEST], cwd=tmp_path / "generated", capture_output=True)
    assert checked.returncode == 0, checked.stderr


def test_a_second_run_touches_nothing(tmp_path: Path) -> None:
    files.write(complete(FIRST), tmp_path)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "generated").rglob("*")}
    written = files.write(complete(FIRST), tmp_path)
    assert written == files.Written((), (), 4)
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "generated").rglob("*")}


def test_stale_files_go_with_the_folders_that_they_leave_empty(tmp_path: Path) -> None:
    files.write(complete(FIRST), tmp_path)
    written = files.write(complete({"a/one.sql": "1\n"}), tmp_path)
    assert written.deleted == ("generated/b.json", "generated/b/deep/two.md")
    assert not (tmp_path / "generated/b").exists()
    assert content(tmp_path) == complete({"a/one.sql": "1\n"})


def test_each_difference_has_its_name(tmp_path: Path) -> None:
    files.write(complete(FIRST), tmp_path)
    (tmp_path / "generated/a/one.sql").unlink()
    (tmp_path / "generated/b.json").write_text("edited")
    (tmp_path / "generated/b/mine.txt").write_text("mine")
    texts = complete({path: text for path, text in FIRST.items() if path != "b/deep/two.md"})
    assert kinds(tmp_path, texts) == {
        "generated/a/one.sql": "missing",
        "generated/b.json": "changed",
        "generated/b/deep/two.md": "stale",
        "generated/b/mine.txt": "untracked",
        "generated/manifest.txt": "changed",
    }


def test_an_untracked_file_is_left_alone(tmp_path: Path) -> None:
    files.write(complete(FIRST), tmp_path)
    (tmp_path / "generated/b/mine.txt").write_text("mine")
    files.write(complete({"a/one.sql": "1\n"}), tmp_path)
    assert (tmp_path / "generated/b/mine.txt").read_text() == "mine"


@pytest.mark.parametrize("path", ["a/one.sql", "b.json"], ids=["would be changed", "would be removed"])
def test_an_edited_file_blocks_and_nothing_is_written(tmp_path: Path, path: str) -> None:
    files.write(complete(FIRST), tmp_path)
    (tmp_path / "generated" / path).write_text("by hand\n")
    before = content(tmp_path)
    with pytest.raises(Blocked, match=f"generated/{path}: FG803 error"):
        files.write(complete(SECOND), tmp_path)
    assert content(tmp_path) == before
    files.write(complete(SECOND), tmp_path, force=True)
    assert content(tmp_path) == complete(SECOND)


def test_a_file_in_the_way_that_is_not_ours_blocks(tmp_path: Path) -> None:
    (tmp_path / "generated/a").mkdir(parents=True)
    (tmp_path / "generated/a/one.sql").write_text("somebody's\n")
    with pytest.raises(Blocked, match=r"generated/a/one\.sql: FG803"):
        files.write(complete(FIRST), tmp_path)
    assert content(tmp_path) == {"a/one.sql": "somebody's\n"}


def test_a_manifest_in_the_middle_of_a_merge_knows_both_sides(tmp_path: Path) -> None:
    files.write(complete(FIRST), tmp_path)
    ours, theirs = files.manifest(FIRST), files.manifest(SECOND)
    (tmp_path / "generated/manifest.txt").write_text(f"<<<<<<< ours\n{ours}=======\n{theirs}>>>>>>> theirs\n")
    files.write(complete({"a/one.sql": "merged\n"}), tmp_path)
    assert content(tmp_path) == complete({"a/one.sql": "merged\n"})


def test_a_run_killed_anywhere_leaves_whole_files_and_the_next_converges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call that changes the disk is the last one, once; then another schema, so that no text is the same."""
    third = {"a/one.sql": "third\n", "d.json": "4\n"}
    names = {"replace", "unlink", "mkdir", "rmdir", "write_bytes"}
    for last in range(40):
        root = tmp_path / str(last)
        files.write(complete(FIRST), root)
        calls = 0

        def killed(name: str, limit: int = last) -> object:
            original = getattr(Path, name)

            def call(self: Path, *arguments: object, **options: object) -> object:
                nonlocal calls
                calls += 1
                if calls > limit:
                    raise KeyboardInterrupt
                return original(self, *arguments, **options)

            return call

        with monkeypatch.context() as patch:
            for name in names:
                patch.setattr(Path, name, killed(name))
            try:
                files.write(complete(SECOND), root)
                ended = True
            except KeyboardInterrupt:
                ended = False
        whole = set(complete(FIRST).values()) | set(complete(SECOND).values())
        assert set(content(root).values()) <= whole
        files.write(complete(third), root)
        assert content(root) == complete(third)
        assert not list((root / ".fleetgen").glob("staging-*"))
        if ended:
            assert last > 5
            return
    pytest.fail("forty changes of the disk were not enough")


@pytest.mark.parametrize("link", ["generated", "generated/a"])
def test_nothing_is_written_through_a_symbolic_link(tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "project"
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(outside)
    with pytest.raises(Blocked, match="FG804 error: is a symbolic link"):
        files.write(complete(FIRST), root)
    assert list(outside.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "generated").write_text("a file where the folder should be")
    with pytest.raises(FleetgenError, match="FG802 error: cannot be written") as caught:
        files.write(complete(FIRST), tmp_path)
    assert "\n" not in str(caught.value)


def test_state_is_ignored_by_git(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    files.write(complete(FIRST), tmp_path)
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull},
    ).stdout  # fmt: skip
    assert status == "?? generated/\n"


def test_walk_lists_links_and_does_not_follow_them(tmp_path: Path) -> None:
    (tmp_path / "generated").mkdir()
    (tmp_path / "generated/link").symlink_to("/etc")
    assert Disk(tmp_path).walk("generated") == ["generated/link"]
    assert kinds(tmp_path, {}) == {"generated/link": Kind.UNTRACKED.value}
