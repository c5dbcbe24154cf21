"""Pages of doc/ as programs: what they tell people to write and to run, in order, and what they say comes of it."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

DOC = Path(__file__).parents[1] / "doc"
_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"\b[Ii]n `([^`\s]+)`:\s*$")
_MARK = "=== step "
_FAILS = re.compile(r"^(.*?)\s+# exits with (\d)$")

# What a page says of installing is what installs our own wheel; here it is installed already.
PRELUDE = """\
set -euo pipefail
python3() {
  if [ "$*" = "-m venv .venv" ]; then mkdir -p .venv/bin && : > .venv/bin/activate; else command python3 "$@"; fi
}
pip() { [ "$*" = "install fleetgen[local]" ]; }
"""


@dataclass(frozen=True)
class Step:
    """`kind` is the block's language, or `file` for a block whose paragraph ends with "in `PATH`:"."""

    kind: str
    text: str
    path: str = ""


def steps(page: Path) -> list[Step]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        named = _FILE.search(text[: match.start()].rstrip("\n"))
        body = re.sub(rf"^{match[1]}", "", match[3], flags=re.MULTILINE)
        found.append(Step("file", body, named[1]) if named else Step(match[2], body))
    return found


def script(found: list[Step]) -> str:
    """One shell for a whole page, so that `cd` and variables last; a line before each step tells the outputs apart."""
    parts = [PRELUDE]
    for number, step in enumerate(found):
        parts.append(f"echo '{_MARK}{number}'\n")
        if step.kind == "file":
            parts.append(
                f"mkdir -p \"$(dirname '{step.path}')\"\ncat > '{step.path}' <<'END_OF_FILE'\n{step.text}END_OF_FILE\n"
            )
        elif step.kind == "sh":
            parts.append("".join(_line(line) for line in step.text.splitlines()))
    return "".join(parts)


def _line(line: str) -> str:
    fails = _FAILS.match(line)
    if not fails:
        return f"{line}\n"
    return f'code=0; {fails[1]} || code=$?; [ "$code" = {fails[2]} ] || {{ echo "exit code $code"; exit 9; }}\n'


def run(page: Path, folder: Path, path: str) -> None:
    """Fails with the page's output if a command fails, or if what it is said to print is not printed, in order."""
    found = steps(page)
    environ = {**os.environ, "PATH": path, "NO_COLOR": "1", "HOME": str(folder)}
    done = subprocess.run(
        ["bash", "-c", script(found)], cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    printed = dict(re.findall(rf"^{_MARK}(\d+)\n(.*?)(?=^{_MARK}|\Z)", done.stdout, re.DOTALL | re.MULTILINE))
    for number, step in enumerate(found):
        if step.kind == "text" and number and found[number - 1].kind == "sh":
            expect(step.text, printed[str(number - 1)])


def expect(shown: str, printed: str) -> None:
    """Every line shown stands in what was printed, whole or in part, and in this order; `..` stands for anything."""
    rest = printed
    for line in filter(None, (line.strip() for line in shown.splitlines())):
        pattern = ".*?".join(re.escape(part) for part in line.split(".."))
        match = re.search(pattern, rest)
        assert match, f"{line!r} is not printed, or not in this order:\n{printed}"
        rest = rest[match.end() :]
