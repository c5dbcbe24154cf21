"""What each finding means and how to mend it: the entries of doc/findings/*.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fleetgen.frozen import frozen

_ENTRY: Final = r"^## (FG\d{3}) (.+)$"


@frozen
class Explanation:
    """`text` is Markdown without the heading; `area` the name of the file that it is from."""

    code: str
    title: str
    text: str
    area: str


def bundled() -> Path:
    """A wheel carries the entries inside the package; a checkout has them in doc/."""
    here = Path(__file__).parent
    packaged = here / "findings"
    return packaged if packaged.is_dir() else here.parents[1] / "doc" / "findings"


def load() -> dict[str, Explanation]:
    """All entries, sorted by code."""
    entries = (entry for path in bundled().glob("*.md") for entry in parse(path.read_text(encoding="utf-8"), path.stem))
    return {entry.code: entry for entry in sorted(entries, key=lambda entry: entry.code)}


def parse(page: str, area: str) -> Iterator[Explanation]:
    """The entries of one page, as they stand."""
    parts = re.split(_ENTRY, page, flags=re.MULTILINE)
    for code, title, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        yield Explanation(code, title.strip(), text.strip(), area)
