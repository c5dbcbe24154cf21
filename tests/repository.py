"""Real git repositories with a project in them, apart from whatever git, pre-commit or user is configured here."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from fleetgen import project
from fleetgen.commands import check
from fleetgen.commands import render as command
from fleetgen.files import Disk
from fleetgen.git import Git
from projects import Memory

BIN = Path(sys.executable).parent
_TIED = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GITHUB_ACTIONS", "SKIP", "PRE_COMMIT")


def schema(name: str, *fields: str, type: str = "int") -> str:
    listed = ", ".join(f'{{"name": "{field}", "type": "{type}"}}' for field in fields)
    return f'{{"type": "record", "name": "{name}", "fields": [{listed}]}}\n'


def environ(home: Path, **extra: str) -> dict[str, str]:
    """An environment in which git knows one person and no configuration, and fleetgen is on the path."""
    kept = {name: value for name, value in os.environ.items() if name not in _TIED}
    person = {
        f"GIT_{role}_{what}": f"{what}@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    return {
        **kept, **person, "HOME": str(home), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **extra,
    }  # fmt: skip


@dataclass(frozen=True)
class Repository:
    """A working tree; `project` is the folder in it that fleetgen runs in."""

    root: Path
    project: Path
    environ: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=cwd or self.root, capture_output=True, text=True, env=self.environ, stdin=subprocess.DEVNULL,
            errors="surrogateescape",
        )  # fmt: skip

    def git(self, *arguments: str) -> str:
        done = self.run("git", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def fleetgen(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "fleetgen", *arguments, cwd=self.project)

    def check(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.fleetgen("check", "--staged", *arguments)

    def write(self, path: str, text: str) -> Path:
        """A file of the project."""
        target = self.project / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def render(self) -> None:
        """As the command does it; in this process, because it is done often."""
        command.render(project.load(Disk(self.project), {}), self.project)

    def committed(self) -> bool:
        """Whether the last commit passes the check."""
        git = Git(self.root, self.environ)
        found = git.commit("HEAD")
        blobs = git.blobs(each.oid for each in found)
        tree = Memory({each.path: blobs[each.oid] for each in found})
        return not check.check(project.load(tree, {}), tree).failed


def create(root: Path, subfolder: str = "", **extra: str) -> Repository:
    """A repository whose project is rendered and staged, with two schemas, `car` and `van`."""
    made = Repository(root, root / subfolder, environ(root.parent, **extra))
    made.project.mkdir(parents=True, exist_ok=True)
    made.git("init", "-q", "-b", "main")
    made.write("schemas/car.avsc", schema("car", "wheels"))
    made.write("schemas/van.avsc", schema("van", "wheels"))
    made.write("fleetgen.toml", 'database = "garage"\n')
    made.render()
    made.git("add", "-A")
    return made
