"""Hypothesis over a stream: batches of drawn records with spoiled messages among them, until one comes back wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from fleetgen import messages, readback
from fleetgen.frozen import frozen
from fleetgen.mapping import store
from fleetgen.model import RecordType
from fleetgen.pipeline import Format, Stream
from fleetgen.proof import changed, files, hostile
from fleetgen.proof.bench import Bench
from fleetgen.proof.hostile import Fault, spoil
from fleetgen.proof.verdict import Failure, Layer, Sent, judge
from fleetgen.strategies import records
from fleetgen.targets.clickhouse.engine import EngineError

ROWS: Final = 20
_SPOILED: Final = 8
_TOGETHER: Final = 300
"""Messages of an insert that proves several examples at once."""
_ATTEMPTS: Final = 400
"""How many smaller examples are tried; mostly the smallest is found with fewer."""
_FIELDS: Final = 200
"""About as many fields as Hypothesis has choices for in one example."""

Batch: TypeAlias = tuple[list[dict[str, Any]], list[tuple[int, int, int]]]
"""Record values, and which of them to spoil: its number, the field's and the fault's."""
Progress: TypeAlias = Callable[[int], None]


@frozen
class Proof:
    """How much came through of one stream, and what failed first, as small as it gets."""

    examples: int
    stored: int
    refused: int
    failure: Failure | None = None


class _Wrong(Exception):
    """Carries the failure out of Hypothesis, which looks for a smaller one."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def prove(bench: Bench, *, examples: int, seed: int, progress: Progress) -> Proof:
    """Draw until something fails, and then look for the smallest that does; the same for the same seed.

    First many examples go through together, because an insert costs the same for few rows and for many. Only where one
    of them fails are the same examples drawn again, from there on each by itself.
    """
    survey = _Survey(bench, progress)
    try:
        _draw(bench.stream.record, survey.run, examples, seed, phases=(Phase.generate,))
        survey.flush()
    except _Wrong:
        pass  # the survey knows it
    if survey.failure is None:
        refused, failure = changed.prove(bench)
        return Proof(survey.passed, survey.stored, survey.refused + refused, failure)
    failure = _smallest(bench, survey.passed, examples, seed) or survey.failure
    return Proof(survey.passed, survey.stored, survey.refused, failure)


def _smallest(bench: Bench, passed: int, examples: int, seed: int) -> Failure | None:
    """None if no example fails by itself: what was seen first has to do."""
    search = _Smaller(bench, passed)
    try:
        _draw(bench.stream.record, search.run, examples, seed, phases=(Phase.generate, Phase.shrink))
    except _Wrong as wrong:
        return wrong.failure
    except HypothesisException:
        # It failed, and not again: what was seen still counts.
        if search.seen is None:
            raise
    return search.seen


class _Smaller:
    """Runs example after example, and once one has failed a limited number of smaller ones."""

    def __init__(self, bench: Bench, passed: int) -> None:
        self.seen: Failure | None = None
        self._bench, self._passed = bench, passed
        self._known: dict[Hashable, Failure | None] = {}
        self._drawn = self._left = 0

    def run(self, batch: Batch) -> None:
        """Raises _Wrong."""
        self._drawn += 1
        if self._drawn > self._passed and (failure := self._failure(batch)) is not None:
            raise _Wrong(failure)

    def _failure(self, batch: Batch) -> Failure | None:
        key = readback.exact(list(batch))
        if key not in self._known and (self.seen is None or self._left > 0):
            failure = _through(self._bench, _sent(self._bench.stream, batch))
            self._left = _ATTEMPTS if self.seen is None else self._left - 1
            self.seen = failure or self.seen
            self._known[key] = failure
        return self._known.get(key)


def _draw(
    record: RecordType, run: Callable[[Batch], None], examples: int, start: int, *, phases: Sequence[Phase]
) -> None:
    @seed(start)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=phases,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(_batches(record))
    def search(batch: Batch) -> None:
        run(batch)

    search()


def _batches(record: RecordType) -> st.SearchStrategy[Batch]:
    """Fewer rows of wide records: an example has room for only so many choices."""
    rows = max(1, min(ROWS, _FIELDS // max(1, len(record.fields))))
    number = st.integers(0, 2**16 - 1)
    return st.tuples(
        st.lists(records(record), min_size=1, max_size=rows),
        st.lists(st.tuples(number, number, number), max_size=_SPOILED),
    )


class _Survey:
    """Collects examples and sends them together; counts those of which all came back right."""

    def __init__(self, bench: Bench, progress: Progress) -> None:
        self.failure: Failure | None = None
        self.passed = self.stored = self.refused = 0
        self._bench, self._progress = bench, progress
        self._waiting: list[Sent] = []
        self._examples = 0

    def run(self, batch: Batch) -> None:
        """Raises _Wrong, and then for whatever else is tried."""
        self._waiting += _sent(self._bench.stream, batch)
        self._examples += 1
        if self.failure is not None or len(self._waiting) >= _TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Send what waits. Raises _Wrong."""
        sent, self._waiting = self._waiting, []
        self.failure = self.failure or (_through(self._bench, sent) if sent else None)
        if self.failure is not None:
            raise _Wrong(self.failure)
        refused = sum(one.fault is not None for one in sent)
        self.passed = self._examples
        self.refused += refused
        self.stored += len(sent) - refused
        self._progress(self.passed)


def _through(bench: Bench, sent: Sequence[Sent]) -> Failure | None:
    """What is wrong with what comes of messages that are sent together."""
    failure = _meaning(bench.stream, sent)
    if failure is not None:
        return failure
    bench.clear()
    try:
        loose = [number for number, one in enumerate(sent) if one.is_loose]
        bench.push([one.given for one in sent], loose)
        rows, letters = bench.stored(), bench.refused()
    except EngineError as error:
        return sent[-1].failure(
            Layer.LANDING, _named(bench, str(error)), f"makes ClickHouse refuse the insert: {error}"
        )
    except ValueError as error:
        return sent[0].failure(Layer.STORE, (), f"is stored in a column that no store has: {error}")
    return judge(bench.stream, sent, rows, letters)


def _named(bench: Bench, message: str) -> list[str]:
    """The columns of the store that ClickHouse's message is about."""
    words = set(re.findall(r"\w+", message))
    return [column.name for column in store.payload(bench.stream) if column.name in words]


def _meaning(stream: Stream, sent: Sequence[Sent]) -> Failure | None:
    """Whether each message's text means its record, before an engine sees it. Avro's files hold the record itself."""
    if stream.format is Format.AVRO:
        return None
    for one in sent:
        if one.value is not None:
            again = messages.decode(stream.record, messages.loads(messages.dumps(one.message)))
            for field in stream.record.fields:
                if readback.exact(again[field.name]) != readback.exact(one.value[field.name]):
                    return one.failure(Layer.MESSAGE, [field.name], "does not mean the record that it is made from")
    return None


def _sent(stream: Stream, batch: Batch) -> list[Sent]:
    """The messages of an example: those of its records, then some of them spoiled."""
    values, spoilings = batch
    of = _of_file if stream.format is Format.AVRO else _of_text
    sent = [of(stream.record, value) for value in values]
    for row, column, number in spoilings:
        whole = sent[row % len(values)]
        if (fault := _fault(stream, whole.given, column, number)) is not None:
            sent += _spoiled(whole, fault)
    return sent


def _spoiled(whole: Sent, fault: Fault) -> Iterator[Sent]:
    """A message with the fault. What only another writer can send has beside it what is right, by that writer too."""
    if fault.is_loose:
        yield replace(whole, is_loose=True)
    yield Sent(spoil(whole.message, fault), spoil(whole.given, fault), fault=fault, is_loose=fault.is_loose)


def _of_text(record: RecordType, value: dict[str, Any]) -> Sent:
    message = messages.encode(record, value)
    return Sent(message, message, value)


def _of_file(record: RecordType, value: dict[str, Any]) -> Sent:
    kept = {field.name: files.kept(field.type, value[field.name]) for field in record.fields}
    return Sent(messages.encode(record, value), value, kept)


def _fault(stream: Stream, given: dict[str, Any], column: int, number: int) -> Fault | None:
    """None for a field that takes anything, as one of optional text does."""
    fields = stream.record.fields
    if not fields:
        return None
    field = fields[column % len(fields)]
    faults = files.faults if stream.format is Format.AVRO else hostile.faults
    found = list(faults(field.type, given[field.name], (field.name,)))
    return found[number % len(found)] if found else None
