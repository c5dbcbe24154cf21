"""From one table to another by ALTER: the statements in their order, and what each does to the rows that are there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from fleetgen import sql
from fleetgen.frozen import frozen
from fleetgen.plan import Risk
from fleetgen.quoting import ch_ident, ch_string
from fleetgen.targets.clickhouse import casts
from fleetgen.targets.clickhouse.facts import Thing

_KEYS: Final = ("partition by", "order by", "primary key", "sample by")
_WHERE: Final = re.compile(r"\b(?:WHERE|GROUP BY|SET|RECOMPRESS|TO (?:DISK|VOLUME))\b")
"""Of a TTL that does not delete every row that is old enough: nothing is counted."""
_GROW: Final = "MODIFY ORDER BY"
REBUILD: Final = "make the table anew beside it, copy the rows and exchange the two by hand"

Count: TypeAlias = Callable[[str], int]
"""How many rows of the live table meet a condition."""


@frozen
class Alter:
    """`statement` is what follows ALTER TABLE and its name, empty where the risk is REFUSED."""

    statement: str
    risk: Risk = Risk.SAFE
    reason: str = ""


def alterations(desired: Thing, live: Thing, former: Mapping[str, Sequence[str]], count: Count) -> list[Alter]:
    """`former` are the names that a desired column had before."""
    rebuilt = list(_rebuilt(desired, live))
    if rebuilt:
        return rebuilt
    table = _Table(desired, live, former, count)
    return _together([*table.renamed(), *table.dropped(), *table.columns(), *table.moved(), *table.rest()])


def _together(alters: list[Alter]) -> list[Alter]:
    """A column can enter ORDER BY only in the statement that adds it."""
    order = next((each for each in alters if each.statement.startswith(_GROW)), None)
    if order is None:
        return alters
    added = [each for each in alters if each.statement.startswith("ADD COLUMN")]
    one = Alter(
        ", ".join(each.statement for each in (*added, order)), reason="; ".join(each.reason for each in (*added, order))
    )
    first = alters.index(added[0])
    return [*alters[:first], one, *(each for each in alters[first:] if each not in (*added, order))]


def worst(alters: Sequence[Alter]) -> Risk:
    return max((each.risk for each in alters), key=list(Risk).index, default=Risk.SAFE)


def _rebuilt(desired: Thing, live: Thing) -> Iterator[Alter]:
    """What no ALTER can do."""
    if desired.facts.get("engine") != live.facts.get("engine"):
        yield _refuse("ENGINE", live.facts.get("engine"), desired.facts.get("engine"))
    for key in _KEYS:
        before, after = live.facts.get(key), desired.facts.get(key)
        if before != after and not (key == "order by" and grows(desired, live)):
            yield _refuse(key.upper(), before, after)


def grows(desired: Thing, live: Thing) -> bool:
    """Whether the order has columns more at its end, which are themselves new and have no default."""
    before, after = (sql.items(each.facts.get("order by", "")) for each in (live, desired))
    added = [sql.names(part)[-1] if sql.names(part) else "" for part in after[len(before) :]]
    new = all(name not in live.columns and f"column {name} default" not in desired.facts for name in added)
    return bool(before) and bool(added) and after[: len(before)] == before and new


def _refuse(what: str, before: str | None, after: str | None) -> Alter:
    return Alter(
        "", Risk.REFUSED, f"{what} cannot be altered: it is {before or 'none'}, and is to be {after or 'none'}"
    )


class _Table:
    """`_live` follows what has been decided so far: what each statement finds when it runs."""

    def __init__(self, desired: Thing, live: Thing, former: Mapping[str, Sequence[str]], count: Count) -> None:
        self._desired, self._former, self._count = desired, former, count
        self._rows, self._bytes = live.rows, live.bytes
        self._live = dict(live.facts)
        self._order = list(live.columns)
        self._was: dict[str, str] = {}
        keys = " ".join(live.facts.get(key, "") for key in _KEYS)
        self._keys = {name for name in sql.names(keys) if name in live.columns}

    def renamed(self) -> Iterator[Alter]:
        """A column whose former name is there, and is nobody's now."""
        for name in self._desired.columns:
            olds = [old for old in self._former.get(name, ()) if old in self._order]
            if name in self._order or not olds or olds[0] in self._desired.columns:
                continue
            old = olds[0]
            if old in self._keys:
                yield Alter("", Risk.REFUSED, f"{old} is renamed to {name}, and is in ORDER BY or PARTITION BY")
                continue
            self._rename(old, name)
            yield Alter(
                f"RENAME COLUMN IF EXISTS {ch_ident(old)} TO {ch_ident(name)}",
                reason=f"{old} becomes {name}, its rows with it",
            )

    def _rename(self, old: str, name: str) -> None:
        self._was[name] = old
        self._order[self._order.index(old)] = name
        head = f"column {old} "
        moved = {key: key.replace(head, f"column {name} ", 1) if key.startswith(head) else key for key in self._live}
        self._live = {moved[key]: text for key, text in self._live.items()}

    def dropped(self) -> Iterator[Alter]:
        for name in [each for each in self._order if each not in self._desired.columns]:
            if name in self._keys:
                yield Alter("", Risk.REFUSED, f"{name} is gone, and is in ORDER BY or PARTITION BY")
                continue
            self._order.remove(name)
            type = self._live[f"column {name} type"]
            empty = f"ifNull(toString(defaultValueOfTypeName({ch_string(type)})), '')"
            held = self._count(f"ifNull(toString({ch_ident(name)}), '') != {empty}") if self._rows else 0
            lost = f"{held} rows hold a value" if held else "no row holds a value"
            reason = f"{name} is no longer wanted: {lost}{self._perhaps_renamed(name, type)}"
            yield Alter(f"DROP COLUMN IF EXISTS {ch_ident(name)}", Risk.DESTRUCTIVE, reason)

    def _perhaps_renamed(self, name: str, type: str) -> str:
        """A rename has to be declared: without that it looks like one column less and one more.

        A column called after this one is a branch of the union that the field became.
        """
        new = (each for each in self._desired.columns if each not in self._order and each not in self._was)
        added = (each for each in new if not each.startswith(f"{name}_"))
        same = next((each for each in added if self._wanted(each, "type") == type), None)
        return "" if same is None else f' (if it is called {same} now, say so: "aliases": ["{name}"] on {same})'

    def columns(self) -> Iterator[Alter]:
        """What is added, and what each column has beside its name."""
        for number, name in enumerate(self._desired.columns):
            if name not in self._order:
                before = self._desired.columns[number - 1] if number else ""
                self._order.insert(self._order.index(before) + 1 if before in self._order else 0, name)
                place = f"AFTER {ch_ident(before)}" if before else "FIRST"
                yield Alter(f"ADD COLUMN IF NOT EXISTS {self._declared(name)} {place}", reason=self._old_rows(name))
            else:
                yield from self._changed(name)

    def _old_rows(self, name: str) -> str:
        default = self._wanted(name, "default").partition(" ")[2]
        type = self._wanted(name, "type")
        read = default or ("NULL" if casts.is_nullable(type) else "what is empty for its type")
        return f"{name} is new, and rows that are there read {read}" if self._rows else f"{name} is new"

    def _changed(self, name: str) -> Iterator[Alter]:
        old, new = self._live[f"column {name} type"], self._wanted(name, "type")
        quoted = ch_ident(name)
        codec = self._had(name, "codec") != self._wanted(name, "codec")
        if old != new:
            if codec and self._had(name, "codec"):  # which may not hold values of the new type
                yield Alter(f"MODIFY COLUMN {quoted} REMOVE CODEC", reason=f"the codec of {name}")
            yield self._cast(name, old, new)
        if self._had(name, "default") != self._wanted(name, "default") and (
            old == new or not self._wanted(name, "default")
        ):
            yield self._part(f"MODIFY COLUMN {quoted} ", "default", name)
        if codec and old == new:
            yield self._part(f"MODIFY COLUMN {quoted} ", "codec", name)
        if self._had(name, "comment") != self._wanted(name, "comment"):
            comment = ch_string(self._wanted(name, "comment"))
            yield Alter(f"COMMENT COLUMN {quoted} {comment}", reason=f"the comment of {name}")

    def _part(self, head: str, part: str, name: str) -> Alter:
        wanted, had = self._wanted(name, part), self._had(name, part)
        word = had.partition(" ")[0] if part == "default" else part.upper()
        type = f"{self._wanted(name, 'type')} " if wanted else ""
        return Alter(f"{head}{type}{wanted or f'REMOVE {word}'}", reason=f"the {part} of {name}")

    def _cast(self, name: str, old: str, new: str) -> Alter:
        if name in self._keys:
            return Alter(
                "", Risk.REFUSED, f"{name} is in ORDER BY or PARTITION BY, and is to be {new} instead of {old}"
            )
        cast = casts.classify(old, new)
        if casts.is_nullable(old) and not casts.is_nullable(new) and not self._wanted(name, "default"):
            return Alter("", Risk.REFUSED, f"{name} may be NULL now, and is not to be: no default says what then")
        beside = (self._wanted(name, "default"), self._wanted(name, "codec"))
        statement = " ".join(filter(None, [f"MODIFY COLUMN {ch_ident(name)} {new}", *beside]))
        return self._judged(name, old, new, statement, cast)

    def _judged(self, name: str, old: str, new: str, statement: str, cast: casts.Cast) -> Alter:
        if cast.risk is Risk.REFUSED:
            return Alter("", Risk.REFUSED, f"{name}: {cast.reason}")
        if cast.risk is Risk.DESTRUCTIVE:
            was = ch_ident(self._was.get(name, name))
            if self._rows and cast.checked and (bad := self._count(casts.failing(was, old, new))):
                return Alter("", Risk.REFUSED, f"{name}: {bad} rows do not convert from {old} to {new}")
            lost = self._count(casts.lost(was, old, new)) if self._rows and cast.checked else 0
            figure = f"; {lost} of {self._rows} rows would change" if cast.checked else f"; {self._rows} rows"
            return Alter(statement, Risk.DESTRUCTIVE, f"{name}: {cast.reason}{figure}")
        if cast.risk is Risk.REWRITES and self._rows:
            return Alter(statement, Risk.REWRITES, f"{name} from {old} to {new}: {self._size}")
        return Alter(statement, reason=f"{name} from {old} to {new}")

    @property
    def _size(self) -> str:
        return f"rewrites {self._rows} rows, {self._bytes} bytes on disk"

    def moved(self) -> Iterator[Alter]:
        """Columns that stand elsewhere, each behind the one before it."""
        for number, name in enumerate(self._desired.columns):
            if name in self._order and self._order.index(name) != number:
                before = self._desired.columns[number - 1] if number else ""
                self._order.remove(name)
                self._order.insert(number, name)
                place = f"AFTER {ch_ident(before)}" if before else "FIRST"
                statement = f"MODIFY COLUMN {ch_ident(name)} {self._wanted(name, 'type')} {place}"
                yield Alter(statement, reason=f"{name} stands {'behind ' + before if before else 'first'}")

    def rest(self) -> Iterator[Alter]:
        yield from self._grown()
        yield from self._ttl()
        for kind in ("setting", "index"):
            yield from self._each(kind)
        if self._live.get("comment") != self._desired.facts.get("comment"):
            comment = ch_string(self._desired.facts.get("comment", ""))
            yield Alter(f"MODIFY COMMENT {comment}", reason="the table's comment")

    def _grown(self) -> Iterator[Alter]:
        order = self._desired.facts.get("order by")
        if order != self._live.get("order by"):
            yield Alter(f"{_GROW} ({order})", reason=f"ORDER BY grows to {order}")

    def _ttl(self) -> Iterator[Alter]:
        before, after = self._live.get("ttl"), self._desired.facts.get("ttl")
        if before == after:
            return
        if after is None:
            yield Alter("REMOVE TTL", reason=f"the TTL {before} is gone")
            return
        until = " OR ".join(
            f"toDateTime({each}) < now()" for each in sql.items(after) if " " not in each.split(")")[-1]
        )
        gone = self._count(until or "0") if self._rows else 0
        reason = f"TTL {after}: {self._size if self._rows else 'no rows'}"
        risk = Risk.DESTRUCTIVE if gone else Risk.REWRITES if self._rows else Risk.SAFE
        yield Alter(f"MODIFY TTL {after}", risk, f"{reason}; {gone} rows are expired by it at once" if gone else reason)

    def _each(self, kind: str) -> Iterator[Alter]:
        head = f"{kind} "
        wanted = {key: text for key, text in self._desired.facts.items() if key.startswith(head)}
        there = {key: text for key, text in self._live.items() if key.startswith(head)}
        for key in [*wanted, *(key for key in there if key not in wanted)]:
            if wanted.get(key) != there.get(key):
                yield from _set(kind, key.removeprefix(head), there.get(key), wanted.get(key))

    def _declared(self, name: str) -> str:
        comment = self._wanted(name, "comment")
        parts = [ch_ident(name), self._wanted(name, "type"), self._wanted(name, "default")]
        return " ".join(filter(None, [*parts, f"COMMENT {ch_string(comment)}" if comment else "",
                                      self._wanted(name, "codec")]))  # fmt: skip

    def _wanted(self, name: str, part: str) -> str:
        return self._desired.facts.get(f"column {name} {part}", "")

    def _had(self, name: str, part: str) -> str:
        return self._live.get(f"column {name} {part}", "")


def _set(kind: str, name: str, before: str | None, after: str | None) -> Iterator[Alter]:
    if kind == "setting":
        statement = f"RESET SETTING {name}" if after is None else f"MODIFY SETTING {name} = {after}"
        yield Alter(statement, reason=f"the setting {name}")
        return
    if before is not None:
        yield Alter(f"DROP INDEX IF EXISTS {ch_ident(name)}", reason=f"the index {name}")
    if after is not None:
        yield Alter(f"ADD INDEX IF NOT EXISTS {ch_ident(name)} {after}", reason=f"the index {name}")
