"""Streams and pipelines made from schemas written as plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fleetgen import avro, project
from fleetgen.files import Disk
from fleetgen.pipeline import Pipeline, Stream
from fleetgen.targets import connect, kafka, ksql
from fleetgen.targets.base import Output
from fleetgen.templating import Templates

ROOT = Path(__file__).parents[1]
PLATFORMS = {"connect": ("self-managed",), "ksql": ("self-managed",), "clickhouse": ("embedded",)}
BUNDLED = Templates()
HOSTILE = (
    'it\'s `back` "double" -- dash */ {{ x }} {% y %} ${env:HOME} ${name} $${z}\n; DROP STREAM a;\r\\ \u2028 \U0001f69a'
)


def stream(schema: Mapping[str, Any], **settings: Any) -> Stream:
    """A stream of one record schema, named after it; what is not set is the default."""
    loaded = avro.load({"schemas/x.avsc": json.dumps(schema).encode()})
    (record,) = loaded.records
    return Stream(**{"name": record.name, "record": record, "topic": record.name,
                     "schema": loaded.schemas[record.fullname], **settings})  # fmt: skip


def record(name: str, **fields: Any) -> dict[str, Any]:
    """A record schema from field names and types."""
    return {"type": "record", "name": name, "fields": [{"name": n, "type": t} for n, t in fields.items()]}


def pipeline(*streams: Stream, database: str = "d", **parts: Any) -> Pipeline:
    return Pipeline(database, tuple(sorted(streams, key=lambda each: each.name)), platforms=PLATFORMS, **parts)


def fleet() -> Pipeline:
    """The repository's own."""
    return project.load(Disk(ROOT), {}).pipeline


def outputs(of: Pipeline, templates: Mapping[str, str] | None = None) -> dict[str, Output]:
    """What kafka, connect and ksql make of it, as the registry orders them. `templates`: the project's own, by name."""
    own = {f"templates/{name}": text.encode() for name, text in (templates or {}).items()}
    engine = Templates(own.get) if own else BUNDLED
    made: dict[str, Output] = {}
    for name, target in {"kafka": kafka, "connect": connect, "ksql": ksql}.items():
        made[name] = target.generate(of, engine, made)
    return made


def codes(output: Output) -> list[str]:
    return [finding.code for finding in output.findings]
