"""How long a cold `fleetgen check` takes, beside the import of its libraries and beside its peers.

    python tests/benchmarks/check.py [--runs 9] [--schemas 1000] [--peers FOLDER]

The measure R is `python -c 'import click, jinja2, fastavro'`: each run of `check` is divided by the run of R before
it, so that a slow or a busy machine tells the same. A first look works everything out; looking again, nothing having
changed, is what `check` remembers. Time is user and system time of the process, memory its largest
resident set. With --peers datamodel-code-generator and avrotize are installed into environments in that folder, and
each generates what it can from the first schemas, a process a file as people run them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
SCHEMAS: Final = Path(__file__).with_name("schemas.py")
FLEETGEN: Final = (sys.executable, "-m", "fleetgen")
MEASURE: Final = (sys.executable, "-c", "import click, jinja2, fastavro")
PEERS: Final = {
    "datamodel-code-generator": (
        "datamodel-codegen",
        "--input-file-type",
        "avro",
        "--input",
        "{in}",
        "--output",
        "{out}",
    ),
    "avrotize": ("avrotize", "a2sql", "{in}", "--out", "{out}", "--dialect", "postgres"),
}
FILES_OF_A_PEER: Final = 20


class Cost(NamedTuple):
    """Seconds of processor and of wall clock, and bytes."""

    time: float
    wall: float
    memory: int


def run(command: Sequence[str], folder: Path, **extra: str) -> Cost:
    """One process. Raises CalledProcessError if it fails: what broke is no figure."""
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"} | extra
    before = os.times().elapsed
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise subprocess.CalledProcessError(process.returncode, command, said.read()[-2000:])
    wall = os.times().elapsed - before
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def compare(name: str, folder: Path, runs: int) -> None:
    """`check` in a folder that was rendered, each run beside one of R: a first look, and again."""
    cache = folder.with_name(f"{folder.name}-cache")
    check = (*FLEETGEN, "check", "-q")
    run((*FLEETGEN, "render", "-q"), folder, FLEETGEN_CACHE_DIR=str(cache))  # from now on all is compiled
    first, again = [], []
    for _ in range(runs):
        shutil.rmtree(cache / "checks", ignore_errors=True)
        first.append((run(MEASURE, folder), run(check, folder, FLEETGEN_CACHE_DIR=str(cache))))
        if not list(cache.glob("checks/*")):
            print("not remembered: the code was changed only now")
            continue
        again.append((run(MEASURE, folder), run(check, folder, FLEETGEN_CACHE_DIR=str(cache))))
    for how, pairs in (("a first look", first), ("again", again)):
        if pairs:
            tell(f"{name}, {how}", pairs)


def tell(name: str, pairs: Sequence[tuple[Cost, Cost]]) -> None:
    ratio = median(check.time / measure.time for measure, check in pairs)
    memory = max(check.memory for _, check in pairs)
    once = median(measure.time for measure, _ in pairs)
    time, wall = (median(getattr(check, each) for _, check in pairs) for each in ("time", "wall"))
    spent = f"{time:.3f} s, R {once:.3f} s, on the clock {wall:.3f} s"
    print(f"check {name}: {ratio:.2f} R ({spent}), {memory / 2**20:.0f} MiB")


def fleet(folder: Path) -> Path:
    """The project of the checkout, without what others might be writing there."""
    shutil.copytree(ROOT / "schemas", folder / "schemas")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def install(name: str, folder: Path) -> Path | None:
    """The programs of an environment with the package in it; None, and the reason told, where that fails."""
    programs = folder / name / "bin"
    uv = shutil.which("uv", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))))
    steps = [
        [uv, "venv", "-q", str(folder / name)] if uv else [sys.executable, "-m", "venv", str(folder / name)],
        [uv, "pip", "install", "-q", "--python", str(programs / "python"), name]
        if uv
        else [str(programs / "pip"), "install", "-q", name],
    ]
    if not programs.is_dir():
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True)
            if done.returncode:
                print(f"{name}: could not be installed, no figures: {done.stderr.strip().splitlines()[-1:]}")
                return None
    return programs


def peer(name: str, folder: Path, files: Sequence[Path], whole: int) -> None:
    """A process a file; for all files the time of these in proportion."""
    programs = install(name, folder)
    if programs is None:
        return
    program, *arguments = PEERS[name]
    costs = []
    for path in files:
        values = {"{in}": str(path), "{out}": str(folder / f"{name}-out" / path.stem)}
        (folder / f"{name}-out").mkdir(exist_ok=True)
        try:
            costs.append(run([str(programs / program), *(values.get(each, each) for each in arguments)], folder))
        except subprocess.CalledProcessError as error:
            print(f"{name}: fails on {path.name}: {error.output.decode(errors='replace').strip()[-200:]}")
            return
    seconds = sum(cost.time for cost in costs)
    share = f", {seconds / len(files) * whole:.0f} s for {whole} in proportion" if whole > len(files) else ""
    print(f"{name}: {seconds:.2f} s for {len(files)} files{share}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--schemas", type=int, default=1000)
    parser.add_argument("--peers", type=Path, help="where environments with the peers are made")
    options = parser.parse_args()
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as made:
        few, many = Path(made, "fleet"), Path(made, "many")
        compare("of the fleet", fleet(few), options.runs)
        run((sys.executable, str(SCHEMAS), str(many), "--count", str(options.schemas)), ROOT)
        size = sum(path.stat().st_size for path in (many / "schemas").iterdir())
        compare(f"of {options.schemas} schemas, {size / 1e6:.1f} MB", many, max(1, options.runs // 3))
        if options.peers is None:
            print("no peers: --peers FOLDER installs them")
            return
        options.peers.mkdir(parents=True, exist_ok=True)
        files = sorted((many / "schemas").iterdir())[:FILES_OF_A_PEER]
        for name in PEERS:
            peer(name, options.peers.resolve(), sorted((few / "schemas").iterdir()), 3)
            peer(name, options.peers.resolve(), files, options.schemas)


if __name__ == "__main__":
    main()
