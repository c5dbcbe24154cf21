"""What an annotation (arg.properties) says about the values, in a few words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from fleetgen.model import Json

_OPTIONS: Final = 3
_LONGEST: Final = 80


def rules(args: Json) -> Iterator[tuple[str, str]]:
    """(name, summary) in the order of the schema; whatever is written is said, right or wrong."""
    if not isinstance(args, dict):
        yield "arg.properties", f"{_text(None if args == () else args)} (not an object)"
        return
    for name, value in args.items():
        match name, value:
            case "options", list():
                yield "options", _options(value)
            case "range" | "length", dict():
                yield name, _range(value)
            case _:
                yield name, _text(value)


def _options(values: list[Json]) -> str:
    first = ", ".join(_text(value) for value in values[:_OPTIONS])
    more = ", .." if len(values) > _OPTIONS else ""
    return f"{len(values)}: {first}{more}"


def _range(bounds: dict[str, Json]) -> str:
    """Datagen's maximum is exclusive."""
    parts = [f"from {_text(bounds['min'])}"] if "min" in bounds else []
    if "max" in bounds:
        parts.append(f"below {_text(bounds['max'])}")
    return " ".join(parts) or _text(bounds)


def _text(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 2]}.."
