"""What a format's messages look like to ClickHouse is known in one place: every landing, view and page asks there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from avro_files import avro_stream
from engine import load, pipeline
from engine import stream as json_stream
from fleetgen.mapping import avro, describe, format, landing
from fleetgen.mapping.format import Dialect
from fleetgen.pipeline import Format, Source, Stream
from streams import ROOT

SOURCE: Final = ROOT / "src" / "fleetgen"

KNOWING: Final = frozenset({"json", "avro", "avro_union", "avro_default", "ticks"})
"""Modules of fleetgen.mapping that know how types travel."""

ASKING: Final = KNOWING | {"format", "pulled", "avro_limits", "avro_warnings"}
"""Those that may ask them: which format a stream has, and what cannot travel in it."""


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_nobody_asks_a_format_but_through_the_dialects() -> None:
    known = {f"fleetgen.mapping.{name}" for name in KNOWING}
    allowed = {SOURCE / "mapping" / f"{name}.py" for name in ASKING}
    asking = {path for path in SOURCE.rglob("*.py") if known.intersection(imported(path))}
    assert asking - allowed == set()
    assert SOURCE / "mapping/format.py" in asking


class Marked:
    """A dialect that leaves its mark on whatever is asked of it."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dialect, name)

    @property
    def branches(self) -> Dialect | None:
        inner = self._dialect.branches
        return None if inner is None else Marked(inner)

    def scalar(self, type: Any) -> str:
        return f"Travelling({self._dialect.scalar(type)})"

    def accept(self, type: Any, x: str) -> str:
        return f"accepted({x})"

    def convert(self, type: Any, x: str) -> str:
        return f"converted({x})"


EVERY: Final = {
    "type": "record",
    "name": "s",
    "fields": [
        {"name": f"f{number}", "type": type}
        for number, type in enumerate([
            "null", "boolean", "int", "long", "float", "double", "bytes", "string", ["null", "string"],
            {"type": "int", "logicalType": "date"}, {"type": "long", "logicalType": "timestamp-micros"},
            {"type": "string", "logicalType": "uuid"},
            {"type": "bytes", "logicalType": "decimal", "precision": 5, "scale": 1},
            {"type": "fixed", "name": "f", "size": 2}, {"type": "enum", "name": "e", "symbols": ["A"]},
            {"type": "fixed", "name": "d", "size": 12, "logicalType": "duration"},
            {"type": "array", "items": "int"}, {"type": "map", "values": "e"}, ["int", "e"],
            {"type": "record", "name": "r", "fields": [{"name": "a", "type": "f"}]},
        ])
    ],
}  # fmt: skip


def streams() -> Iterator[Stream]:
    yield json_stream(load(EVERY))
    for kind in ("datagen", "none"):
        yield avro_stream(EVERY, source=Source(kind))


@pytest.mark.parametrize("stream", [*streams()], ids=["json", "avro by Connect", "avro"])
def test_all_that_is_generated_comes_from_the_dialect(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    marked = {key: Marked(format.dialect(key)) for key in Format}
    monkeypatch.setattr(format, "dialect", marked.__getitem__)
    for name in ("PULLED", "REGISTERED"):
        monkeypatch.setattr(avro, name, Marked(getattr(avro, name)))
    wanted = pipeline(stream)
    names = [field.name for field in stream.record.fields]
    assert all("Travelling(" in wire for wire in describe.wire_types(stream).values())
    for made in (landing.push(wanted, stream), landing.kafka(wanted, stream, "d")):
        payload = [column for column in made.columns if column.name in names]
        assert [column.name for column in payload if "Travelling(" not in column.type] == []
        assert [name for name in names if f"`{name}`" not in "".join(made.conditions)] == []
        assert all("accepted(" in condition for condition in made.conditions if "`f" in condition)
        stored = [column for column in made.stored if column.path]
        assert [column.name for column in stored if not _asks(column.expression)] == []


def _asks(expression: str) -> bool:
    """Whether a value is converted, or the expression only says that there is one."""
    return "converted(" in expression or expression.startswith("isNotNull(")
