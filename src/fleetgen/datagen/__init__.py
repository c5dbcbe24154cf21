"""Datagen's annotations: the dialect of arg.properties, its lint, and sample values as the annotations mean them.

`lint` and what it needs import nothing heavy; `sample` needs the extra `local` (numpy, orjson, fastavro).
"""

from fleetgen.datagen.rules import QUIET, keyless, lint

__all__ = ["QUIET", "keyless", "lint"]
