"""Draws the two pictures of the README from the project itself: doc/architecture.svg and doc/report.png.

.venv/bin/python doc/pictures.py                  both
.venv/bin/python doc/pictures.py architecture     without Chromium and without the demo
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path
from string import Template

from fleetgen.files import Disk
from fleetgen.project import load
from fleetgen.targets import TARGETS
from fleetgen.targets.base import Output
from fleetgen.templating import Templates

DOC = Path(__file__).parent
ROOT = DOC.parent

# A row for each folder of generated/, from the source of a message to its reader; None: nothing applies it.
ROWS = {
    "connect": ("Kafka Connect", "fills and empties the topics"),
    "kafka": ("Kafka", "a topic per stream"),
    "ksql": ("ksqlDB", "the joined stream, live"),
    "clickhouse": ("ClickHouse", "landing, store, dead letters, views"),
    "preset": ("Superset, Preset", "datasets, charts, a dashboard"),
    "docs": None,
}
TOP, STEP, HEIGHT = 44, 62, 46
LEFT, MIDDLE, FOLDERS, SERVICES, WIDTH = 8, 292, 474, 728, 992
CARD = 240


def architecture() -> str:
    """The flow from what a person writes to the services, with the project's own schemas and files counted."""
    disk = Disk(ROOT)
    project = load(disk, os.environ)
    outputs: dict[str, Output] = {}
    for name, target in TARGETS.items():
        outputs[name] = target.generate(project.pipeline, Templates(), outputs)
    if set(outputs) != set(ROWS):
        raise SystemExit(f"the targets are {sorted(outputs)}, the picture has rows for {sorted(ROWS)}")
    written = [stream.path for stream in project.pipeline.streams] + ["[tool.fleetgen]", "templates/ (optional)"]
    parts = [*_heads(), *_written(written), *_fleetgen()]
    for index, (folder, service) in enumerate(ROWS.items()):
        parts += _row(index, folder, len(outputs[folder].files), service)
    parts += _flows()
    picture = Template((DOC / "architecture.svg.template").read_text())
    return picture.substitute(width=WIDTH, height=TOP + STEP * len(ROWS), parts="\n".join(parts))


def _heads() -> list[str]:
    heads = ((FOLDERS, "you review and commit"), (SERVICES, "what runs"))
    return [_text(x, TOP - 18, head, "head") for x, head in heads]


def _written(lines: list[str]) -> list[str]:
    top = _middle() - 16 * len(lines) - 8
    parts = [_text(LEFT, top - 18, "you write", "head"), _box(LEFT, top, CARD, 32 * len(lines) + 16, "card")]
    for n, line in enumerate(lines):
        name = line.rpartition("/")[2] if line.endswith(".avsc") else line
        parts.append(_text(LEFT + 16, top + 33 + 32 * n, name, "code"))
    return parts


def _fleetgen() -> list[str]:
    y = _middle()
    return [
        _arrow(f"M{LEFT + CARD} {y}H{MIDDLE - 4}"),
        _box(MIDDLE, y - 42, 128, 84, "tool"),
        _text(MIDDLE + 64, y - 6, "fleetgen", "toolname"),
        _text(MIDDLE + 64, y + 18, "render, check", "toolverb"),
    ]


def _row(index: int, folder: str, files: int, service: tuple[str, str] | None) -> list[str]:
    y = TOP + STEP * index
    centre = y + HEIGHT // 2
    start = MIDDLE + 128
    parts = [
        _line(f"M{start} {_middle()}C{start + 30} {_middle()} {FOLDERS - 34} {centre} {FOLDERS} {centre}"),
        _box(FOLDERS, y, 172, HEIGHT, "card"),
        _text(FOLDERS + 16, centre + 5, f"{folder}/", "code"),
        _text(FOLDERS + 156, centre + 5, f"{files} {'file' if files == 1 else 'files'}", "count"),
    ]
    if service is None:
        return [*parts, _text(FOLDERS + 188, centre + 5, "for people: every field through all layers, lineage", "note")]
    name, about = service
    return [
        *parts,
        _arrow(f"M{FOLDERS + 172} {centre}H{SERVICES - 4}", "applied"),
        _box(SERVICES, y, 240, HEIGHT, "service"),
        _text(SERVICES + 16, centre - 3, name, "name"),
        _text(SERVICES + 16, centre + 14, about, "about"),
    ]


def _flows() -> list[str]:
    """What messages do: Connect to Kafka, Kafka to ksqlDB and past it to ClickHouse, ClickHouse to Superset."""
    order = list(ROWS)
    y = {folder: TOP + STEP * order.index(folder) for folder in order}
    x, side = SERVICES + 120, SERVICES + 240
    gaps = [
        _arrow(f"M{x} {y[upper] + HEIGHT}V{y[upper] + STEP - 4}", "data")
        for upper in ("connect", "kafka", "clickhouse")
    ]
    kafka, store = y["kafka"] + HEIGHT // 2, y["clickhouse"] + HEIGHT // 2
    around = f"M{side} {kafka}H{side + 10}q8 0 8 8V{store - 8}q0 8 -8 8H{side + 4}"
    labels = [_text((FOLDERS + 172 + SERVICES) // 2, TOP + HEIGHT // 2 - 8, "apply", "verb")]
    return [*gaps, _arrow(around, "data"), *labels]


def _middle() -> int:
    return TOP + (STEP * len(ROWS) - (STEP - HEIGHT)) // 2


def _box(x: int, y: int, width: int, height: int, kind: str) -> str:
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="9"/>'


def _text(x: int, y: int, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(text)}</text>'


def _line(path: str) -> str:
    return f'<path class="line" d="{path}"/>'


def _arrow(path: str, kind: str = "line") -> str:
    return f'<path class="{kind}" d="{path}" marker-end="url(#{kind})"/>'


def report(target: Path) -> None:
    """The top of the demo's report at 1000 pixels, twice as sharp."""
    chromium = next((found for name in ("chromium", "google-chrome", "chrome") if (found := shutil.which(name))), None)
    if chromium is None:
        raise SystemExit("the picture of the report needs Chromium")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        demo = [sys.executable, "-m", "fleetgen", "demo", "-q", "-o", str(page)]
        subprocess.run(demo, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=2"]
        offline = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
        shot = [f"--screenshot={target}", "--window-size=1000,1790", page.as_uri()]
        subprocess.run([chromium, *flags, *offline, *shot], check=True, capture_output=True)


if __name__ == "__main__":
    (DOC / "architecture.svg").write_text(architecture())
    if "architecture" not in sys.argv[1:]:
        report(DOC / "report.png")
