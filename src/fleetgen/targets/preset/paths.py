"""Names of files in the bundle."""

from __future__ import annotations

import re
from collections.abc import Iterable

LENGTH = 80


def visible(name: str) -> str:
    """A table's or database's own name; the importer skips files that start with `_` or `.`, no name with a 0."""
    return f"0{name}" if name.startswith(("_", ".")) else name


def slugs(titles: Iterable[str]) -> list[str]:
    """A file name for each title, all different: letters, digits and underscores, a number where two meet."""
    taken: dict[str, None] = {}
    for title in titles:
        slug = stem = re.sub(r"[^a-z0-9]+", "_", title.lower())[:LENGTH].strip("_") or "chart"
        number = 1
        while slug in taken:
            number += 1
            slug = f"{stem}_{number}"
        taken[slug] = None
    return list(taken)
