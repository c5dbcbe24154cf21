"""Streams of one annotated field, and what is sampled of them."""

from __future__ import annotations

from typing import Any

import streams
from fleetgen.datagen.sample import batch
from fleetgen.pipeline import Stream

END = 1_790_000_000_000
"""2026-09-21T13:33:20Z"""


def field(type: Any, args: Any = None, *, on_field: bool = False, **settings: Any) -> Stream:
    """A stream S of one field v: `args` is its annotation, on the type unless `on_field`."""
    written: dict[str, Any] = {"name": "v", "type": type if isinstance(type, dict | list) else {"type": type}}
    if args is not None and on_field:
        written["arg.properties"] = args
    elif args is not None:
        written["type"] = {**written["type"], "arg.properties": args}
    return streams.stream({"type": "record", "name": "S", "fields": [written]}, **settings)


def sampled(stream: Stream, rows: int = 500, *, seed: int = 0, end_ms: int = END) -> list[Any]:
    """The first rows' values of v."""
    return [record["v"] for record in batch(stream, seed, end_ms, 0, rows).records()]
