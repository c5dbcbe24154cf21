"""A fleetgen.toml for schemas that are there: it names their streams, and suggests the rest as comments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from fleetgen.commands import example
from fleetgen.model import EnumType, Field, Logical, LogicalType, Primitive, PrimitiveType, unwrap
from fleetgen.pipeline import Pipeline, Stream

_HEAD: Final = """\
#:schema .fleetgen/fleetgen.schema.json
# What fleetgen makes of schemas/. Every key is optional, and `fleetgen check` names each mistake with its line.

"""
_DATABASE: Final = """\
# database = "fleetgen"            # ClickHouse's database; this is the default

"""
_PROFILES: Final = """\

# Beside "local", the ClickHouse engine that comes with fleetgen, there may be further environments.
# What is secret, and what differs from place to place, stays in the environment's variables.
# [profiles.prod]
# ingest = "kafka"
# protected = true
# kafka = { bootstrap = "${env:KAFKA_BOOTSTRAP}" }
# clickhouse = { platform = "server", url = "${env:CLICKHOUSE_URL}", user = "fleet", password = "${env:CLICKHOUSE_PASSWORD}" }
"""  # noqa: E501 -- inline tables of TOML 1.0 are one line
_NO_STREAM: Final = """\
# [streams.NAME]                   # by the name of the record in a schema
# key = ["id"]                     # the fields that identify the thing
# time = "at"                      # the field that says when
"""
_NO_TIME: Final = frozenset({Logical.UUID, Logical.DURATION, Logical.TIME_MILLIS, Logical.TIME_MICROS})
_KEYS: Final = frozenset({Primitive.INT, Primitive.LONG, Primitive.STRING})


def for_example() -> str:
    return f"{_HEAD}{_DATABASE}{example.STREAMS}\n{example.VIEWS}{_PROFILES}"


def for_pipeline(pipeline: Pipeline | None) -> str:
    """What is said of the streams found; None where they cannot be read yet."""
    streams = pipeline.streams if pipeline else ()
    told = "\n".join(_stream(stream) for stream in streams) or _NO_STREAM
    first = next((stream for stream in streams if key(stream.record.fields)), None)
    return f"{_HEAD}{_DATABASE}{told}{_asked(first) if first else ''}{_PROFILES}"


def key(fields: Iterable[Field]) -> str | None:
    """The field that most looks like what identifies the thing: `id`, or ending so, before any other."""
    names = [field.name for field in fields if _is_key(field)]
    telling = [name for name in names if name.lower() == "id" or name.endswith(("_id", "Id", "ID", "_key"))]
    return next(iter([*telling, *names]), None)


def time(fields: Iterable[Field]) -> str | None:
    """The first field that is a moment."""
    for field in fields:
        inner, _ = unwrap(field.type)
        if isinstance(inner, LogicalType) and inner.kind not in _NO_TIME:
            return field.name
    return None


def _is_key(field: Field) -> bool:
    match field.type:
        case PrimitiveType():
            return field.type.kind in _KEYS
        case LogicalType():
            return field.type.kind is Logical.UUID
        case EnumType():
            return True
        case _:
            return False


def _stream(stream: Stream) -> str:
    lines = [_line(f"[streams.{stream.name}]", stream.path)]
    identifies, when = key(stream.record.fields), time(stream.record.fields)
    if identifies:
        lines.append(_line(f'# key = ["{identifies}"]', "the fields that identify the thing"))
        lines.append(_line('# role = "dimension"', "if the newest message for each key is the one that counts"))
    if when:
        lines.append(_line(f'# time = "{when}"', "the field that says when"))
    return "".join(lines)


def _asked(stream: Stream) -> str:
    return f"""
{_line("# [[views]]", "the newest row for each key", end="")}
# name = "latest_{stream.name}"
# from = "{stream.name}"
# latest = ["{key(stream.record.fields)}"]

{_line("# [[charts]]", "without any: each stream's messages over time", end="")}
# name = "{stream.name} over time"
# kind = "time-bar"
# view = "{stream.name}"
"""


def _line(text: str, comment: str, end: str = "\n") -> str:
    return f"{text:<34} # {comment}{end}"
