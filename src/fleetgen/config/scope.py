"""The names that views and charts may use, and the columns behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fleetgen.config.reading import Reading, quote, suggest
from fleetgen.mapping import views
from fleetgen.mapping.column import Column
from fleetgen.mapping.table import Table, table
from fleetgen.pipeline import Pipeline, View


class Scope:
    """The pipeline as far as it is declared.

    `uncertain` are names of which something is wrong already, or that ClickHouse cannot hold: what is built on them is
    left out, and their own finding says why.
    """

    def __init__(self, reading: Reading, pipeline: Pipeline, *, whole: bool) -> None:
        self.reading = reading
        self.pipeline = pipeline
        self._whole = whole
        self._columns: dict[str, tuple[Column, ...]] = {}
        self._tables: dict[str, Table] = {}
        self.uncertain = {s.name for s in pipeline.streams if not reading.is_clean(f"/streams/{s.name}")}
        self._spelt = {stream.name.casefold(): stream.name for stream in pipeline.streams}
        self._views = _names(reading.document.tree)

    def add(self, view: View) -> None:
        self.pipeline = replace(self.pipeline, views=(*self.pipeline.views, view))
        self._spelt.setdefault(view.name.casefold(), view.name)

    def taken(self, name: str) -> bool:
        return name in self.uncertain or self._exists(name)

    def alike(self, name: str) -> str | None:
        """The stream or view whose name differs only in case."""
        other = self._spelt.get(name.casefold())
        return other if other != name else None

    def find(self, pointer: str, name: str) -> bool:
        """Whether a stream or view can be built on. Notes a name that is neither."""
        if self._exists(name) and name not in self.uncertain:
            return bool(self.columns(name))
        if name in self.uncertain or not self._whole:
            return False
        if name in self._views:
            message, help = f"the view {quote(name)} is declared after it", "declare a view before it is used"
            self.reading.error("FG323", pointer, message, help)
            return False
        known = [each.name for each in (*self.pipeline.streams, *self.pipeline.views)]
        self.reading.error("FG306", pointer, f"there is no stream or view {quote(name)}", suggest(name, known))
        return False

    def find_stream(self, pointer: str, name: str) -> bool:
        """The same where a view will not do."""
        if self.pipeline.stream(name) is not None or name in self.uncertain - self._views or not self._whole:
            return self.find(pointer, name)
        streams = [stream.name for stream in self.pipeline.streams]
        if name in self._views:
            message, help = f"{quote(name)} is a view, and this takes a stream", suggest(name, streams)
            self.reading.error("FG323", pointer, message, help)
        else:
            self.reading.error("FG306", pointer, f"there is no stream {quote(name)}", suggest(name, streams))
        return False

    def columns(self, name: str) -> tuple[Column, ...]:
        """Empty if ClickHouse cannot hold it: two of its columns have one name."""
        if name not in self._columns:
            columns = views.columns(self.pipeline, name)
            self._columns[name] = () if repeated(columns) else columns
        return self._columns[name]

    def types(self, name: str) -> dict[str, str]:
        """ClickHouse's type of each column."""
        return {column.name: column.type for column in self.columns(name)}

    def inside(self, name: str) -> dict[str, str]:
        """The columns that a view may use: of a stream not those that tell where a message came from."""
        return {column.name: column.type for column in self._table(name).columns}

    def require(self, pointer: str, name: str, base: str, columns: Mapping[str, str]) -> bool:
        """Whether a name is one of the columns of `base`; notes a missing one."""
        if name not in columns:
            self.reading.error("FG306", pointer, f"{base} has no column {quote(name)}", suggest(name, columns))
        return name in columns

    def time_column(self, name: str) -> str | None:
        """The column with the message's time, as far as a stream or view has it."""
        return self._table(name).time if self.columns(name) else None

    def _table(self, name: str) -> Table:
        if name not in self._tables:
            self._tables[name] = table(self.pipeline, name)
        return self._tables[name]

    def _exists(self, name: str) -> bool:
        return self.pipeline.stream(name) is not None or self.pipeline.view(name) is not None


def repeated(columns: tuple[Column, ...]) -> str | None:
    """The first name that two columns have."""
    seen = set()
    for column in columns:
        if column.name in seen:
            return column.name
        seen.add(column.name)
    return None


def _names(tree: Any) -> frozenset[str]:
    """Of all views as written, whatever else is wrong with them."""
    views = tree.get("views") if isinstance(tree, dict) else None
    entries = views if isinstance(views, list) else []
    return frozenset(raw for entry in entries if (raw := raw_name(entry)) is not None)


def raw_name(entry: Any) -> str | None:
    name = entry.get("name") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else None
